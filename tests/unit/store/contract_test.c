/* SPDX-License-Identifier: Apache-2.0 */
/* What every backend must do: accounts, integrations, sync runs and listings. Jobs, results and lists have their own
   files beside this one. */
#include "store/transaction.h"
#include "tests/unit/store/store_fixture.h"

#include "store/results.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void makes_the_default_organization_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct account again;
    assert_ok(store_ensure_admin(fixture->store, fixture->arena, &again, &err), &err);
    assert_int_equal(again.organization, fixture->account.organization);
    assert_string_equal(again.user_uuid.text, fixture->account.user_uuid.text);
    assert_view_equal(again.organization_name, "default");
    assert_view_equal(again.role, "admin");
}

static void keeps_its_files_to_the_owner(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    char path[160];
    assert_int_equal(stat(strchr(fixture->address, ':') + 1, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    snprintf(path, sizeof(path), "%s-wal", strchr(fixture->address, ':') + 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    snprintf(path, sizeof(path), "%s/state", fixture->folder);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void refuses_a_store_of_a_newer_program(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct store *store = NULL;
    struct store_options options = {.address = fixture->address, .clock = &fixture->clock.clock};
    int64_t count = fixture_count(fixture, "SELECT count(*) FROM migrations");
    fixture_execute(fixture, "INSERT INTO migrations (number, name, applied_ms) VALUES (999, '999_future.sql', 0)");
    assert_fails(store_open(&options, &store, &err), &err, ERROR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "made by a newer tidewaiter"));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM migrations"), count + 1);
}

static void write_file(const char *path, const char *content, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
    fclose(file);
}

static void refuses_files_that_are_no_store(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct store *store = NULL;
    char path[160];
    char address[192];
    snprintf(path, sizeof(path), "%s/letter.txt", fixture->folder);
    snprintf(address, sizeof(address), "sqlite:%s", path);
    struct store_options options = {.address = address, .clock = &fixture->clock.clock};
    write_file(path, "Dear Sir", 8);
    assert_fails(store_open(&options, &store, &err), &err, ERROR_INVALID);
    char foreign[4096] = "SQLite format 3";
    write_file(path, foreign, sizeof(foreign));
    assert_fails(store_open(&options, &store, &err), &err, ERROR_INVALID);
    assert_non_null(strstr(err.message, "another program"));
    unlink(path);
    options.must_exist = true;
    assert_fails(store_open(&options, &store, &err), &err, ERROR_NOT_FOUND);
    assert_int_not_equal(access(path, F_OK), 0);
    options.address = "oracle:somewhere";
    assert_fails(store_open(&options, &store, &err), &err, ERROR_UNSUPPORTED);
}

static void finds_everything_again_after_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration again;
    store_close(fixture->store);
    fixture->store = fixture_open_again(fixture);
    assert_ok(store_find_integration(
                  fixture->store, fixture->arena, fixture->account.organization, view_text("local"), &again, &err),
        &err);
    assert_string_equal(again.uuid.text, fixture->integration.uuid.text);
    assert_view_equal(again.address.host, "registry.example:5000");
    assert_view_equal(again.last_sync_state, "running");
}

static void signs_in_once_with_a_one_time_token(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link;
    struct token secret;
    struct session session;
    struct session found;
    assert_ok(store_new_sign_in_token(fixture->store, fixture->account.user, 60000, &link, &err), &err);
    assert_ok(store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &session, &err), &err);
    assert_int_equal(session.account.organization, fixture->account.organization);
    assert_fails(
        store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &found, &err), &err, ERROR_DENIED);
    assert_ok(store_find_session(fixture->store, fixture->arena, view_text(secret.text), &found, &err), &err);
    assert_true(session_csrf_matches(&found, view_text(session.csrf)));
    assert_false(session_csrf_matches(&found, view_text(secret.text)));
    assert_false(session_csrf_matches(&found, view_text("")));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM sessions WHERE hash LIKE 'tw_%'"), 0);
    assert_ok(store_end_session(fixture->store, view_text(secret.text), &err), &err);
    assert_fails(
        store_find_session(fixture->store, fixture->arena, view_text(secret.text), &found, &err), &err, ERROR_DENIED);
}

