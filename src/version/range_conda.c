/* SPDX-License-Identifier: Apache-2.0 */
/* Conda: the version part of a match specification: comparisons, "1.7.*", "=1.7", "~=1.7.1" and regular expressions between
   '^' and '$', joined by ',' and, less tightly, '|'. A star within a version stands for any text. */
#include "base/regex.h"
#include "version/conda.h"
#include "version/constraint.h"

enum { CONDA_PATTERN_BYTES_MAX = 1000 };

static enum range_match match_expression(struct view expression, struct view version)
{
    struct error err;
    AUTO_REGEX *regex = NULL;
    if (!regex_compile(expression, &regex, &err))
        return RANGE_MATCH_INVALID;
    return range_match_of(regex_search(regex, version));
}

/* "1.*.3" as a regular expression. */
static enum range_match match_stars(struct view pattern, struct view version)
{
    char text[2 * CONDA_PATTERN_BYTES_MAX + 2];
    size_t size = 0;
    if (pattern.size > CONDA_PATTERN_BYTES_MAX)
        return RANGE_MATCH_INVALID;
    text[size++] = '^';
    for (size_t i = 0; i < pattern.size; i++) {
        if (pattern.data[i] == '*')
            text[size++] = '.';
        else if (strchr(".+?()[]{}|\\^$", pattern.data[i]) != NULL)
            text[size++] = '\\';
        text[size++] = pattern.data[i];
    }
    text[size++] = '$';
    return match_expression(view_of(text, size), version);
}

static struct view without_stars(struct view operand)
{
    while (view_ends_with(operand, "*"))
        operand.size--;
    if (view_ends_with(operand, "."))
        operand.size--;
    return operand;
}

/* Without the last of its parts. */
static struct view parent_of(struct view operand)
{
    return view_slice(operand, 0, view_find_last(operand, '.'));
}

static enum range_match match_operator(const struct constraint *term, const struct conda *version)
{
    struct conda operand, parent;
    bool has_star = view_ends_with(term->operand, "*");
    struct view text = has_star ? without_stars(term->operand) : term->operand;
    if (!conda_parse(text, &operand))
        return RANGE_MATCH_INVALID;
    bool begins = conda_starts_with(version, &operand);
    if (term->operator== CONSTRAINT_COMPATIBLE) {
        if (has_star || !conda_parse(parent_of(text), &parent))
            return RANGE_MATCH_INVALID;
        return range_match_of(conda_compare(version, &operand) >= 0 && conda_starts_with(version, &parent));
    }
    if (term->operator== CONSTRAINT_EQUAL ||(has_star && term->operator== CONSTRAINT_SAME) ||
        (has_star && term->operator== CONSTRAINT_NONE))
        return range_match_of(begins);
    if (has_star && term->operator== CONSTRAINT_UNEQUAL)
        return range_match_of(!begins);
    return term->operator== CONSTRAINT_OTHER ? RANGE_MATCH_INVALID
                                             : constraint_compare(term, conda_compare(version, &operand));
}

static enum range_match match_term(struct view text, struct view version_text)
{
    struct conda version;
    text = view_trim(text);
    bool has_start = view_starts_with(text, "^"), has_end = view_ends_with(text, "$");
    if (has_start || has_end)
        return has_start && has_end ? match_expression(text, version_text) : RANGE_MATCH_INVALID;
    struct view rest = text;
    struct constraint term = constraint_cut(&rest);
    if (rest.size > 0 || term.operand.size == 0)
        return RANGE_MATCH_INVALID;
    if (view_is(term.operand, "*"))
        return RANGE_MATCH_YES;
    if (term.operator== CONSTRAINT_NONE &&
        view_find(without_stars(term.operand), '*') < without_stars(term.operand).size)
        return match_stars(term.operand, version_text);
    bool is_version = conda_parse(version_text, &version);
    if (!is_version)
        conda_parse(view_text("0"), &version);
    enum range_match match = match_operator(&term, &version);
    return match == RANGE_MATCH_YES ? range_match_of(is_version) : match;
}

/* A regular expression may hold ',' and '|': alone it is the whole range. */
static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    (void)order;
    enum range_match either = RANGE_MATCH_NO;
    struct view rest = view_trim(range);
    if (rest.size == 0)
        return RANGE_MATCH_YES;
    if (view_starts_with(rest, "^") && view_ends_with(rest, "$"))
        return match_term(rest, view_trim(version));
    for (bool has_alternative = true; has_alternative;) {
        has_alternative = view_find(rest, '|') < rest.size;
        struct view alternative = view_cut(&rest, '|');
        enum range_match all = RANGE_MATCH_YES;
        if (has_alternative && view_starts_with(rest, "|")) /* "||", as other tools have it */
            rest = view_from(rest, 1);
        for (bool has_term = true; has_term;) {
            has_term = view_find(alternative, ',') < alternative.size;
            all = range_match_both(all, match_term(view_cut(&alternative, ','), view_trim(version)));
        }
        either = range_match_either(either, all);
    }
    return either;
}

const struct range_language range_conda = {.name = "conda", .match = match};
