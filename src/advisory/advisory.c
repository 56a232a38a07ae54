/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/advisory.h"

struct view ecosystem_base(struct view ecosystem)
{
    return view_slice(ecosystem, 0, view_find(ecosystem, ':'));
}

bool ecosystem_matches(struct view advisory_ecosystem, struct view package_ecosystem)
{
    struct view advisory_release = advisory_ecosystem;
    struct view package_release = package_ecosystem;
    if (!view_equal(view_cut(&advisory_release, ':'), view_cut(&package_release, ':')))
        return false;
    return advisory_release.size == 0 || package_release.size == 0 || view_equal(advisory_release, package_release);
}