static void ends_sessions_when_idle_and_when_old(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct token link;
    struct token secret;
    struct session session;
    int64_t start_ms = fixture->clock.now_ms;
    assert_ok(store_new_sign_in_token(fixture->store, fixture->account.user, 60000, &link, &err), &err);
    assert_ok(store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &session, &err), &err);
    for (int64_t at = 0; at < SESSION_MS_MAX; at += SESSION_IDLE_MS_MAX - 1) {
        fixture->clock.now_ms = start_ms + at;
        assert_ok(store_find_session(fixture->store, fixture->arena, view_text(secret.text), &session, &err), &err);
    }
    fixture->clock.now_ms = start_ms + SESSION_MS_MAX;
    assert_fails(
        store_find_session(fixture->store, fixture->arena, view_text(secret.text), &session, &err), &err, ERROR_DENIED);
    assert_ok(store_new_sign_in_token(fixture->store, fixture->account.user, 60000, &link, &err), &err);
    assert_ok(store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &session, &err), &err);
    fixture->clock.now_ms += SESSION_IDLE_MS_MAX;
    assert_fails(
        store_find_session(fixture->store, fixture->arena, view_text(secret.text), &session, &err), &err, ERROR_DENIED);
    assert_ok(store_new_sign_in_token(fixture->store, fixture->account.user, 60000, &link, &err), &err);
    fixture->clock.now_ms += 60000;
    assert_fails(store_sign_in(fixture->store, fixture->arena, view_text(link.text), &secret, &session, &err), &err,
        ERROR_DENIED);
}

static bool add(
    struct fixture *fixture, int64_t organization, const char *name, struct integration *made, struct error *err)
{
    static int number; /* two integrations do not share a place */
    struct integration_new given = {.name = view_text(name),
        .type = view_text("oci"),
        .address = {.host = view_text("r.example"), .path = arena_format(fixture->arena, "team-%d", number++)}};
    return store_add_integration(fixture->store, fixture->arena, organization, &given, made, err);
}

static void refuses_bad_and_taken_integration_names(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration made;
    char name[INTEGRATION_NAME_BYTES_MAX + 2];
    memset(name, 'a', sizeof(name));
    name[INTEGRATION_NAME_BYTES_MAX + 1] = '\0';
    int64_t organization = fixture->account.organization;
    assert_fails(add(fixture, organization, "local", &made, &err), &err, ERROR_CONFLICT);
    assert_fails(add(fixture, organization, "", &made, &err), &err, ERROR_INVALID);
    assert_fails(add(fixture, organization, name, &made, &err), &err, ERROR_INVALID);
    assert_fails(add(fixture, organization, " padded", &made, &err), &err, ERROR_INVALID);
    assert_fails(add(fixture, organization, "a/b", &made, &err), &err, ERROR_INVALID);
    assert_fails(add(fixture, organization, "a\nb", &made, &err), &err, ERROR_INVALID);
    name[INTEGRATION_NAME_BYTES_MAX] = '\0';
    assert_ok(add(fixture, organization, name, &made, &err), &err);
}

static void shows_nothing_to_another_organization(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration made;
    struct integration *items = NULL;
    struct sync_run *runs = NULL;
    size_t count = 99;
    bool has_more = true;
    int64_t run = 0;
    struct page_request page = {.limit = 10};
    int64_t other = fixture_other_organization(fixture);
    struct view uuid = view_text(fixture->integration.uuid.text);
    assert_fails(store_find_integration(fixture->store, fixture->arena, other, view_text("local"), &made, &err), &err,
        ERROR_NOT_FOUND);
    assert_fails(
        store_find_integration(fixture->store, fixture->arena, other, uuid, &made, &err), &err, ERROR_NOT_FOUND);
    assert_ok(
        store_list_integrations(fixture->store, fixture->arena, other, &page, &items, &count, &has_more, &err), &err);
    assert_int_equal(count, 0);
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, other, &(struct sync_run_query){.page = page}, &runs,
                  &count, &has_more, &err),
        &err);
    assert_int_equal(count, 0);
    assert_fails(store_begin_sync(fixture->store, other, fixture->integration.id, view_text("x"), NULL, &run, &err),
        &err, ERROR_NOT_FOUND);
    struct sync_counts counts = {0};
    assert_fails(store_note_sync(fixture->store, other, fixture->run, &counts, &err), &err, ERROR_CONFLICT);
    struct listed_tag tag = {.tag = view_text("1"), .digest = fixture_digest("1")};
    struct listing listing = {other, fixture->integration.id, fixture->run, view_text("app"), &tag, 1, true};
    size_t changed = 0;
    assert_fails(store_record_listing(fixture->store, &listing, &changed, &err), &err, ERROR_NOT_FOUND);
    assert_ok(add(fixture, other, "local", &made, &err), &err); /* names are unique within an organization only */
}

