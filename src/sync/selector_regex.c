/* SPDX-License-Identifier: Apache-2.0 */
/* Regex: RE2 syntax, unanchored search; where both `repo` and `tag` are given, both must match. */
#include "sync/reader.h"

static void read(struct selector_reader *reader, struct json parameters, struct selector *selector)
{
    static const char *const known[] = {"repo", "tag", NULL};
    document_check_members(&reader->document, parameters, known);
    selector->repository_text = document_text(&reader->document, parameters, "repo", false, REGEX_BYTES_MAX);
    selector->tag_text = document_text(&reader->document, parameters, "tag", false, REGEX_BYTES_MAX);
    selector->repository_regex = reader_regex(reader, "repo", selector->repository_text);
    selector->tag_regex = reader_regex(reader, "tag", selector->tag_text);
    if (json_type(json_member(parameters, "repo")) == JSON_MISSING &&
        json_type(json_member(parameters, "tag")) == JSON_MISSING)
        document_complain(&reader->document, NULL, "a policy of type \"Regex\" needs \"repo\", \"tag\" or both");
}

static void write(const struct selector *selector, struct json_writer *writer)
{
    json_pair_optional(writer, "repo", selector->repository_text);
    json_pair_optional(writer, "tag", selector->tag_text);
}

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    selection->reason = SELECTION_MATCHES;
    if (selector->repository_regex != NULL && !regex_search(selector->repository_regex, input->repository->name))
        selection->reason = SELECTION_REPOSITORY_DIFFERS;
    else if (selector->tag_regex != NULL && !regex_search(selector->tag_regex, tag->name))
        selection->reason = SELECTION_TAG_DIFFERS;
    selection->is_selected = selection->reason == SELECTION_MATCHES;
}

const struct selector_kind selector_regex = {.type = "Regex", .read = read, .write = write, .decide = decide};
