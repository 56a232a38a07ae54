/* SPDX-License-Identifier: Apache-2.0 */
/* NuGet: one interval, or a version alone, which is the oldest that will do; numbers may float ("1.*"). What starts with a
   comparison is read as the generic language, since advisories have such. */
#include "version/constraint.h"
#include "version/interval.h"

enum { FLOATING_BYTES_MAX = 256 };

/* What floats begins with the least that it may be: "1.*" with 1.0, "1.0.0-*" with 1.0.0-0, "1.0.0-beta*" with 1.0.0-beta. False for
   what is no version. `text` is the room for it. */
static bool settle(const struct version_order *order, struct view *bound, char text[FLOATING_BYTES_MAX])
{
    size_t hyphen = view_find(*bound, '-');
    size_t size = 0;
    if (view_find(*bound, '*') < bound->size) {
        if (bound->size > FLOATING_BYTES_MAX)
            return false;
        for (size_t i = 0; i < bound->size; i++) {
            char before = i == 0 ? '.' : bound->data[i - 1];
            bool is_star = bound->data[i] == '*';
            bool is_rest = is_star && i > hyphen && before != '-' && before != '.';
            bool is_part = is_star && (before == '.' || before == '-');
            if (!is_rest)
                text[size++] = is_part ? '0' : bound->data[i];
        }
        *bound = view_of(text, size);
    }
    return bound->size == 0 || order->is_valid(*bound);
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    struct view text = view_trim(range);
    struct interval interval = {.lower = text, .has_lower_bound = true};
    char lower[FLOATING_BYTES_MAX], upper[FLOATING_BYTES_MAX];
    if (text.size > 0 && strchr("<>=!~^", text.data[0]) != NULL)
        return range_generic_match(order, range, version);
    bool is_interval = view_starts_with(text, "[") || view_starts_with(text, "(");
    if (is_interval && (!interval_cut(&text, &interval) || text.size > 0))
        return RANGE_MATCH_INVALID;
    if (interval.lower.size == 0 && interval.upper.size == 0)
        return RANGE_MATCH_INVALID;
    if (!settle(order, &interval.lower, lower) || !settle(order, &interval.upper, upper))
        return RANGE_MATCH_INVALID;
    return range_match_of(order->is_comparable(version) && interval_contains(&interval, order, version));
}

const struct range_language range_nuget = {.name = "nuget", .match = match};
