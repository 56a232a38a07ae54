/* SPDX-License-Identifier: Apache-2.0 */
/* Hackage: numbers apart by '.' (the Haskell Package Versioning Policy), written without leading zeros. */
#include "version/digits.h"
#include "version/number_list.h"
#include "version/version.h"

static bool is_comparable(struct view version)
{
    return number_list_count(version, ".") > 0;
}

static bool is_valid(struct view version)
{
    for (struct view rest = version; rest.size > 0;) {
        struct view number = view_cut(&rest, '.');
        if (number.size > 1 && number.data[0] == '0')
            return false;
    }
    return is_comparable(version);
}

static int compare(struct view a, struct view b)
{
    return number_list_compare(a, b, ".");
}

const struct version_order version_hackage = {
    .name = "hackage",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
