/* SPDX-License-Identifier: Apache-2.0 */
/* Maven: intervals in rising order, apart by ','. A version alone, which Maven takes for a wish, is that version here, and
   what starts with a comparison is read as the generic language, since advisories have such. */
#include "version/constraint.h"
#include "version/interval.h"

/* Maven refuses intervals that hold nothing by their bounds' order, and those that begin before the last one ended. */
static bool is_in_order(const struct version_order *order, const struct interval *interval, const struct interval *last)
{
    bool has_both = interval->lower.size > 0 && interval->upper.size > 0;
    bool is_single =
        interval->has_lower_bound && interval->has_upper_bound && view_equal(interval->lower, interval->upper);
    int difference = has_both ? order->compare(interval->lower, interval->upper) : -1;
    if (difference > 0 || (difference == 0 && !is_single))
        return false;
    return last->upper.size == 0 || (interval->lower.size > 0 && order->compare(interval->lower, last->upper) >= 0);
}

static enum range_match match_intervals(const struct version_order *order, struct view rest, struct view version)
{
    struct interval interval, last = {0};
    bool is_match = false, is_first = true;
    while (rest.size > 0) {
        if (!interval_cut(&rest, &interval) || !is_in_order(order, &interval, &last) ||
            (!is_first && last.upper.size == 0))
            return RANGE_MATCH_INVALID;
        is_match = is_match || interval_contains(&interval, order, version);
        is_first = false;
        last = interval;
        rest = view_trim(rest);
        if (view_starts_with(rest, ","))
            rest = view_trim(view_from(rest, 1));
    }
    return range_match_of(is_match && order->is_comparable(version));
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    struct view text = view_trim(range);
    if (view_starts_with(text, "[") || view_starts_with(text, "("))
        return match_intervals(order, text, version);
    struct constraint alone = {.operand = text};
    bool is_version = text.size > 0 && strchr("<>=!~^", text.data[0]) == NULL && view_find(text, ',') == text.size &&
                      view_find(text, '|') == text.size && view_find(text, ' ') == text.size;
    if (is_version)
        return range_match_of(constraint_compare(&alone, order->compare(version, text)) == RANGE_MATCH_YES);
    return range_generic_match(order, range, version);
}

const struct range_language range_maven = {.name = "maven", .match = match};
