/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include "base/buffer.h"

#include <string.h>

#define STORE(name) extern const struct backend store_##name;
#include "store/stores.def"
#undef STORE

const struct backend *const backends[] = {
#define STORE(name) &store_##name,
#include "store/stores.def"
#undef STORE
};
const size_t backend_count = sizeof(backends) / sizeof(backends[0]);

enum { SQL_BYTES_MAX = 256 * 1024 }; /* a translated migration */

const struct backend *backend_for(const char *address, const char **place)
{
    struct view rest = view_text(address);
    struct view scheme = view_cut(&rest, ':');
    for (size_t i = 0; i < backend_count; i++) {
        if (rest.size > 0 && view_is(scheme, backends[i]->name)) {
            *place = rest.data;
            return backends[i];
        }
    }
    return NULL;
}

bool sql_translate(
    const struct backend *backend, struct arena *arena, struct view sql, const char **translated, struct error *err)
{
    AUTO_BUFFER buffer;
    buffer_init(&buffer, SQL_BYTES_MAX);
    for (struct view rest = sql; rest.size > 0;) {
        bool has_word = view_find(rest, '{') < rest.size;
        buffer_append(&buffer, view_cut(&rest, '{'));
        if (!has_word)
            break;
        struct view name = view_cut(&rest, '}');
        const char *text = backend->word(name);
        if (text == NULL)
            return error_set(
                err, ERROR_INVALID, "store backend \"%s\" has no word \"%.*s\"", backend->name, VIEW_PRINT(name));
        buffer_append_text(&buffer, text);
    }
    if (!buffer_check(&buffer, "SQL text", err))
        return false;
    *translated = arena_text(arena, buffer_view(&buffer));
    return true;
}

bool sql_query(struct connection *connection, struct rows *rows, struct error *err, const char *sql,
    const struct sql_value *values, size_t count)
{
    if (count == 1 && values[0].kind == SQL_KIND_NONE)
        count = 0;
    rows_done(rows); /* a variable may serve several statements, one after the other */
    *rows = (struct rows){.connection = connection};
    return connection->backend->query(connection, sql, values, count, rows, err);
}

bool sql_run(
    struct connection *connection, struct error *err, const char *sql, const struct sql_value *values, size_t count)
{
    AUTO_ROWS rows = {0};
    if (!sql_query(connection, &rows, err, sql, values, count))
        return false;
    while (rows_next(&rows)) {
    }
    return rows_finish(&rows, err);
}

bool sql_lookup(struct connection *connection, int64_t *value, bool *found, struct error *err, const char *sql,
    const struct sql_value *values, size_t count)
{
    AUTO_ROWS rows = {0};
    if (!sql_query(connection, &rows, err, sql, values, count))
        return false;
    *found = rows_next(&rows);
    if (*found)
        *value = rows_integer(&rows, 0);
    /* The statement runs to its end: RETURNING gives its first row before all others are written. */
    while (*found && rows_next(&rows)) {
    }
    return rows_finish(&rows, err);
}

bool rows_next(struct rows *rows)
{
    return rows->statement != NULL && rows->connection->backend->next(rows);
}

int64_t rows_integer(const struct rows *rows, int column)
{
    return rows->connection->backend->integer(rows, column);
}

bool rows_boolean(const struct rows *rows, int column)
{
    return rows_integer(rows, column) != 0;
}

bool rows_is_null(const struct rows *rows, int column)
{
    return rows->connection->backend->is_null(rows, column);
}

struct view rows_view(const struct rows *rows, int column)
{
    return rows->connection->backend->bytes(rows, column);
}

struct view rows_copy(const struct rows *rows, struct arena *arena, int column)
{
    return arena_copy(arena, rows_view(rows, column));
}

bool rows_finish(struct rows *rows, struct error *err)
{
    rows_done(rows);
    if (rows->has_failed) {
        *err = rows->error;
        return false;
    }
    return true;
}

void rows_done(struct rows *rows)
{
    if (rows->statement != NULL)
        rows->connection->backend->done(rows);
    rows->statement = NULL;
}
