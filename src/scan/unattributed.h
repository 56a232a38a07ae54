/* SPDX-License-Identifier: Apache-2.0 */
/* Programs, shared libraries and Java archives of the merged image that nothing accounts for: no recogniser found a package in
   them, no package of the system owns them, and they do not lie where a language package or runtime is installed. What an
   image has without telling from where is listed, so that it is not passed over. Pure; lives in the arena. */
#ifndef SCAN_UNATTRIBUTED_H
#define SCAN_UNATTRIBUTED_H

#include "layer/rootfs.h"
#include "scan/inventory.h"

/* Fills `unattributed` of an inventory that has its packages. `rootfs` is the merged file system of these records. */
void unattributed_fill(
    struct arena *arena, const struct rootfs *rootfs, const struct inventory_input *input, struct inventory *inventory);

#endif
