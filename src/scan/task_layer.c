/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of scanning a layer: walks it, gives wanted files to their analyzers, and writes the frames of a layer
   record. */
#include "scan/scan.h"

#include "base/memory.h"
#include "base/pack.h"
#include "layer/tree.h"
#include "layer/walk.h"
#include "scan/record.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PACKED_MAX = FRAME_BYTES_MAX,
    TEXT_FIELD_MAX = 16 * 1024, /* bytes of one package field or fact that are kept */
    PACKAGE_COST = 2048, /* bytes that a package takes in the parent until it is reported, beside its text */
    DETAIL_COST = 64, /* likewise of another frame */
    OWNED_COST = 32, /* of an owned path while it is sorted, which takes its memory twice */
    HASHES_PER_FRAME = FRAME_BYTES_MAX / sizeof(uint64_t),
};

/* What a record may cost the parent, in bytes of memory; all that is beyond it is one gap. The parent has 64 MB, of which
   the hashes of as many paths as a layer may have take 40. */
#define RECORD_COST_MAX (UINT64_C(52) << 20)

struct hash_list {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

struct owned_path {
    uint64_t hash;
    uint32_t owner; /* its number */
};

struct owned_list {
    struct owned_path *items;
    size_t count;
    size_t capacity;
};

/* One layer being read. */
struct layer_reader {
    struct layer_visitor visitor;
    struct analysis analysis;
    struct frame_writer *out;
    struct hash_list paths;
    struct hash_list directories;
    struct owned_list owned;
    struct buffer owner; /* name of the last one that the file at hand told */
    uint32_t owner_count;
    bool has_owner; /* the file at hand told one */
    struct buffer content; /* of the wanted file at hand */
    struct buffer packed; /* of the frame at hand */
    struct view path; /* of the file at hand */
    uint64_t cost; /* of what was kept */
    bool is_full; /* the cost has reached its limit, and the gap is written */
    bool has_failed; /* a callback without result could not write; `err` tells why */
    struct error err;
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

static int compare_owned(const void *left, const void *right)
{
    const struct owned_path *a = left;
    const struct owned_path *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->owner > b->owner) - (a->owner < b->owner);
}

static bool owned_list_write(
    struct owned_list *list, struct buffer *packed, struct frame_writer *out, struct error *err)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(list->items[0]), compare_owned);
    for (size_t done = 0; done < list->count;) {
        buffer_clear(packed);
        for (; done < list->count && packed->size + RECORD_OWNED_SIZE <= FRAME_BYTES_MAX; done++) {
            buffer_append_u64(packed, list->items[done].hash);
            buffer_append_u32(packed, list->items[done].owner);
        }
        if (!buffer_check(packed, "frame", err) || !frame_write(out, RECORD_OWNED, buffer_view(packed), err))
            return false;
    }
    return true;
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

/* Text for display: cut to a limit, invalid UTF-8 replaced, so that everybody behind may rely on it. */
static void pack_display_text(struct buffer *buffer, struct view text)
{
    text = view_slice(text, 0, TEXT_FIELD_MAX);
    if (view_is_utf8(text)) {
        pack_text(buffer, text);
        return;
    }
    AUTO_BUFFER clean;
    buffer_init(&clean, 3 * TEXT_FIELD_MAX);
    while (text.size > 0) {
        size_t length = view_utf8_sequence(text);
        if (length == 0)
            buffer_append_text(&clean, "\xef\xbf\xbd"); /* U+FFFD */
        else
            buffer_append(&clean, view_slice(text, 0, length));
        text = view_from(text, length == 0 ? 1 : length);
    }
    pack_text(buffer, buffer_view(&clean));
}

static bool write_packed(struct layer_reader *reader, enum record_frame type, struct error *err)
{
    return buffer_check(&reader->packed, "frame", err) &&
           frame_write(reader->out, type, buffer_view(&reader->packed), err);
}

static bool write_gap(
    struct layer_reader *reader, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    buffer_clear(&reader->packed);
    pack_text(&reader->packed, view_text(gap_kind_name(kind)));
    pack_text(&reader->packed, path);
    pack_display_text(&reader->packed, view_slice(view_text(reason), 0, ERROR_MESSAGE_MAX / 2));
    return write_packed(reader, RECORD_GAP, err);
}

