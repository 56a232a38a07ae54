/* SPDX-License-Identifier: Apache-2.0 */
/* CRAN: numbers apart by '.' or '-', which mean the same (R's numeric_version); a package has two at least. */
#include "version/number_list.h"
#include "version/version.h"

static bool is_valid(struct view version)
{
    return number_list_count(version, ".-") >= 2;
}

static bool is_comparable(struct view version)
{
    return number_list_count(version, ".-") >= 1;
}

static int compare(struct view a, struct view b)
{
    return number_list_compare(a, b, ".-");
}

const struct version_order version_cran = {
    .name = "cran",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