static void pages_through_integrations_both_ways(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration made;
    char name[32];
    int64_t organization = fixture->account.organization;
    for (int i = 0; i < 24; i++) {
        snprintf(name, sizeof(name), "number-%d", i);
        assert_ok(add(fixture, organization, name, &made, &err), &err);
    }
    struct integration *items = NULL;
    size_t count = 0;
    size_t seen = 0;
    bool has_more = true;
    struct page_request page = {.limit = 10};
    int64_t last_id = 0;
    while (has_more) {
        assert_ok(store_list_integrations(
                      fixture->store, fixture->arena, organization, &page, &items, &count, &has_more, &err),
            &err);
        for (size_t i = 0; i < count; i++) {
            assert_true(items[i].id > last_id);
            last_id = items[i].id;
        }
        seen += count;
        page.after = items[count - 1].cursor;
    }
    assert_int_equal(seen, 25);
    page = (struct page_request){.limit = 10, .before = items[0].cursor};
    assert_ok(
        store_list_integrations(fixture->store, fixture->arena, organization, &page, &items, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 10);
    assert_true(has_more);
    assert_view_equal(items[9].name, "number-18");
    page.after = page.before;
    assert_fails(
        store_list_integrations(fixture->store, fixture->arena, organization, &page, &items, &count, &has_more, &err),
        &err, ERROR_INVALID);
    page = (struct page_request){.limit = 10, .after = view_text("1; DROP TABLE users")};
    assert_fails(
        store_list_integrations(fixture->store, fixture->arena, organization, &page, &items, &count, &has_more, &err),
        &err, ERROR_INVALID);
    page = (struct page_request){.limit = PAGE_LIMIT_MAX + 1};
    assert_fails(
        store_list_integrations(fixture->store, fixture->arena, organization, &page, &items, &count, &has_more, &err),
        &err, ERROR_INVALID);
}

static void runs_one_sync_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    int64_t run = fixture->run;
    int64_t organization = fixture->account.organization;
    int64_t integration = fixture->integration.id;
    assert_fails(store_begin_sync(fixture->store, organization, integration, view_text("x"), NULL, &run, &err), &err,
        ERROR_CONFLICT);
    struct sync_counts counts = {.repositories = 2, .tags = 3, .errors = 1};
    assert_ok(store_finish_sync(fixture->store, organization, run, &counts,
                  &(struct sync_end){.error = view_text("catalog ended"), .is_complete = false}, &err),
        &err);
    assert_fails(
        store_finish_sync(fixture->store, organization, run, &counts, &(struct sync_end){.is_complete = true}, &err),
        &err, ERROR_CONFLICT);
    struct sync_run *runs = NULL;
    size_t count = 0;
    bool has_more = false;
    struct page_request page = {.limit = 1};
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("x"), NULL, &run, &err), &err);
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, organization,
                  &(struct sync_run_query){.integration = integration, .page = page}, &runs, &count, &has_more, &err),
        &err);
    assert_int_equal(runs[0].id, run);
    assert_true(has_more);
    page.after = runs[0].cursor;
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, organization, &(struct sync_run_query){.page = page},
                  &runs, &count, &has_more, &err),
        &err);
    assert_int_equal(runs[0].id, fixture->run);
    assert_view_equal(runs[0].state, "failed");
    assert_view_equal(runs[0].error, "catalog ended");
    assert_int_equal(runs[0].counts.tags, 3);
    assert_false(has_more);
}

static struct sync_run find_run(struct fixture *fixture, int64_t id)
{
    struct error err;
    struct sync_run *runs = NULL;
    size_t count = 0;
    bool has_more = false;
    struct page_request page = {.limit = 10};
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, fixture->account.organization,
                  &(struct sync_run_query){.page = page}, &runs, &count, &has_more, &err),
        &err);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].id == id)
            return runs[i];
    }
    fail();
    return (struct sync_run){0};
}

static void import(struct fixture *fixture, int64_t run, const char *tag, enum manifest_kind kind)
{
    struct error err;
    enum import_result result;
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = run,
        .repository = view_text("team/app"),
        .tag = view_text(tag),
        .digest = fixture_digest(tag),
        .kind = kind,
        .lane = JOB_LANE_BULK};
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
}

