/* SPDX-License-Identifier: Apache-2.0 */
#include "version/interval.h"

bool interval_cut(struct view *rest, struct interval *interval)
{
    *interval = (struct interval){0};
    size_t end = 0;
    while (end < rest->size && rest->data[end] != ']' && rest->data[end] != ')')
        end++;
    if (rest->size == 0 || end == rest->size || (rest->data[0] != '[' && rest->data[0] != '('))
        return false;
    interval->has_lower_bound = rest->data[0] == '[';
    interval->has_upper_bound = rest->data[end] == ']';
    struct view upper = view_slice(*rest, 1, end - 1);
    bool is_single = view_find(upper, ',') == upper.size;
    interval->lower = view_trim(view_cut(&upper, ','));
    interval->upper = is_single ? interval->lower : view_trim(upper);
    *rest = view_from(*rest, end + 1);
    bool is_closed = interval->has_lower_bound && interval->has_upper_bound;
    return view_find(interval->upper, ',') == interval->upper.size &&
           (!is_single || (is_closed && interval->lower.size > 0));
}

bool interval_contains(const struct interval *interval, const struct version_order *order, struct view version)
{
    if (interval->lower.size > 0) {
        int order_to_lower = order->compare(version, interval->lower);
        if (order_to_lower < 0 || (order_to_lower == 0 && !interval->has_lower_bound))
            return false;
    }
    if (interval->upper.size > 0) {
        int order_to_upper = order->compare(version, interval->upper);
        if (order_to_upper > 0 || (order_to_upper == 0 && !interval->has_upper_bound))
            return false;
    }
    return true;
}
