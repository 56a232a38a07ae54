/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: one file in WAL mode. Commits survive the death of the process at any point; a power failure may take back the
   last ones (synchronous=NORMAL), which jobs then do again. */
#include "store/database.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    BUSY_MS = 10 * 1000, /* how long a writer waits for another process */
    TRY_EVERY_MS = 2, /* meanwhile; less than store.c gives way */
    CHECK_MS = 250, /* for the check of a store that was not closed */
    CHECK_STEPS = 1000, /* of SQLite's machine, between two looks at the clock */
    VALUES_MAX = 64,
    RECENT_STATEMENTS = 256,
    STATEMENTS_MAX = 512, /* kept prepared for each connection */
    APPLICATION_ID = 0x54574454, /* "TWDT", in the file's header */
    HEAP_BYTES = 40 * 1024 * 1024, /* of SQLite, in the whole process */
    HEADER_SIZE = 100, /* https://www.sqlite.org/fileformat.html, 1.3 */
    HEADER_APPLICATION_AT = 68,
    MODE_FOLDER = 0700,
    MODE_FILE = 0600,
};

extern const struct backend store_sqlite;

struct sqlite_connection {
    struct connection base;
    sqlite3 *database;
    struct arena *arena;
    struct map statements; /* struct prepared by SQL text */
    struct prepared *recent[RECENT_STATEMENTS]; /* by the address of the text, which most callers have as a literal */
    char *place;
    bool is_writer;
};

struct prepared {
    sqlite3_stmt *statement;
    const char *sql; /* NULL unless it is kept */
    bool is_kept;
    bool is_busy;
    int value_count;
    unsigned char values[VALUES_MAX]; /* the number of the value for each of its parameters */
};

static bool fail(sqlite3 *database, const char *place, struct error *err)
{
    int code = sqlite3_extended_errcode(database);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(
            err, ERROR_CONFLICT, "store \"%s\" is locked by another process: try again when that has finished", place);
    case SQLITE_FULL:
        return error_set(
            err, ERROR_IO, "could not write to store \"%s\": the disk is full: make room and try again", place);
    case SQLITE_CORRUPT:
        return error_set(err, ERROR_CORRUPT, "store \"%s\" is damaged (%s): restore it from a backup", place,
            sqlite3_errmsg(database));
    case SQLITE_NOTADB:
        return error_set(err, ERROR_INVALID, "file \"%s\" is not a store: %s", place, sqlite3_errmsg(database));
    case SQLITE_CONSTRAINT:
        return error_set(err, ERROR_CONFLICT, "store \"%s\" refused a row: %s", place, sqlite3_errmsg(database));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_set(err, ERROR_DENIED, "could not write to store \"%s\": %s", place, sqlite3_errmsg(database));
    default:
        return error_set(err, ERROR_IO, "store \"%s\" failed: %s (%d)", place, sqlite3_errmsg(database), code);
    }
}

static bool execute(sqlite3 *database, const char *place, const char *sql, struct error *err)
{
    return sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK || fail(database, place, err);
}

/* Makes the folder of a file and what is missing above it. */
static bool make_folder(const char *place, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    char *path = arena_text(arena, view_text(place));
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, MODE_FOLDER) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "could not make folder \"%s\"", path);
        *at = '/';
    }
    return true;
}

/* A file that is there must be empty or a store; nothing is changed in another program's file. */
static bool check_header(int file, const char *place, bool *is_new, struct error *err)
{
    unsigned char header[HEADER_SIZE];
    ssize_t size = pread(file, header, sizeof(header), 0);
    if (size < 0)
        return error_set_errno(err, errno, "could not read store \"%s\"", place);
    *is_new = size == 0;
    if (size == 0)
        return true;
    const unsigned char *id = header + HEADER_APPLICATION_AT;
    if (size < HEADER_SIZE || memcmp(header, "SQLite format 3", 16) != 0)
        return error_set(err, ERROR_INVALID, "file \"%s\" is not a store: name another file or folder", place);
    if (((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]) != APPLICATION_ID)
        return error_set(
            err, ERROR_INVALID, "file \"%s\" is a database of another program: name another file or folder", place);
    return true;
}