static void goes_on_with_the_run_of_a_job_that_is_tried_again(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid job, later;
    int64_t run = 0, again = 0;
    int64_t organization = fixture->account.organization;
    int64_t integration = fixture->integration.id;
    uuid_new(&job);
    uuid_new(&later);
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("x"), &job, &run, &err), &err);
    assert_int_not_equal(run, fixture->run);
    struct sync_run dead = find_run(fixture, fixture->run);
    assert_view_equal(dead.state, "failed");
    assert_view_equal(dead.error, "the program ended meanwhile");
    assert_string_equal(find_run(fixture, run).uuid.text, job.text);
    /* The first pass imports an image and an artifact, and dies; the second finds them, and one image more. */
    import(fixture, run, "1", MANIFEST_IMAGE);
    import(fixture, run, "chart", MANIFEST_ARTIFACT);
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("x"), &job, &again, &err), &err);
    assert_int_equal(again, run);
    import(fixture, run, "1", MANIFEST_IMAGE);
    import(fixture, run, "2", MANIFEST_IMAGE);
    struct sync_counts counts = {.repositories = 1, .tags = 5, .images_new = 1, .images_unchanged = 4};
    assert_ok(
        store_finish_sync(fixture->store, organization, run, &counts, &(struct sync_end){.is_complete = true}, &err),
        &err);
    struct sync_run ended = find_run(fixture, run);
    assert_int_equal(ended.counts.images_new, 2);
    assert_int_equal(ended.counts.artifacts, 1);
    assert_int_equal(ended.counts.images_unchanged, 2);
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("x"), &job, &again, &err), &err);
    assert_int_equal(again, 0);
    assert_ok(store_begin_sync(fixture->store, organization, integration, view_text("x"), &later, &again, &err), &err);
    assert_int_not_equal(again, run);
}

/* A sync queues scans of what it has not looked at; its run learns from them what was no image, once. */
static void counts_what_a_scan_found_to_be_no_image(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    import(fixture, fixture->run, "1", MANIFEST_IMAGE);
    import(fixture, fixture->run, "chart", MANIFEST_IMAGE);
    struct scan_task task = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = fixture_count(fixture, "SELECT id FROM repositories WHERE name = 'team/app'"),
        .repository_name = view_text("team/app"),
        .digest = fixture_digest("chart")};
    struct sync_counts counts = {.repositories = 1, .tags = 2, .images_new = 2};
    assert_ok(store_finish_sync(fixture->store, task.organization, fixture->run, &counts,
                  &(struct sync_end){.is_complete = true}, &err),
        &err);
    for (unsigned i = 0; i < 2; i++) {
        assert_ok(store_finish_scan(fixture->store, &task, 0, view_text("application/vnd.example"), &err), &err);
        struct sync_run run = find_run(fixture, fixture->run);
        assert_int_equal(run.counts.images_new, 1);
        assert_int_equal(run.counts.artifacts, 1);
        assert_int_equal(run.counts.images_unchanged, 0);
    }
    struct import import = {.organization = task.organization,
        .integration = task.integration,
        .repository = task.repository_name,
        .digest = task.digest};
    assert_ok(store_find_kind(fixture->store, fixture->arena, &import, &err), &err);
    assert_int_equal(import.kind, MANIFEST_ARTIFACT);
    assert_view_equal(import.artifact_type, "application/vnd.example");
}

static void imports_again_what_no_job_will_scan(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct pending_import *items = NULL;
    size_t count = 0, changed = 0;
    struct listed_tag tag = {.tag = view_text("1"), .digest = fixture_digest("1")};
    struct listing listing = {
        fixture->account.organization, fixture->integration.id, fixture->run, view_text("team/app"), &tag, 1, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
    import(fixture, fixture->run, "1", MANIFEST_IMAGE);
    assert_ok(store_pending_imports(fixture->store, fixture->arena, listing.organization, listing.integration,
                  listing.repository, &items, &count, &err),
        &err);
    assert_int_equal(count, 0);
    fixture_execute(fixture, "UPDATE jobs SET state = 3");
    assert_ok(store_pending_imports(fixture->store, fixture->arena, listing.organization, listing.integration,
                  listing.repository, &items, &count, &err),
        &err);
    assert_int_equal(count, 1);
    import(fixture, fixture->run, "1", MANIFEST_IMAGE);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs WHERE state = 0"), 1);
}

static void commit_scan(struct fixture *fixture, const struct scan_task *task)
{
    struct error err;
    struct descriptor layer = {.digest = fixture_digest("layer")};
    struct scan_image image = {.config = {.digest = fixture_digest("config")}};
    image.choice.manifest = (struct manifest){.items = &layer, .count = 1};
    struct scan_result result = {.task = task, .manifest = task->digest, .image = &image};
    assert_ok(store_commit_scan(fixture->store, &result, &err), &err);
}

static void scans_again_for_a_tag_that_comes_during_a_scan(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    import(fixture, fixture->run, "1", MANIFEST_IMAGE);
    struct scan_task task = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = fixture_count(fixture, "SELECT id FROM repositories"),
        .repository_name = view_text("team/app"),
        .digest = fixture_digest("1")};
    commit_scan(fixture, &task);
    /* The same digest under another tag. */
    fixture_execute(fixture, "UPDATE projects SET tag = '2'");
    import(fixture, fixture->run, "1", MANIFEST_IMAGE);
    assert_fails(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err, ERROR_CONFLICT);
    commit_scan(fixture, &task);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM snapshot_images WHERE is_image = 1 AND state = 1"), 2);
    assert_int_equal(fixture_count(fixture, "SELECT sum(layers_fetched) FROM snapshot_images"), 1);
    assert_int_equal(fixture_count(fixture, "SELECT sum(layers_shared) FROM snapshot_images"), 1);
}

