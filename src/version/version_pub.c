/* SPDX-License-Identifier: Apache-2.0 */
/* Dart's pub: semantic versions, with zeros in front allowed, whose build metadata counts: none is older than any. */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

static bool is_valid(struct view version)
{
    struct semver semver;
    if (version.size == 0 || !digits_is(version.data[0]) || !semver_parse(version, &semver) ||
        semver.number_count != 3 || view_trim(version).size != version.size)
        return false;
    const char *after = semver.numbers[2].data + semver.numbers[2].size;
    if (semver.has_prerelease && (*after != '-' || !semver_are_identifiers(semver.prerelease, false)))
        return false;
    return !semver.has_build || semver_are_identifiers(semver.build, false);
}

static int compare(struct view a, struct view b)
{
    struct semver left, right;
    int order = semver_compare(a, b);
    if (order != 0 || !semver_parse(a, &left) || !semver_parse(b, &right))
        return order;
    return semver_compare_identifiers(left.build, right.build);
}

const struct version_order version_pub = {
    .name = "pub",
    .is_valid = is_valid,
    .is_comparable = semver_is_comparable,
    .compare = compare,
};
