/* SPDX-License-Identifier: Apache-2.0 */
/* Go: golang.org/x/mod/semver, whose versions begin with "v" and may lack minor and patch; and, since advisories and build
   information have both, versions without "v" and those of the toolchain ("go1.21.3"). */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

static struct view without_tool(struct view version)
{
    return view_starts_with(version, "go") ? view_from(version, 2) : version;
}

/* "v1" and "v1.2" stand for "v1.0.0" and "v1.2.0", but have neither prerelease nor build. */
static bool is_valid(struct view version)
{
    if (!view_starts_with(version, "v"))
        return false;
    struct view rest = view_from(version, 1);
    for (int i = 0; i < 2 && rest.size > 0; i++) {
        struct view number = digits_cut(&rest);
        if (number.size == 0 || (number.size > 1 && number.data[0] == '0'))
            return false;
        if (rest.size == 0)
            return true;
        if (rest.data[0] != '.')
            return false;
        rest = view_from(rest, 1);
    }
    return semver_is_valid(version);
}

static bool is_comparable(struct view version)
{
    return semver_is_comparable(without_tool(version));
}

static int compare(struct view a, struct view b)
{
    return semver_compare(without_tool(a), without_tool(b));
}

const struct version_order version_go = {
    .name = "go",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
