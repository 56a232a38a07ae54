/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of a directory. */
#include "layer/tree.h"

#include "base/memory.h"
#include "base/path.h"
#include "layer/tree_format.h"

#include <endian.h>
#include <stdlib.h>

enum { INPUT_BYTES = 128 * 1024 };

struct tree_reader {
    struct source *stream;
    struct arena *arena; /* scratch */
    const struct layer_limits *limits;
    struct layer_visitor *visitor;
    struct layer_totals totals;
    bool is_ended; /* TREE_END came, or a limit was reached */
    size_t position;
    size_t size;
    char input[INPUT_BYTES];
    char path[PATH_BYTES_MAX];
    char text[TREE_TEXT_BYTES_MAX];
};

/* Up to `size` bytes that have arrived, at least one. */
static bool read_some(struct tree_reader *reader, void *bytes, size_t size, size_t *got, struct error *err)
{
    if (reader->position == reader->size) {
        reader->position = 0;
        reader->size = 0;
        if (!source_read(reader->stream, reader->input, sizeof(reader->input), &reader->size, err))
            return false;
        if (reader->size == 0)
            return error_set(err, ERROR_CORRUPT, "the stream of the directory ends early");
    }
    size_t left = reader->size - reader->position;
    *got = left < size ? left : size;
    memcpy(bytes, reader->input + reader->position, *got);
    reader->position += *got;
    return true;
}

static bool read_exactly(struct tree_reader *reader, void *bytes, size_t size, struct error *err)
{
    for (size_t done = 0; done < size;) {
        size_t got = 0;
        if (!read_some(reader, (char *)bytes + done, size - done, &got, err))
            return false;
        done += got;
    }
    return true;
}

static bool stream_damaged(struct error *err)
{
    return error_set(err, ERROR_INVALID, "the stream of the directory is damaged");
}

/* The content of the file at hand: chunks that together have the announced size. */
struct tree_content {
    struct source base;
    struct tree_reader *reader;
    uint64_t left; /* of the file */
    uint32_t chunk; /* left of the chunk at hand */
    bool is_ended; /* the last chunk was read, or none was sent */
    bool is_broken; /* the parent could not read on */
};

static bool next_chunk(struct tree_content *content, struct error *err)
{
    uint32_t size = 0;
    if (!read_exactly(content->reader, &size, sizeof(size), err))
        return false;
    size = le32toh(size);
    if (size == TREE_CHUNK_BROKEN) {
        content->is_ended = content->is_broken = true;
        return true;
    }
    if (size > content->left || (size == 0 && content->left > 0))
        return stream_damaged(err);
    content->is_ended = size == 0;
    content->chunk = size;
    return true;
}

static bool tree_content_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct tree_content *content = (struct tree_content *)source;
    if (content->chunk == 0 && !content->is_ended && !next_chunk(content, err))
        return false;
    if (content->is_broken)
        return error_set(err, ERROR_IO, "the file changed or could not be read to its end");
    if (content->is_ended) {
        *got = 0;
        return true;
    }
    size_t wanted = content->chunk < size ? content->chunk : size;
    if (!read_some(content->reader, bytes, wanted, got, err))
        return false;
    content->chunk -= (uint32_t)*got;
    content->left -= *got;
    return true;
}

static void tree_content_close(struct source *source)
{
    (void)source; /* lives on the stack of the walk */
}

static const struct source_type tree_content_type = {"directory file", tree_content_read, tree_content_close};

static bool skip_content(struct tree_content *content, struct error *err)
{
    char dropped[4096];
    while (!content->is_ended) {
        size_t got = 0;
        if (!tree_content_read(&content->base, dropped, sizeof(dropped), &got, err))
            return content->is_broken;
    }
    return true;
}

static bool visit_file(struct tree_reader *reader, const struct layer_entry *entry, bool is_sent, struct error *err)
{
    struct layer_visitor *visitor = reader->visitor;
    struct tree_content content = {
        .base = {&tree_content_type}, .reader = reader, .left = entry->size, .is_ended = !is_sent};
    bool is_visited = visitor->entry(visitor, entry, &content.base, err);
    if (!is_visited && !content.is_broken)
        return false;
    if (!skip_content(&content, err))
        return false;
    if (content.is_broken)
        return visitor->gap(
            visitor, GAP_UNREADABLE_FILE, entry->path, "the file changed or could not be read to its end", err);
    return true;
}

