/* SPDX-License-Identifier: Apache-2.0 */
#include "store/place_sum.h"

#include <string.h>

static size_t bit_bytes(int64_t end)
{
    return (size_t)end / 8 + 1;
}

/* Whether the bit was not set yet; never for a key beyond the end. */
static bool set_bit(uint8_t *bits, int64_t key, int64_t end)
{
    if (key < 0 || key >= end)
        return false;
    uint8_t mask = (uint8_t)(1u << key % 8);
    bool is_new = (bits[key / 8] & mask) == 0;
    bits[key / 8] |= mask;
    return is_new;
}

void place_sum_init(struct place_sum *sum, struct arena *arena, const struct store_shares *all)
{
    *sum = (struct place_sum){
        .has_image = arena_alloc(arena, bit_bytes(all->images_end)),
        .has_package = arena_alloc(arena, bit_bytes(all->packages_end)),
        .ratings = arena_alloc(arena, (size_t)all->vulnerabilities_end),
    };
}

void place_sum_clear(struct place_sum *sum, const struct store_shares *all)
{
    sum->images = 0;
    sum->tally = (struct tally){0};
    memset(sum->has_image, 0, bit_bytes(all->images_end));
    memset(sum->has_package, 0, bit_bytes(all->packages_end));
    memset(sum->ratings, 0, (size_t)all->vulnerabilities_end);
}

/* A vulnerability is of the highest severity that a package gives it, and fixable if one of its packages has a fix. */
static void add_share(struct place_sum *sum, const struct store_shares *all, const struct package_share *share)
{
    uint8_t *rating = &sum->ratings[share->vulnerability];
    enum threat threat = (enum threat)all->threats[share->vulnerability];
    int severity = share->severity;
    bool is_fixable = share->is_fixable;
    sum->tally.findings++;
    if (*rating != 0) {
        int before = (*rating - 1) / 2;
        bool was_fixable = (*rating - 1) % 2 != 0;
        sum->tally.kinds[kind_of((enum severity)before, was_fixable, threat)]--;
        severity = before > severity ? before : severity;
        is_fixable |= was_fixable;
    }
    sum->tally.kinds[kind_of((enum severity)severity, is_fixable, threat)]++;
    *rating = (uint8_t)(severity * 2 + is_fixable + 1);
}

void place_sum_add(
    struct place_sum *sum, const struct store_shares *all, int64_t image, const int64_t *packages, size_t count)
{
    if (!set_bit(sum->has_image, image, all->images_end))
        return;
    sum->images++;
    for (size_t i = 0; i < count; i++) {
        if (!set_bit(sum->has_package, packages[i], all->packages_end))
            continue;
        sum->tally.packages++;
        for (size_t k = all->starts[packages[i]]; k < all->starts[packages[i] + 1]; k++)
            add_share(sum, all, &all->shares[k]);
    }
}
