/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tar.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "stream/tar_header.h"
#include "stream/tar_records.h"
#include "stream/tar_sparse.h"

#include <stdlib.h>

enum {
    READ_BYTES = 128 * 1024,
    PREFIXED_BYTES_MAX = TAR_BLOCK_BYTES, /* prefix, slash and name come out of one block */
};

struct tar_reader {
    struct source content; /* first, so that it is found from there */
    struct source *below;
    uint64_t entries;
    uint64_t position;
    uint64_t stored_left; /* bytes of the content at hand that were not taken */
    uint64_t padding; /* bytes behind it */
    uint64_t size; /* of the file at hand, with its holes */
    uint64_t done; /* bytes of it that were given */
    bool is_sparse;
    struct tar_map map;
    struct buffer extended, pairs, long_name, long_target, prefixed, special;
    char header[TAR_BLOCK_BYTES]; /* of the entry at hand */
    size_t start, end; /* of what the block holds */
    char block[READ_BYTES];
};

static bool damaged(const struct tar_reader *reader, const char *why, struct error *err)
{
    return error_set(err, ERROR_INVALID, "the tar archive is damaged after entry %llu: %s",
        (unsigned long long)reader->entries, why);
}

static bool ended_early(const struct tar_reader *reader, struct error *err)
{
    return damaged(reader, "it ends early", err);
}

/* Says after which entry, of an error in what was read. */
static bool damaged_by(const struct tar_reader *reader, struct error *err)
{
    return error_wrap(err, "the tar archive is damaged after entry %llu", (unsigned long long)reader->entries);
}

static bool refill(struct tar_reader *reader, struct error *err)
{
    reader->start = reader->end = 0;
    return source_read(reader->below, reader->block, sizeof(reader->block), &reader->end, err);
}

static void advance(struct tar_reader *reader, size_t size)
{
    reader->start += size;
    reader->position += size;
}

/* Takes up to `size` bytes; fewer at the end of what is below. */
static bool take(struct tar_reader *reader, char *bytes, size_t size, size_t *got, struct error *err)
{
    for (*got = 0; *got < size;) {
        if (reader->start == reader->end && !refill(reader, err))
            return false;
        size_t here = reader->end - reader->start;
        if (here == 0)
            return true;
        here = here < size - *got ? here : size - *got;
        memcpy(bytes + *got, reader->block + reader->start, here);
        advance(reader, here);
        *got += here;
    }
    return true;
}

/* Passes over `*left` bytes; what is left of them at the end of what is below stays in it. */
static bool skip(struct tar_reader *reader, uint64_t *left, struct error *err)
{
    while (*left > 0) {
        if (reader->start == reader->end && !refill(reader, err))
            return false;
        size_t here = reader->end - reader->start;
        if (here == 0)
            return true;
        here = here < *left ? here : (size_t)*left;
        advance(reader, here);
        *left -= here;
    }
    return true;
}

static void hold_content(struct tar_reader *reader, uint64_t size)
{
    reader->stored_left = size;
    reader->padding = -size % TAR_BLOCK_BYTES;
}

/* Passes over the rest of the content at hand. An archive may end without the padding of its last file. */
static bool leave_content(struct tar_reader *reader, bool *is_end, struct error *err)
{
    if (!skip(reader, &reader->stored_left, err))
        return false;
    if (reader->stored_left > 0)
        return ended_early(reader, err);
    if (!skip(reader, &reader->padding, err))
        return false;
    *is_end = reader->padding > 0;
    return true;
}

static bool is_zero_block(const char *block)
{
    return block[0] == '\0' && memcmp(block, block + 1, TAR_BLOCK_BYTES - 1) == 0;
}

/* Reads a header; `*is_end` at two blocks of zeros, and where nothing or one such block is left. */
static bool read_header(struct tar_reader *reader, bool *is_end, struct error *err)
{
    size_t got = 0;
    bool was_zero = false;
    for (;;) {
        if (!take(reader, reader->header, TAR_BLOCK_BYTES, &got, err))
            return false;
        if (got == 0) {
            *is_end = true;
            return true;
        }
        if (got < TAR_BLOCK_BYTES)
            return ended_early(reader, err);
        bool is_zero = is_zero_block(reader->header);
        if (was_zero && !is_zero)
            return damaged(reader, "a block of zeros stands between two entries", err);
        if (was_zero || !is_zero) {
            *is_end = is_zero;
            return true;
        }
        was_zero = true;
    }
}

