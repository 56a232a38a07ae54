/* SPDX-License-Identifier: Apache-2.0 */
#include "store/exports.h"

#include "base/hex.h"
#include "http/sign.h"
#include "store/audit.h"
#include "store/jobs_internal.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <zstd.h>

enum { KEY_BYTES = 32, PROOF_BYTES = 32, LEVEL = 3, PROOF_TEXT_MAX = 96 };

const char *export_state_name(enum export_state state)
{
    static const char *const names[EXPORT_STATE_COUNT] = {"PENDING", "STARTED", "FINISHED", "ERRORED"};
    return names[state];
}

#define EXPORT_SELECT                                                                                                  \
    "SELECT id, uuid, document, key, state, error, rows, bytes, created_ms, finished_ms FROM exports "                 \
    "WHERE uuid = $1 AND created_ms > $2 "

static bool read_export(struct rows *rows, struct arena *arena, struct export *found, bool *is_there, struct error *err)
{
    *is_there = rows_next(rows);
    if (*is_there) {
        *found = (struct export){.id = rows_integer(rows, 0),
            .document = rows_copy(rows, arena, 2),
            .key = rows_copy(rows, arena, 3),
            .state = (enum export_state)rows_integer(rows, 4),
            .error = rows_copy(rows, arena, 5),
            .rows = rows_integer(rows, 6),
            .bytes = rows_integer(rows, 7),
            .created_ms = rows_integer(rows, 8),
            .finished_ms = rows_integer(rows, 9)};
        uuid_parse(rows_view(rows, 1), &found->uuid);
    }
    return rows_finish(rows, err);
}

static bool find_export(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct export *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    bool is_there = false;
    return QUERY(transaction->connection, &rows, err, EXPORT_SELECT "AND organization_id = $3", SQL_WORD(uuid->text),
               SQL_INTEGER(transaction->now_ms - EXPORT_KEPT_MS), SQL_INTEGER(organization)) &&
           read_export(&rows, arena, found, &is_there, err) &&
           (is_there || error_set(err, ERROR_NOT_FOUND, "there is no export \"%s\"", uuid->text));
}

bool store_find_export(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct export *found, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_export(&transaction, arena, organization, uuid, found, err), err);
}

static bool new_export(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct export_new *given, struct export *made, struct error *err)
{
    char key[KEY_BYTES];
    struct uuid uuid, job;
    int64_t waiting = 0;
    bool found = false;
    const struct job_about about = {
        .organization = organization, .kind = JOB_EXPORT, .member = "export", .uuid = &uuid, .lane = JOB_LANE_NORMAL};
    random_bytes(key, sizeof(key));
    uuid_new(&uuid);
    const struct audit_event event = {.actor = given->who,
        .action = view_text("export.create"),
        .subject_type = view_text("export"),
        .subject_id = view_text(uuid.text),
        .detail = given->document};
    if (!LOOKUP(transaction->connection, &waiting, &found, err,
            "SELECT count(*) FROM exports WHERE organization_id = $1 AND state < $2", SQL_INTEGER(organization),
            SQL_INTEGER(EXPORT_FINISHED)))
        return false;
    if (waiting >= EXPORTS_WAITING_MAX)
        return error_set(
            err, ERROR_LIMIT, "%d exports are not finished yet: wait for one of them", EXPORTS_WAITING_MAX);
    return RUN(transaction->connection, err,
               "INSERT INTO exports (uuid, organization_id, document, key, state, error, rows, bytes, created_ms, "
               "finished_ms) VALUES ($1, $2, $3, $4, 0, '', 0, 0, $5, 0)",
               SQL_WORD(uuid.text), SQL_INTEGER(organization), SQL_TEXT(given->document),
               SQL_BYTES(view_of(key, sizeof(key))), SQL_INTEGER(transaction->now_ms)) &&
           jobs_enqueue_about(transaction, &about, &job, err) && audit_add(transaction, organization, &event, err) &&
           find_export(transaction, arena, organization, &uuid, made, err);
}

bool store_new_export(struct store *store, struct arena *arena, int64_t organization, const struct export_new *given,
    struct export *made, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, new_export(&transaction, arena, organization, given, made, err), err);
}

bool store_begin_export(struct store *store, int64_t id, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM export_parts WHERE export_id = $1", SQL_INTEGER(id)) &&
                   RUN(transaction.connection, err, "UPDATE exports SET state = $2 WHERE id = $1", SQL_INTEGER(id),
                       SQL_INTEGER(EXPORT_STARTED)),
               err);
}

