/* SPDX-License-Identifier: Apache-2.0 */
#include "index/database.h"

#include "advisory/encoding.h"
#include "base/memory.h"
#include "index/folder.h"
#include "index/format.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum database_state { DATABASE_UNCHECKED, DATABASE_GOOD, DATABASE_DAMAGED };

struct database {
    const struct index_database *info;
    int descriptor; /* until it is mapped; -1: it is, or the file is not as it should be */
    struct cdb cdb;
    bool is_mapped;
    struct error error; /* why it is damaged */
    atomic_int state; /* enum database_state; mapped and checked by whoever asks first */
    pthread_mutex_t lock; /* of who does */
};

void database_path(const struct index_database *info, char path[DATABASE_PATH_SIZE])
{
    snprintf(path, DATABASE_PATH_SIZE, "databases/%.*s.cdb", VIEW_PRINT(digest_hex(&info->digest)));
}

/* What can be done about a database that cannot be trusted. */
static bool damage(const struct index_database *info, const char *reason, struct error *err)
{
    if (info->ecosystem.size == 0)
        return error_set(err, ERROR_CORRUPT,
            "the database \"%.*s\" of facts about vulnerabilities %s: run \"tidewaiter feed update\" to build it again",
            VIEW_PRINT(info->feed), reason);
    return error_set(err, ERROR_CORRUPT,
        "the advisory database \"%.*s/%.*s\" %s: run \"tidewaiter feed update --ecosystem '%.*s'\" to build it again",
        VIEW_PRINT(info->feed), VIEW_PRINT(info->ecosystem), reason, VIEW_PRINT(info->ecosystem));
}

static struct view whole_file(const struct database *database)
{
    return view_of(database->cdb.cdb_mem, (size_t)database->info->size);
}

/* Finds the only value of a key. A copy of `cdb` keeps the position, so that threads do not meet. */
static bool get(const struct database *database, struct view key, struct view *value, bool *is_found, struct error *err)
{
    struct cdb cdb = database->cdb;
    int found = key.size > UINT32_MAX ? 0 : cdb_find(&cdb, key.data, (unsigned)key.size);
    const void *data = found > 0 ? cdb_getdata(&cdb) : NULL;
    if (found < 0 || (found > 0 && data == NULL))
        return damage(database->info, "is damaged", err);
    *is_found = found > 0;
    *value = found > 0 ? view_of(data, cdb_datalen(&cdb)) : view_of(NULL, 0);
    return true;
}

static bool check_header(const struct database *database, struct error *err)
{
    struct view value = view_text("");
    bool is_found = false;
    if (!get(database, view_text(FORMAT_KEY_HEADER), &value, &is_found, err))
        return false;
    struct unpack header = unpack_begin(value);
    const struct index_database *info = database->info;
    if (!is_found || !view_is(unpack_text(&header), FORMAT_NAME))
        return damage(info, "has no header", err);
    if (unpack_u32(&header) != FORMAT_VERSION)
        return damage(info, "was written by another version of tidewaiter", err);
    if (!view_equal(unpack_text(&header), info->feed) || !view_equal(unpack_text(&header), info->ecosystem) ||
        unpack_u64(&header) != info->record_count || !unpack_is_done(&header))
        return damage(info, "holds something else", err);
    return true;
}

static bool check_size(const struct database *database, struct error *err)
{
    struct stat status;
    return (fstat(database->descriptor, &status) == 0 && status.st_size >= 0 &&
               (uint64_t)status.st_size == database->info->size) ||
           damage(database->info, "has another size", err);
}

static bool open_file(const char *folder, struct database *database, struct error *err)
{
    char name[DATABASE_PATH_SIZE];
    char path[FOLDER_PATH_SIZE];
    database_path(database->info, name);
    if (!folder_path(folder, name, path, err))
        return false;
    database->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (database->descriptor < 0)
        return damage(database->info, errno == ENOENT ? "is missing" : "cannot be opened", err);
    return check_size(database, err);
}

static void close_descriptor(struct database *database)
{
    if (database->descriptor >= 0)
        close(database->descriptor);
    database->descriptor = -1;
}

