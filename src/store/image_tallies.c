/* SPDX-License-Identifier: Apache-2.0 */
#include "store/image_tallies.h"

#include "base/pack.h"
#include "store/list_cache.h"

/* A packed tally: 0 for none, else 1 + packages, findings, undecidable, the set of kinds, and the count of each of them. Packed
   keys have one size, so that each is found without reading those before it. */
enum {
    KEY_RANK_AT = 0,
    KEY_KINDS_AT = 8,
    KEY_VULNERABILITIES_AT = 16,
    KEY_ATTACKED_AT = 20,
    KEY_SCORE_AT = 22,
    KEY_BYTES = 24,
    NUMBER_BYTES_MAX = 10,
    TALLY_BYTES_MAX = (KIND_COUNT + 4) * NUMBER_BYTES_MAX,
    URGENCY_SHIFT = RANK_BITS * (SEVERITY_COUNT - 1),
};

static bool damaged(struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "stored counters of images are damaged");
}

struct tally_chunk *tally_chunk_new(struct arena *arena, struct transaction *transaction)
{
    struct tally_chunk *chunk = ARENA_NEW(arena, struct tally_chunk);
    chunk->transaction = transaction;
    chunk->number = -1;
    return chunk;
}

static int64_t unpack_count_of(struct unpack *unpack)
{
    uint64_t number = unpack_number(unpack);
    unpack->is_broken = unpack->is_broken || number > INT64_MAX;
    return (int64_t)number;
}

static bool unpack_tally(struct unpack *unpack, struct tally *tally)
{
    int64_t packages = unpack_count_of(unpack);
    *tally = (struct tally){0};
    if (packages == 0)
        return false;
    tally->packages = packages - 1;
    tally->findings = unpack_count_of(unpack);
    tally->undecidable = unpack_count_of(unpack);
    uint64_t kinds = unpack_number(unpack);
    unpack->is_broken = unpack->is_broken || kinds >> KIND_COUNT != 0;
    for (; kinds != 0 && !unpack->is_broken; kinds &= kinds - 1)
        tally->kinds[__builtin_ctzll(kinds)] = unpack_count_of(unpack);
    return true;
}

static void pack_tally(struct buffer *buffer, const struct tally *tally)
{
    uint64_t kinds = (uint64_t)tally_mask(tally);
    pack_number(buffer, (uint64_t)tally->packages + 1);
    pack_number(buffer, (uint64_t)tally->findings);
    pack_number(buffer, (uint64_t)tally->undecidable);
    pack_number(buffer, kinds);
    for (; kinds != 0; kinds &= kinds - 1)
        pack_number(buffer, (uint64_t)tally->kinds[__builtin_ctzll(kinds)]);
}

static void pack_u16(struct buffer *buffer, uint16_t value)
{
    buffer_append_byte(buffer, (char)value);
    buffer_append_byte(buffer, (char)(value >> 8));
}

static void pack_key(struct buffer *buffer, const struct tally *tally)
{
    int64_t vulnerabilities = tally_count(tally, (struct kind_filter){0});
    buffer_append_u64(buffer, (uint64_t)tally_rank(tally));
    buffer_append_u64(buffer, (uint64_t)tally_mask(tally));
    buffer_append_u32(buffer, (uint32_t)(vulnerabilities < UINT32_MAX ? vulnerabilities : UINT32_MAX));
    pack_u16(buffer, (uint16_t)(tally_urgency(tally) >> URGENCY_SHIFT));
    pack_u16(buffer, (uint16_t)tally_score(tally));
}

static void unpack_key(const char *bytes, struct image_key *key)
{
    key->rank = (int64_t)read_u64(bytes + KEY_RANK_AT);
    key->kinds = (int64_t)read_u64(bytes + KEY_KINDS_AT);
    key->vulnerabilities = read_u32(bytes + KEY_VULNERABILITIES_AT);
    key->urgency = (int64_t)read_u16(bytes + KEY_ATTACKED_AT) << URGENCY_SHIFT | key->rank >> RANK_BITS;
    key->score = read_u16(bytes + KEY_SCORE_AT);
}

