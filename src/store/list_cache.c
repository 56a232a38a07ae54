/* SPDX-License-Identifier: Apache-2.0 */
#include "store/list_cache.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Shared by the copies that have the packed row in this state. */
struct shared_chunk {
    struct list_chunk base; /* first: a chunk is found back by its address */
    atomic_int users;
    char bytes[];
};

struct shared_copy {
    struct list_copy base; /* first, as above */
    atomic_int users; /* the cache is one */
    int64_t version;
    const struct list_chunk **chunks; /* those of `base` */
};

struct place {
    struct shared_copy *copy; /* NULL: free */
    int64_t organization; /* 0: keys of images */
    uint64_t asked;
};

struct list_cache {
    pthread_mutex_t mutex; /* protects the members below; copies themselves do not change */
    struct place places[LIST_CACHE_COPIES_MAX];
    uint64_t asked;
};

/* Where the packed rows of a list are. */
struct source {
    int64_t organization;
    const char *version_sql; /* the highest version; whether rows are to be packed */
    /* id, keys, texts of $1 … $2 with a version above $3; the plus keeps the planner from looking through the ids instead. */
    const char *changed_sql;
    int64_t first, last;
};

struct list_cache *list_cache_new(void)
{
    struct list_cache *cache = memory_alloc(sizeof(*cache));
    *cache = (struct list_cache){0};
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

static void release_chunk(const struct list_chunk *chunk)
{
    struct shared_chunk *shared = (struct shared_chunk *)(uintptr_t)chunk;
    if (atomic_fetch_sub(&shared->users, 1) == 1)
        free(shared);
}

void list_copy_release(const struct list_copy *copy)
{
    struct shared_copy *shared = (struct shared_copy *)(uintptr_t)copy;
    if (copy == NULL || atomic_fetch_sub(&shared->users, 1) != 1)
        return;
    for (size_t i = 0; i < copy->count; i++)
        release_chunk(copy->chunks[i]);
    free(shared->chunks);
    free(shared);
}

void list_cache_free(struct list_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < LIST_CACHE_COPIES_MAX; i++)
        list_copy_release(cache->places[i].copy == NULL ? NULL : &cache->places[i].copy->base);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

static const struct list_chunk *make_chunk(const struct rows *rows)
{
    struct view keys = rows_view(rows, 1);
    struct view texts = rows_view(rows, 2);
    struct shared_chunk *chunk = memory_alloc(sizeof(*chunk) + keys.size + texts.size);
    if (keys.size > 0)
        memcpy(chunk->bytes, keys.data, keys.size);
    if (texts.size > 0)
        memcpy(chunk->bytes + keys.size, texts.data, texts.size);
    chunk->base = (struct list_chunk){
        rows_integer(rows, 0), view_of(chunk->bytes, keys.size), view_of(chunk->bytes + keys.size, texts.size)};
    atomic_init(&chunk->users, 1);
    return &chunk->base;
}

static struct shared_copy *copy_new(int64_t version)
{
    struct shared_copy *copy = memory_alloc(sizeof(*copy));
    *copy = (struct shared_copy){.version = version};
    atomic_init(&copy->users, 1);
    return copy;
}

static void add_chunk(struct shared_copy *copy, const struct list_chunk *chunk)
{
    enum { FIRST_ROOM = 64 };
    size_t count = copy->base.count;
    if (count == 0 || (count >= FIRST_ROOM && (count & (count - 1)) == 0)) {
        size_t room = count == 0 ? FIRST_ROOM : 2 * count;
        copy->chunks = memory_resize(copy->chunks, room * sizeof(const struct list_chunk *));
        copy->base.chunks = copy->chunks;
    }
    copy->chunks[copy->base.count++] = chunk;
}

static void keep_chunk(struct shared_copy *copy, const struct list_chunk *chunk)
{
    atomic_fetch_add(&((struct shared_chunk *)(uintptr_t)chunk)->users, 1);
    add_chunk(copy, chunk);
}

/* The old copy with what has changed since, both in the order of their ids. */
static bool renew(struct transaction *transaction, const struct source *source, const struct shared_copy *old,
    struct shared_copy *made, struct error *err)
{
    AUTO_ROWS rows = {0};
    const struct list_copy none = {0};
    const struct list_copy *kept = old == NULL ? &none : &old->base;
    size_t next = 0;
    if (!QUERY(transaction->connection, &rows, err, source->changed_sql, SQL_INTEGER(source->first),
            SQL_INTEGER(source->last), SQL_INTEGER(old == NULL ? -1 : old->version)))
        return false;
    while (rows_next(&rows)) {
        int64_t id = rows_integer(&rows, 0);
        for (; next < kept->count && kept->chunks[next]->id < id; next++)
            keep_chunk(made, kept->chunks[next]);
        if (next < kept->count && kept->chunks[next]->id == id)
            next++;
        if (rows_view(&rows, 1).size > 0)
            add_chunk(made, make_chunk(&rows));
    }
    for (; next < kept->count; next++)
        keep_chunk(made, kept->chunks[next]);
    return rows_finish(&rows, err);
}

static struct place *find_place(struct list_cache *cache, int64_t organization)
{
    struct place *oldest = &cache->places[0];
    for (size_t i = 0; i < LIST_CACHE_COPIES_MAX; i++) {
        struct place *place = &cache->places[i];
        if (place->copy != NULL && place->organization == organization)
            return place;
        if (place->asked < oldest->asked)
            oldest = place;
    }
    list_copy_release(oldest->copy == NULL ? NULL : &oldest->copy->base);
    *oldest = (struct place){.organization = organization};
    return oldest;
}

/* With the cache locked: whoever comes meanwhile would read the same. */
static bool bring_up(struct transaction *transaction, const struct source *source, struct place *place, int64_t version,
    struct error *err)
{
    if (place->copy != NULL && place->copy->version == version)
        return true;
    struct shared_copy *made = copy_new(version);
    if (!renew(transaction, source, place->copy, made, err)) {
        list_copy_release(&made->base);
        return false;
    }
    list_copy_release(place->copy == NULL ? NULL : &place->copy->base);
    place->copy = made;
    return true;
}

static bool take(
    struct transaction *transaction, const struct source *source, const struct list_copy **copy, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct list_cache *cache = transaction->lists;
    *copy = NULL;
    if (cache == NULL)
        return true;
    if (!QUERY(transaction->connection, &rows, err, source->version_sql, SQL_NONE))
        return false;
    int64_t version = rows_next(&rows) ? rows_integer(&rows, 0) : 0;
    bool is_behind = rows_boolean(&rows, 1);
    if (!rows_finish(&rows, err))
        return false;
    if (is_behind)
        return true;
    pthread_mutex_lock(&cache->mutex);
    struct place *place = find_place(cache, source->organization);
    place->asked = ++cache->asked;
    bool is_older = place->copy != NULL && place->copy->version > version;
    bool ok = is_older || bring_up(transaction, source, place, version, err);
    if (ok && !is_older) {
        atomic_fetch_add(&place->copy->users, 1);
        *copy = &place->copy->base;
    }
    pthread_mutex_unlock(&cache->mutex);
    return ok;
}

bool list_cache_images(struct transaction *transaction, const struct list_copy **copy, struct error *err)
{
    const struct source source = {.last = INT64_MAX,
        .version_sql = "SELECT coalesce(max(version), 0), false FROM image_keys",
        .changed_sql =
            "SELECT chunk, keys, x'' FROM image_keys WHERE +chunk BETWEEN $1 AND $2 AND version > $3 ORDER BY chunk"};
    return take(transaction, &source, copy, err);
}

bool list_cache_rows(struct transaction *transaction, int64_t organization, int64_t first, int64_t last,
    const struct list_copy **copy, struct error *err)
{
    const struct source source = {.organization = organization,
        .first = first,
        .last = last,
        .version_sql =
            "SELECT (SELECT coalesce(max(version), 0) FROM list_keys), "
            "EXISTS (SELECT 1 FROM list_keys WHERE keys IS NULL) OR EXISTS (SELECT 1 FROM list_texts WHERE texts IS NULL)",
        .changed_sql =
            "SELECT list_keys.id, keys, texts FROM list_keys JOIN list_texts ON list_texts.id = list_keys.id "
            "WHERE +list_keys.id BETWEEN $1 AND $2 AND version > $3 ORDER BY list_keys.id"};
    return take(transaction, &source, copy, err);
}
