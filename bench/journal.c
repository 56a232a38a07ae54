/* SPDX-License-Identifier: Apache-2.0 */
/* What the journals of a year of daily runs take, whose registry stays as it is: the size of their tables in a SQLite store.
   usage: journal_bench FOLDER [TAGS [RUNS]] (FOLDER is filled if it does not exist, and left for the next time) */
#include "base/clock.h"
#include "bench/observed_tags.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS_DEFAULT = 365 };

static const char journal_sql[] =
    "SELECT sum(pgsize), (SELECT count(*) FROM sync_runs), (SELECT count(*) FROM sync_changes), "
    "(SELECT count(*) FROM sync_notes) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema "
    "WHERE tbl_name IN ('sync_runs', 'sync_changes', 'sync_notes'))";
static const char store_sql[] = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                                "pragma_freelist_count, pragma_page_size";

struct size {
    int64_t journals; /* bytes of the pages of their tables and indexes */
    int64_t runs, changes, notes; /* rows */
    int64_t store; /* bytes of all pages in use */
};

static bool read_row(sqlite3 *database, const char *sql, int64_t *values, int count, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    bool is_read =
        sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
    for (int i = 0; is_read && i < count; i++)
        values[i] = sqlite3_column_int64(statement, i);
    sqlite3_finalize(statement);
    return is_read || error_set(err, ERROR_IO, "could not measure the store: %s", sqlite3_errmsg(database));
}

static bool measure(const char *folder, struct size *size, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    sqlite3 *database = NULL;
    int64_t journal[4] = {0};
    bool is_done = sqlite3_open_v2(arena_format(arena, "%s/tidewaiter.db", folder).data, &database,
                       SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ||
                   error_set(err, ERROR_IO, "could not open the store in \"%s\"", folder);
    is_done = is_done && read_row(database, journal_sql, journal, 4, err) &&
              read_row(database, store_sql, &size->store, 1, err);
    *size = (struct size){journal[0], journal[1], journal[2], journal[3], size->store};
    sqlite3_close(database);
    return is_done;
}

static void print_size(const char *when, const struct size *size)
{
    printf("%-7s journals %10lld bytes (%lld runs, %lld changes, %lld notes), store %lld bytes\n", when,
        (long long)size->journals, (long long)size->runs, (long long)size->changes, (long long)size->notes,
        (long long)size->store);
    fflush(stdout);
}

static bool measure_year(struct tag_store *tags, const char *folder, int64_t tag_count, int runs, struct error *err)
{
    struct size before = {0}, after = {0};
    if (!measure(folder, &before, err))
        return false;
    print_size("before", &before);
    int64_t start_cpu_ms = cpu_ms();
    for (int i = 0; i < runs; i++) {
        if (!tag_store_sync(tags, tag_count, err))
            return false;
    }
    int64_t used_ms = cpu_ms() - start_cpu_ms;
    if (!measure(folder, &after, err))
        return false;
    print_size("after", &after);
    printf("%d runs over %lld tags: journals %+lld bytes, store %+lld bytes, processor %lld ms a run\n", runs,
        (long long)tag_count, (long long)(after.journals - before.journals), (long long)(after.store - before.store),
        (long long)(used_ms / runs));
    return after.runs - before.runs == runs ||
           error_set(err, ERROR_CORRUPT, "%lld runs were stored", (long long)(after.runs - before.runs));
}

int main(int argc, char **argv)
{
    struct error err;
    struct tag_store tags = {.store = NULL};
    int64_t tag_count = argc > 2 ? atoll(argv[2]) : TAGS_DEFAULT;
    int runs = argc > 3 ? atoi(argv[3]) : RUNS_DEFAULT;
    if (argc < 2 || tag_count < TAGS_OF_REPOSITORY || runs < 1) {
        fprintf(stderr, "usage: journal_bench FOLDER [TAGS [RUNS]]\n");
        return 3;
    }
    bool is_done =
        tag_store_open(&tags, argv[1], tag_count, &err) && measure_year(&tags, argv[1], tag_count, runs, &err);
    if (!is_done)
        fprintf(stderr, "journal_bench: %s\n", err.message);
    tag_store_close(&tags);
    return is_done ? 0 : 1;
}
