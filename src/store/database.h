/* SPDX-License-Identifier: Apache-2.0 */
/* A database as the use cases of the store see it: connections, statements with values, rows. The SQL is one text for all
   backends; where they differ, it holds a word in braces that the backend replaces ({integer}, {table}). Parameters are
   $1, $2, … A connection is used by one thread at a time. A backend is a row in stores.def and a file store_<name>.c. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

enum sql_kind { SQL_KIND_NONE, SQL_KIND_NULL, SQL_KIND_INTEGER, SQL_KIND_TEXT, SQL_KIND_BYTES };

struct sql_value {
    enum sql_kind kind;
    int64_t integer;
    struct view bytes;
};

#define SQL_NONE ((struct sql_value){.kind = SQL_KIND_NONE}) /* for statements without parameters */
#define SQL_NULL ((struct sql_value){.kind = SQL_KIND_NULL})
#define SQL_INTEGER(value) ((struct sql_value){.kind = SQL_KIND_INTEGER, .integer = (int64_t)(value)})
#define SQL_TEXT(value) ((struct sql_value){.kind = SQL_KIND_TEXT, .bytes = (value)})
#define SQL_WORD(value) ((struct sql_value){.kind = SQL_KIND_TEXT, .bytes = view_text(value)})
#define SQL_BYTES(value) ((struct sql_value){.kind = SQL_KIND_BYTES, .bytes = (value)})

struct connection;

/* A statement that runs. Rows come one by one; views of a row are valid until the next one. */
struct rows {
    struct connection *connection;
    void *statement; /* NULL when it has ended */
    bool has_failed;
    struct error error;
};

struct backend {
    const char *name; /* "sqlite": the scheme of addresses */

    /* Makes the place ready: folder, file, rights; refuses what is no database. Called once, before any connection. */
    bool (*prepare)(const char *place, bool must_exist, struct error *err);

    bool (*connect)(const char *place, bool is_writer, struct connection **connection, struct error *err);
    void (*disconnect)(struct connection *connection);

    /* A transaction that writes waits for other writers; one that reads sees one state. Rolling back cannot fail. */
    bool (*begin)(struct connection *connection, struct error *err);
    bool (*commit)(struct connection *connection, struct error *err);
    void (*rollback)(struct connection *connection);

    /* Several statements without parameters or rows, for migrations. */
    bool (*script)(struct connection *connection, const char *sql, struct error *err);

    /* Starts a statement; `rows` is filled. Statements are kept prepared by their text. */
    bool (*query)(struct connection *connection, const char *sql, const struct sql_value *values, size_t count,
        struct rows *rows, struct error *err);
    bool (*next)(struct rows *rows); /* false at the end and on failure */
    void (*done)(struct rows *rows); /* ends the statement; may be called again */
    int64_t (*integer)(const struct rows *rows, int column);
    struct view (*bytes)(const struct rows *rows, int column);
    bool (*is_null)(const struct rows *rows, int column);

    /* The text for a word in braces; NULL if there is no such word. */
    const char *(*word)(struct view name);
};

/* The first member of every backend's connection. */
struct connection {
    const struct backend *backend;
};

/* All rows of stores.def. */
extern const struct backend *const backends[];
extern const size_t backend_count;

/* The backend of an address "scheme:place"; NULL if there is none. */
const struct backend *backend_for(const char *address, const char **place);

/* SQL with the backend's words put in. ERROR_INVALID for an unknown word. */
bool sql_translate(const struct backend *backend, struct arena *arena, struct view sql, const char **translated,
    struct error *err) MUST_CHECK;

bool sql_query(struct connection *connection, struct rows *rows, struct error *err, const char *sql,
    const struct sql_value *values, size_t count) MUST_CHECK;
bool sql_run(struct connection *connection, struct error *err, const char *sql, const struct sql_value *values,
    size_t count) MUST_CHECK;
bool sql_lookup(struct connection *connection, int64_t *value, bool *found, struct error *err, const char *sql,
    const struct sql_value *values, size_t count) MUST_CHECK;

#define SQL_VALUES(...)                                                                                                \
    (const struct sql_value[]){__VA_ARGS__}, sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value)

/* Starts a statement whose rows are wanted. */
#define QUERY(connection, rows, err, sql, ...) sql_query((connection), (rows), (err), (sql), SQL_VALUES(__VA_ARGS__))

/* Runs a statement to its end. */
#define RUN(connection, err, sql, ...) sql_run((connection), (err), (sql), SQL_VALUES(__VA_ARGS__))

/* The integer in the first column of the first row. */
#define LOOKUP(connection, value, found, err, sql, ...)                                                                \
    sql_lookup((connection), (value), (found), (err), (sql), SQL_VALUES(__VA_ARGS__))

bool rows_next(struct rows *rows);
int64_t rows_integer(const struct rows *rows, int column);
bool rows_boolean(const struct rows *rows, int column);
bool rows_is_null(const struct rows *rows, int column);
struct view rows_view(const struct rows *rows, int column); /* borrowed until the next row */
struct view rows_copy(const struct rows *rows, struct arena *arena, int column);

/* After the last row: whether all rows came. */
bool rows_finish(struct rows *rows, struct error *err) MUST_CHECK;

void rows_done(struct rows *rows);
#define AUTO_ROWS CLEANUP(rows_done) struct rows

#endif