/* Whether the record may grow by `cost`; the first time that it may not, a gap tells. */
static bool afford(struct layer_reader *reader, uint64_t cost, bool *is_affordable, struct error *err)
{
    *is_affordable = !reader->is_full && reader->cost + cost <= RECORD_COST_MAX;
    if (*is_affordable)
        reader->cost += cost;
    if (*is_affordable || reader->is_full)
        return true;
    reader->is_full = true;
    return write_gap(
        reader, GAP_LIMIT_REACHED, reader->path, "the layer has more packages, links and paths than are kept", err);
}

/* As write_packed, for what strangers may send any number of. The frame is lost if a gap has to be written. */
static bool write_detail(struct layer_reader *reader, enum record_frame type, uint64_t cost, struct error *err)
{
    bool is_affordable;
    if (!afford(reader, cost + reader->packed.size, &is_affordable, err))
        return false;
    return !is_affordable || write_packed(reader, type, err);
}

static bool add_path(struct layer_reader *reader, struct hash_list *list, struct view path, struct error *err)
{
    bool is_affordable;
    if (!afford(reader, sizeof(list->items[0]), &is_affordable, err))
        return false;
    if (is_affordable)
        hash_list_add(list, path);
    return true;
}

static struct layer_reader *reader_of(struct analysis *analysis)
{
    return (struct layer_reader *)((char *)analysis - offsetof(struct layer_reader, analysis));
}

/* The callbacks of an analysis have no result: the first failure is kept and reported when the analyzer returns. */
static void keep_failure(struct layer_reader *reader, bool is_written, const struct error *err)
{
    if (!is_written && !reader->has_failed) {
        reader->has_failed = true;
        reader->err = *err;
    }
}

static void pack_package_for_display(
    struct buffer *buffer, const struct package *package, const struct installation *installation)
{
    const struct view fields[] = {package->name, package->version, package->arch, package->source_name,
        package->source_version, package->epoch, package->release, package->source_rpm, package->modularity,
        package->vendor};
    pack_text(buffer, view_text(package_type_name(package->type)));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_display_text(buffer, fields[i]);
    pack_display_text(buffer, installation->inner_path);
    pack_display_text(buffer, installation->licenses);
    buffer_append_u32(buffer, (installation->is_third_party ? (uint32_t)RECORD_THIRD_PARTY : 0) |
                                  (installation->is_development ? (uint32_t)RECORD_DEVELOPMENT : 0));
}

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    static const struct installation nothing = {.is_third_party = false};
    struct error err;
    struct layer_reader *reader = reader_of(analysis);
    buffer_clear(&reader->packed);
    pack_package_for_display(&reader->packed, package, installation == NULL ? &nothing : installation);
    keep_failure(reader, write_detail(reader, RECORD_PACKAGE, PACKAGE_COST, &err), &err);
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    struct error err;
    struct layer_reader *reader = reader_of(analysis);
    buffer_clear(&reader->packed);
    pack_text(&reader->packed, view_text(name));
    pack_display_text(&reader->packed, value);
    keep_failure(reader, write_detail(reader, RECORD_FACT, DETAIL_COST, &err), &err);
}

/* Tells the owner if it is another one than before. */
static bool add_owner(struct layer_reader *reader, struct view owner, struct error *err)
{
    if (reader->has_owner && view_equal(owner, buffer_view(&reader->owner)))
        return true;
    buffer_clear(&reader->packed);
    pack_display_text(&reader->packed, owner);
    if (!write_detail(reader, RECORD_OWNER, DETAIL_COST, err))
        return false;
    if (reader->is_full)
        return true;
    buffer_clear(&reader->owner);
    buffer_append(&reader->owner, view_slice(owner, 0, TEXT_FIELD_MAX));
    reader->has_owner = true;
    reader->owner_count++;
    return true;
}

static bool add_owned(struct layer_reader *reader, struct view owner, struct view path, struct error *err)
{
    bool is_affordable;
    struct owned_list *list = &reader->owned;
    if (!add_owner(reader, owner, err) || !afford(reader, OWNED_COST, &is_affordable, err))
        return false;
    if (!is_affordable)
        return true;
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 1024 : list->capacity * 2;
        list->items = memory_resize(list->items, list->capacity * sizeof(list->items[0]));
    }
    list->items[list->count++] = (struct owned_path){view_hash(path), reader->owner_count - 1};
    return true;
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    struct error err;
    struct layer_reader *reader = reader_of(analysis);
    while (path.size > 0 && (path.data[0] == '/' || view_starts_with(path, "./")))
        path = view_from(path, path.data[0] == '/' ? 1 : 2);
    if (path.size == 0 || view_is(path, "."))
        return;
    keep_failure(reader, add_owned(reader, owner, path, &err), &err);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    struct error err;
    struct layer_reader *reader = reader_of(analysis);
    keep_failure(reader, write_gap(reader, kind, reader->path, reason, &err), &err);
}

