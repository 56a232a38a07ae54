/* SPDX-License-Identifier: Apache-2.0 */
/* Packagist: Composer's constraints: comparisons, "~", "^", "1.2.*", "1.0 - 2.0", terms apart by ',' or blanks, '|' or "||"
   between alternatives. A bound without a stability admits its prereleases below and excludes them above. */
#include "version/composer.h"
#include "version/constraint.h"
#include "version/digits.h"

enum { COMPOSER_NUMBERS_COUNT = 4, COMPOSER_BOUND_BYTES_MAX = 100 };

/* The numbers of an operand; INT64_MAX and more are refused. */
struct numbers {
    int64_t values[COMPOSER_NUMBERS_COUNT];
    int count;
    bool has_wildcard; /* behind the numbers */
};

static bool is_wildcard(struct view part)
{
    return view_is(part, "x") || view_is(part, "X") || view_is(part, "*");
}

static bool read_numbers(struct view text, struct numbers *numbers)
{
    *numbers = (struct numbers){0};
    if (view_starts_with(text, "v") || view_starts_with(text, "V"))
        text = view_from(text, 1);
    while (numbers->count < COMPOSER_NUMBERS_COUNT) {
        struct view number = digits_cut(&text);
        if (number.size == 0)
            break;
        int64_t value;
        if (!view_to_integer(number, &value) || value == INT64_MAX)
            return false;
        numbers->values[numbers->count++] = value;
        if (!view_starts_with(text, "."))
            break;
        text = view_from(text, 1);
    }
    struct view part = view_slice(text, 0, view_find(text, '-'));
    numbers->has_wildcard = is_wildcard(view_cut(&part, '.'));
    return numbers->count > 0;
}

/* Appends the decimal digits of a number that is not negative. */
static size_t append_number(char *text, size_t size, int64_t value)
{
    size_t digits = 1;
    for (int64_t rest = value; rest >= 10; rest /= 10)
        digits++;
    for (size_t i = digits; i > 0; i--, value /= 10)
        text[size + i - 1] = (char)('0' + value % 10);
    return size + digits;
}

/* "1.2.3.4-dev" with the number at `position` one higher and zeros behind it; kept in `text`. */
static struct composer bound_behind(const struct numbers *numbers, int position, char text[COMPOSER_BOUND_BYTES_MAX])
{
    struct composer bound = {.form = COMPOSER_NUMBERS, .stability = PHP_END, .is_dev = true};
    size_t size = 0;
    for (int i = 0; i < position; i++) {
        if (i > 0)
            text[size++] = '.';
        size = append_number(text, size, numbers->values[i] + (i == position - 1 ? 1 : 0));
    }
    bound.numbers = view_of(text, size);
    bound.missing = view_text("0");
    return bound;
}

static bool is_stable(const struct composer *version)
{
    return version->stability == PHP_END && !version->is_dev;
}

/* With its prereleases, if it is stable. */
static struct composer with_prereleases(struct composer version)
{
    version.is_dev = version.is_dev || is_stable(&version);
    return version;
}

static bool is_between(const struct composer *version, const struct composer *lower, const struct composer *end)
{
    return version->form == COMPOSER_NUMBERS && composer_compare(version, lower) >= 0 &&
           composer_compare(version, end) < 0;
}

static int caret_position(const struct numbers *numbers)
{
    int position = 1;
    while (position < numbers->count && position < 3 && numbers->values[position - 1] == 0)
        position++;
    return position;
}

static int tilde_position(const struct numbers *numbers)
{
    int count = numbers->count + (numbers->has_wildcard ? 1 : 0); /* "~2.x-dev" */
    return count > 1 ? count - 1 : 1;
}

static enum range_match match_near(const struct constraint *term, const struct composer *version)
{
    char text[COMPOSER_BOUND_BYTES_MAX];
    struct composer operand;
    struct numbers numbers;
    if (!composer_parse(term->operand, &operand) || operand.form != COMPOSER_NUMBERS ||
        !read_numbers(term->operand, &numbers))
        return RANGE_MATCH_INVALID;
    operand = with_prereleases(operand);
    bool is_tilde = term->operator== CONSTRAINT_TILDE;
    struct composer end = bound_behind(&numbers, is_tilde ? tilde_position(&numbers) : caret_position(&numbers), text);
    return range_match_of(is_between(version, &operand, &end));
}

