/* SPDX-License-Identifier: Apache-2.0 */
/* Cargo's own order (the crate "semver"): semantic versions of 64-bit numbers that, where all else is equal, go by build
   metadata. crates.io in OSV goes by precedence alone, which is the order semver. */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

/* 2^64 - 1 */
static const struct view number_max = VIEW_LITERAL("18446744073709551615");

static bool is_valid(struct view version)
{
    struct semver semver;
    if (version.size == 0 || !digits_is(version.data[0]) || !semver_is_valid(version) ||
        !semver_parse(version, &semver))
        return false;
    for (int i = 0; i < 3; i++) {
        if (digits_compare(semver.numbers[i], number_max) > 0)
            return false;
    }
    return true;
}

/* 0 < 00 < 1 < 01 < 2: numbers by value, then by length; numbers before words. */
static int compare_build(struct view a, struct view b)
{
    while (a.size > 0 && b.size > 0) {
        struct view left = view_cut(&a, '.'), right = view_cut(&b, '.');
        int order = semver_compare_identifiers(left, right);
        if (order == 0)
            order = (left.size > right.size) - (left.size < right.size);
        if (order != 0)
            return order;
    }
    return (a.size > 0) - (b.size > 0);
}

static int compare(struct view a, struct view b)
{
    struct semver left, right;
    int order = semver_compare(a, b);
    if (order != 0 || !semver_parse(a, &left) || !semver_parse(b, &right))
        return order;
    return compare_build(left.build, right.build);
}

const struct version_order version_crates = {
    .name = "crates",
    .is_valid = is_valid,
    .is_comparable = semver_is_comparable,
    .compare = compare,
};