static bool read_wanted(struct layer_reader *reader, const struct analyzer *analyzer, const struct layer_entry *entry,
    struct source *content, struct error *err)
{
    struct error why;
    buffer_clear(&reader->packed);
    pack_text(&reader->packed, view_text(analyzer->name));
    pack_text(&reader->packed, entry->path);
    if (!write_detail(reader, RECORD_FILE, DETAIL_COST, err))
        return false;
    if (reader->is_full)
        return true;
    if (entry->size > analyzer->bytes_max) {
        char reason[160];
        snprintf(reason, sizeof(reason), "the file has %llu bytes, more than the %llu that are read",
            (unsigned long long)entry->size, (unsigned long long)analyzer->bytes_max);
        return write_gap(reader, GAP_LIMIT_REACHED, entry->path, reason, err);
    }
    buffer_done(&reader->content);
    buffer_init(&reader->content, analyzer->bytes_max);
    if (!source_read_all(content, &reader->content, "file", err))
        return false;
    reader->has_owner = false;
    if (!analyzer->read(entry->path, buffer_view(&reader->content), &reader->analysis, &why) &&
        !write_gap(reader, GAP_BROKEN_DATABASE, entry->path, why.message, err))
        return false;
    if (reader->has_failed) {
        *err = reader->err;
        return false;
    }
    return true;
}

static bool on_link(struct layer_reader *reader, const struct layer_entry *entry, struct error *err)
{
    buffer_clear(&reader->packed);
    buffer_append_u32(&reader->packed, entry->kind == LAYER_HARD_LINK);
    pack_text(&reader->packed, entry->path);
    pack_text(&reader->packed, entry->target);
    return write_detail(reader, RECORD_LINK, DETAIL_COST, err);
}

static bool on_entry(
    struct layer_visitor *visitor, const struct layer_entry *entry, struct source *content, struct error *err)
{
    struct layer_reader *reader = (struct layer_reader *)visitor;
    switch (entry->kind) {
    case LAYER_FILE: {
        const struct analyzer *analyzer = analyzer_for(entry->path);
        if (analyzer != NULL) {
            reader->path = entry->path;
            bool is_read = read_wanted(reader, analyzer, entry, content, err);
            reader->path = view_text(""); /* it was valid for this call only */
            return is_read;
        }
        return add_path(reader, &reader->paths, entry->path, err);
    }
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
    buffer_clear(&reader->packed);
    pack_text(&reader->packed, path);
    return write_detail(reader, type, DETAIL_COST, err);
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
    return write_gap((struct layer_reader *)visitor, kind, path, reason, err);
}

typedef bool walk_function(struct source *input, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err);

static bool read_layer(walk_function *walk, struct source *input, struct frame_writer *out, struct error *err)
{
    struct layer_reader reader = {
        .visitor = {.entry = on_entry, .whiteout = on_whiteout, .opaque = on_opaque, .gap = on_walk_gap},
        .analysis = {.package = on_package, .fact = on_fact, .owned = on_owned, .gap = on_gap},
        .out = out,
    };
    struct layer_limits limits = LAYER_LIMITS_DEFAULT;
    struct layer_totals totals = {0};
    buffer_init(&reader.content, 0);
    buffer_init(&reader.packed, PACKED_MAX);
    buffer_init(&reader.owner, TEXT_FIELD_MAX);
    bool is_read = walk(input, &limits, &reader.visitor, &totals, err) &&
                   hash_list_write(&reader.paths, RECORD_PATHS, out, err) &&
                   hash_list_write(&reader.directories, RECORD_DIRECTORIES, out, err) &&
                   owned_list_write(&reader.owned, &reader.packed, out, err);
    if (is_read) {
        buffer_clear(&reader.packed);
        buffer_append_u64(&reader.packed, totals.entries);
        buffer_append_u64(&reader.packed, totals.bytes);
        is_read = write_packed(&reader, RECORD_TOTALS, err);
    }
    buffer_done(&reader.content);
    buffer_done(&reader.packed);
    buffer_done(&reader.owner);
    free(reader.paths.items);
    free(reader.directories.items);
    free(reader.owned.items);
    return is_read;
}

static bool run_layer(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    return read_layer(layer_walk, input, out, err);
}

static bool run_tree(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    return read_layer(tree_walk, input, out, err);
}

const struct sandbox_task layer_task = {"layer", run_layer};
const struct sandbox_task tree_task = {"tree", run_tree};
