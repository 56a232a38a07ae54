/* SPDX-License-Identifier: Apache-2.0 */
/* Vulnerabilities by any of their ids, and packages by name and version as their package manager writes them. */
#include "policy/rule.h"

static const char *const vulnerability_members[] = {"vulnIds", NULL};
static const char *const package_members[] = {"packages", NULL};
static const char *const one_package_members[] = {"name", "version", NULL};

static void read_vulnerabilities(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    predicate->texts = document_text_list(reader, extra, "vulnIds", POLICY_TEXTS_MAX, POLICY_TEXT_BYTES_MAX);
}

static void write_vulnerabilities(const struct predicate *predicate, struct json_writer *writer)
{
    json_key(writer, "vulnIds");
    json_begin_array(writer);
    for (size_t i = 0; i < predicate->texts.count; i++)
        json_write(writer, predicate->texts.items[i]);
    json_end_array(writer);
}

static enum answer is_denied_vulnerability(
    const struct predicate *predicate, const struct policy_image *image, const struct policy_finding *finding)
{
    (void)image;
    for (size_t i = 0; i < predicate->texts.count; i++) {
        if (finding_has_id(finding->finding, predicate->texts.items[i]))
            return ANSWER_YES;
    }
    return ANSWER_NO;
}

static void read_packages(struct document_reader *reader, struct json extra, struct predicate *predicate)
{
    struct view outer = reader->pointer;
    struct json list = json_member(extra, "packages");
    if (!document_list(reader, extra, "packages", true, POLICY_TEXTS_MAX))
        return;
    predicate->texts.items = ARENA_ARRAY(reader->arena, struct view, json_count(list));
    predicate->versions = ARENA_ARRAY(reader->arena, struct view, json_count(list));
    size_t index = 0;
    for (struct json_iterator i = json_each(list); json_next(&i); index++) {
        reader->pointer = outer;
        reader->pointer = document_item_pointer(reader, "packages", index);
        if (!document_is_object(reader, i.value, "a package"))
            continue;
        document_check_members(reader, i.value, one_package_members);
        predicate->versions[predicate->texts.count] =
            document_text(reader, i.value, "version", false, POLICY_TEXT_BYTES_MAX);
        predicate->texts.items[predicate->texts.count++] =
            document_text(reader, i.value, "name", true, POLICY_TEXT_BYTES_MAX);
    }
    reader->pointer = outer;
}

static void write_packages(const struct predicate *predicate, struct json_writer *writer)
{
    json_key(writer, "packages");
    json_begin_array(writer);
    for (size_t i = 0; i < predicate->texts.count; i++) {
        json_begin_object(writer);
        json_pair(writer, "name", predicate->texts.items[i]);
        json_pair_optional(writer, "version", predicate->versions[i]);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static enum answer is_denied_package(const struct predicate *predicate, const struct package *package)
{
    for (size_t i = 0; i < predicate->texts.count; i++) {
        struct view version = predicate->versions[i];
        if (!view_equal(package->name, predicate->texts.items[i]))
            continue;
        if (version.size == 0 || package_has_version(package, version))
            return ANSWER_YES;
    }
    return ANSWER_NO;
}

static const struct predicate_kind kinds[] = {
    {.type = "denyCVE",
        .rule = RULE_VULNERABILITY_DENY_LIST,
        .members = vulnerability_members,
        .text = "the vulnerability is one of `vulnIds`, by its id or an alias",
        .read = read_vulnerabilities,
        .write = write_vulnerabilities,
        .finding = is_denied_vulnerability},
    {.type = "denyPkg",
        .rule = RULE_PACKAGE_DENY_LIST,
        .members = package_members,
        .text = "the package is one of `packages`, each with `name` and, if it matters, `version`",
        .read = read_packages,
        .write = write_packages,
        .package = is_denied_package},
};

const struct predicate_set rule_deny_list = {kinds, sizeof(kinds) / sizeof(kinds[0])};
