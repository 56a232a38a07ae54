/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons in any order: ">= 1, < 2 || = 3". Besides, for versions that begin with numbers: "~1.2" and "^1.2" as in
   semantic versions and "~> 1.2" as in RubyGems. */
#include "version/constraint.h"
#include "version/digits.h"

/* Compares the first `count` numbers, apart by dots; missing ones are 0. */
static int compare_numbers(struct view a, struct view b, size_t count)
{
    int order = 0;
    for (; order == 0 && count > 0; count--) {
        order = digits_compare(digits_cut(&a), digits_cut(&b));
        a = view_starts_with(a, ".") ? view_from(a, 1) : view_slice(a, 0, 0);
        b = view_starts_with(b, ".") ? view_from(b, 1) : view_slice(b, 0, 0);
    }
    return order;
}

/* How many numbers the text begins with, and the place of the first that is not 0. */
static size_t count_numbers(struct view text, size_t *first_not_zero)
{
    static const struct view none = {NULL, 0};
    size_t count = 0;
    *first_not_zero = SIZE_MAX;
    for (;;) {
        struct view number = digits_cut(&text);
        if (number.size == 0)
            return count;
        if (*first_not_zero == SIZE_MAX && digits_compare(number, none) != 0)
            *first_not_zero = count;
        count++;
        if (!view_starts_with(text, "."))
            return count;
        text = view_from(text, 1);
    }
}

/* How many leading numbers a version must share with the operand of "~", "~>" or "^"; 0 if it has none. */
static size_t shared_count(const struct constraint *term)
{
    size_t first_not_zero;
    size_t count = count_numbers(term->operand, &first_not_zero);
    if (count == 0)
        return 0;
    if (term->operator== CONSTRAINT_PESSIMISTIC)
        return count > 1 ? count - 1 : 1;
    if (term->operator== CONSTRAINT_TILDE)
        return count > 1 ? 2 : 1;
    return first_not_zero < count ? first_not_zero + 1 : count;
}

static enum range_match test(const void *context, const struct constraint *term, struct view version)
{
    const struct version_order *order = context;
    bool is_any = view_is(term->operand, "*") && term->operator== CONSTRAINT_NONE;
    if (is_any)
        return RANGE_MATCH_YES;
    if (!order->is_comparable(term->operand))
        return RANGE_MATCH_INVALID;
    bool is_near = term->operator== CONSTRAINT_TILDE || term->operator== CONSTRAINT_PESSIMISTIC || term->operator==
                   CONSTRAINT_CARET;
    size_t count = is_near ? shared_count(term) : 0;
    if (is_near && count == 0)
        return RANGE_MATCH_INVALID;
    int difference = order->compare(version, term->operand);
    if (is_near)
        return range_match_of(
            order->is_comparable(version) && difference >= 0 && compare_numbers(version, term->operand, count) == 0);
    enum range_match match = constraint_compare(term, difference);
    return match == RANGE_MATCH_YES ? range_match_of(order->is_comparable(version)) : match;
}

enum range_match range_generic_match(const struct version_order *order, struct view range, struct view version)
{
    return constraint_match(range, version, order, test);
}

const struct range_language range_generic = {.name = "generic", .match = range_generic_match};