struct database *database_open(const char *folder, const struct index_database *info)
{
    struct database *database = memory_alloc(sizeof(*database));
    *database = (struct database){.info = info, .descriptor = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    if (!open_file(folder, database, &database->error)) {
        close_descriptor(database);
        atomic_init(&database->state, DATABASE_DAMAGED);
    }
    return database;
}

void database_close(struct database *database)
{
    if (database == NULL)
        return;
    close_descriptor(database);
    if (database->is_mapped)
        cdb_free(&database->cdb);
    pthread_mutex_destroy(&database->lock);
    free(database);
}

static bool map(struct database *database, struct error *err)
{
    if (database->is_mapped)
        return true;
    bool is_whole = check_size(database, err);
    database->is_mapped = is_whole && cdb_init(&database->cdb, database->descriptor) == 0;
    close_descriptor(database); /* the mapping stays */
    return database->is_mapped || (is_whole && damage(database->info, "cannot be mapped", err));
}

/* A miss in a damaged hash table would look like "no advisories", so the checksum is compared before the first lookup. */
static bool map_and_check(struct database *database, struct error *err)
{
    return map(database, err) && check_header(database, err) &&
           (format_checksum(whole_file(database)) == database->info->checksum ||
               damage(database->info, "is damaged", err));
}

static bool check(const struct database *database, struct error *err)
{
    /* Only the memory of the comparison changes, and the mapping, which nobody reads before. */
    struct database *own = (struct database *)(uintptr_t)database;
    if (atomic_load_explicit(&own->state, memory_order_acquire) == DATABASE_UNCHECKED) {
        pthread_mutex_lock(&own->lock);
        if (atomic_load_explicit(&own->state, memory_order_relaxed) == DATABASE_UNCHECKED) {
            int state = map_and_check(own, &own->error) ? DATABASE_GOOD : DATABASE_DAMAGED;
            atomic_store_explicit(&own->state, state, memory_order_release);
        }
        pthread_mutex_unlock(&own->lock);
    }
    if (atomic_load_explicit(&own->state, memory_order_acquire) == DATABASE_GOOD)
        return true;
    *err = database->error;
    return false;
}

void database_map(struct database *database)
{
    struct error ignored; /* told by whoever asks */
    if (database->descriptor >= 0)
        (void)!map(database, &ignored);
}

static struct view name_key(struct arena *arena, struct view ecosystem, struct view name)
{
    char *key = arena_alloc(arena, 2 + ecosystem.size + 1 + name.size);
    memcpy(key, FORMAT_KEY_NAME, 2);
    memcpy(key + 2, ecosystem.data, ecosystem.size);
    if (name.size > 0)
        memcpy(key + 2 + ecosystem.size + 1, name.data, name.size);
    return view_of(key, 2 + ecosystem.size + 1 + name.size);
}

static struct view id_key(struct arena *arena, const char *prefix, struct view id)
{
    char *key = arena_alloc(arena, 2 + id.size);
    memcpy(key, prefix, 2);
    if (id.size > 0)
        memcpy(key + 2, id.data, id.size);
    return view_of(key, 2 + id.size);
}

static bool read_head(
    const struct database *database, struct arena *arena, struct view id, struct advisory *advisory, struct error *err)
{
    struct view value;
    bool is_found;
    if (!get(database, id_key(arena, FORMAT_KEY_ID, id), &value, &is_found, err))
        return false;
    struct decoder decoder = decoder_begin(arena_copy(arena, value));
    decode_head(&decoder, arena, advisory);
    if (!is_found || !decoder_finish(&decoder, "the record", err) || !view_equal(advisory->id, id))
        return damage(database->info, "is damaged", err);
    return true;
}

struct affected_list {
    struct affected *items;
    size_t count;
    size_t capacity;
};

static bool read_matches(const struct database *database, struct arena *arena, struct view name, struct view value,
    struct database_matches *matches, struct error *err)
{
    struct decoder decoder = decoder_begin(arena_copy(arena, value));
    struct affected_list affected = {NULL, 0, 0};
    const char *feed = arena_text(arena, database->info->feed);
    size_t first_match = matches->count;
    while (decoder.unpack.rest.size > 0) {
        struct view id = decode_text(&decoder);
        struct affected *element = ARENA_PUSH(arena, &affected);
        decode_affected(&decoder, arena, element);
        element->name = name;
        if (decoder.unpack.is_broken || id.size == 0)
            return damage(database->info, "is damaged", err);
        struct lookup_match *match = matches->count > first_match ? &matches->items[matches->count - 1] : NULL;
        if (match == NULL || !view_equal(match->advisory.id, id)) {
            match = ARENA_PUSH(arena, matches);
            match->feed = feed;
            if (!read_head(database, arena, id, &match->advisory, err))
                return false;
        }
        match->advisory.affected_count++;
    }
    /* The list may have moved while it grew; now it stays. */
    size_t next = 0;
    for (size_t i = first_match; i < matches->count; i++) {
        matches->items[i].advisory.affected = affected.items + next;
        next += matches->items[i].advisory.affected_count;
    }
    return true;
}

bool database_find(const struct database *database, struct arena *arena, struct view name,
    struct database_matches *matches, struct error *err)
{
    struct view value;
    bool is_found;
    name = ecosystem_package_name(arena, database->info->ecosystem, name);
    if (!check(database, err) ||
        !get(database, name_key(arena, database->info->ecosystem, name), &value, &is_found, err))
        return false;
    return !is_found || read_matches(database, arena, arena_copy(arena, name), value, matches, err);
}

bool database_facts(const struct database *database, struct arena *arena, struct view vulnerability,
    struct vulnerability_facts *facts, bool *is_found, struct error *err)
{
    struct view value;
    if (!check(database, err) || !get(database, id_key(arena, FORMAT_KEY_FACTS, vulnerability), &value, is_found, err))
        return false;
    if (!*is_found)
        return true;
    struct decoder decoder = decoder_begin(arena_copy(arena, value));
    decode_facts(&decoder, arena, facts);
    return decoder_finish(&decoder, "the record", err) || damage(database->info, "is damaged", err);
}

bool database_gaps(
    const struct database *database, struct arena *arena, struct index_gap **gaps, size_t *count, struct error *err)
{
    struct view value;
    bool is_found;
    if (!check(database, err) || !get(database, view_text(FORMAT_KEY_GAPS), &value, &is_found, err))
        return false;
    struct unpack list = unpack_begin(arena_copy(arena, value));
    *count = unpack_count(&list, 8);
    *gaps = ARENA_ARRAY(arena, struct index_gap, *count);
    for (size_t i = 0; i < *count; i++) {
        (*gaps)[i].name = unpack_text(&list);
        (*gaps)[i].reason = unpack_text(&list);
    }
    return (is_found && unpack_is_done(&list)) || damage(database->info, "is damaged", err);
}

bool database_value(
    const struct database *database, struct view key, struct view *value, bool *is_found, struct error *err)
{
    return check(database, err) && get(database, key, value, is_found, err);
}

bool database_each(const struct database *database,
    bool (*visit)(void *context, struct view key, struct view value, struct error *err), void *context,
    struct error *err)
{
    if (!check(database, err))
        return false;
    struct cdb cdb = database->cdb; /* a copy keeps the position, see get */
    unsigned position;
    cdb_seqinit(&position, &cdb);
    for (;;) {
        int found = cdb_seqnext(&position, &cdb);
        const void *key = found > 0 ? cdb_getkey(&cdb) : NULL;
        const void *value = found > 0 ? cdb_getdata(&cdb) : NULL;
        if (found < 0 || (found > 0 && (key == NULL || value == NULL)))
            return damage(database->info, "is damaged", err);
        if (found == 0)
            return true;
        if (!visit(context, view_of(key, cdb_keylen(&cdb)), view_of(value, cdb_datalen(&cdb)), err))
            return false;
    }
}

bool database_verify(const struct database *database, struct error *err)
{
    if (!check(database, err))
        return false;
    struct digest digest;
    digest_of(whole_file(database), &digest);
    return digest_equal(&digest, &database->info->digest) || damage(database->info, "is damaged", err);
}
