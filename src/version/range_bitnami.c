/* SPDX-License-Identifier: Apache-2.0 */
/* Bitnami: comparisons of semantic versions in which a missing or '*' number stands for any, "~", "^" and "||". A number
   behind '-' is a revision and newer than none. */
#include "version/constraint.h"
#include "version/partial.h"

struct question {
    const struct version_order *order;
    struct partial version;
    bool is_version;
};

/* -1, 0 or 1; of an operand without three numbers only those that it has count, but for a revision, which then stands behind
   zeros. */
static int compare(
    const struct question *question, const struct partial *operand, struct view operand_text, struct view version_text)
{
    if (operand->count == 3)
        return question->order->compare(version_text, operand_text);
    int order = partial_compare_numbers(&question->version, operand, operand->count);
    if (order != 0 || operand->prerelease.size == 0)
        return order;
    return question->version.prerelease.size > 0 ? question->order->compare(version_text, operand_text) : 0;
}

static int caret_count(const struct partial *operand)
{
    int count = 1;
    while (count < operand->count && operand->numbers[count - 1] == 0)
        count++;
    return count;
}

static enum range_match test(const void *context, const struct constraint *term, struct view version)
{
    const struct question *question = context;
    struct partial operand;
    if (!partial_parse(term->operand, true, &operand))
        return RANGE_MATCH_INVALID;
    int order = compare(question, &operand, term->operand, version);
    int near = 0;
    if (term->operator== CONSTRAINT_TILDE || term->operator== CONSTRAINT_PESSIMISTIC)
        near = operand.count > 1 ? 2 : operand.count;
    else if (term->operator== CONSTRAINT_CARET)
        near = operand.count == 0 ? 0 : caret_count(&operand);
    else
        return constraint_compare(term, order);
    return range_match_of(order >= 0 && partial_compare_numbers(&question->version, &operand, near) == 0);
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    struct question question = {.order = order};
    version = view_trim(version);
    question.is_version = order->is_valid(version) && partial_parse(version, false, &question.version);
    enum range_match match = constraint_match(range, version, &question, test);
    return match == RANGE_MATCH_YES ? range_match_of(question.is_version) : match;
}

const struct range_language range_bitnami = {.name = "bitnami", .match = match};
