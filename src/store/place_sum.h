/* SPDX-License-Identifier: Apache-2.0 */
/* What many images have together, each image, package and vulnerability once. Keys of the store are dense, so what was counted
   already is a set of bits, and a place of 100,000 images costs a look at each of their packages and no more. Pure. */
#ifndef STORE_PLACE_SUM_H
#define STORE_PLACE_SUM_H

#include "store/tally.h"

#define PLACE_KEYS_MAX (INT64_C(1) << 28) /* a set of bits of 32 MiB */

/* What a package has of a vulnerability, both by their keys. */
struct package_share {
    uint32_t vulnerability;
    uint8_t severity; /* enum severity */
    bool is_fixable;
};

/* What all packages of a store have. */
struct store_shares {
    struct package_share *shares; /* of the packages by rising keys */
    size_t *starts; /* by key of a package: where its shares begin; those of the next key end them */
    uint8_t *threats; /* enum threat by key of a vulnerability */
    /* Keys are below these. */
    int64_t images_end;
    int64_t packages_end;
    int64_t vulnerabilities_end;
};

struct place_sum {
    int64_t images;
    struct tally tally; /* all but `undecidable` */
    /* What was counted, by key. */
    uint8_t *has_image; /* bits */
    uint8_t *has_package; /* bits */
    uint8_t *ratings; /* of vulnerabilities; 0 = not counted */
};

void place_sum_init(struct place_sum *sum, struct arena *arena, const struct store_shares *all);

/* For another place, with the same memory. */
void place_sum_clear(struct place_sum *sum, const struct store_shares *all);

/* The image, unless it was added before. Keys that the store's shares do not know are passed over: they are newer. */
void place_sum_add(
    struct place_sum *sum, const struct store_shares *all, int64_t image, const int64_t *packages, size_t count);

#endif
