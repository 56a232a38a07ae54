/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of scanning a layer: walks it, gives wanted files to their analyzers, and writes the frames of a layer
   record. */
#include "scan/scan.h"

#include "base/memory.h"
#include "base/pack.h"
#include "layer/tree.h"
#include "layer/walk.h"
#include "sandbox/probe.h"
#include "scan/record_writer.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CONTENT_KEPT_BYTES =
        4 << 20, /* a larger buffer is not kept for a file that may need more memory than its own size */
    HASHES_PER_FRAME = FRAME_BYTES_MAX / sizeof(uint64_t),
};

struct hash_list {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

/* One layer being read. */
struct layer_reader {
    struct layer_visitor visitor;
    struct record_writer writer;
    struct hash_list paths;
    struct hash_list directories;
    struct buffer content; /* of the wanted file at hand */
};

static void hash_list_add(struct hash_list *list, struct view path)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 1024 : list->capacity * 2;
        list->items = memory_resize(list->items, list->capacity * sizeof(list->items[0]));
    }
    list->items[list->count++] = htole64(view_hash(path));
}

static void swap(uint64_t *left, uint64_t *right)
{
    uint64_t kept = *left;
    *left = *right;
    *right = kept;
}

static void sift_down(uint64_t *items, size_t top, size_t count)
{
    for (size_t child; (child = 2 * top + 1) < count; top = child) {
        if (child + 1 < count && le64toh(items[child]) < le64toh(items[child + 1]))
            child++;
        if (le64toh(items[top]) >= le64toh(items[child]))
            return;
        swap(&items[top], &items[child]);
    }
}

/* In place: qsort of glibc merges, which takes the memory twice. The first pass puts each hash, which are spread evenly,
   into the bucket of its first byte (American flag sort); heaps then order the buckets. */
static void sort_hashes(uint64_t *items, size_t count)
{
    size_t ends[256] = {0}, places[256];
    for (size_t i = 0; i < count; i++)
        ends[le64toh(items[i]) >> 56]++;
    for (size_t bucket = 0, sum = 0; bucket < 256; bucket++) {
        places[bucket] = sum;
        sum += ends[bucket];
        ends[bucket] = sum;
    }
    for (size_t bucket = 0; bucket < 256; bucket++) {
        size_t start = bucket == 0 ? 0 : ends[bucket - 1];
        while (places[bucket] < ends[bucket]) {
            size_t home = (size_t)(le64toh(items[places[bucket]]) >> 56);
            if (home == bucket)
                places[bucket]++;
            else
                swap(&items[places[bucket]], &items[places[home]++]);
        }
        uint64_t *heap = items + start;
        size_t size = ends[bucket] - start;
        for (size_t top = size / 2; top-- > 0;)
            sift_down(heap, top, size);
        for (size_t last = size; last-- > 1;) {
            swap(&heap[0], &heap[last]);
            sift_down(heap, 0, last);
        }
    }
}

