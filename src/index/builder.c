/* SPDX-License-Identifier: Apache-2.0 */
#include "index/builder.h"

#include "advisory/encoding.h"
#include "base/fault.h"
#include "base/map.h"
#include "base/memory.h"
#include "feed/feed.h"
#include "index/database.h"
#include "index/delta.h"
#include "index/folder.h"
#include "index/id_set.h"
#include "index/kept_files.h"
#include "index/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A record may be dated a little ahead of our clock. One that is dated further does not make the feed look fresh. */
#define AHEAD_MS_MAX ((int64_t)24 * 60 * 60 * 1000)

enum { GENERATIONS_KEPT = 2, GAP_TEXT_MAX = 300 /* bytes of a name or a reason */ };

struct gap_list {
    struct index_gap *items;
    size_t count;
    size_t capacity;
};

struct database_list {
    struct index_database *items;
    size_t count;
    size_t capacity;
};

/* The database that is being built. */
struct building {
    struct database_writer *writer; /* NULL = none */
    struct view feed;
    struct view ecosystem;
    bool has_parts; /* of records, as its feed has them */
    struct id_set ids;
    struct id_set elements; /* of records in parts */
    uint64_t record_count;
    uint64_t gap_count;
    int64_t date_ms;
    struct gap_list gaps; /* the first INDEX_GAPS_MAX */
    struct map releases; /* complete ecosystems of the records; the values mean nothing */
};

struct index_builder {
    struct arena *arena;
    const char *folder;
    int lock;
    const struct clock *clock;
    struct index_manifest previous; /* in force; number 0 = none */
    struct database_list databases; /* of the next generation */
    bool is_changed;
    struct building building;
};

