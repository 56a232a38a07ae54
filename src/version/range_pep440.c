/* SPDX-License-Identifier: Apache-2.0 */
/* PyPI: PEP 440's version specifiers, prereleases included. As other tools have it, a version alone or behind one '=' is
   that version, blanks part terms as ',' does, and "||" parts alternatives. */
#include "version/constraint.h"
#include "version/pep440.h"

#include <stdint.h>

static bool is_prerelease(const struct pep440 *version)
{
    return version->phase != PEP440_FINAL || version->has_dev;
}

static bool has_same_release(const struct pep440 *a, const struct pep440 *b)
{
    return pep440_compare_release(a, b, SIZE_MAX) == 0;
}

static int compare_public(struct pep440 version, const struct pep440 *operand)
{
    version.local.size = 0;
    return pep440_compare(&version, operand);
}

/* "== 2.1.*": what the operand states is the same, what comes behind it may differ. */
static bool begins_with(const struct pep440 *version, const struct pep440 *prefix)
{
    if (prefix->phase == PEP440_FINAL && !prefix->has_post)
        return pep440_compare_release(version, prefix, pep440_release_count(prefix)) == 0;
    struct pep440 cut = *version;
    cut.local.size = 0;
    cut.has_dev = false;
    cut.dev.size = 0;
    if (!prefix->has_post) {
        cut.has_post = false;
        cut.post.size = 0;
    }
    return pep440_compare(&cut, prefix) == 0;
}

static enum range_match match_equal(const struct constraint *term, const struct pep440 *version)
{
    struct pep440 operand;
    bool is_prefix = view_ends_with(term->operand, ".*");
    struct view text = is_prefix ? view_slice(term->operand, 0, term->operand.size - 2) : term->operand;
    if (!pep440_parse(text, &operand) || (is_prefix && (operand.has_dev || operand.local.size > 0)))
        return RANGE_MATCH_INVALID;
    bool is_equal = is_prefix                ? begins_with(version, &operand)
                    : operand.local.size > 0 ? pep440_compare(version, &operand) == 0
                                             : compare_public(*version, &operand) == 0;
    return range_match_of(is_equal != (term->operator== CONSTRAINT_UNEQUAL));
}

/* "< 2" holds no prerelease of 2, "> 2" neither a post-release nor a local version of it, unless the operand is one. */
static enum range_match match_order(const struct constraint *term, const struct pep440 *version)
{
    struct pep440 operand;
    if (!pep440_parse(term->operand, &operand) || operand.local.size > 0)
        return RANGE_MATCH_INVALID;
    bool is_same = has_same_release(version, &operand);
    int order = compare_public(*version, &operand);
    switch (term->operator) {
    case CONSTRAINT_LESS_EQUAL:
        return range_match_of(order <= 0);
    case CONSTRAINT_GREATER_EQUAL:
        return range_match_of(order >= 0);
    case CONSTRAINT_LESS:
        return range_match_of(order < 0 && !(is_same && is_prerelease(version) && !is_prerelease(&operand)));
    case CONSTRAINT_GREATER:
        return range_match_of(order > 0 && !(is_same && version->has_post && !operand.has_post));
    case CONSTRAINT_COMPATIBLE:
        if (pep440_release_count(&operand) < 2)
            return RANGE_MATCH_INVALID;
        return range_match_of(
            order >= 0 && pep440_compare_release(version, &operand, pep440_release_count(&operand) - 1) == 0);
    case CONSTRAINT_NONE:
    case CONSTRAINT_EQUAL:
    case CONSTRAINT_SAME:
    case CONSTRAINT_IDENTICAL:
    case CONSTRAINT_UNEQUAL:
    case CONSTRAINT_TILDE:
    case CONSTRAINT_PESSIMISTIC:
    case CONSTRAINT_CARET:
    case CONSTRAINT_OTHER:
        break;
    }
    return RANGE_MATCH_INVALID;
}

static enum range_match test(const void *context, const struct constraint *term, struct view text)
{
    (void)context;
    struct pep440 version;
    if (term->operator== CONSTRAINT_IDENTICAL)
        return range_match_of(view_equal_ignoring_case(term->operand, view_trim(text)));
    bool is_version = pep440_parse(text, &version);
    if (!is_version)
        pep440_parse(view_text("0"), &version);
    bool is_equality = term->operator== CONSTRAINT_NONE || term->operator== CONSTRAINT_EQUAL ||
                       term->
                       operator== CONSTRAINT_SAME || term->
                       operator== CONSTRAINT_UNEQUAL;
    enum range_match match = is_equality ? match_equal(term, &version) : match_order(term, &version);
    return match == RANGE_MATCH_YES ? range_match_of(is_version) : match;
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    return constraint_match(range, version, order, test);
}

const struct range_language range_pep440 = {.name = "pep440", .match = match};
