/* SPDX-License-Identifier: Apache-2.0 */
/* What most constraint languages share: terms of an operator and an operand, all of which must hold, apart by ',' or
   blanks, and alternatives apart by "||". */
#ifndef VERSION_CONSTRAINT_H
#define VERSION_CONSTRAINT_H

#include "version/range.h"

enum constraint_operator {
    CONSTRAINT_NONE,
    CONSTRAINT_EQUAL, /* "=" */
    CONSTRAINT_SAME, /* "==" */
    CONSTRAINT_IDENTICAL, /* "===" */
    CONSTRAINT_UNEQUAL, /* "!=" */
    CONSTRAINT_LESS,
    CONSTRAINT_LESS_EQUAL,
    CONSTRAINT_GREATER,
    CONSTRAINT_GREATER_EQUAL,
    CONSTRAINT_TILDE, /* "~" */
    CONSTRAINT_PESSIMISTIC, /* "~>" */
    CONSTRAINT_COMPATIBLE, /* "~=" */
    CONSTRAINT_CARET, /* "^" */
    CONSTRAINT_OTHER, /* of such characters, but none of these */
};

struct constraint {
    enum constraint_operator operator;
    struct view operator_text;
    struct view operand; /* without blanks; may be empty */
};

/* Takes operator and operand away; blanks may stand between. */
struct constraint constraint_cut(struct view *rest);

/* Takes what comes before the next "||" away. `has_more` is false for the last. */
struct view constraint_cut_alternative(struct view *rest, bool *has_more);

/* Whether `version` is in `range`, each term decided by `test`. Every term is tested, so that one that is invalid is found.
   No terms at all hold for every version; an empty alternative, or nothing between two commas, is invalid. */
enum range_match constraint_match(struct view range, struct view version, const void *context,
    enum range_match (*test)(const void *context, const struct constraint *term, struct view version));

/* The six comparisons, "<<" and ">>" included, of a version that stands `order` to the operand; RANGE_MATCH_INVALID for
   other operators. */
enum range_match constraint_compare(const struct constraint *term, int order);

/* The generic language, for languages that fall back on it. */
enum range_match range_generic_match(const struct version_order *order, struct view range, struct view version);

static inline enum range_match range_match_of(bool is_match)
{
    return is_match ? RANGE_MATCH_YES : RANGE_MATCH_NO;
}

/* Both must hold; invalid if one is. */
static inline enum range_match range_match_both(enum range_match a, enum range_match b)
{
    if (a == RANGE_MATCH_INVALID || b == RANGE_MATCH_INVALID)
        return RANGE_MATCH_INVALID;
    return range_match_of(a == RANGE_MATCH_YES && b == RANGE_MATCH_YES);
}

/* One must hold; invalid if one is. */
static inline enum range_match range_match_either(enum range_match a, enum range_match b)
{
    if (a == RANGE_MATCH_INVALID || b == RANGE_MATCH_INVALID)
        return RANGE_MATCH_INVALID;
    return range_match_of(a == RANGE_MATCH_YES || b == RANGE_MATCH_YES);
}

#endif