static bool load(struct tally_chunk *chunk, int64_t number, struct error *err)
{
    AUTO_ROWS rows = {0};
    memset(chunk->is_there, 0, sizeof(chunk->is_there));
    chunk->number = number;
    if (!QUERY(chunk->transaction->connection, &rows, err, "SELECT tallies FROM image_tallies WHERE chunk = $1",
            SQL_INTEGER(number)))
        return false;
    if (rows_next(&rows)) {
        struct unpack unpack = unpack_begin(rows_view(&rows, 0));
        for (int i = 0; i < IMAGES_CHUNK; i++)
            chunk->is_there[i] = unpack_tally(&unpack, &chunk->items[i]);
        if (!unpack_is_done(&unpack))
            return damaged(err);
    }
    return rows_finish(&rows, err);
}

static bool save(struct tally_chunk *chunk, struct error *err)
{
    static const char no_key[KEY_BYTES];
    AUTO_BUFFER tallies;
    AUTO_BUFFER keys;
    buffer_init(&tallies, IMAGES_CHUNK * TALLY_BYTES_MAX);
    buffer_init(&keys, IMAGES_CHUNK * KEY_BYTES);
    for (int i = 0; i < IMAGES_CHUNK; i++) {
        if (chunk->is_there[i]) {
            pack_tally(&tallies, &chunk->items[i]);
            pack_key(&keys, &chunk->items[i]);
        } else {
            pack_number(&tallies, 0);
            buffer_append(&keys, view_of(no_key, sizeof(no_key)));
        }
    }
    chunk->is_changed = false;
    return buffer_check(&tallies, "counters of images", err) && buffer_check(&keys, "keys of images", err) &&
           RUN(chunk->transaction->connection, err,
               "INSERT INTO image_tallies (chunk, tallies) VALUES ($1, $2) "
               "ON CONFLICT (chunk) DO UPDATE SET tallies = excluded.tallies",
               SQL_INTEGER(chunk->number), SQL_BYTES(buffer_view(&tallies))) &&
           RUN(chunk->transaction->connection, err,
               "INSERT INTO image_keys (chunk, keys, version) VALUES ($1, $2, (SELECT coalesce(max(version), 0) + 1 FROM image_keys)) "
               "ON CONFLICT (chunk) DO UPDATE SET keys = excluded.keys, version = excluded.version",
               SQL_INTEGER(chunk->number), SQL_BYTES(buffer_view(&keys)));
}

bool tally_chunk_finish(struct tally_chunk *chunk, struct error *err)
{
    return !chunk->is_changed || save(chunk, err);
}

static bool turn_to(struct tally_chunk *chunk, int64_t image, struct error *err)
{
    return chunk->number == image / IMAGES_CHUNK ||
           (tally_chunk_finish(chunk, err) && load(chunk, image / IMAGES_CHUNK, err));
}

bool tally_chunk_find(struct tally_chunk *chunk, int64_t image, struct tally **tally, struct error *err)
{
    if (!turn_to(chunk, image, err))
        return false;
    *tally = chunk->is_there[image % IMAGES_CHUNK] ? &chunk->items[image % IMAGES_CHUNK] : NULL;
    return true;
}

bool tally_chunk_set(struct tally_chunk *chunk, int64_t image, const struct tally *tally, struct error *err)
{
    struct tally copy = *tally; /* may be of another row, which turning to this one drops */
    if (!turn_to(chunk, image, err))
        return false;
    chunk->items[image % IMAGES_CHUNK] = copy;
    chunk->is_there[image % IMAGES_CHUNK] = true;
    chunk->is_changed = true;
    return true;
}

bool tally_load(struct transaction *transaction, int64_t image, struct tally *tally, struct error *err)
{
    AUTO_ROWS rows = {0};
    *tally = (struct tally){0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT tallies FROM image_tallies WHERE chunk = $1",
            SQL_INTEGER(image / IMAGES_CHUNK)))
        return false;
    if (rows_next(&rows)) {
        struct unpack unpack = unpack_begin(rows_view(&rows, 0));
        for (int i = 0; i <= image % IMAGES_CHUNK; i++)
            (void)unpack_tally(&unpack, tally);
        if (unpack.is_broken)
            return damaged(err);
    }
    return rows_finish(&rows, err);
}

