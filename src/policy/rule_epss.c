/* SPDX-License-Identifier: Apache-2.0 */
/* By the probability of exploitation (EPSS), in percent. With the feed, a vulnerability that it does not name has no score;
   without it nobody can tell. */
#include "policy/rule.h"

static const char *const score_members[] = {"score", NULL};
static const char *const percentile_members[] = {"percentile", NULL};

static void read_score(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->limit = document_number(reader, extra, "score", 0, 100);
}

static void write_score(const struct predicate *predicate, struct json_writer *writer)
{
    json_key(writer, "score");
    json_write_number(writer, predicate->limit, 6);
}

static void read_percentile(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->limit = document_number(reader, extra, "percentile", 0, 100);
}

static void write_percentile(const struct predicate *predicate, struct json_writer *writer)
{
    json_key(writer, "percentile");
    json_write_number(writer, predicate->limit, 6);
}

/* EPSS has five decimals; a product with 100 may miss its limit by less than that. */
static bool reaches(double part, double percent)
{
    return part * 100 >= percent - 1e-7;
}

static enum answer has_score(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    const struct vulnerability_facts *facts = finding->finding->facts;
    if (facts != NULL && facts->has_epss)
        return answer_of(reaches(facts->epss_score, predicate->limit));
    return image->knows_epss ? ANSWER_NO : ANSWER_UNKNOWN;
}

static enum answer has_percentile(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    const struct vulnerability_facts *facts = finding->finding->facts;
    if (facts != NULL && facts->has_epss)
        return answer_of(reaches(facts->epss_percentile, predicate->limit));
    return image->knows_epss ? ANSWER_NO : ANSWER_UNKNOWN;
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnEpssScoreGte",
        .rule = RULE_SEVERITY_AND_THREATS,
        .asks_epss = true,
        .members = score_members,
        .text = "the EPSS score is `score` percent or more",
        .read = read_score,
        .write = write_score,
        .finding = has_score},
    {.type = "vulnEpssPercentileGte",
        .rule = RULE_SEVERITY_AND_THREATS,
        .asks_epss = true,
        .members = percentile_members,
        .text = "the EPSS percentile is `percentile` or more",
        .read = read_percentile,
        .write = write_percentile,
        .finding = has_percentile},
};

const struct predicate_set rule_epss = {kinds, sizeof(kinds) / sizeof(kinds[0])};