bool store_add_export_part(struct store *store, int64_t id, int64_t position, struct view text, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    size_t capacity = ZSTD_compressBound(text.size);
    char *packed = arena_alloc(arena, capacity);
    if (text.size > EXPORT_PART_BYTES_MAX || position >= EXPORT_PARTS_MAX)
        return error_set(err, ERROR_LIMIT, "the export is larger than %u MiB: choose fewer rows or columns",
            EXPORT_PARTS_MAX * (EXPORT_PART_BYTES_MAX >> 20));
    size_t size = ZSTD_compress(packed, capacity, text.data, text.size, LEVEL);
    if (ZSTD_isError(size))
        return error_set(err, ERROR_IO, "could not compress a part of an export: %s", ZSTD_getErrorName(size));
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err,
                   "INSERT INTO export_parts (export_id, position, content) VALUES ($1, $2, $3)", SQL_INTEGER(id),
                   SQL_INTEGER(position), SQL_BYTES(view_of(packed, size))),
               err);
}

static bool finish(struct transaction *transaction, int64_t id, const struct export_end *end, struct error *err)
{
    bool is_good = end->error.size == 0;
    return (is_good ||
               RUN(transaction->connection, err, "DELETE FROM export_parts WHERE export_id = $1", SQL_INTEGER(id))) &&
           RUN(transaction->connection, err,
               "UPDATE exports SET state = $2, error = $3, rows = $4, bytes = $5, finished_ms = $6 WHERE id = $1",
               SQL_INTEGER(id), SQL_INTEGER(is_good ? EXPORT_FINISHED : EXPORT_ERRORED), SQL_TEXT(end->error),
               SQL_INTEGER(end->rows), SQL_INTEGER(end->bytes), SQL_INTEGER(transaction->now_ms));
}

bool store_finish_export(struct store *store, int64_t id, const struct export_end *end, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, finish(&transaction, id, end, err), err);
}

void export_prove(const struct export *export, int64_t until_ms, char proof[EXPORT_PROOF_SIZE])
{
    char text[PROOF_TEXT_MAX];
    unsigned char mac[PROOF_BYTES];
    snprintf(text, sizeof(text), "%s %lld", export->uuid.text, (long long)until_ms);
    sign_hmac_sha256(export->key, view_text(text), mac);
    hex_write(proof, mac, sizeof(mac));
}

static bool is_proved(const struct export *export, int64_t until_ms, struct view proof)
{
    char expected[EXPORT_PROOF_SIZE];
    export_prove(export, until_ms, expected);
    return proof.size == sizeof(expected) - 1 && CRYPTO_memcmp(expected, proof.data, proof.size) == 0;
}

bool store_find_proved_export(struct store *store, struct arena *arena, const struct uuid *uuid, int64_t until_ms,
    struct view proof, struct export *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct transaction transaction;
    struct export export = {.id = 0};
    bool is_there = false;
    if (!transaction_read(store, &transaction, err))
        return false;
    bool is_read = QUERY(transaction.connection, &rows, err, EXPORT_SELECT "AND state = $3", SQL_WORD(uuid->text),
                       SQL_INTEGER(transaction.now_ms - EXPORT_KEPT_MS), SQL_INTEGER(EXPORT_FINISHED)) &&
                   read_export(&rows, arena, &export, &is_there, err);
    int64_t now_ms = transaction.now_ms;
    if (!transaction_end(&transaction, is_read, err))
        return false;
    if (!is_there || !is_proved(&export, until_ms, proof) || now_ms >= until_ms)
        return error_set(
            err, ERROR_NOT_FOUND, "there is no such file, or its address has ended: ask for the export again");
    *found = export;
    return true;
}

static bool read_part(struct transaction *transaction, struct arena *arena, int64_t id, int64_t position,
    struct view *text, struct error *err)
{
    AUTO_ROWS rows = {0};
    *text = view_text("");
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT content FROM export_parts WHERE export_id = $1 AND position = $2", SQL_INTEGER(id),
            SQL_INTEGER(position)))
        return false;
    if (rows_next(&rows)) {
        struct view packed = rows_view(&rows, 0);
        char *content = arena_alloc(arena, EXPORT_PART_BYTES_MAX);
        size_t size = ZSTD_decompress(content, EXPORT_PART_BYTES_MAX, packed.data, packed.size);
        if (ZSTD_isError(size))
            return error_set(err, ERROR_CORRUPT, "a part of an export is damaged: %s", ZSTD_getErrorName(size));
        *text = view_of(content, size);
    }
    return rows_finish(&rows, err);
}

bool store_read_export_part(
    struct store *store, struct arena *arena, int64_t id, int64_t position, struct view *text, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, read_part(&transaction, arena, id, position, text, err), err);
}

bool store_prune_exports(struct store *store, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM exports WHERE created_ms <= $1",
                   SQL_INTEGER(transaction.now_ms - EXPORT_KEPT_MS)),
               err);
}
