/* SPDX-License-Identifier: Apache-2.0 */
/* Bitnami: semantic versions, but a '-' and numbers behind it are the revision of the packaging and so newer than none;
   anything else behind the '-' is a prerelease. */
#include "version/digits.h"
#include "version/number_list.h"
#include "version/semver.h"
#include "version/version.h"

static bool is_valid(struct view version)
{
    return version.size > 0 && digits_is(version.data[0]) && semver_is_valid(version);
}

static bool has_revision(const struct semver *semver)
{
    return number_list_count(semver->prerelease, ".") > 0;
}

/* Prerelease before release before revision. */
static int rank(const struct semver *semver)
{
    return !semver->has_prerelease ? 0 : has_revision(semver) ? 1 : -1;
}

static int compare(struct view a, struct view b)
{
    struct semver left, right;
    if (!semver_parse(a, &left) || !semver_parse(b, &right))
        return semver_compare(a, b);
    for (int i = 0; i < 3; i++) {
        int order = digits_compare(left.numbers[i], right.numbers[i]);
        if (order != 0)
            return order;
    }
    if (rank(&left) != rank(&right))
        return rank(&left) < rank(&right) ? -1 : 1;
    return semver_compare_identifiers(left.prerelease, right.prerelease);
}

const struct version_order version_bitnami = {
    .name = "bitnami",
    .is_valid = is_valid,
    .is_comparable = semver_is_comparable,
    .compare = compare,
};
