/* SPDX-License-Identifier: Apache-2.0 */
/* By severity, as the distribution, the advisory or CVSS rates it (docs: matching). A finding that nobody rated cannot tell,
   but that it is at least unknown. */
#include "policy/rule.h"

static const char *const members[] = {"level", NULL};

static void read(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    struct view level = document_text(reader, extra, "level", true, POLICY_TEXT_BYTES_MAX);
    if (level.size > 0 && (!severity_parse(level, &predicate->level) || predicate->level == SEVERITY_UNKNOWN))
        document_complain(reader, "level", "\"level\" must be negligible, low, medium, high or critical");
}

static void write(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair_text(writer, "level", severity_name(predicate->level));
}

static enum answer is_at_least(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    enum severity severity = finding->finding->severity;
    if (predicate->level == SEVERITY_NEGLIGIBLE)
        return ANSWER_YES;
    return severity == SEVERITY_UNKNOWN ? ANSWER_UNKNOWN : answer_of(severity >= predicate->level);
}

static enum answer is_equal(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    enum severity severity = finding->finding->severity;
    return severity == SEVERITY_UNKNOWN ? ANSWER_UNKNOWN : answer_of(severity == predicate->level);
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnSeverity",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_SEVERITY,
        .members = members,
        .text = "the severity is `level` or higher",
        .read = read,
        .write = write,
        .finding = is_at_least},
    {.type = "vulnSeverityEquals",
        .rule = RULE_SEVERITY_AND_THREATS,
        .group = GROUP_SEVERITY,
        .members = members,
        .text = "the severity is `level`",
        .read = read,
        .write = write,
        .finding = is_equal},
};

const struct predicate_set rule_severity = {kinds, sizeof(kinds) / sizeof(kinds[0])};
