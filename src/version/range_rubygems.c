/* SPDX-License-Identifier: Apache-2.0 */
/* RubyGems: Gem::Requirement, terms apart by ','. No version at all is version 0. */
#include "version/constraint.h"
#include "version/rubygems.h"

static enum range_match test(const void *context, const struct constraint *term, struct view version)
{
    (void)context;
    if (!rubygems_is_version(term->operand))
        return RANGE_MATCH_INVALID;
    int order = rubygems_compare(version, term->operand);
    enum range_match match;
    if (term->operator== CONSTRAINT_PESSIMISTIC)
        match = range_match_of(order >= 0 && rubygems_is_below_bump(version, term->operand));
    else
        match = term->operator== CONSTRAINT_OTHER ? RANGE_MATCH_INVALID : constraint_compare(term, order);
    return match == RANGE_MATCH_YES ? range_match_of(rubygems_is_version(version)) : match;
}

static enum range_match match(const struct version_order *order, struct view range, struct view version)
{
    return constraint_match(range, version, order, test);
}

const struct range_language range_rubygems = {.name = "rubygems", .match = match};
