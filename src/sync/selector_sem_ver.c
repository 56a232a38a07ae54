/* SPDX-License-Identifier: Apache-2.0 */
/* SemVer: tags that are versions and lie in a range, in the range language of npm: ">=1.2 <2", "^1.4", "1.x || 2.x". A "v"
   before the version is allowed; a tag that is no whole version ("latest", "1.2") is not chosen. As in npm, a pre-release is
   in a range only if the range names a pre-release of the same version. */
#include "sync/reader.h"
#include "version/range.h"
#include "version/semver.h"

enum { SEM_VER_RANGE_BYTES_MAX = 1024 };

static enum range_match match(struct view range, struct view version)
{
    const struct range_language *language = NULL;
    const struct version_order *order = NULL;
    return range_named(view_text("npm"), &language, &order) ? range_match(language, order, range, version)
                                                            : RANGE_MATCH_INVALID;
}

static void read(struct selector_reader *reader, struct json parameters, struct selector *selector)
{
    static const char *const known[] = {"range", NULL};
    document_check_members(&reader->document, parameters, known);
    selector->text = document_text(&reader->document, parameters, "range", true, SEM_VER_RANGE_BYTES_MAX);
    if (selector->text.size > 0 && match(selector->text, view_text("1.0.0")) == RANGE_MATCH_INVALID)
        document_complain(&reader->document, "range",
            "this is no range of versions; write it as npm does: \">=1.2 <2\", \"^1.4\", \"1.x || 2.x\"");
}

static void write(const struct selector *selector, struct json_writer *writer)
{
    json_pair(writer, "range", selector->text);
}

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    (void)input;
    selection->is_selected = semver_is_valid(tag->name) && match(selector->text, tag->name) == RANGE_MATCH_YES;
    selection->reason = selection->is_selected       ? SELECTION_IN_RANGE
                        : semver_is_valid(tag->name) ? SELECTION_OUT_OF_RANGE
                                                     : SELECTION_NO_VERSION;
}

const struct selector_kind selector_sem_ver = {.type = "SemVer", .read = read, .write = write, .decide = decide};
