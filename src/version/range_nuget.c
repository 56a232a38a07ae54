/* SPDX-License-Identifier: Apache-2.0 */
/* NuGet: one interval, or a version alone, which is the oldest that will do; numbers may float ("1.*"). What starts with a
   comparison is read as the generic language, since advisories have such. */
#include "version/constraint.h"
#include "version/interval.h"

/* "1.*" begins with version 1, "*" with version 0. False for what is no version. */
static bool settle(const struct version_order *order, struct view *bound)
{
    if (view_is(*bound, "*"))
        *bound = view_text("0");
    else if (view_ends_with(*bound, ".*"))
        bound->size -= 2;
    return bound->size == 0 || order->is_valid(*bound);
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    struct view text = view_trim(range);
    struct interval interval = {.lower = text, .has_lower_bound = true};
    if (text.size > 0 && strchr("<>=!~^", text.data[0]) != NULL)
        return range_generic_match(order, range, version);
    bool is_interval = view_starts_with(text, "[") || view_starts_with(text, "(");
    if (is_interval && (!interval_cut(&text, &interval) || text.size > 0))
        return RANGE_MATCH_INVALID;
    if (interval.lower.size == 0 && interval.upper.size == 0)
        return RANGE_MATCH_INVALID;
    if (!settle(order, &interval.lower) || !settle(order, &interval.upper))
        return RANGE_MATCH_INVALID;
    return range_match_of(order->is_comparable(version) && interval_contains(&interval, order, version));
}

const struct range_language range_nuget = {.name = "nuget", .match = match};