static bool read_current(struct index_builder *builder, struct error *err)
{
    struct index_manifest manifest = {.number = 0};
    if (!index_manifest_read_current(builder->folder, builder->arena, &manifest, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return error_wrap(err,
                "the advisory index in \"%s\" cannot be read (remove it and run \"tidewaiter feed "
                "update\" to build it again)",
                builder->folder);
    }
    builder->previous = manifest;
    for (size_t i = 0; i < manifest.database_count; i++)
        *(struct index_database *)ARENA_PUSH(builder->arena, &builder->databases) = manifest.databases[i];
    return true;
}

bool index_builder_new(const char *folder, const struct clock *clock, struct index_builder **builder, struct error *err)
{
    struct index_builder *made = memory_alloc(sizeof(*made));
    *made = (struct index_builder){.arena = arena_new(), .lock = -1, .clock = clock};
    made->folder = arena_text(made->arena, view_text(folder));
    id_set_init(&made->building.ids);
    id_set_init(&made->building.elements);
    if (!folder_make(folder, err) || !folder_lock(folder, &made->lock, err) || !read_current(made, err)) {
        index_builder_free(made);
        return false;
    }
    *builder = made;
    return true;
}

void index_builder_free(struct index_builder *builder)
{
    if (builder == NULL)
        return;
    database_writer_free(builder->building.writer);
    id_set_done(&builder->building.ids);
    id_set_done(&builder->building.elements);
    if (builder->lock >= 0)
        close(builder->lock);
    arena_free(builder->arena);
    free(builder);
}

static struct index_database *find_database(
    const struct index_builder *builder, struct view feed, struct view ecosystem)
{
    for (size_t i = 0; i < builder->databases.count; i++) {
        if (view_equal(builder->databases.items[i].feed, feed) &&
            view_equal(builder->databases.items[i].ecosystem, ecosystem))
            return &builder->databases.items[i];
    }
    return NULL;
}

const struct index_database *index_builder_database(
    const struct index_builder *builder, struct view feed, struct view ecosystem)
{
    return find_database(builder, feed, ecosystem);
}

bool index_builder_verify(
    const struct index_builder *builder, struct view feed, struct view ecosystem, struct error *err)
{
    const struct index_database *info = find_database(builder, feed, ecosystem);
    if (info == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no database \"%.*s\"", VIEW_PRINT(ecosystem));
    struct database *database = database_open(builder->folder, info);
    bool is_intact = database_verify(database, err);
    database_close(database);
    return is_intact;
}

bool index_builder_begin(struct index_builder *builder, struct view feed, struct view ecosystem, struct error *err)
{
    struct building *building = &builder->building;
    index_builder_drop(builder);
    if (feed.size == 0 || view_find(ecosystem, '\0') < ecosystem.size)
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not the name of an ecosystem", VIEW_PRINT(ecosystem));
    const struct feed *source = feed_named(feed);
    building->has_parts = source != NULL && source->has_parts;
    building->feed = arena_copy(builder->arena, feed);
    building->ecosystem = arena_copy(builder->arena, ecosystem);
    return database_writer_new(builder->folder, &building->writer, err);
}

void index_builder_drop(struct index_builder *builder)
{
    struct building *building = &builder->building;
    database_writer_free(building->writer);
    id_set_done(&building->ids);
    id_set_done(&building->elements);
    *building = (struct building){.writer = NULL};
    id_set_init(&building->ids);
    id_set_init(&building->elements);
    map_init(&building->releases, builder->arena);
}

static void note_gap(struct index_builder *builder, struct view name, struct view reason)
{
    struct building *building = &builder->building;
    building->gap_count++;
    if (building->gaps.count == INDEX_GAPS_MAX)
        return;
    struct index_gap *gap = ARENA_PUSH(builder->arena, &building->gaps);
    gap->name = arena_copy(builder->arena, view_slice(name, 0, GAP_TEXT_MAX));
    gap->reason = arena_copy(builder->arena, view_slice(reason, 0, GAP_TEXT_MAX));
}

void index_builder_add_gap(struct index_builder *builder, struct view name, struct view reason)
{
    id_set_add(&builder->building.ids, name);
    note_gap(builder, name, reason);
}

bool index_builder_has(const struct index_builder *builder, struct view name)
{
    return id_set_has(&builder->building.ids, name);
}

/* Which releases the records speak of: a release that none of them names is not covered. */
static bool note_releases(struct index_builder *builder, const struct advisory *advisory, struct error *err)
{
    struct map *releases = &builder->building.releases;
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct view ecosystem = advisory->affected[i].ecosystem;
        if (!view_equal(ecosystem_base(ecosystem), builder->building.ecosystem) || map_get(releases, ecosystem) != NULL)
            continue;
        if (releases->count == INDEX_RELEASES_MAX)
            return error_set(err, ERROR_LIMIT, "%.*s has more than %d releases",
                VIEW_PRINT(builder->building.ecosystem), INDEX_RELEASES_MAX);
        map_set(releases, arena_copy(builder->arena, ecosystem), releases);
    }
    return true;
}

static void note_date(struct index_builder *builder, int64_t date_ms)
{
    struct building *building = &builder->building;
    if (date_ms > building->date_ms && date_ms <= builder->clock->wall_ms(builder->clock) + AHEAD_MS_MAX)
        building->date_ms = date_ms;
}

/* The elements that no other part of the record had. */
static bool take_new_elements(
    struct building *building, struct arena *arena, struct advisory *advisory, struct error *err)
{
    AUTO_BUFFER key;
    struct affected *kept = ARENA_ARRAY(arena, struct affected, advisory->affected_count);
    size_t count = 0;
    buffer_init(&key, ADVISORY_ENCODED_MAX);
    for (size_t i = 0; i < advisory->affected_count; i++) {
        buffer_clear(&key);
        pack_text(&key, advisory->id);
        pack_text(&key, advisory->affected[i].name);
        encode_affected(&key, &advisory->affected[i]);
        if (!buffer_check(&key, "a record", err))
            return false;
        if (id_set_add(&building->elements, buffer_view(&key)))
            kept[count++] = advisory->affected[i];
    }
    advisory->affected = kept;
    advisory->affected_count = count;
    return true;
}

/* A record of a feed that has them in parts: the first part brings all but its elements. */
static bool add_part(struct index_builder *builder, const struct advisory *advisory, bool is_first, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct building *building = &builder->building;
    struct advisory part = *advisory;
    return take_new_elements(building, arena, &part, err) &&
           (is_first ? database_writer_add(building->writer, building->ecosystem, &part, err)
                     : database_writer_extend(building->writer, building->ecosystem, &part, err));
}