static int is_late(void *deadline_ms)
{
    return clock_system()->monotonic_ms(clock_system()) > *(const int64_t *)deadline_ms;
}

/* A write-ahead log that is left means that a process died, or still works: SQLite recovers by itself, we look whether the
   pages hang together, as far as that goes in a short time. */
static bool check_pages(sqlite3 *database, const char *place, struct error *err)
{
    int64_t deadline_ms = clock_system()->monotonic_ms(clock_system()) + CHECK_MS;
    sqlite3_stmt *statement = NULL;
    sqlite3_progress_handler(database, CHECK_STEPS, is_late, &deadline_ms);
    int code = sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    bool is_fine = code == SQLITE_INTERRUPT ||
                   (code == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0);
    if (code == SQLITE_ROW && !is_fine)
        error_set(err, ERROR_CORRUPT, "store \"%s\" is damaged (%s): restore it from a backup", place,
            (const char *)sqlite3_column_text(statement, 0));
    else if (!is_fine)
        fail(database, place, err);
    sqlite3_finalize(statement);
    sqlite3_progress_handler(database, 0, NULL, NULL);
    return is_fine;
}

/* SQLite's own waits up to 100 ms between two tries, and so misses whoever lets go of the lock for a moment only. */
static int wait_for_lock(void *unused, int tries)
{
    (void)unused;
    nanosleep(&(struct timespec){.tv_nsec = TRY_EVERY_MS * 1000000L}, NULL);
    return tries < BUSY_MS / TRY_EVERY_MS;
}

static bool open_database(const char *place, sqlite3 **database, struct error *err)
{
    int code = sqlite3_open_v2(place, database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        if (*database == NULL)
            return error_set(err, ERROR_IO, "could not open store \"%s\"", place);
        fail(*database, place, err);
        sqlite3_close(*database);
        return false;
    }
    sqlite3_extended_result_codes(*database, 1);
    sqlite3_busy_handler(*database, wait_for_lock, NULL);
    return true;
}

static bool sqlite_prepare(const char *place, bool must_exist, struct error *err)
{
    if (!must_exist && !make_folder(place, err))
        return false;
    int file = open(place, must_exist ? O_RDWR | O_CLOEXEC : O_RDWR | O_CREAT | O_CLOEXEC, MODE_FILE);
    if (file < 0)
        return error_set_errno(err, errno, "could not open store \"%s\"", place);
    bool is_new = false;
    bool ok = check_header(file, place, &is_new, err);
    close(file); /* before SQLite opens it: closing later would drop its POSIX locks */
    if (!ok)
        return false;
    AUTO_ARENA *arena = arena_new();
    struct stat log;
    bool has_log = stat(arena_format(arena, "%s-wal", place).data, &log) == 0 && log.st_size > 0;
    sqlite3 *database = NULL;
    if (!open_database(place, &database, err))
        return false;
    if (is_new) {
        const char *sql = arena_format(arena, "PRAGMA application_id = %d", APPLICATION_ID).data;
        ok = execute(database, place, sql, err);
    }
    ok = ok && execute(database, place, "PRAGMA journal_mode = WAL", err);
    if (ok && has_log)
        ok = check_pages(database, place, err);
    sqlite3_close(database);
    return ok;
}

static void sqlite_disconnect(struct connection *connection)
{
    struct sqlite_connection *self = (struct sqlite_connection *)connection;
    for (size_t i = 0; i < self->statements.count; i++)
        sqlite3_finalize(((struct prepared *)self->statements.entries[i].value)->statement);
    sqlite3_close(self->database);
    arena_free(self->arena);
    free(self->place);
    free(self);
}