static bool reach_limit(struct tree_reader *reader, uint64_t limit, const char *what, struct error *err)
{
    struct error reason;
    error_set(&reason, ERROR_LIMIT, "the directory has more than %llu %s", (unsigned long long)limit, what);
    reader->is_ended = true;
    return reader->visitor->gap(reader->visitor, GAP_LIMIT_REACHED, view_text(""), reason.message, err);
}

static bool visit_entry(
    struct tree_reader *reader, const struct tree_header *header, struct view path, struct view text, struct error *err)
{
    static const enum layer_entry_kind kinds[TREE_RECORD_KIND_COUNT] = {
        [TREE_FILE] = LAYER_FILE,
        [TREE_FILE_UNSENT] = LAYER_FILE,
        [TREE_DIRECTORY] = LAYER_DIRECTORY,
        [TREE_SYMLINK] = LAYER_SYMLINK,
        [TREE_OTHER] = LAYER_OTHER,
    };
    bool is_sent = header->kind == TREE_FILE;
    if (reader->totals.entries == reader->limits->entries_max)
        return reach_limit(reader, reader->limits->entries_max, "entries", err);
    if (is_sent && header->size > reader->limits->bytes_max - reader->totals.bytes)
        return reach_limit(reader, reader->limits->bytes_max, "bytes of content", err);
    reader->totals.entries++;
    reader->totals.bytes += is_sent ? header->size : 0;
    struct layer_entry entry = {.kind = kinds[header->kind], .path = path, .mode = header->mode};
    if (entry.kind == LAYER_SYMLINK)
        entry.target = text;
    if (entry.kind == LAYER_FILE)
        entry.size = header->size;
    return visit_file(reader, &entry, is_sent, err);
}

static bool visit_gap(
    struct tree_reader *reader, const struct tree_header *header, struct view path, struct view text, struct error *err)
{
    struct error reason;
    error_set(&reason, ERROR_IO, "%.*s", VIEW_PRINT(text));
    if (header->size >= GAP_KIND_COUNT || reason.message[0] == '\0')
        return stream_damaged(err);
    return reader->visitor->gap(reader->visitor, (enum gap_kind)header->size, path, reason.message, err);
}

static bool is_clean_path(struct tree_reader *reader, struct view path)
{
    struct view clean;
    struct error err;
    bool is_clean = path_clean(reader->arena, path, &clean, &err) && view_equal(clean, path);
    arena_reset(reader->arena);
    return is_clean;
}

static bool read_record(struct tree_reader *reader, struct error *err)
{
    struct tree_header header;
    if (!read_exactly(reader, &header, sizeof(header), err))
        return false;
    header = (struct tree_header){.kind = le32toh(header.kind),
        .mode = le32toh(header.mode),
        .size = le64toh(header.size),
        .path_size = le32toh(header.path_size),
        .text_size = le32toh(header.text_size)};
    if (header.kind >= TREE_RECORD_KIND_COUNT || header.path_size > sizeof(reader->path) ||
        header.text_size > sizeof(reader->text))
        return stream_damaged(err);
    if (!read_exactly(reader, reader->path, header.path_size, err) ||
        !read_exactly(reader, reader->text, header.text_size, err))
        return false;
    struct view path = view_of(reader->path, header.path_size);
    struct view text = view_of(reader->text, header.text_size);
    if (header.kind == TREE_END) {
        reader->is_ended = true;
        return true;
    }
    if (!is_clean_path(reader, path))
        return stream_damaged(err);
    if (header.kind == TREE_GAP)
        return visit_gap(reader, &header, path, text, err);
    return path.size > 0 ? visit_entry(reader, &header, path, text, err) : stream_damaged(err);
}

bool tree_walk(struct source *stream, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err)
{
    struct tree_reader *reader = memory_alloc(sizeof(*reader));
    *reader = (struct tree_reader){.stream = stream, .arena = arena_new(), .limits = limits, .visitor = visitor};
    bool ok = true;
    while (ok && !reader->is_ended)
        ok = read_record(reader, err);
    if (ok)
        *totals = reader->totals;
    arena_free(reader->arena);
    free(reader);
    return ok;
}