/* Takes the whole content at hand: an extended header, or a long name. */
static bool read_special(struct tar_reader *reader, struct buffer *buffer, struct error *err)
{
    size_t size = (size_t)reader->stored_left, got = 0;
    buffer_clear(buffer);
    if (reader->stored_left > TAR_SPECIAL_BYTES_MAX)
        return error_set(err, ERROR_INVALID,
            "the tar archive has an extended header of more than %u bytes after entry %llu", TAR_SPECIAL_BYTES_MAX,
            (unsigned long long)reader->entries);
    if (size == 0)
        return true;
    if (!take(reader, buffer_reserve(buffer, size), size, &got, err))
        return false;
    buffer_advance(buffer, got);
    reader->stored_left -= got;
    return reader->stored_left == 0 || ended_early(reader, err);
}

static bool is_without_content(char type)
{
    return type >= '1' && type <= '6';
}

static enum tar_kind kind_of(char type, struct view name)
{
    switch (type) {
    case '1':
        return TAR_HARD_LINK;
    case '2':
        return TAR_SYMLINK;
    case '3':
    case '4':
    case '6':
        return TAR_OTHER;
    case '5':
        return TAR_DIRECTORY;
    case '\0': /* of V7, which had no type for directories */
        return view_ends_with(name, "/") ? TAR_DIRECTORY : TAR_FILE;
    }
    return TAR_FILE;
}

/* Of GNU's own sparse files: pairs in the header, more of them in blocks behind it. */
static bool read_gnu_map(struct tar_reader *reader, const struct tar_header *header, int64_t *size, struct error *err)
{
    char more[TAR_BLOCK_BYTES];
    if (!header->is_gnu || !tar_number(view_of(reader->header + TAR_GNU_REAL_SIZE_AT, TAR_NUMBER_BYTES), size))
        return damaged(reader, "a sparse file has no size", err);
    if (!tar_map_add_block(&reader->map, reader->header + TAR_GNU_SPARSE_AT, TAR_GNU_SPARSE_COUNT, err))
        return damaged_by(reader, err);
    bool has_more = reader->header[TAR_GNU_EXTENDED_AT] != '\0';
    while (has_more) {
        size_t got = 0;
        if (!take(reader, more, sizeof(more), &got, err))
            return false;
        if (got < sizeof(more))
            return ended_early(reader, err);
        if (!tar_map_add_block(&reader->map, more, TAR_GNU_MORE_COUNT, err))
            return damaged_by(reader, err);
        has_more = more[TAR_GNU_MORE_COUNT * TAR_GNU_PAIR_BYTES] != '\0';
    }
    return true;
}

static uint64_t count_lines(struct view text)
{
    uint64_t lines = 0;
    for (; view_find(text, '\n') < text.size; lines++)
        view_cut(&text, '\n');
    return lines;
}

/* Takes the next block of the content at hand to the end of `text`. */
static bool take_block(struct tar_reader *reader, struct buffer *text, struct view *block, struct error *err)
{
    size_t got = 0;
    char *room = buffer_reserve(text, TAR_BLOCK_BYTES);
    if (room == NULL || reader->stored_left < TAR_BLOCK_BYTES)
        return damaged(reader, "the map of a sparse file has no end", err);
    if (!take(reader, room, TAR_BLOCK_BYTES, &got, err))
        return false;
    if (got < TAR_BLOCK_BYTES)
        return ended_early(reader, err);
    buffer_advance(text, got);
    reader->stored_left -= got;
    *block = view_of(room, got);
    return true;
}

/* PAX format 1.0: the map is text in whole blocks before the content, a line for each number; the first one says how many
   pairs follow. */
static bool read_leading_map(struct tar_reader *reader, struct error *err)
{
    struct view block, count = view_text("");
    buffer_clear(&reader->special);
    for (uint64_t lines = 0, wanted = 1; lines < wanted;) {
        int64_t pairs = 0;
        if (!take_block(reader, &reader->special, &block, err))
            return false;
        lines += count_lines(block);
        struct view text = buffer_view(&reader->special);
        count = view_slice(text, 0, view_find(text, '\n'));
        if (lines == 0)
            continue;
        if (!tar_decimal(count, &pairs) || pairs < 0 || pairs > TAR_RANGES_MAX)
            return damaged(reader, "the map of a sparse file does not say how many ranges it has", err);
        wanted = 1 + 2 * (uint64_t)pairs;
    }
    struct view numbers = view_from(buffer_view(&reader->special), count.size + 1);
    return tar_map_add_text(&reader->map, numbers, '\n', count, err) || damaged_by(reader, err);
}

/* GNU's PAX formats: 0.0 and 0.1 have the map in records, 1.0 before the content; others are unknown, and then the file is
   what is stored. */
