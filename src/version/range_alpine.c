/* SPDX-License-Identifier: Apache-2.0 */
/* apk: comparisons, and "~" for every version that begins with the operand: "~3.6" holds 3.6.1. "<~" and ">~" hold those
   as well. */
#include "version/constraint.h"
#include "version/digits.h"

/* "3.6" begins "3.6", "3.6.1", "3.6_rc1" and "3.6-r1", but not "3.60". */
static bool begins_with(struct view version, struct view operand)
{
    struct view rest = view_from(version, operand.size);
    bool is_prefix = view_equal(view_slice(version, 0, operand.size), operand);
    bool is_in_number = rest.size > 0 && digits_is(rest.data[0]) && digits_is(operand.data[operand.size - 1]);
    return is_prefix && !is_in_number;
}

static enum range_match test(const void *context, const struct constraint *term, struct view version)
{
    const struct version_order *order = context;
    if (view_is(term->operand, "*") && term->operator== CONSTRAINT_NONE)
        return RANGE_MATCH_YES;
    if (!order->is_comparable(term->operand))
        return RANGE_MATCH_INVALID;
    if (!order->is_comparable(version))
        version = view_slice(version, 0, 0);
    int difference = order->compare(version, term->operand);
    bool is_less = view_is(term->operator_text, "<~"), is_greater = view_is(term->operator_text, ">~");
    enum range_match match;
    if (term->operator== CONSTRAINT_TILDE || view_is(term->operator_text, "=~") || is_less || is_greater)
        match = range_match_of(
            begins_with(version, term->operand) || (is_less && difference < 0) || (is_greater && difference > 0));
    else
        match = constraint_compare(term, difference);
    return match == RANGE_MATCH_YES ? range_match_of(version.size > 0) : match;
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    return constraint_match(range, version, order, test);
}

const struct range_language range_alpine = {.name = "alpine", .match = match};
