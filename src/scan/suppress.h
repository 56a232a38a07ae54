/* SPDX-License-Identifier: Apache-2.0 */
/* Takes findings that do not count in this image out of its lists, each with its reason (see struct suppression). */
#ifndef SCAN_SUPPRESS_H
#define SCAN_SUPPRESS_H

#include "base/map.h"
#include "scan/scan.h"

/* The packages of the distribution by name, for scan_owner_of. */
void scan_owners_init(struct map *owners, struct arena *arena, const struct inventory *inventory);

/* The package of the distribution that owns the files of this one; NULL if none does. */
const struct package *scan_owner_of(const struct map *owners, const struct inventory_package *installed);

/* Whether the distribution's advisories decide for what is inside of this package of its: one of them names it, whatever its
   versions. */
bool scan_owner_decides(const struct lookup *lookup, struct arena *arena, const struct package *owner, bool *decides,
    struct error *err) MUST_CHECK;

/* Why findings inside of the owner do not count, for people. */
struct view scan_owner_reason(struct arena *arena, const struct package *owner);

/* After matching. */
bool scan_suppress(
    const struct lookup *lookup, struct arena *arena, struct scan_image *image, struct error *err) MUST_CHECK;

#endif
