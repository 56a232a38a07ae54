/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/applications.h"

static bool is_kept(const struct inventory_package *installed)
{
    return package_type_is_system(installed->package.type);
}

/* They name packages by their place in the inventory, in its order. */
static void keep_suppressions(struct scan_image *image)
{
    const struct inventory *inventory = &image->inventory;
    size_t kept = 0, at = 0, place = 0;
    for (size_t i = 0; i < image->suppression_count; i++) {
        struct suppression suppression = image->suppressions[i];
        for (; at < suppression.package; at++)
            place += is_kept(&inventory->packages[at]);
        if (!is_kept(&inventory->packages[suppression.package]))
            continue;
        suppression.package = place;
        image->suppressions[kept++] = suppression;
    }
    image->suppression_count = kept;
}

void scan_leave_out_applications(struct scan_image *image)
{
    struct inventory *inventory = &image->inventory;
    size_t kept = 0;
    keep_suppressions(image);
    for (size_t i = 0; i < inventory->package_count; i++) {
        if (!is_kept(&inventory->packages[i]))
            continue;
        inventory->packages[kept] = inventory->packages[i];
        image->findings[kept++] = image->findings[i];
    }
    inventory->package_count = kept;
}