static bool sqlite_connect(const char *place, bool is_writer, struct connection **connection, struct error *err)
{
    sqlite3 *database = NULL;
    if (!open_database(place, &database, err))
        return false;
    /* The log may grow to 64 MB before it is copied back, which keeps the slowest commits short. The caches together keep to
       the limit of the heap: whoever is busy has most of it. */
    (void)sqlite3_soft_heap_limit64(HEAP_BYTES);
    bool ok = execute(database, place,
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA synchronous = NORMAL; "
        "PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY",
        err);
    if (ok && is_writer)
        ok = execute(database, place, "PRAGMA cache_size = -65536", err);
    else if (ok)
        ok = execute(database, place, "PRAGMA cache_size = -16384; PRAGMA query_only = ON", err);
    if (!ok) {
        sqlite3_close(database);
        return false;
    }
    struct sqlite_connection *self = memory_alloc(sizeof(*self));
    *self = (struct sqlite_connection){.base = {&store_sqlite}, .database = database, .is_writer = is_writer};
    self->arena = arena_new();
    map_init(&self->statements, self->arena);
    self->place = memory_alloc(strlen(place) + 1);
    memcpy(self->place, place, strlen(place) + 1);
    *connection = &self->base;
    return true;
}

static bool sqlite_script(struct connection *connection, const char *sql, struct error *err)
{
    struct sqlite_connection *self = (struct sqlite_connection *)connection;
    return execute(self->database, self->place, sql, err);
}

