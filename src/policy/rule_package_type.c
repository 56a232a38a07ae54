/* SPDX-License-Identifier: Apache-2.0 */
/* By whether the package is the distribution's or a language's. */
#include "policy/rule.h"

static const char *const members[] = {"type", NULL};

static void read(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->value = document_text(reader, extra, "type", true, POLICY_TEXT_BYTES_MAX);
    if (predicate->value.size > 0 && !view_is(predicate->value, "os") && !view_is(predicate->value, "nonOs"))
        document_complain(reader, "type", "\"type\" must be \"os\" or \"nonOs\"");
}

static void write(const struct predicate *predicate, struct json_writer *writer)
{
    json_pair(writer, "type", predicate->value);
}

static enum answer is_of_type(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    bool is_system = package_type_is_system(image->packages[finding->package].package->type);
    return answer_of(is_system == view_is(predicate->value, "os"));
}

static const struct predicate_kind kinds[] = {
    {.type = "vulnPkgType",
        .rule = RULE_SEVERITY_AND_THREATS,
        .members = members,
        .text = "the package belongs to the distribution (`os`) or does not (`nonOs`)",
        .read = read,
        .write = write,
        .finding = is_of_type},
};

const struct predicate_set rule_package_type = {kinds, sizeof(kinds) / sizeof(kinds[0])};