bool index_builder_add(struct index_builder *builder, const struct advisory *advisory, struct error *err)
{
    struct building *building = &builder->building;
    bool is_first = id_set_add(&building->ids, advisory->id);
    if (!is_first && !building->has_parts) {
        note_gap(builder, advisory->id, view_text("another record has the same id"));
        return true;
    }
    if (building->has_parts ? !add_part(builder, advisory, is_first, err)
                            : !database_writer_add(building->writer, building->ecosystem, advisory, err))
        return error_wrap(err, "record \"%.*s\"", VIEW_PRINT(advisory->id));
    if (!note_releases(builder, advisory, err))
        return false;
    building->record_count += is_first;
    note_date(builder, advisory->modified_ms);
    return true;
}

bool index_builder_add_facts(struct index_builder *builder, struct view vulnerability,
    const struct vulnerability_facts *facts, struct error *err)
{
    struct building *building = &builder->building;
    if (!id_set_add(&building->ids, vulnerability))
        return true;
    if (!database_writer_add_facts(building->writer, vulnerability, facts, err))
        return error_wrap(err, "\"%.*s\"", VIEW_PRINT(vulnerability));
    building->record_count++;
    note_date(builder, facts->epss_date_ms);
    note_date(builder, facts->kev_added_ms);
    note_date(builder, facts->modified_ms);
    return true;
}

/* What people call the database that is being built. */
static struct view shown_name(const struct building *building)
{
    return building->ecosystem.size > 0 ? building->ecosystem : building->feed;
}

/* ERROR_REFUSED if more is gone than a feed loses in its usual life. */
static bool check_loss(const struct building *building, const struct index_database *previous, struct error *err)
{
    if (previous == NULL || building->record_count * 100 >= previous->record_count * INDEX_RECORDS_KEPT_MIN_PERCENT)
        return true;
    return error_set(err, ERROR_REFUSED,
        "%.*s has %" PRIu64 " records where it had %" PRIu64 ": more than %d %% are gone, so the old ones stay in use "
        "(\"--allow-loss\" accepts the new ones)",
        VIEW_PRINT(shown_name(building)), building->record_count, previous->record_count,
        100 - INDEX_RECORDS_KEPT_MIN_PERCENT);
}

static struct index_database complete_info(const struct index_builder *builder, const struct index_database *info)
{
    const struct building *building = &builder->building;
    struct index_database made = *info;
    made.feed = building->feed;
    made.ecosystem = building->ecosystem;
    made.record_count = building->record_count;
    made.gap_count = building->gap_count;
    made.date_ms = building->date_ms != 0 ? building->date_ms : info->date_ms;
    made.source = arena_copy(builder->arena, info->source);
    made.etag = arena_copy(builder->arena, info->etag);
    made.last_modified = arena_copy(builder->arena, info->last_modified);
    made.incomplete_reason = arena_copy(builder->arena, info->incomplete_reason);
    made.release_count = building->releases.count;
    made.releases = ARENA_ARRAY(builder->arena, struct view, made.release_count);
    for (size_t i = 0; i < made.release_count; i++)
        made.releases[i] = building->releases.entries[i].key;
    return made;
}

bool index_builder_finish(
    struct index_builder *builder, bool accepts_loss, struct index_database *info, struct error *err)
{
    struct building *building = &builder->building;
    struct index_database *place = find_database(builder, building->feed, building->ecosystem);
    if (building->record_count == 0)
        return error_set(err, ERROR_INVALID, "%.*s holds no record that can be read", VIEW_PRINT(shown_name(building)));
    if (!accepts_loss && !check_loss(building, place, err))
        return false;
    if (place == NULL && builder->databases.count == MANIFEST_DATABASES_MAX)
        return error_set(err, ERROR_LIMIT, "an index has at most %d databases", MANIFEST_DATABASES_MAX);
    struct index_database made = complete_info(builder, info);
    if (!database_writer_finish(building->writer, building->gaps.items, building->gaps.count, &made, err))
        return false;
    if (place == NULL)
        place = ARENA_PUSH(builder->arena, &builder->databases);
    *place = made;
    *info = made;
    builder->is_changed = true;
    index_builder_drop(builder);
    return true;
}

