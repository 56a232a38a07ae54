/* SPDX-License-Identifier: Apache-2.0 */
/* Which package of the distribution owns a file of the merged image. Only lists that the image still has count, and only
   packages that it still has. Pure; everything lives in the arena. */
#ifndef SCAN_OWNERSHIP_H
#define SCAN_OWNERSHIP_H

#include "base/map.h"
#include "layer/rootfs.h"
#include "scan/inventory.h"

struct ownership {
    struct arena *arena;
    const struct rootfs *rootfs;
    const struct inventory_input *input;
    struct map packages; /* names of the packages whose lists count */
};

/* Asks the lists of the inventory's packages: of the distribution's own, or of all packages of the system. */
void ownership_init(struct ownership *ownership, struct arena *arena, const struct rootfs *rootfs,
    const struct inventory_input *input, const struct inventory *inventory, bool with_third_party);

/* The name of the package that owns a file of the merged image, also under the path that it had before /usr was merged; empty
   if none does. */
struct view ownership_find(const struct ownership *ownership, struct view path);

/* Fills `owner` of all packages of the inventory that are not the distribution's. `rootfs` is the merged file system of these
   records. */
void ownership_fill(
    struct arena *arena, const struct rootfs *rootfs, const struct inventory_input *input, struct inventory *inventory);

#endif
