/* SPDX-License-Identifier: Apache-2.0 */
/* By the day on which the vulnerability was published. Without that date it cannot tell. */
#include "policy/rule.h"

static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
static const char *const range_members[] = {"endDate", "startDate", NULL};

static int64_t published(const struct policy_finding *finding)
{
    return finding->finding->facts == NULL ? 0 : finding->finding->facts->published_ms;
}

static enum answer is_old(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    return predicate_is_older(predicate, published(finding), image->now_ms);
}

/* False if the member is absent or wrong. */
static bool read_date(struct document_reader *reader, struct json extra, const char *member, int64_t *begin_ms)
{
    struct view text = document_text(reader, extra, member, false, POLICY_TEXT_BYTES_MAX);
    if (text.size == 0)
        return false;
    if (policy_date_parse(text, begin_ms))
        return true;
    document_complain(reader, member, "\"%s\" must be a date such as \"2026-11-22\"", member);
    return false;
}

static void read_range(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    size_t problems = reader->problems->count;
    bool has_start = read_date(reader, extra, "startDate", &predicate->from_ms);
    bool has_end = read_date(reader, extra, "endDate", &predicate->until_ms);
    predicate->from_ms = has_start ? predicate->from_ms : INT64_MIN;
    predicate->until_ms = has_end ? predicate->until_ms + day_ms : INT64_MAX;
    if (reader->problems->count > problems)
        return;
    if (!has_start && !has_end)
        document_complain(reader, NULL, "a range of dates needs \"startDate\", \"endDate\" or both");
    else if (predicate->from_ms >= predicate->until_ms)
        document_complain(reader, "endDate", "\"endDate\" lies before \"startDate\"");
}

static void write_date(struct json_writer *writer, const char *member, int64_t begin_ms)
{
    AUTO_ARENA *arena = arena_new();
    json_pair(writer, member, policy_date_write(arena, begin_ms));
}

static void write_range(const struct predicate *predicate, struct json_writer *writer)
{
    if (predicate->from_ms != INT64_MIN)
        write_date(writer, "startDate", predicate->from_ms);
    if (predicate->until_ms != INT64_MAX)
        write_date(writer, "endDate", predicate->until_ms - day_ms);
}

static enum answer is_in_range(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    int64_t published_ms = published(finding);
    return published_ms == 0 ? ANSWER_UNKNOWN
                             : answer_of(published_ms >= predicate->from_ms && published_ms < predicate->until_ms);
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnAge",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_AGE,
        .members = predicate_age_members,
        .text = "the vulnerability was published `age` days ago or earlier",
        .read = predicate_read_age,
        .write = predicate_write_age,
        .finding = is_old},
    {.type = "vulnDisclosureRange",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_AGE,
        .members = range_members,
        .text = "the vulnerability was published from `startDate` to `endDate`, both included; one may be left out",
        .read = read_range,
        .write = write_range,
        .finding = is_in_range},
};

const struct predicate_set rule_age = {kinds, sizeof(kinds) / sizeof(kinds[0])};
