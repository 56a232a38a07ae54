/* SPDX-License-Identifier: Apache-2.0 */
/* By whether a fixed version exists, and for how long. No database says since when: an advisory that names the fix was last
   changed at the latest possible moment, and no fix counts as older than the vulnerability's publication. Between the two it
   cannot tell. */
#include "policy/rule.h"

static enum answer is_fixable(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)predicate;
    (void)image;
    enum fix_state state = finding->finding->fix_state;
    return state == FIX_UNKNOWN ? ANSWER_UNKNOWN : answer_of(state == FIX_AVAILABLE);
}

/* When the first advisory that names a fix was last changed; 0 = unknown. */
static int64_t fix_known_ms(const struct finding *finding)
{
    int64_t known_ms = 0;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct finding_evidence *evidence = &finding->evidence[i];
        if (evidence->fixed.size > 0 && evidence->modified_ms != 0 &&
            (known_ms == 0 || evidence->modified_ms < known_ms))
            known_ms = evidence->modified_ms;
    }
    return known_ms;
}

static enum answer is_fixable_for_long(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    const struct finding *one = finding->finding;
    enum answer fixable = is_fixable(predicate, image, finding);
    if (fixable != ANSWER_YES)
        return fixable;
    if (predicate->number == 0 || predicate_is_older(predicate, fix_known_ms(one), image->now_ms) == ANSWER_YES)
        return ANSWER_YES;
    int64_t published_ms = one->facts == NULL ? 0 : one->facts->published_ms;
    return predicate_is_older(predicate, published_ms, image->now_ms) == ANSWER_NO ? ANSWER_NO : ANSWER_UNKNOWN;
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnIsFixable",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_FIX,
        .text = "a fixed version exists",
        .finding = is_fixable},
    {.type = "vulnIsFixableWithAge",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_FIX,
        .members = predicate_age_members,
        .text = "a fixed version has existed for `age` days",
        .read = predicate_read_age,
        .write = predicate_write_age,
        .finding = is_fixable_for_long},
};

const struct predicate_set rule_fix = {kinds, sizeof(kinds) / sizeof(kinds[0])};
