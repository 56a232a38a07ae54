/* SPDX-License-Identifier: Apache-2.0 */
/* By the score of the finding's newest CVSS vector, else of the vulnerability's. Without a vector it cannot tell. */
#include "policy/rule.h"

#include "advisory/cvss.h"

#include <math.h>

static const char *const members[] = {"value", NULL};

static void read(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->limit = document_number(reader, extra, "value", 0, 10);
}

static void write(const struct predicate *predicate, struct json_writer *writer)
{
    json_key(writer, "value");
    json_write_number(writer, predicate->limit, 1);
}

/* Tenths of both, so that 7.3 is 7.3. */
static bool score_of(const struct policy_finding *finding, long *score)
{
    struct severity_rating rating;
    struct cvss cvss;
    finding_newest_rating(finding->finding, &rating);
    if (!cvss_parse(rating.score, &cvss) || cvss.score == CVSS_NO_SCORE)
        return false;
    *score = cvss.score;
    return true;
}

static enum answer is_at_least(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    long score;
    return score_of(finding, &score) ? answer_of(score >= lround(predicate->limit * 10)) : ANSWER_UNKNOWN;
}

static enum answer is_equal(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    long score;
    return score_of(finding, &score) ? answer_of(score == lround(predicate->limit * 10)) : ANSWER_UNKNOWN;
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnCVSS",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_SEVERITY,
        .members = members,
        .text = "the CVSS score is `value` or higher",
        .read = read,
        .write = write,
        .finding = is_at_least},
    {.type = "vulnCVSSEquals",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_SEVERITY,
        .members = members,
        .text = "the CVSS score is `value`",
        .read = read,
        .write = write,
        .finding = is_equal},
};

const struct predicate_set rule_cvss = {kinds, sizeof(kinds) / sizeof(kinds[0])};
