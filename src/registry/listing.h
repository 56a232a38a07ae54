/* SPDX-License-Identifier: Apache-2.0 */
/* What all listings of tags have in common. Pure. */
#ifndef REGISTRY_LISTING_H
#define REGISTRY_LISTING_H

#include "base/view.h"

/* sha256-<64 digits>, alone or with .sig, .att or .sbom: how signatures and SBOMs are attached where the registry has no
   referrers (OCI distribution spec 1.1, "Referrers Tag Schema"; cosign). They are no images of their own. */
bool listing_hides_tag(struct view tag);

#endif
