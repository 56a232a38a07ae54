/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of bills of materials share. */
#ifndef PACKAGE_SBOM_H
#define PACKAGE_SBOM_H

#include "package/listing.h"

/* Lists what a package URL names, unless it is one of a distribution's own or of an unknown type; an empty one is none. A
   broken one is damage. */
void sbom_add(struct listing *listing, struct view purl, struct view licenses);

#endif
