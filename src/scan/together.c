/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/together.h"

#include "base/map.h"
#include "base/pack.h"
#include "base/path.h"
#include "scan/merge.h"

#include <stdlib.h>

/* Answers keep no files. */
#define ANSWER_BYTES_MAX (RECORD_BYTES_MAX - RECORD_KEPT_BYTES_MAX)

enum {
    DATABASE_FILES_MAX = 64,
    HEADER_BYTES_MAX = 1 << 20,
    DEADLINE_MS = 2 * 60 * 1000,
};

/* The kept files of one directory. */
struct group {
    const struct rootfs_file *files[DATABASE_FILES_MAX];
    size_t count;
    bool has_more; /* files than are read together */
};

/* What a directory had after the layer before. */
struct state {
    struct view signature; /* of its files */
    bool was_together;
};

struct reader {
    const struct scan_context *context;
    struct arena *arena;
    struct together_list *list;
    struct gap_list *gaps;
    struct rootfs rootfs;
    struct map states; /* directory and analyzer → struct state */
};

/* Views one after the other. */
struct views_source {
    struct source source;
    const struct view *views;
    size_t count;
    size_t done; /* bytes of the first view */
};

static bool views_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    (void)err;
    struct views_source *views = (struct views_source *)source;
    for (; views->count > 0 && views->done == views->views[0].size; views->views++, views->count--)
        views->done = 0;
    *got = 0;
    if (views->count == 0)
        return true;
    struct view rest = view_from(views->views[0], views->done);
    *got = rest.size < size ? rest.size : size;
    memcpy(bytes, rest.data, *got);
    views->done += *got;
    return true;
}

static void views_close(struct source *source)
{
    (void)source; /* lives on the stack of its only user */
}

static const struct source_type views_type = {"views", views_read, views_close};

static const struct record_file *record_of(const struct rootfs_file *file)
{
    return file->file;
}

struct view_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

/* The header of each file, followed by its pieces. */
static struct view_list pack_group(struct arena *arena, const struct group *group)
{
    struct view_list list = {0};
    AUTO_BUFFER header;
    buffer_init(&header, HEADER_BYTES_MAX);
    pack_text(&header, view_text(record_of(group->files[0])->analyzer->name));
    buffer_append_u32(&header, (uint32_t)group->count);
    for (size_t i = 0; i < group->count; i++) {
        const struct record_file *file = record_of(group->files[i]);
        uint64_t compressed = 0;
        for (size_t k = 0; k < file->kept_count; k++)
            compressed += file->kept[k].size;
        pack_text(&header, group->files[i]->path);
        buffer_append_u64(&header, file->kept_size);
        buffer_append_u64(&header, compressed);
        *(struct view *)ARENA_PUSH(arena, &list) = arena_copy(arena, buffer_view(&header));
        buffer_clear(&header);
        for (size_t k = 0; k < file->kept_count; k++)
            *(struct view *)ARENA_PUSH(arena, &list) = file->kept[k];
    }
    return list;
}

static bool collect_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    return record_append(context, type, payload, err);
}

/* Reads a group in the sandbox; false with `err` if it cannot be read. */
static bool read_group(
    struct reader *reader, const struct group *group, struct layer_record **record, struct error *err)
{
    AUTO_BUFFER stored;
    struct view_list list = pack_group(reader->arena, group);
    struct views_source input = {{&views_type}, list.items, list.count, 0};
    struct sandbox_run run = {
        .task = together_task.name,
        .input = &input.source,
        .held_bytes_max = 256u << 20,
        .deadline_ms = DEADLINE_MS,
        .cancel = reader->context->cancel,
        .frame = collect_frame,
        .context = &stored,
    };
    buffer_init(&stored, ANSWER_BYTES_MAX);
    record_begin(&stored);
    if (!sandbox_run(reader->context->sandbox, &run, err))
        return false;
    struct view kept = buffer_view(&stored);
    arena_adopt(reader->arena, stored.data);
    buffer_init(&stored, ANSWER_BYTES_MAX);
    *record = ARENA_NEW(reader->arena, struct layer_record);
    if (!record_decode(reader->arena, kept, *record, err))
        return false;
    return (*record)->file_count == 1 || error_set(err, ERROR_INVALID, "the answer is not about one database");
}

/* Why a failure is a gap; false for one that trying again may mend. */
static bool gap_of(enum error_code code, enum gap_kind *kind)
{
    static const enum gap_kind kinds[ERROR_COUNT] = {
        [ERROR_LIMIT] = GAP_LIMIT_REACHED, [ERROR_CRASHED] = GAP_CHILD_CRASHED, [ERROR_TIMEOUT] = GAP_TIMEOUT};
    bool is_broken = code == ERROR_INVALID || code == ERROR_CORRUPT || code == ERROR_UNSUPPORTED;
    *kind = is_broken ? GAP_BROKEN_DATABASE : kinds[code];
    return is_broken || code == ERROR_LIMIT || code == ERROR_CRASHED || code == ERROR_TIMEOUT;
}

