/* SPDX-License-Identifier: Apache-2.0 */
/* Hex: Elixir's Version, semantic versions whose numbers have 14 digits at most. */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

enum { HEX_DIGITS_MAX = 14 };

static bool is_valid(struct view version)
{
    struct semver semver;
    if (version.size == 0 || !digits_is(version.data[0]) || !semver_is_valid(version) ||
        !semver_parse(version, &semver))
        return false;
    for (int i = 0; i < 3; i++) {
        if (semver.numbers[i].size > HEX_DIGITS_MAX)
            return false;
    }
    while (semver.prerelease.size > 0) {
        struct view identifier = view_cut(&semver.prerelease, '.');
        if (digits_prefix(identifier).size == identifier.size && identifier.size > HEX_DIGITS_MAX)
            return false;
    }
    return true;
}

const struct version_order version_hex = {
    .name = "hex",
    .is_valid = is_valid,
    .is_comparable = semver_is_comparable,
    .compare = semver_compare,
};