void index_builder_set_checked(
    struct index_builder *builder, struct view feed, struct view ecosystem, int64_t checked_ms)
{
    struct index_database *database = find_database(builder, feed, ecosystem);
    if (database == NULL)
        return;
    database->checked_ms = checked_ms;
    database->alarm = view_text("");
    database->alarm_ms = 0;
    builder->is_changed = true;
}

void index_builder_set_alarm(
    struct index_builder *builder, struct view feed, struct view ecosystem, struct view reason, int64_t now_ms)
{
    struct index_database *database = find_database(builder, feed, ecosystem);
    if (database == NULL || reason.size == 0)
        return;
    if (database->alarm.size == 0)
        database->alarm_ms = now_ms;
    database->alarm = arena_copy(builder->arena, reason);
    builder->is_changed = true;
}

/* A crash may have left the file of a generation that never came into force; its number is not used again. */
static void note_number(void *context, const char *name)
{
    uint64_t *largest = context;
    uint64_t number;
    if (index_manifest_number_of(name, &number) && number > *largest)
        *largest = number;
}

/* What a crash left of a file that was about to be renamed. */
static void remove_temporary(void *context, const char *name)
{
    if (view_ends_with(view_text(name), ".tmp"))
        folder_remove(context, name);
}

struct removal {
    const char *folder;
    uint64_t kept[GENERATIONS_KEPT];
    const struct index_manifest *manifests[GENERATIONS_KEPT]; /* whose databases stay */
};

static void remove_generation(void *context, const char *name)
{
    const struct removal *removal = context;
    uint64_t number;
    char path[MANIFEST_PATH_SIZE];
    if (snprintf(path, sizeof(path), "generations/%s", name) >= (int)sizeof(path) ||
        (index_manifest_number_of(name, &number) && (number == removal->kept[0] || number == removal->kept[1])))
        return;
    folder_remove(removal->folder, path);
}

static void remove_database(void *context, const char *name)
{
    const struct removal *removal = context;
    char path[DATABASE_PATH_SIZE];
    char found[DATABASE_PATH_SIZE];
    if (snprintf(found, sizeof(found), "databases/%s", name) >= (int)sizeof(found))
        return; /* not one of ours */
    for (size_t i = 0; i < GENERATIONS_KEPT; i++) {
        for (size_t j = 0; j < removal->manifests[i]->database_count; j++) {
            database_path(&removal->manifests[i]->databases[j], path);
            if (strcmp(path, found) == 0)
                return;
        }
    }
    folder_remove(removal->folder, found);
}

static void remove_records(void *context, const char *name)
{
    const struct removal *removal = context;
    char path[KEPT_PATH_SIZE];
    char found[KEPT_PATH_SIZE];
    if (snprintf(found, sizeof(found), "records/%s", name) >= (int)sizeof(found))
        return; /* not one of ours */
    for (size_t i = 0; i < GENERATIONS_KEPT; i++) {
        for (size_t j = 0; j < removal->manifests[i]->database_count; j++) {
            kept_file_path(&removal->manifests[i]->databases[j].records, path);
            if (strcmp(path, found) == 0)
                return;
        }
    }
    folder_remove(removal->folder, found);
}

static void remove_delta(void *context, const char *name)
{
    const struct removal *removal = context;
    char path[DELTA_PATH_SIZE];
    char found[DELTA_PATH_SIZE];
    if (snprintf(found, sizeof(found), "deltas/%s", name) >= (int)sizeof(found))
        return; /* not one of ours */
    for (size_t i = 0; i < GENERATIONS_KEPT; i++) {
        for (size_t j = 0; j < removal->manifests[i]->delta_count; j++) {
            delta_path(removal->manifests[i]->deltas[j].number, path);
            if (strcmp(path, found) == 0)
                return;
        }
    }
    folder_remove(removal->folder, found);
}