static bool sqlite_begin(struct connection *connection, struct error *err)
{
    struct sqlite_connection *self = (struct sqlite_connection *)connection;
    return sqlite_script(connection, self->is_writer ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static bool sqlite_commit(struct connection *connection, struct error *err)
{
    return sqlite_script(connection, "COMMIT", err);
}

static void sqlite_rollback(struct connection *connection)
{
    struct sqlite_connection *self = (struct sqlite_connection *)connection;
    if (!sqlite3_get_autocommit(self->database)) /* some failures have rolled back already */
        sqlite3_exec(self->database, "ROLLBACK", NULL, NULL, NULL);
}

/* SQLite numbers $1, $2, … by their first appearance: their names tell which value is meant. */
static bool number_values(struct prepared *prepared, struct error *err)
{
    prepared->value_count = sqlite3_bind_parameter_count(prepared->statement);
    if (prepared->value_count > VALUES_MAX)
        return error_set(err, ERROR_INVALID, "statement with %d parameters, at most %d are possible",
            prepared->value_count, VALUES_MAX);
    for (int i = 0; i < prepared->value_count; i++) {
        const char *name = sqlite3_bind_parameter_name(prepared->statement, i + 1);
        size_t number = name == NULL ? 0 : strtoul(name + 1, NULL, 10);
        if (number < 1 || number > VALUES_MAX)
            return error_set(err, ERROR_INVALID, "statement with a parameter \"%s\"", name == NULL ? "?" : name);
        prepared->values[i] = (unsigned char)(number - 1);
    }
    return true;
}

static bool prepare(
    struct sqlite_connection *self, const char *sql, bool is_kept, struct prepared **found, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    const char *text = sql;
    if (strchr(sql, '{') != NULL && !sql_translate(self->base.backend, scratch, view_text(sql), &text, err))
        return false;
    struct prepared prepared = {.is_kept = is_kept};
    if (sqlite3_prepare_v3(self->database, text, -1, SQLITE_PREPARE_PERSISTENT, &prepared.statement, NULL) != SQLITE_OK)
        return fail(self->database, self->place, err);
    if (!number_values(&prepared, err)) {
        sqlite3_finalize(prepared.statement);
        return false;
    }
    *found = is_kept ? ARENA_NEW(self->arena, struct prepared) : memory_alloc(sizeof(prepared));
    **found = prepared;
    return true;
}

/* A prepared statement for the text; one that is in use already is prepared once more, for this time only. */
static bool find_statement(struct sqlite_connection *self, const char *sql, struct prepared **found, struct error *err)
{
    struct prepared **recent = &self->recent[(uintptr_t)sql / 8 % RECENT_STATEMENTS];
    struct prepared *prepared = *recent;
    if (prepared == NULL || strcmp(prepared->sql, sql) != 0)
        prepared = map_get(&self->statements, view_text(sql));
    if (prepared != NULL && !prepared->is_busy) {
        *recent = prepared;
        *found = prepared;
        return true;
    }
    bool is_kept = prepared == NULL && self->statements.count < STATEMENTS_MAX;
    if (!prepare(self, sql, is_kept, found, err))
        return false;
    if (is_kept) {
        (*found)->sql = arena_text(self->arena, view_text(sql));
        map_set(&self->statements, view_text((*found)->sql), *found);
    }
    return true;
}

static int bind(sqlite3_stmt *statement, int index, const struct sql_value *value)
{
    const char *bytes = value->bytes.data == NULL ? "" : value->bytes.data;
    switch (value->kind) {
    case SQL_KIND_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case SQL_KIND_TEXT:
        return sqlite3_bind_text64(statement, index, bytes, value->bytes.size, SQLITE_TRANSIENT, SQLITE_UTF8);
    case SQL_KIND_BYTES:
        return sqlite3_bind_blob64(statement, index, bytes, value->bytes.size, SQLITE_STATIC);
    case SQL_KIND_NONE:
    case SQL_KIND_NULL:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static void release(struct prepared *prepared)
{
    sqlite3_reset(prepared->statement);
    sqlite3_clear_bindings(prepared->statement);
    prepared->is_busy = false;
    if (!prepared->is_kept) {
        sqlite3_finalize(prepared->statement);
        free(prepared);
    }
}

static bool sqlite_query(struct connection *connection, const char *sql, const struct sql_value *values, size_t count,
    struct rows *rows, struct error *err)
{
    struct sqlite_connection *self = (struct sqlite_connection *)connection;
    struct prepared *prepared = NULL;
    if (!find_statement(self, sql, &prepared, err))
        return false;
    prepared->is_busy = true;
    for (int i = 0; i < prepared->value_count; i++) {
        size_t number = prepared->values[i];
        if (number >= count) {
            release(prepared);
            return error_set(
                err, ERROR_INVALID, "statement with %zu values has a parameter \"$%zu\"", count, number + 1);
        }
        if (bind(prepared->statement, i + 1, &values[number]) != SQLITE_OK) {
            release(prepared);
            return fail(self->database, self->place, err);
        }
    }
    rows->statement = prepared;
    return true;
}

static bool sqlite_next(struct rows *rows)
{
    struct sqlite_connection *self = (struct sqlite_connection *)rows->connection;
    int code = sqlite3_step(((struct prepared *)rows->statement)->statement);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        rows->has_failed = true;
        fail(self->database, self->place, &rows->error);
    }
    rows_done(rows);
    return false;
}

static void sqlite_done(struct rows *rows)
{
    if (rows->statement != NULL)
        release(rows->statement);
    rows->statement = NULL;
}

static sqlite3_stmt *statement_of(const struct rows *rows)
{
    return ((const struct prepared *)rows->statement)->statement;
}

static int64_t sqlite_integer(const struct rows *rows, int column)
{
    return sqlite3_column_int64(statement_of(rows), column);
}

static struct view sqlite_bytes(const struct rows *rows, int column)
{
    const void *bytes = sqlite3_column_blob(statement_of(rows), column);
    return view_of(bytes, (size_t)sqlite3_column_bytes(statement_of(rows), column));
}

static bool sqlite_is_null(const struct rows *rows, int column)
{
    return sqlite3_column_type(statement_of(rows), column) == SQLITE_NULL;
}

static const char *sqlite_word(struct view name)
{
    static const struct {
        const char *name, *text;
    } words[] = {
        {"key", "INTEGER PRIMARY KEY AUTOINCREMENT"},
        {"integer", "INTEGER"},
        {"real", "REAL"},
        {"bytes", "BLOB"},
        {"position", "instr"},
        {"table", "STRICT"},
        {"clustered", "STRICT, WITHOUT ROWID"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_is(name, words[i].name))
            return words[i].text;
    }
    return NULL;
}

const struct backend store_sqlite = {
    .name = "sqlite",
    .prepare = sqlite_prepare,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .script = sqlite_script,
    .query = sqlite_query,
    .next = sqlite_next,
    .done = sqlite_done,
    .integer = sqlite_integer,
    .bytes = sqlite_bytes,
    .is_null = sqlite_is_null,
    .word = sqlite_word,
};
