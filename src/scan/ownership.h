/* SPDX-License-Identifier: Apache-2.0 */
/* Which package of the distribution owns a file of the merged image. Only lists that the image still has count, and only
   packages that it still has and that are the distribution's own. Pure; everything lives in the arena. */
#ifndef SCAN_OWNERSHIP_H
#define SCAN_OWNERSHIP_H

#include "layer/rootfs.h"
#include "scan/inventory.h"

/* Fills `owner` of all packages of the inventory that are not the distribution's. `rootfs` is the merged file system of these
   records. */
void ownership_fill(
    struct arena *arena, const struct rootfs *rootfs, const struct inventory_input *input, struct inventory *inventory);

#endif