static void remove_old(const struct index_builder *builder, const struct index_manifest *made)
{
    struct error ignored;
    struct removal removal = {
        .folder = builder->folder,
        .kept = {made->number, builder->previous.number},
        .manifests = {made, &builder->previous},
    };
    bool is_tidy = folder_each(builder->folder, ".", remove_temporary, (void *)(uintptr_t)builder->folder, &ignored) &&
                   folder_each(builder->folder, "generations", remove_generation, &removal, &ignored) &&
                   folder_each(builder->folder, "databases", remove_database, &removal, &ignored) &&
                   folder_each(builder->folder, "deltas", remove_delta, &removal, &ignored) &&
                   folder_each(builder->folder, "records", remove_records, &removal, &ignored);
    (void)is_tidy;
}

static int compare_databases(const void *left, const void *right)
{
    const struct index_database *a = left;
    const struct index_database *b = right;
    int order = view_compare(a->feed, b->feed);
    return order != 0 ? order : view_compare(a->ecosystem, b->ecosystem);
}

/* What changed since the generation in force goes beside the new one. Without it (the first generation, a damaged
   database) everything counts as changed, so that failing here costs time and nothing else. */
static void add_delta(struct index_builder *builder, struct index_manifest *made)
{
    AUTO_ARENA *scratch = arena_new();
    AUTO_BUFFER content;
    struct index_delta delta;
    struct error ignored;
    char path[DELTA_PATH_SIZE];
    struct index_delta_entry entry = {
        .number = made->number, .from = builder->previous.number, .from_digest = builder->previous.digest};
    buffer_init(&content, DELTA_BYTES_MAX);
    made->deltas = ARENA_ARRAY(builder->arena, struct index_delta_entry, MANIFEST_DELTAS_MAX);
    if (builder->previous.number == 0 ||
        !delta_compare(builder->folder, &builder->previous, made, scratch, &delta, &ignored))
        return;
    delta_write(&content, &delta);
    delta_path(made->number, path);
    if (!buffer_check(&content, "the delta", &ignored) ||
        !folder_write(builder->folder, path, buffer_view(&content), &ignored))
        return;
    digest_of(buffer_view(&content), &entry.digest);
    made->deltas[made->delta_count++] = entry;
    for (size_t i = 0; i < builder->previous.delta_count && made->delta_count < MANIFEST_DELTAS_MAX; i++)
        made->deltas[made->delta_count++] = builder->previous.deltas[i];
}

/* First the list under its number, then `current`: whoever opens the index sees the old generation or the new one. */
static bool put_in_force(struct index_builder *builder, const struct index_manifest *made, struct error *err)
{
    enum { CURRENT_BYTES_MAX = 256 };
    char path[MANIFEST_PATH_SIZE];
    AUTO_BUFFER text;
    AUTO_BUFFER number;
    buffer_init(&text, INDEX_MANIFEST_BYTES_MAX);
    buffer_init(&number, CURRENT_BYTES_MAX);
    index_manifest_path(made->number, path);
    index_manifest_write(&text, made);
    index_manifest_write_current(&number, made->number, buffer_view(&text));
    if (!buffer_check(&text, "the manifest", err) || !folder_write(builder->folder, path, buffer_view(&text), err))
        return false;
    fault_point(FAULT_FEED_BEFORE_MANIFEST_RENAME);
    return folder_write(builder->folder, "current", buffer_view(&number), err);
}

bool index_builder_commit(struct index_builder *builder, uint64_t *number, struct error *err)
{
    index_builder_drop(builder);
    struct index_manifest made = {
        .number = builder->previous.number,
        .created_ms = builder->clock->wall_ms(builder->clock),
        .databases = builder->databases.items,
        .database_count = builder->databases.count,
    };
    if (builder->is_changed) {
        if (!folder_each(builder->folder, "generations", note_number, &made.number, err))
            return false;
        made.number++;
        qsort(made.databases, made.database_count, sizeof(made.databases[0]), compare_databases);
        add_delta(builder, &made);
        if (!put_in_force(builder, &made, err))
            return false;
        remove_old(builder, &made);
    }
    *number = made.number;
    return true;
}
