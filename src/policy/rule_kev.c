/* SPDX-License-Identifier: Apache-2.0 */
/* By CISA's catalogue of known exploited vulnerabilities. With the feed, what it does not name is not in it; without it nobody
   can tell. */
#include "policy/rule.h"

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

static enum answer is_listed(const struct policy_image *image, const struct policy_finding *finding)
{
    const struct vulnerability_facts *facts = finding->finding->facts;
    if (facts != NULL && facts->is_known_exploited)
        return ANSWER_YES;
    return image->knows_exploited ? ANSWER_NO : ANSWER_UNKNOWN;
}

static enum answer is_listed_for_long(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    enum answer listed = is_listed(image, finding);
    if (listed != ANSWER_YES || predicate->number == 0)
        return listed;
    return predicate_is_older(predicate, finding->finding->facts->kev_added_ms, image->now_ms);
}

/* A due date in the past counts. */
static enum answer is_due(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    enum answer listed = is_listed(image, finding);
    if (listed != ANSWER_YES)
        return listed;
    int64_t due_ms = finding->finding->facts->kev_due_ms;
    return due_ms == 0 ? ANSWER_UNKNOWN : answer_of(due_ms <= image->now_ms + predicate->number * day_ms);
}

static enum answer is_used_by_ransomware(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)predicate;
    enum answer listed = is_listed(image, finding);
    return listed == ANSWER_YES ? answer_of(finding->finding->facts->is_used_by_ransomware) : listed;
}

static const struct predicate_kind kinds[] = {
    {.type = "cisaKevAvailableSince",
        .rule = RULE_SEVERITY_AND_THREATS,
        .members = predicate_days_members,
        .text = "it has been in CISA's catalogue of known exploited vulnerabilities for `days` days",
        .read = predicate_read_days,
        .write = predicate_write_days,
        .finding = is_listed_for_long},
    {.type = "cisaKevDueDateIn",
        .rule = RULE_SEVERITY_AND_THREATS,
        .members = predicate_days_members,
        .text = "CISA's due date is within `days` days, or over",
        .read = predicate_read_days,
        .write = predicate_write_days,
        .finding = is_due},
    {.type = "cisaKevKnownRansomwareCampaignUse",
        .rule = RULE_SEVERITY_AND_THREATS,
        .text = "CISA knows of its use for ransomware",
        .finding = is_used_by_ransomware},
};

const struct predicate_set rule_kev = {kinds, sizeof(kinds) / sizeof(kinds[0])};