/* Adds what the group says from this layer on. */
static bool add_group(struct reader *reader, size_t layer, const struct group *group, struct error *err)
{
    enum gap_kind kind;
    struct error why;
    struct layer_record *record = NULL;
    struct view path = group->files[0]->path;
    if (group->has_more) {
        gap_add(reader->arena, reader->gaps, GAP_LIMIT_REACHED, path_directory(path),
            "a database of more than 64 files is not read as a whole");
        return true;
    }
    for (size_t i = 0; i < group->count; i++) {
        if (record_of(group->files[i])->kept_count > 0)
            continue;
        gap_add(reader->arena, reader->gaps, GAP_LIMIT_REACHED, group->files[i]->path,
            "too large to be kept, so it was not read together with the other files of its database");
        return true;
    }
    if (read_group(reader, group, &record, &why)) {
        *(struct together *)ARENA_PUSH(reader->arena, reader->list) =
            (struct together){layer, path, &record->files[0], record};
        return true;
    }
    if (!gap_of(why.code, &kind)) {
        *err = why;
        return error_wrap(err, "\"%.*s\" and its other files", VIEW_PRINT(path));
    }
    gap_add(reader->arena, reader->gaps, kind, path, why.message);
    return true;
}

static int compare_files(const void *left, const void *right)
{
    const struct rootfs_file *const *a = left;
    const struct rootfs_file *const *b = right;
    return view_compare((*a)->path, (*b)->path);
}

/* The groups of the merged tree as it is now, by directory and analyzer. */
static void find_groups(struct reader *reader, struct map *groups)
{
    map_init(groups, reader->arena);
    for (size_t i = 0; i < reader->rootfs.files.count; i++) {
        const struct rootfs_file *file = reader->rootfs.files.entries[i].value;
        if (file->file == NULL || record_of(file)->kept_size == 0)
            continue;
        struct view key = arena_format(
            reader->arena, "%s %.*s", record_of(file)->analyzer->name, VIEW_PRINT(path_directory(file->path)));
        struct map_entry *entry = map_entry(groups, key);
        if (entry->value == NULL)
            entry->value = ARENA_NEW(reader->arena, struct group);
        struct group *group = entry->value;
        if (group->count == DATABASE_FILES_MAX)
            group->has_more = true;
        else
            group->files[group->count++] = file;
    }
}

static struct view signature_of(struct arena *arena, const struct group *group)
{
    const void *signature[DATABASE_FILES_MAX];
    for (size_t i = 0; i < group->count; i++)
        signature[i] = group->files[i]->file;
    return arena_copy(arena, view_of(signature, group->count * sizeof(signature[0])));
}

static bool update_group(struct reader *reader, size_t layer, struct view key, struct group *group, struct error *err)
{
    struct map_entry *entry = map_entry(&reader->states, key);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(reader->arena, struct state);
    struct state *state = entry->value;
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
    qsort(group->files, group->count, sizeof(group->files[0]), compare_files);
    struct view signature = signature_of(reader->arena, group);
    if (view_equal(signature, state->signature))
        return true;
    bool was_together = state->was_together;
    *state = (struct state){signature, group->count > 1};
    if (group->count > 1)
        return add_group(reader, layer, group, err);
    if (was_together)
        *(struct together *)ARENA_PUSH(reader->arena, reader->list) =
            (struct together){layer, group->files[0]->path, record_of(group->files[0]), NULL};
    return true;
}

/* Whether any image of these layers can have two kept files at all. */
static bool is_needed(const struct layer_record *records, size_t count)
{
    size_t kept = 0;
    for (size_t layer = 0; layer < count; layer++) {
        for (size_t i = 0; i < records[layer].file_count; i++)
            kept += records[layer].files[i].kept_size > 0;
    }
    return kept > 1;
}

bool together_read(const struct scan_context *context, struct arena *arena, struct layer_record *records, size_t count,
    struct together_list *list, struct gap_list *gaps, struct error *err)
{
    *list = (struct together_list){0};
    if (!is_needed(records, count))
        return true;
    struct reader reader = {.context = context, .arena = arena, .list = list, .gaps = gaps};
    rootfs_init(&reader.rootfs, arena);
    map_init(&reader.states, arena);
    for (size_t layer = 0; layer < count; layer++) {
        struct map groups;
        merge_layer(&reader.rootfs, &records[layer]);
        find_groups(&reader, &groups);
        for (size_t i = 0; i < groups.count; i++) {
            if (!update_group(&reader, layer, groups.entries[i].key, groups.entries[i].value, err))
                return false;
        }
    }
    return true;
}