bool image_keys_begin(struct image_keys *keys, struct transaction *transaction, struct arena *arena, struct error *err)
{
    bool found = false;
    *keys = (struct image_keys){.transaction = transaction, .arena = arena};
    if (!LOOKUP(transaction->connection, &keys->chunk_count, &found, err,
            "SELECT coalesce(max(chunk), -1) + 1 FROM image_keys", SQL_NONE))
        return false;
    keys->chunks = ARENA_ARRAY(arena, const char *, (size_t)keys->chunk_count);
    return true;
}

static const char no_keys[IMAGES_CHUNK * KEY_BYTES];

/* What a query of packed keys gives, the number in front. */
static bool take_keys(struct image_keys *keys, struct rows *rows, struct error *err)
{
    while (rows_next(rows)) {
        int64_t number = rows_integer(rows, 0);
        struct view packed = rows_copy(rows, keys->arena, 1);
        if (number < 0 || number >= keys->chunk_count || packed.size != sizeof(no_keys))
            return damaged(err);
        keys->chunks[number] = packed.data;
    }
    return rows_finish(rows, err);
}

static bool borrow_keys(struct image_keys *keys, struct error *err)
{
    for (size_t i = 0; i < keys->copy->count; i++) {
        const struct list_chunk *chunk = keys->copy->chunks[i];
        if (chunk->id < 0 || chunk->id >= keys->chunk_count || chunk->keys.size != sizeof(no_keys))
            return damaged(err);
        keys->chunks[chunk->id] = chunk->keys.data;
    }
    return true;
}

bool image_keys_load(struct image_keys *keys, struct error *err)
{
    AUTO_ROWS rows = {0};
    for (int64_t number = 0; number < keys->chunk_count; number++)
        keys->chunks[number] = no_keys;
    if (!list_cache_images(keys->transaction, &keys->copy, err))
        return false;
    if (keys->copy != NULL)
        return borrow_keys(keys, err);
    return QUERY(keys->transaction->connection, &rows, err, "SELECT chunk, keys FROM image_keys", SQL_NONE) &&
           take_keys(keys, &rows, err);
}

void image_keys_done(struct image_keys *keys)
{
    list_copy_release(keys->copy);
    keys->copy = NULL;
}

static bool load_keys(struct image_keys *keys, int64_t number, struct error *err)
{
    AUTO_ROWS rows = {0};
    keys->chunks[number] = no_keys;
    return QUERY(keys->transaction->connection, &rows, err, "SELECT chunk, keys FROM image_keys WHERE chunk = $1",
               SQL_INTEGER(number)) &&
           take_keys(keys, &rows, err);
}

bool image_keys_find(struct image_keys *keys, int64_t image, struct image_key *key, struct error *err)
{
    int64_t number = image / IMAGES_CHUNK;
    if (image <= 0 || number >= keys->chunk_count) {
        *key = (struct image_key){0};
        return true;
    }
    if (keys->chunks[number] == NULL && !load_keys(keys, number, err))
        return false;
    unpack_key(keys->chunks[number] + image % IMAGES_CHUNK * KEY_BYTES, key);
    return true;
}

bool image_keys_with(struct transaction *transaction, struct arena *arena, int64_t kinds, int64_t **images,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        int64_t *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT chunk, keys FROM image_keys ORDER BY chunk", SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        struct view packed = rows_view(&rows, 1);
        if (packed.size != IMAGES_CHUNK * KEY_BYTES)
            return damaged(err);
        for (int i = 0; i < IMAGES_CHUNK; i++) {
            struct image_key key;
            unpack_key(packed.data + i * KEY_BYTES, &key);
            if ((key.kinds & kinds) != 0)
                *(int64_t *)ARENA_PUSH(arena, &list) = rows_integer(&rows, 0) * IMAGES_CHUNK + i;
        }
    }
    *images = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}