static void hash_list_sort(struct hash_list *list)
{
    if (list->count == 0)
        return;
    sort_hashes(list->items, list->count);
    size_t kept = 1;
    for (size_t i = 1; i < list->count; i++) {
        if (list->items[i] != list->items[kept - 1])
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static bool hash_list_write(struct hash_list *list, enum record_frame type, struct frame_writer *out, struct error *err)
{
    hash_list_sort(list);
    for (size_t done = 0; done < list->count;) {
        size_t count = list->count - done < HASHES_PER_FRAME ? list->count - done : HASHES_PER_FRAME;
        if (!frame_write(out, type, view_of(list->items + done, count * sizeof(list->items[0])), err))
            return false;
        done += count;
    }
    return true;
}

static bool add_path(struct layer_reader *reader, struct hash_list *list, struct view path, struct error *err)
{
    bool is_affordable;
    if (!record_writer_afford(&reader->writer, sizeof(list->items[0]), &is_affordable, err))
        return false;
    if (is_affordable)
        hash_list_add(list, path);
    return true;
}

/* `head`: what was read of the content already. */
static bool read_wanted(struct layer_reader *reader, const struct analyzer *analyzer, const struct layer_entry *entry,
    struct view head, struct source *content, struct error *err)
{
    struct error why;
    struct record_writer *writer = &reader->writer;
    if (!record_writer_file(writer, analyzer, entry->path, err))
        return false;
    if (writer->is_full)
        return true;
    if (entry->size > analyzer->bytes_max) {
        char reason[160];
        snprintf(reason, sizeof(reason), "the file has %llu bytes, more than the %llu that are read",
            (unsigned long long)entry->size, (unsigned long long)analyzer->bytes_max);
        return record_writer_gap(writer, GAP_LIMIT_REACHED, entry->path, reason, err);
    }
    /* Programs are read as they are, one large one after the other: fresh memory for each costs more than reading it. */
    bool is_program = head.size > 0;
    if (reader->content.capacity > CONTENT_KEPT_BYTES && !is_program)
        buffer_done(&reader->content);
    buffer_clear(&reader->content);
    reader->content.size_max = (size_t)entry->size;
    buffer_append(&reader->content, head);
    if (!source_read_all(content, &reader->content, "file", err))
        return false;
    struct view bytes = buffer_view(&reader->content);
    if (bytes.size < entry->size) /* a directory's stream leaves out what no analyzer should want */
        return record_writer_gap(writer, GAP_LIMIT_REACHED, entry->path, "the content of the file was not sent", err);
    if (!record_writer_check(writer, analyzer->read(entry->path, bytes, &writer->analysis, &why), &why, err))
        return false;
    return analyzer->keeps == NULL || !analyzer->keeps(entry->path) || record_writer_keep(writer, bytes, err);
}

static bool on_link(struct layer_reader *reader, const struct layer_entry *entry, struct error *err)
{
    struct buffer *packed = &reader->writer.packed;
    buffer_clear(packed);
    buffer_append_u32(packed, entry->kind == LAYER_HARD_LINK);
    pack_text(packed, entry->path);
    pack_text(packed, entry->target);
    return record_writer_detail(&reader->writer, RECORD_LINK, RECORD_DETAIL_COST, err);
}

/* The first bytes of a file. */
static bool read_head(struct source *content, char *head, size_t size_max, size_t *size, struct error *err)
{
    size_t got = 1;
    for (*size = 0; got > 0 && *size < size_max; *size += got) {
        if (!source_read(content, head + *size, size_max - *size, &got, err))
            return false;
    }
    return true;
}

static bool on_file(
    struct layer_reader *reader, const struct layer_entry *entry, struct source *content, struct error *err)
{
    char head[ANALYZER_HEAD_BYTES];
    size_t head_size = 0;
    const struct analyzer_file file = {entry->path, entry->size, entry->mode};
    const struct analyzer *analyzer = analyzer_for(entry->path);
    if (analyzer == NULL && (analyzer = analyzer_to_look(&file)) != NULL) {
        if (!read_head(content, head, sizeof(head), &head_size, err))
            return false;
        /* Of a file that is too large, a directory's stream has no first bytes: that is told as a limit. */
        bool is_unsent = head_size == 0 && entry->size > analyzer->bytes_max;
        if (!is_unsent && !analyzer->wants_head(view_of(head, head_size)))
            analyzer = NULL;
    }
    if (analyzer == NULL)
        return add_path(reader, &reader->paths, entry->path, err);
    bool is_read = read_wanted(reader, analyzer, entry, view_of(head, head_size), content, err);
    reader->writer.path = view_text(""); /* it was valid for this call only */
    return is_read;
}

static bool on_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    struct layer_reader *reader = (struct layer_reader *)visitor;
    switch (entry->kind) {
    case LAYER_FILE:
        return on_file(reader, entry, content, err);
    case LAYER_DIRECTORY:
        return entry->path.size == 0 || add_path(reader, &reader->directories, entry->path, err);
    case LAYER_SYMLINK:
    case LAYER_HARD_LINK:
        return on_link(reader, entry, err);
    case LAYER_OTHER:
        return add_path(reader, &reader->paths, entry->path, err);
    }
    return true;
}

static bool write_path(struct layer_reader *reader, enum record_frame type, struct view path, struct error *err)
{
    buffer_clear(&reader->writer.packed);
    pack_text(&reader->writer.packed, path);
    return record_writer_detail(&reader->writer, type, RECORD_DETAIL_COST, err);
}

static bool on_whiteout(struct layer_visitor *visitor, struct view path, struct error *err)
{
    return write_path((struct layer_reader *)visitor, RECORD_WHITEOUT, path, err);
}

static bool on_opaque(struct layer_visitor *visitor, struct view directory, struct error *err)
{
    return write_path((struct layer_reader *)visitor, RECORD_OPAQUE, directory, err);
}

static bool on_walk_gap(
    struct layer_visitor *visitor, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    return record_writer_gap(&((struct layer_reader *)visitor)->writer, kind, path, reason, err);
}

typedef bool walk_function(struct source *input, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err);

static bool read_layer(walk_function *walk, struct source *input, struct frame_writer *out, struct error *err)
{
    struct layer_reader reader = {
        .visitor = {.entry = on_entry, .whiteout = on_whiteout, .opaque = on_opaque, .gap = on_walk_gap},
    };
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct layer_totals totals = {0};
    buffer_init(&reader.content, 0);
    record_writer_init(&reader.writer, out);
    bool is_read = walk(input, &limits, &reader.visitor, &totals, err) &&
                   hash_list_write(&reader.paths, RECORD_PATHS, out, err) &&
                   hash_list_write(&reader.directories, RECORD_DIRECTORIES, out, err) &&
                   record_writer_finish(&reader.writer, totals.entries, totals.bytes, err);
    buffer_done(&reader.content);
    record_writer_done(&reader.writer);
    free(reader.paths.items);
    free(reader.directories.items);
    return is_read;
}

static bool run_layer(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    return probe_act(parameters, out, err) && read_layer(layer_walk, input, out, err);
}

static bool run_tree(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    return read_layer(tree_walk, input, out, err);
}

const struct sandbox_task layer_task = {"layer", run_layer};
const struct sandbox_task tree_task = {"tree", run_tree};
