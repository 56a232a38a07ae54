/* SPDX-License-Identifier: Apache-2.0 */
/* npm: semantic versions with the limits of JavaScript (node-semver). */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

enum { NPM_VERSION_BYTES_MAX = 256 };

/* Number.MAX_SAFE_INTEGER */
static const struct view number_max = VIEW_LITERAL("9007199254740991");

static bool is_valid(struct view version)
{
    struct semver semver;
    struct view text = view_trim(version);
    if (version.size > NPM_VERSION_BYTES_MAX || !semver_is_valid(text) || !semver_parse(text, &semver))
        return false;
    for (int i = 0; i < 3; i++) {
        if (digits_compare(semver.numbers[i], number_max) > 0)
            return false;
    }
    return true;
}

const struct version_order version_npm = {
    .name = "npm",
    .is_valid = is_valid,
    .is_comparable = semver_is_comparable,
    .compare = semver_compare,
};
