/* SPDX-License-Identifier: Apache-2.0 */
/* npm: node-semver's ranges: comparators, "~", "^", "1.x", "1 - 2" and "||". A prerelease is in a range only if a term of the
   same alternative names a prerelease of the same three numbers. */
#include "version/constraint.h"
#include "version/partial.h"

/* Number.MAX_SAFE_INTEGER */
static const int64_t number_max = 9007199254740991;

struct question {
    struct partial version;
    bool names_prerelease; /* a term of this alternative does, of the version's numbers */
};

/* npm refuses "<0-z", a prerelease of less than three numbers; advisories have such, and other readers drop it. */
static bool parse_operand(struct view text, struct partial *partial)
{
    while (text.size > 0 && (text.data[0] == 'v' || text.data[0] == '=' || text.data[0] == ' '))
        text = view_from(text, 1);
    if (!partial_parse(text, true, partial))
        return false;
    if (partial->count < 3)
        partial->prerelease.size = 0;
    for (int i = 0; i < 3; i++) {
        if (partial->numbers[i] > number_max)
            return false;
    }
    return true;
}

static bool is_from(const struct question *question, const struct partial *lower)
{
    return partial_compare(&question->version, lower) >= 0;
}

/* Below everything that does not begin with the first `count` numbers of `partial`. */
static bool is_within(const struct question *question, const struct partial *partial, int count)
{
    struct partial end = partial_bump(partial, count);
    return partial_compare(&question->version, &end) < 0;
}

/* How many numbers "^" holds fast: up to the first that is not 0. */
static int caret_count(const struct partial *operand)
{
    int count = 1;
    while (count < operand->count && operand->numbers[count - 1] == 0)
        count++;
    return count;
}

/* "1.2" stands for all that begin with it: "> 1.2" is behind them, "<= 1.2" before what follows them. */
static bool matches_partial(
    const struct question *question, enum constraint_operator operator, const struct partial * operand)
{
    struct partial bound = *operand;
    bool is_less = operator== CONSTRAINT_LESS, is_greater = operator== CONSTRAINT_GREATER;
    if (operand->count == 0)
        return !is_less && !is_greater;
    if (is_less) {
        bound.prerelease = view_text("0");
        return partial_compare(&question->version, &bound) < 0;
    }
    if (is_greater) {
        bound = partial_bump(operand, operand->count);
        bound.prerelease.size = 0;
        return is_from(question, &bound);
    }
    bool is_from_lower = operator== CONSTRAINT_LESS_EQUAL || is_from(question, operand);
    return is_from_lower && (operator== CONSTRAINT_GREATER_EQUAL || is_within(question, operand, operand->count));
}

static void note_prerelease(struct question *question, const struct partial *operand)
{
    bool is_same = operand->count == 3 && partial_compare_numbers(operand, &question->version, 3) == 0;
    question->names_prerelease = question->names_prerelease || (is_same && operand->prerelease.size > 0);
}

static enum range_match match_term(struct question *question, const struct constraint *term)
{
    struct partial operand;
    if (!parse_operand(term->operand, &operand))
        return RANGE_MATCH_INVALID;
    note_prerelease(question, &operand);
    switch (term->operator) {
    case CONSTRAINT_TILDE:
    case CONSTRAINT_PESSIMISTIC:
        return range_match_of(operand.count == 0 || (is_from(question, &operand) &&
                                                        is_within(question, &operand, operand.count > 1 ? 2 : 1)));
    case CONSTRAINT_CARET:
        return range_match_of(operand.count == 0 ||
                              (is_from(question, &operand) && is_within(question, &operand, caret_count(&operand))));
    case CONSTRAINT_NONE:
    case CONSTRAINT_EQUAL:
    case CONSTRAINT_SAME:
    case CONSTRAINT_LESS:
    case CONSTRAINT_LESS_EQUAL:
    case CONSTRAINT_GREATER:
    case CONSTRAINT_GREATER_EQUAL:
        return range_match_of(operand.count < 3 ? matches_partial(question, term->operator, & operand)
                                                : constraint_compare(term, partial_compare(&question->version,
                                                                               &operand)) == RANGE_MATCH_YES);
    case CONSTRAINT_IDENTICAL:
    case CONSTRAINT_UNEQUAL:
    case CONSTRAINT_COMPATIBLE:
    case CONSTRAINT_OTHER:
        break;
    }
    return RANGE_MATCH_INVALID;
}

/* "1.2 - 2.3.4": from the first to the last version that begin with these. */
static enum range_match match_hyphen(struct question *question, struct view from, struct view to)
{
    struct partial lower, upper;
    if (!parse_operand(view_trim(from), &lower) || !parse_operand(view_trim(to), &upper))
        return RANGE_MATCH_INVALID;
    note_prerelease(question, &lower);
    note_prerelease(question, &upper);
    bool is_below = upper.count == 0 || (upper.count == 3 ? partial_compare(&question->version, &upper) <= 0
                                                          : is_within(question, &upper, upper.count));
    return range_match_of((lower.count == 0 || is_from(question, &lower)) && is_below);
}

static enum range_match match_alternative(const struct partial *version, struct view rest)
{
    struct question question = {*version, false};
    enum range_match match = RANGE_MATCH_YES;
    size_t hyphen = view_find_text(rest, view_text(" - "));
    if (hyphen < rest.size) {
        match = match_hyphen(&question, view_slice(rest, 0, hyphen), view_from(rest, hyphen + 3));
        rest = view_slice(rest, 0, 0);
    }
    for (rest = view_trim(rest); rest.size > 0; rest = view_trim(rest)) {
        struct constraint term = constraint_cut(&rest);
        if (view_starts_with(rest, ","))
            return RANGE_MATCH_INVALID;
        match = range_match_both(match, match_term(&question, &term));
    }
    bool is_hidden = version->prerelease.size > 0 && !question.names_prerelease;
    return match == RANGE_MATCH_YES ? range_match_of(!is_hidden) : match;
}

static enum range_match match(const struct version_order *order, struct view range, struct view text)
{
    struct partial version = {0};
    struct view trimmed = view_trim(text);
    bool is_version = order->is_valid(text) &&
                      partial_parse(view_from(trimmed, view_starts_with(trimmed, "v") ? 1 : 0), false, &version);
    enum range_match match = RANGE_MATCH_NO;
    for (bool has_more = true; has_more;)
        match = range_match_either(match, match_alternative(&version, constraint_cut_alternative(&range, &has_more)));
    return match == RANGE_MATCH_YES ? range_match_of(is_version) : match;
}

const struct range_language range_npm = {.name = "npm", .match = match};