static size_t record(struct fixture *fixture, int64_t run, const struct listed_tag *tags, size_t count, bool complete)
{
    struct error err;
    size_t changed = 0;
    struct listing listing = {
        fixture->account.organization, fixture->integration.id, run, view_text("team/app"), tags, count, complete};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
    return changed;
}

static void writes_down_only_what_changed(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct listed_tag tags[] = {
        {.tag = view_text("1"), .digest = fixture_digest("one")},
        {.tag = view_text("2"), .digest = fixture_digest("two"), .pushed_ms = 5, .push_source = view_text("header")},
        {.tag = view_text("3"), .digest = fixture_digest("three")},
    };
    assert_int_equal(record(fixture, fixture->run, tags, 3, true), 3);
    assert_int_equal(record(fixture, fixture->run, tags, 3, true), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM observed_tags"), 3);
    int64_t run = 0;
    struct sync_counts counts = {0};
    int64_t organization = fixture->account.organization;
    assert_ok(store_finish_sync(
                  fixture->store, organization, fixture->run, &counts, &(struct sync_end){.is_complete = true}, &err),
        &err);
    assert_ok(store_begin_sync(fixture->store, organization, fixture->integration.id, view_text("x"), NULL, &run, &err),
        &err);
    tags[0].digest = fixture_digest("moved");
    tags[1].digest = (struct digest){""}; /* could not be read this time */
    assert_int_equal(record(fixture, run, tags, 2, false), 1); /* an incomplete listing lets nothing go */
    assert_int_equal(record(fixture, run, tags, 2, true), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM observed_tags"), 4);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM observed_tags WHERE last_seen_run_id IS NULL"), 2);
    struct uuid uuid;
    struct sync_run *runs = NULL;
    struct sync_change *changes = NULL;
    size_t count = 0;
    bool has_more = false;
    struct page_request page = {.limit = 10};
    assert_ok(store_list_sync_runs(fixture->store, fixture->arena, organization, &(struct sync_run_query){.page = page},
                  &runs, &count, &has_more, &err),
        &err);
    uuid = runs[0].uuid;
    assert_ok(store_list_sync_changes(fixture->store, fixture->arena, organization,
                  &(struct sync_change_query){.run = &uuid, .page = page}, &changes, &count, &has_more, &err),
        &err);
    assert_int_equal(count, 2);
    assert_view_equal(changes[0].change, "moved");
    assert_view_equal(changes[0].previous_digest, fixture_digest("one").text);
    assert_view_equal(changes[1].change, "gone");
    assert_view_equal(changes[1].tag, "3");
    assert_fails(store_list_sync_changes(fixture->store, fixture->arena, fixture_other_organization(fixture),
                     &(struct sync_change_query){.run = &uuid, .page = page}, &changes, &count, &has_more, &err),
        &err, ERROR_NOT_FOUND);
}

struct writer {
    struct store *store;
    struct fixture *fixture;
    int number;
    int failures;
};

static void *write_many(void *argument)
{
    struct writer *writer = argument;
    struct arena *arena = arena_new();
    for (int i = 0; i < 50; i++) {
        struct error err;
        struct uuid uuid;
        bool is_new = false;
        struct job_new job = {.organization = writer->fixture->account.organization,
            .kind = view_text("test"),
            .key = arena_format(arena, "%d-%d", writer->number / 2, i), /* two writers make each */
            .payload = view_text("{}"),
            .lane = JOB_LANE_NORMAL};
        if (!store_enqueue_job(writer->store, &job, &uuid, &is_new, &err))
            writer->failures++;
    }
    arena_free(arena);
    return NULL;
}

