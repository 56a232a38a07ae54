/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/repository.h"

#include "feed/unpacked.h"
#include "feed/xml_stream.h"

#include <string.h>

#define METADATA_BYTES_MAX (UINT64_C(4) << 20)

struct metadata {
    struct arena *arena;
    bool is_updateinfo; /* the entry that is open */
    bool is_sha256; /* the checksum that is open */
    struct view checksum;
    struct view location;
};

static void open_element(void *context, struct xml_stream *xml, const char *name, const char **attributes)
{
    struct metadata *metadata = context;
    (void)xml;
    if (strcmp(name, "data") == 0)
        metadata->is_updateinfo = view_is(xml_stream_attribute(metadata->arena, attributes, "type"), "updateinfo");
    else if (metadata->is_updateinfo && strcmp(name, "checksum") == 0)
        metadata->is_sha256 = view_is(xml_stream_attribute(metadata->arena, attributes, "type"), "sha256");
    else if (metadata->is_updateinfo && strcmp(name, "location") == 0)
        metadata->location = xml_stream_attribute(metadata->arena, attributes, "href");
}

static void close_element(void *context, struct xml_stream *xml, const char *name, struct view text)
{
    struct metadata *metadata = context;
    (void)xml;
    if (metadata->is_updateinfo && metadata->is_sha256 && strcmp(name, "checksum") == 0)
        metadata->checksum = arena_format(metadata->arena, "sha256:%.*s", VIEW_PRINT(text));
    else if (strcmp(name, "data") == 0)
        metadata->is_updateinfo = false;
}

static bool read_metadata(struct source *input, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct metadata metadata = {.arena = arena, .checksum = view_text("-")};
    const struct xml_stream_handler handler = {"repomd", open_element, close_element, &metadata};
    AUTO_SOURCE *content = unpacked(input, METADATA_BYTES_MAX, "the repository's metadata");
    if (!xml_stream_read(&handler, 1, content, err))
        return false;
    return metadata.location.size == 0 ||
           sink->listed(sink,
               arena_format(arena, "%.*s %.*s", VIEW_PRINT(metadata.checksum), VIEW_PRINT(metadata.location)), 0, err);
}

const struct feed_file repository_metadata = {
    .name = "repodata/repomd.xml", .bytes_max = METADATA_BYTES_MAX, .read = read_metadata};

bool repository_entry_parse(struct view entry, struct view *name, struct digest *digest, bool *has_digest)
{
    struct error ignored;
    struct view rest = entry;
    struct view checksum = view_cut(&rest, ' ');
    *has_digest = !view_is(checksum, "-");
    *name = rest;
    return (!*has_digest || digest_parse(checksum, digest, &ignored)) && view_starts_with(rest, "repodata/") &&
           view_find_text(rest, view_text("..")) == rest.size && view_find(rest, '?') == rest.size;
}

struct view repository_mirror(struct view list)
{
    while (list.size > 0) {
        struct view line = view_trim(view_cut_line(&list));
        while (line.size > 0 && line.data[line.size - 1] == '/')
            line.size--;
        if (view_starts_with(line, "https://") || view_starts_with(line, "http://"))
            return line;
    }
    return view_text("");
}