/* "*", "1.*", "1.2.x.x"; INVALID for what is none of these. */
static enum range_match match_wildcard(struct view operand, const struct composer *version)
{
    char text[COMPOSER_BOUND_BYTES_MAX];
    struct numbers numbers;
    struct composer lower;
    struct view rest = operand;
    struct view last = view_from(rest, view_find_last(rest, '.') < rest.size ? view_find_last(rest, '.') + 1 : 0);
    if (!is_wildcard(last))
        return RANGE_MATCH_INVALID;
    bool is_behind = false;
    while (rest.size > 0) { /* no number behind a wildcard */
        bool is_any = is_wildcard(view_cut(&rest, '.'));
        if (is_behind && !is_any)
            return RANGE_MATCH_INVALID;
        is_behind = is_any;
    }
    if (!read_numbers(operand, &numbers))
        return is_wildcard(view_slice(operand, 0, view_find(operand, '.'))) ? RANGE_MATCH_YES : RANGE_MATCH_INVALID;
    struct composer end = bound_behind(&numbers, numbers.count, text);
    struct view stated = operand;
    for (int i = 0; i < numbers.count; i++)
        view_cut(&stated, '.');
    composer_parse(view_slice(operand, 0, operand.size - stated.size - 1), &lower);
    lower = with_prereleases(lower);
    return range_match_of(is_between(version, &lower, &end));
}

static enum range_match match_comparison(const struct constraint *term, const struct composer *version)
{
    struct composer operand;
    bool is_unequal = term->operator== CONSTRAINT_UNEQUAL || view_is(term->operator_text, "<>");
    if (!composer_parse(term->operand, &operand) || (term->operator== CONSTRAINT_OTHER && !is_unequal))
        return RANGE_MATCH_INVALID;
    if (term->operator== CONSTRAINT_LESS || term->operator== CONSTRAINT_GREATER_EQUAL)
        operand = with_prereleases(operand);
    int order = composer_compare(version, &operand);
    if (is_unequal)
        return range_match_of(order != 0);
    bool has_branch = version->form == COMPOSER_BRANCH || operand.form == COMPOSER_BRANCH;
    enum range_match match = constraint_compare(term, order);
    return has_branch && match == RANGE_MATCH_YES ? range_match_of(order == 0) : match;
}

static enum range_match match_term(const struct constraint *term, const struct composer *version)
{
    if (term->operand.size == 0)
        return RANGE_MATCH_INVALID;
    if (term->operator== CONSTRAINT_TILDE || term->operator== CONSTRAINT_CARET)
        return match_near(term, version);
    if (term->operator== CONSTRAINT_NONE &&(view_ends_with(term->operand, "*") || view_ends_with(term->operand, "x") ||
                                            view_ends_with(term->operand, "X")))
        return match_wildcard(term->operand, version);
    return match_comparison(term, version);
}

/* "1.0 - 2.0" holds all of 2.0, but "1.0 - 2.0.0" nothing behind 2.0.0. */
static enum range_match match_hyphen(struct view from, struct view to, const struct composer *version)
{
    char text[COMPOSER_BOUND_BYTES_MAX];
    struct composer lower, upper;
    struct numbers numbers;
    to = view_trim(to);
    if (!composer_parse(view_trim(from), &lower) || !composer_parse(to, &upper) || !read_numbers(to, &numbers) ||
        lower.form != COMPOSER_NUMBERS || upper.form != COMPOSER_NUMBERS)
        return RANGE_MATCH_INVALID;
    lower = with_prereleases(lower);
    if (numbers.count >= 3 || !is_stable(&upper))
        return range_match_of(version->form == COMPOSER_NUMBERS && composer_compare(version, &lower) >= 0 &&
                              composer_compare(version, &upper) <= 0);
    struct composer end = bound_behind(&numbers, numbers.count, text);
    return range_match_of(is_between(version, &lower, &end));
}

static enum range_match match_alternative(struct view rest, const struct composer *version)
{
    enum range_match match = RANGE_MATCH_YES;
    size_t hyphen = view_find_text(rest, view_text(" - "));
    if (hyphen < rest.size)
        return match_hyphen(view_slice(rest, 0, hyphen), view_from(rest, hyphen + 3), version);
    for (rest = view_trim(rest);;) {
        struct constraint term = constraint_cut(&rest);
        match = range_match_both(match, match_term(&term, version));
        rest = view_trim(rest);
        if (rest.size == 0)
            return match;
        if (view_starts_with(rest, ","))
            rest = view_trim(view_from(rest, 1));
    }
}

static enum range_match match(const struct version_order *order, struct view range, struct view text)
{
    (void)order;
    struct composer version;
    bool is_version = composer_parse(text, &version);
    enum range_match either = RANGE_MATCH_NO;
    for (bool has_more = true; has_more;) {
        has_more = view_find(range, '|') < range.size;
        struct view alternative = view_cut(&range, '|');
        if (has_more && view_starts_with(range, "|"))
            range = view_from(range, 1);
        either = range_match_either(either, match_alternative(alternative, &version));
    }
    return either == RANGE_MATCH_YES ? range_match_of(is_version) : either;
}

const struct range_language range_packagist = {.name = "packagist", .match = match};
