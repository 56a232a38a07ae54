/* SPDX-License-Identifier: Apache-2.0 */
/* Hex: Elixir's requirements, terms joined by "and" and, less tightly, "or"; prereleases included. "~>" may lack the patch. */
#include "version/constraint.h"
#include "version/partial.h"

static enum range_match match_term(
    const struct version_order *order, const struct constraint *term, const struct partial *version)
{
    struct partial operand;
    bool is_near = term->operator== CONSTRAINT_PESSIMISTIC;
    if (!partial_parse(term->operand, is_near, &operand) || operand.has_wildcard)
        return RANGE_MATCH_INVALID;
    if (is_near) {
        if (operand.count < 2)
            return RANGE_MATCH_INVALID;
        struct partial end = partial_bump(&operand, operand.count - 1);
        return range_match_of(partial_compare(version, &operand) >= 0 && partial_compare(version, &end) < 0);
    }
    bool is_other = term->operator== CONSTRAINT_EQUAL || term->operator== CONSTRAINT_OTHER;
    return is_other || !order->is_valid(term->operand) ? RANGE_MATCH_INVALID
                                                       : constraint_compare(term, partial_compare(version, &operand));
}

/* Takes the word away if it comes next. */
static bool take_word(struct view *rest, const char *word)
{
    struct view text = view_trim(*rest);
    size_t size = strlen(word);
    if (!view_starts_with(text, word) || text.size <= size || text.data[size] != ' ')
        return false;
    *rest = view_from(text, size);
    return true;
}

static enum range_match match(const struct version_order *order, struct view range, struct view text)
{
    struct partial version = {0};
    bool is_version = order->is_valid(text) && partial_parse(text, false, &version);
    enum range_match either = RANGE_MATCH_NO, all = RANGE_MATCH_YES;
    for (bool is_more = true; is_more;) {
        struct constraint term = constraint_cut(&range);
        all = range_match_both(all, match_term(order, &term, &version));
        is_more = take_word(&range, "and");
        if (!is_more) {
            either = range_match_either(either, all);
            all = RANGE_MATCH_YES;
            is_more = take_word(&range, "or");
        }
    }
    if (view_trim(range).size > 0)
        return RANGE_MATCH_INVALID;
    return either == RANGE_MATCH_YES ? range_match_of(is_version) : either;
}

const struct range_language range_hex = {.name = "hex", .match = match};
