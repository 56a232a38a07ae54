/* SPDX-License-Identifier: Apache-2.0 */
#include "version/constraint.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_operator_byte(char byte)
{
    return byte != '\0' && strchr("<>=!~^", byte) != NULL;
}

static struct view skip_blanks(struct view text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = view_from(text, 1);
    return text;
}

static enum constraint_operator operator_of(struct view text)
{
    static const struct {
        const char *text;
        enum constraint_operator operator;
    } operators[] = {{"", CONSTRAINT_NONE}, {"=", CONSTRAINT_EQUAL}, {"==", CONSTRAINT_SAME},
        {"===", CONSTRAINT_IDENTICAL}, {"!=", CONSTRAINT_UNEQUAL}, {"<", CONSTRAINT_LESS},
        {"<=", CONSTRAINT_LESS_EQUAL}, {">", CONSTRAINT_GREATER}, {">=", CONSTRAINT_GREATER_EQUAL},
        {"~", CONSTRAINT_TILDE}, {"~>", CONSTRAINT_PESSIMISTIC}, {"~=", CONSTRAINT_COMPATIBLE},
        {"^", CONSTRAINT_CARET}};
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (view_is(text, operators[i].text))
            return operators[i].operator;
    }
    return CONSTRAINT_OTHER;
}

struct constraint constraint_cut(struct view *rest)
{
    struct constraint term = {0};
    struct view text = skip_blanks(*rest);
    size_t size = 0;
    while (size < text.size && is_operator_byte(text.data[size]))
        size++;
    term.operator_text = view_slice(text, 0, size);
    term.operator= operator_of(term.operator_text);
    text = skip_blanks(view_from(text, size));
    size = 0;
    while (size < text.size && !is_blank(text.data[size]) && text.data[size] != ',')
        size++;
    term.operand = view_slice(text, 0, size);
    *rest = view_from(text, size);
    return term;
}

struct view constraint_cut_alternative(struct view *rest, bool *has_more)
{
    size_t size = view_find_text(*rest, view_text("||"));
    struct view alternative = view_slice(*rest, 0, size);
    *has_more = size < rest->size;
    *rest = view_from(*rest, size + 2);
    return alternative;
}

static enum range_match match_all(struct view rest, struct view version, const void *context,
    enum range_match (*test)(const void *context, const struct constraint *term, struct view version))
{
    enum range_match match = RANGE_MATCH_YES;
    for (;;) {
        struct constraint term = constraint_cut(&rest);
        if (term.operand.size == 0)
            return RANGE_MATCH_INVALID;
        match = range_match_both(match, test(context, &term, version));
        rest = skip_blanks(rest);
        if (rest.size == 0)
            return match;
        if (rest.data[0] == ',')
            rest = view_from(rest, 1);
    }
}

enum range_match constraint_match(struct view range, struct view version, const void *context,
    enum range_match (*test)(const void *context, const struct constraint *term, struct view version))
{
    enum range_match match = RANGE_MATCH_NO;
    if (view_trim(range).size == 0)
        return RANGE_MATCH_YES;
    for (bool has_more = true; has_more;) {
        struct view alternative = constraint_cut_alternative(&range, &has_more);
        match = range_match_either(match, match_all(alternative, version, context, test));
    }
    return match;
}

enum range_match constraint_compare(const struct constraint *term, int order)
{
    switch (term->operator) {
    case CONSTRAINT_NONE:
    case CONSTRAINT_EQUAL:
    case CONSTRAINT_SAME:
        return range_match_of(order == 0);
    case CONSTRAINT_UNEQUAL:
        return range_match_of(order != 0);
    case CONSTRAINT_LESS:
        return range_match_of(order < 0);
    case CONSTRAINT_LESS_EQUAL:
        return range_match_of(order <= 0);
    case CONSTRAINT_GREATER:
        return range_match_of(order > 0);
    case CONSTRAINT_GREATER_EQUAL:
        return range_match_of(order >= 0);
    case CONSTRAINT_OTHER:
        if (view_is(term->operator_text, "<<"))
            return range_match_of(order < 0);
        return view_is(term->operator_text, ">>") ? range_match_of(order > 0) : RANGE_MATCH_INVALID;
    case CONSTRAINT_IDENTICAL:
    case CONSTRAINT_TILDE:
    case CONSTRAINT_PESSIMISTIC:
    case CONSTRAINT_COMPATIBLE:
    case CONSTRAINT_CARET:
        break;
    }
    return RANGE_MATCH_INVALID;
}