static void lets_two_processes_write_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct store *second = fixture_open_again(fixture);
    struct writer writers[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){i % 2 == 0 ? fixture->store : second, fixture, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(writers[i].failures, 0);
    }
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs"), 100);
    store_close(second);
}

enum { LONG_WRITES = 60, LONG_WRITE_MS = 60, SHORT_WRITES = 12 };

/* A job that writes for long, batch by batch. */
struct long_writer {
    struct store *store;
    atomic_int writes;
    atomic_bool is_enough;
};

static void *write_for_long(void *argument)
{
    struct long_writer *writer = argument;
    while (!atomic_load(&writer->is_enough) && atomic_load(&writer->writes) < LONG_WRITES) {
        struct error err;
        struct transaction transaction;
        atomic_fetch_add(&writer->writes, 1);
        if (!transaction_write(writer->store, &transaction, &err))
            return writer;
        nanosleep(&(struct timespec){.tv_nsec = LONG_WRITE_MS * 1000000L}, NULL);
        if (!transaction_end(&transaction, true, &err))
            return writer;
    }
    return NULL;
}

/* In the same process and in another one. */
static void lets_others_write_between_long_writes(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct store *second = fixture_open_again(fixture);
    struct long_writer writer = {.writes = 0};
    pthread_t thread;
    void *failure = NULL;
    const struct store_options options = {.address = fixture->address, .clock = clock_system(), .must_exist = true};
    assert_ok(store_open(&options, &writer.store, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, write_for_long, &writer), 0);
    for (int i = 0; i < SHORT_WRITES; i++) {
        struct transaction transaction;
        int writes = atomic_load(&writer.writes);
        while (atomic_load(&writer.writes) == writes && writes < LONG_WRITES) /* until the next has begun */
            sched_yield();
        assert_ok(transaction_write(i % 2 == 0 ? second : writer.store, &transaction, &err), &err);
        assert_ok(transaction_end(&transaction, true, &err), &err);
    }
    atomic_store(&writer.is_enough, true);
    pthread_join(thread, &failure);
    assert_null(failure);
    assert_in_range(atomic_load(&writer.writes), 1, LONG_WRITES - 1);
    store_close(writer.store);
    store_close(second);
}

#ifdef TIDEWAITER_FAULT_POINTS
static void loses_nothing_and_keeps_no_half_when_killed_before_a_commit(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct integration made;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("TIDEWAITER_FAULT", "store.before-commit:2", 1);
        struct arena *arena = arena_new();
        struct store_options options = {.address = fixture->address, .clock = &fixture->clock.clock};
        struct store *store = NULL;
        struct integration_new given = {
            .name = view_text("late"), .type = view_text("oci"), .address = {.host = view_text("r.example")}};
        if (store_open(&options, &store, &err)) /* the first commit: migrations */
            (void)!store_add_integration(store, arena, fixture->account.organization, &given, &made, &err);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct store *again = fixture_open_again(fixture);
    assert_fails(
        store_find_integration(again, fixture->arena, fixture->account.organization, view_text("late"), &made, &err),
        &err, ERROR_NOT_FOUND);
    assert_ok(add(fixture, fixture->account.organization, "late", &made, &err), &err);
    store_close(again);
}
#endif

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(makes_the_default_organization_once),
        TEST(keeps_its_files_to_the_owner),
        TEST(refuses_a_store_of_a_newer_program),
        TEST(refuses_files_that_are_no_store),
        TEST(finds_everything_again_after_a_restart),
        TEST(signs_in_once_with_a_one_time_token),
        TEST(ends_sessions_when_idle_and_when_old),
        TEST(refuses_bad_and_taken_integration_names),
        TEST(shows_nothing_to_another_organization),
        TEST(pages_through_integrations_both_ways),
        TEST(runs_one_sync_at_a_time),
        TEST(goes_on_with_the_run_of_a_job_that_is_tried_again),
        TEST(counts_what_a_scan_found_to_be_no_image),
        TEST(imports_again_what_no_job_will_scan),
        TEST(scans_again_for_a_tag_that_comes_during_a_scan),
        TEST(writes_down_only_what_changed),
        TEST(lets_two_processes_write_at_once),
        TEST(lets_others_write_between_long_writes),
#ifdef TIDEWAITER_FAULT_POINTS
        TEST(loses_nothing_and_keeps_no_half_when_killed_before_a_commit),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