static bool read_pax_map(struct tar_reader *reader, const struct tar_records *records, struct tar_entry *entry,
    int64_t *size, struct error *err)
{
    bool is_old = view_is(records->sparse_major, "0") &&
                  (view_is(records->sparse_minor, "0") || view_is(records->sparse_minor, "1"));
    bool is_new = view_is(records->sparse_major, "1") && view_is(records->sparse_minor, "0");
    bool is_unnumbered = records->sparse_major.size == 0 && records->sparse_minor.size == 0;
    if (!is_old && !is_new && !(is_unnumbered && records->sparse_map.size > 0))
        return true;
    reader->is_sparse = true;
    if (records->sparse_name.size > 0)
        entry->name = records->sparse_name;
    struct view stated = records->sparse_size.size > 0 ? records->sparse_size : records->sparse_real_size;
    if (stated.size > 0 && !tar_decimal(stated, size))
        return damaged(reader, "the size of a sparse file is not a number", err);
    if (is_new)
        return read_leading_map(reader, err);
    return tar_map_add_text(&reader->map, records->sparse_map, ',', records->sparse_count, err) ||
           damaged_by(reader, err);
}

/* The name of the header, if nothing before it told a longer one. */
static struct view name_of(struct tar_reader *reader, const struct tar_header *header, struct view path)
{
    if (reader->long_name.size > 0)
        return buffer_view(&reader->long_name);
    if (path.size > 0)
        return path;
    if (header->prefix.size == 0)
        return header->name;
    buffer_clear(&reader->prefixed);
    buffer_append(&reader->prefixed, header->prefix);
    buffer_append_byte(&reader->prefixed, '/');
    buffer_append(&reader->prefixed, header->name);
    return buffer_view(&reader->prefixed);
}

static struct view target_of(const struct tar_reader *reader, const struct tar_header *header, struct view target)
{
    if (reader->long_target.size > 0)
        return buffer_view(&reader->long_target);
    return target.size > 0 ? target : header->target;
}

/* Puts together what the headers say. */
static bool finish_entry(struct tar_reader *reader, const struct tar_header *header, const struct tar_records *records,
    struct tar_entry *entry, struct error *err)
{
    int64_t size = header->size;
    if (records->size.size > 0 && !tar_decimal(records->size, &size))
        return damaged(reader, "the size in an extended header is not a number", err);
    struct view name = name_of(reader, header, records->path);
    *entry = (struct tar_entry){
        .kind = kind_of(header->type, name), .name = name, .target = target_of(reader, header, records->target)};
    entry->mode = header->mode;
    bool has_content = entry->kind == TAR_FILE;
    if (size < 0 && has_content)
        return damaged(reader, "a size is negative", err);
    hold_content(reader, has_content ? (uint64_t)size : 0);
    tar_map_clear(&reader->map);
    reader->is_sparse = header->type == 'S';
    if (!(reader->is_sparse ? read_gnu_map(reader, header, &size, err)
                            : read_pax_map(reader, records, entry, &size, err)))
        return false;
    if (reader->is_sparse && (!has_content || !tar_map_fits(&reader->map, size)))
        return damaged(reader, "the map of a sparse file does not fit it", err);
    reader->size = has_content ? (uint64_t)size : 0;
    reader->done = 0;
    entry->size = reader->size;
    entry->is_sparse = reader->is_sparse;
    return true;
}

/* A header that only tells something about the next entry; false in `*is_special` for the entry itself. */
static bool read_special_header(struct tar_reader *reader, const struct tar_header *header, struct tar_records *records,
    bool *is_special, struct error *err)
{
    struct tar_records ignored;
    *is_special = true;
    switch (header->type) {
    case 'x':
        if (!read_special(reader, &reader->extended, err))
            return false;
        return tar_records_read(buffer_view(&reader->extended), &reader->pairs, records, err) ||
               damaged_by(reader, err);
    case 'g': /* for all entries that follow; unpackers check it, and forget it with all that came before */
        if (!read_special(reader, &reader->special, err) ||
            !(tar_records_read(buffer_view(&reader->special), &reader->pairs, &ignored, err) ||
                damaged_by(reader, err)))
            return false;
        *records = (struct tar_records){.path = {NULL, 0}};
        buffer_clear(&reader->long_name);
        buffer_clear(&reader->long_target);
        return true;
    case 'L':
    case 'K': {
        struct buffer *text = header->type == 'L' ? &reader->long_name : &reader->long_target;
        if (!read_special(reader, text, err))
            return false;
        text->size = tar_text(buffer_view(text)).size;
        return true;
    }
    }
    *is_special = false;
    return true;
}

