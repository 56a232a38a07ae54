/* SPDX-License-Identifier: Apache-2.0 */
/* Cargo: requirements of the crate semver: terms apart by ',', a version alone means "^". A prerelease matches only if a term
   names a prerelease of the same three numbers. */
#include "version/constraint.h"
#include "version/partial.h"

enum { CRATES_TERMS_MAX = 32 };

static bool is_same(const struct partial *version, const struct partial *operand)
{
    return partial_compare_numbers(version, operand, operand->count) == 0 &&
           (operand->count < 3 ? version->prerelease.size == 0 : partial_compare(version, operand) == 0);
}

static bool is_greater(const struct partial *version, const struct partial *operand)
{
    int order = partial_compare_numbers(version, operand, operand->count);
    return order > 0 || (order == 0 && operand->count == 3 && partial_compare(version, operand) > 0);
}

static bool is_less(const struct partial *version, const struct partial *operand)
{
    int order = partial_compare_numbers(version, operand, operand->count);
    return order < 0 || (order == 0 && operand->count == 3 && partial_compare(version, operand) < 0);
}

/* Not older, and the first `count` numbers the same. */
static bool is_near(const struct partial *version, const struct partial *operand, int count)
{
    return partial_compare(version, operand) >= 0 && partial_compare_numbers(version, operand, count) == 0;
}

/* How many numbers "^" holds fast: up to the first that is not 0. */
static int caret_count(const struct partial *operand)
{
    int count = 1;
    while (count < operand->count && operand->numbers[count - 1] == 0)
        count++;
    return count;
}

static enum range_match match_operator(
    enum constraint_operator operator, const struct partial * version, const struct partial *operand)
{
    switch (operator) {
    case CONSTRAINT_EQUAL:
        return range_match_of(is_same(version, operand));
    case CONSTRAINT_GREATER:
        return range_match_of(is_greater(version, operand));
    case CONSTRAINT_GREATER_EQUAL:
        return range_match_of(is_greater(version, operand) || is_same(version, operand));
    case CONSTRAINT_LESS:
        return range_match_of(is_less(version, operand));
    case CONSTRAINT_LESS_EQUAL:
        return range_match_of(is_less(version, operand) || is_same(version, operand));
    case CONSTRAINT_TILDE:
        return range_match_of(is_near(version, operand, operand->count > 1 ? 2 : 1));
    case CONSTRAINT_NONE:
    case CONSTRAINT_CARET:
        return range_match_of(is_near(version, operand, operand->has_wildcard ? operand->count : caret_count(operand)));
    case CONSTRAINT_SAME:
    case CONSTRAINT_IDENTICAL:
    case CONSTRAINT_UNEQUAL:
    case CONSTRAINT_PESSIMISTIC:
    case CONSTRAINT_COMPATIBLE:
    case CONSTRAINT_OTHER:
        break;
    }
    return RANGE_MATCH_INVALID;
}

static bool parse_term(struct view text, struct constraint *term, struct partial *operand)
{
    struct view rest = text;
    *term = constraint_cut(&rest);
    return view_trim(rest).size == 0 && partial_parse(term->operand, false, operand) && operand->count > 0;
}

static enum range_match match(const struct version_order *order, struct view range, struct view text)
{
    struct partial version = {0};
    bool is_version = order->is_valid(text) && partial_parse(text, false, &version);
    bool names_prerelease = version.prerelease.size == 0;
    struct view rest = view_trim(range);
    enum range_match match = RANGE_MATCH_YES;
    if (view_is(rest, "*") || view_is(rest, "x") || view_is(rest, "X"))
        return range_match_of(is_version && names_prerelease);
    int terms = 0;
    for (bool is_more = true; is_more; terms++) {
        struct constraint term;
        struct partial operand;
        is_more = view_find(rest, ',') < rest.size;
        if (terms == CRATES_TERMS_MAX || !parse_term(view_cut(&rest, ','), &term, &operand))
            return RANGE_MATCH_INVALID;
        match = range_match_both(match, match_operator(term.operator, & version, &operand));
        names_prerelease = names_prerelease || (operand.count == 3 && operand.prerelease.size > 0 &&
                                                   partial_compare_numbers(&operand, &version, 3) == 0);
    }
    return match == RANGE_MATCH_YES ? range_match_of(is_version && names_prerelease) : match;
}

const struct range_language range_crates = {.name = "crates", .match = match};
