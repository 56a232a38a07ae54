/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store/store_fixture.h"

#include <sqlite3.h>
#include <unistd.h>

int fixture_begin(void **state)
{
    struct error err;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    strcpy(fixture->folder, "/tmp/tidewaiter-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->address, sizeof(fixture->address), "sqlite:%s/state/store.db", fixture->folder);
    clock_manual_init(&fixture->clock, FIXTURE_NOW_MS);
    fixture->arena = arena_new();
    struct store_options options = {.address = fixture->address, .clock = &fixture->clock.clock};
    assert_ok(store_open(&options, &fixture->store, &err), &err);
    assert_ok(store_ensure_admin(fixture->store, fixture->arena, &fixture->account, &err), &err);
    struct integration_new given = {.name = view_text("local"),
        .type = view_text("oci"),
        .address = {.host = view_text("registry.example:5000"), .path = view_text("")}};
    assert_ok(store_add_integration(
                  fixture->store, fixture->arena, fixture->account.organization, &given, &fixture->integration, &err),
        &err);
    assert_ok(store_begin_sync(fixture->store, fixture->account.organization, fixture->integration.id,
                  view_text("test"), NULL, &fixture->run, &err),
        &err);
    *state = fixture;
    return 0;
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;
    char command[128];
    store_close(fixture->store);
    arena_free(fixture->arena);
    snprintf(command, sizeof(command), "rm -rf %s", fixture->folder);
    int status = system(command);
    free(fixture);
    return status;
}

struct digest fixture_digest(const char *text)
{
    struct digest digest;
    digest_of(view_text(text), &digest);
    return digest;
}

struct store *fixture_open_again(struct fixture *fixture)
{
    struct error err;
    struct store *store = NULL;
    struct store_options options = {.address = fixture->address, .clock = &fixture->clock.clock, .must_exist = true};
    assert_ok(store_open(&options, &store, &err), &err);
    return store;
}

static sqlite3 *open_raw(struct fixture *fixture)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(strchr(fixture->address, ':') + 1, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 5000);
    return database;
}

void fixture_execute(struct fixture *fixture, const char *sql)
{
    sqlite3 *database = open_raw(fixture);
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    sqlite3_close(database);
}

int64_t fixture_count(struct fixture *fixture, const char *sql)
{
    sqlite3 *database = open_raw(fixture);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return count;
}

struct view fixture_text(struct fixture *fixture, const char *sql)
{
    sqlite3 *database = open_raw(fixture);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    struct view text = arena_copy(fixture->arena, view_text((const char *)sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return text;
}

int64_t fixture_other_organization(struct fixture *fixture)
{
    fixture_execute(fixture, "INSERT INTO organizations (uuid, name, created_ms) "
                             "VALUES ('00000000-0000-4000-8000-000000000002', 'other', 0)");
    return fixture_count(fixture, "SELECT id FROM organizations WHERE name = 'other'");
}