bool tar_next(struct tar_reader *reader, struct tar_entry *entry, bool *is_end, struct error *err)
{
    struct tar_records records = {.path = {NULL, 0}};
    bool is_special = true;
    buffer_clear(&reader->long_name);
    buffer_clear(&reader->long_target);
    while (is_special) {
        struct tar_header header;
        *is_end = false;
        if (!leave_content(reader, is_end, err))
            return false;
        if (*is_end)
            return true;
        if (!read_header(reader, is_end, err))
            return false;
        if (*is_end)
            return true;
        if (!tar_header_read(reader->header, &header, err))
            return damaged_by(reader, err);
        if (header.size < 0 && !is_without_content(header.type))
            return damaged(reader, "a size is negative", err);
        hold_content(reader, is_without_content(header.type) ? 0 : (uint64_t)header.size);
        if (!read_special_header(reader, &header, &records, &is_special, err))
            return false;
        if (!is_special && !finish_entry(reader, &header, &records, entry, err))
            return false;
    }
    reader->entries++;
    return true;
}

/* Stored bytes of the content at hand, straight from below if nothing is held of them. */
static bool take_stored(struct tar_reader *reader, char *bytes, size_t size, size_t *got, struct error *err)
{
    if (reader->stored_left == 0)
        return damaged(reader, "a sparse file has fewer bytes than its map", err);
    size = size < reader->stored_left ? size : (size_t)reader->stored_left;
    if (reader->start < reader->end) {
        size_t here = reader->end - reader->start;
        *got = here < size ? here : size;
        memcpy(bytes, reader->block + reader->start, *got);
        advance(reader, *got);
    } else {
        if (!source_read(reader->below, bytes, size, got, err))
            return false;
        if (*got == 0)
            return ended_early(reader, err);
        reader->position += *got;
    }
    reader->stored_left -= *got;
    return true;
}

/* How many bytes from here on are stored, or are not. */
static uint64_t run_length(struct tar_reader *reader, bool *is_stored)
{
    struct tar_map *map = &reader->map;
    *is_stored = !reader->is_sparse;
    if (!reader->is_sparse)
        return reader->size - reader->done;
    while (map->next < map->count && (uint64_t)map->items[map->next].end <= reader->done)
        map->next++;
    if (map->next == map->count)
        return reader->size - reader->done;
    uint64_t start = (uint64_t)map->items[map->next].start;
    *is_stored = start <= reader->done;
    return (*is_stored ? (uint64_t)map->items[map->next].end : start) - reader->done;
}

static bool content_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct tar_reader *reader = (struct tar_reader *)source;
    bool is_stored;
    *got = 0;
    if (reader->done == reader->size)
        return !reader->is_sparse || reader->stored_left == 0 ||
               damaged(reader, "a sparse file has more bytes than its map", err);
    uint64_t run = run_length(reader, &is_stored);
    size = size < run ? size : (size_t)run;
    if (is_stored) {
        if (!take_stored(reader, bytes, size, got, err))
            return false;
    } else {
        memset(bytes, 0, size);
        *got = size;
    }
    reader->done += *got;
    return true;
}

static void content_close(struct source *source)
{
    (void)source; /* lives in the reader */
}

static const struct source_type content_type = {"tar entry", content_read, content_close};

struct source *tar_content(struct tar_reader *reader)
{
    return &reader->content;
}

uint64_t tar_position(const struct tar_reader *reader)
{
    return reader->position;
}

bool tar_drain(struct tar_reader *reader, bool *is_zero, struct error *err)
{
    *is_zero = true;
    do {
        for (size_t i = reader->start; *is_zero && i < reader->end; i++)
            *is_zero = reader->block[i] == '\0';
        advance(reader, reader->end - reader->start);
        if (!refill(reader, err))
            return false;
    } while (reader->end > 0);
    return true;
}

struct tar_reader *tar_reader_new(struct source *below)
{
    struct tar_reader *reader = memory_alloc(sizeof(*reader));
    *reader = (struct tar_reader){.content = {&content_type}, .below = below};
    buffer_init(&reader->extended, TAR_SPECIAL_BYTES_MAX);
    buffer_init(&reader->pairs, TAR_SPECIAL_BYTES_MAX);
    buffer_init(&reader->long_name, TAR_SPECIAL_BYTES_MAX);
    buffer_init(&reader->long_target, TAR_SPECIAL_BYTES_MAX);
    buffer_init(&reader->special, TAR_SPECIAL_BYTES_MAX);
    buffer_init(&reader->prefixed, PREFIXED_BYTES_MAX);
    return reader;
}

void tar_reader_free(struct tar_reader *reader)
{
    if (reader == NULL)
        return;
    tar_map_done(&reader->map);
    buffer_done(&reader->extended);
    buffer_done(&reader->pairs);
    buffer_done(&reader->long_name);
    buffer_done(&reader->long_target);
    buffer_done(&reader->special);
    buffer_done(&reader->prefixed);
    free(reader);
}
