/* SPDX-License-Identifier: Apache-2.0 */
/* Targets and projects: filters, settings, deleting, restoring and purging; and what imports make of deleted ones. */
#include "store/images.h"
#include "store/import_policies.h"
#include "store/projects.h"
#include "tests/unit/store/results_fixture.h"

static enum import_result import_as(
    struct fixture *fixture, const char *repository, const char *tag, unsigned bits, bool is_manual)
{
    struct error err;
    enum import_result result;
    struct import import = {
        .organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = is_manual ? 0 : fixture->run,
        .repository = view_text(repository),
        .tag = view_text(tag),
        .digest = manifest_digest(bits),
        .kind = MANIFEST_IMAGE,
        .is_manual = is_manual,
    };
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    return result;
}

static struct project_row *list(struct fixture *fixture, struct project_query query, size_t expected)
{
    struct error err;
    struct project_row *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    int64_t total = 0;
    if (query.page.limit == 0)
        query.page.limit = 100;
    assert_ok(store_list_projects(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, expected);
    assert_ok(store_count_matching_projects(fixture->store, fixture->account.organization, &query, &total, &err), &err);
    assert_true(total >= (int64_t)count);
    return rows;
}

static size_t shown_images(struct fixture *fixture)
{
    size_t count = 0;
    (void)list_rows(fixture, (struct image_query){.page.limit = 100}, &count);
    return count;
}

static void each_filter_lets_through_what_it_says(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"a/app 1", "a/app 2", "a/apple 1", "b 1"};
    struct error err;
    for (unsigned i = 0; i < 4; i++) {
        struct view tag = view_text(names[i]);
        char *repository = arena_text(fixture->arena, view_cut(&tag, ' '));
        import_as(fixture, repository, arena_text(fixture->arena, tag), i + 1, false);
    }
    struct project_row *all = list(fixture, (struct project_query){.is_deleted = false}, 4);
    struct project_settings settings = all[1].settings;
    settings.tags = view_text("team:red\nstage:prod");
    settings.criticality = view_text("high\nlow");
    settings.environment = view_text("frontend");
    settings.lifecycle = view_text("sandbox");
    assert_ok(store_edit_project(
                  fixture->store, fixture->account.organization, &all[1].uuid, &settings, view_text("me"), &err),
        &err);
    const struct {
        struct project_query query;
        const char *value;
        size_t offset; /* of the list in the query; 0 = none */
        size_t count;
    } rows[] = {
        {{.tag = view_text("1")}, NULL, 0, 3},
        {{.is_deleted = false}, all[3].target_uuid.text, offsetof(struct project_query, targets), 1},
        {{.is_deleted = false}, all[0].uuid.text, offsetof(struct project_query, ids), 1},
        {{.is_deleted = false}, "a/app:2", offsetof(struct project_query, names), 1},
        {{.is_deleted = false}, "a/app", offsetof(struct project_query, names), 0},
        {{.is_deleted = false}, "a/app", offsetof(struct project_query, prefixes), 3},
        {{.is_deleted = false}, "a/app:", offsetof(struct project_query, prefixes), 2},
        {{.is_deleted = false}, "a/app:2x", offsetof(struct project_query, prefixes), 0},
        {{.is_deleted = false}, "oci", offsetof(struct project_query, origins), 4},
        {{.is_deleted = false}, "ecr", offsetof(struct project_query, origins), 0},
        {{.is_deleted = false}, "linux", offsetof(struct project_query, types), 4},
        {{.is_deleted = false}, "deb", offsetof(struct project_query, types), 0},
        {{.is_deleted = false}, "stage:prod", offsetof(struct project_query, tags), 1},
        {{.is_deleted = false}, "stage:test", offsetof(struct project_query, tags), 0},
        {{.is_deleted = false}, "low", offsetof(struct project_query, criticality), 1},
        {{.is_deleted = false}, "backend", offsetof(struct project_query, environment), 0},
        {{.is_deleted = false}, "sandbox", offsetof(struct project_query, lifecycle), 1},
        {{.mark = PROJECT_MARK_NONE}, NULL, 0, 4},
        {{.mark = PROJECT_MARK_GONE}, NULL, 0, 0},
        {{.integration = fixture->integration.id + 1}, NULL, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct project_query query = rows[i].query;
        struct view value = view_text(rows[i].value == NULL ? "" : rows[i].value);
        struct view_list given = {&value, 1};
        if (rows[i].offset > 0)
            memcpy((char *)&query + rows[i].offset, &given, sizeof(given));
        (void)list(fixture, query, rows[i].count);
    }
}

static void pages_of_projects_lead_on(void **state)
{
    struct fixture *fixture = *state;
    char tag[16];
    for (unsigned i = 0; i < 25; i++) {
        snprintf(tag, sizeof(tag), "t%u", i);
        import_as(fixture, "app", tag, i, false);
    }
    struct project_row *rows = list(fixture, (struct project_query){.page = {.limit = 10}}, 10);
    rows = list(fixture, (struct project_query){.page = {.limit = 10, .after = rows[9].cursor}}, 10);
    assert_view_equal(rows[0].tag, "t10");
    rows = list(fixture, (struct project_query){.page = {.limit = 10, .after = rows[9].cursor}}, 5);
    rows = list(fixture, (struct project_query){.page = {.limit = 10, .before = rows[0].cursor}}, 10);
    assert_view_equal(rows[0].tag, "t10");
}

static void a_deleted_project_leaves_a_tombstone_that_only_a_person_clears(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    int64_t organization = fixture->account.organization;
    assert_int_equal(import_as(fixture, "app", "1", 3, false), IMPORT_QUEUED);
    struct uuid uuid = list(fixture, (struct project_query){.is_deleted = false}, 1)->uuid;
    assert_int_equal(shown_images(fixture), 1);
    assert_fails(
        store_delete_project(fixture->store, fixture_other_organization(fixture), &uuid, view_text("me"), &err), &err,
        ERROR_NOT_FOUND);
    assert_ok(store_delete_project(fixture->store, organization, &uuid, view_text("me"), &err), &err);
    assert_fails(
        store_delete_project(fixture->store, organization, &uuid, view_text("me"), &err), &err, ERROR_NOT_FOUND);
    assert_int_equal(shown_images(fixture), 0);
    (void)list(fixture, (struct project_query){.is_deleted = false}, 0);
    assert_view_equal(list(fixture, (struct project_query){.is_deleted = true}, 1)->deleted_by, "me");
    assert_int_equal(import_as(fixture, "app", "1", 3, false), IMPORT_UNCHANGED);
    assert_int_equal(import_as(fixture, "app", "1", 4, false), IMPORT_UNCHANGED); /* though the tag moved */
    (void)list(fixture, (struct project_query){.is_deleted = false}, 0);
    assert_int_equal(import_as(fixture, "app", "1", 4, true), IMPORT_QUEUED);
    struct project_row *back = list(fixture, (struct project_query){.is_deleted = false}, 1);
    assert_string_equal(back->uuid.text, uuid.text);
    assert_int_equal(shown_images(fixture), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM tombstones"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 2); /* with its history */
}

static void a_pruned_project_comes_back_with_the_next_import(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    import_as(fixture, "app", "1", 3, false);
    int64_t repository = fixture_count(fixture, "SELECT id FROM repositories");
    struct project_change change = {
        .tag = view_text("1"), .kind = PROJECT_DELETE, .reason = "deleted", .why = "delete"};
    assert_ok(store_change_projects(
                  fixture->store, fixture->account.organization, fixture->run, repository, &change, 1, &err),
        &err);
    assert_int_equal(shown_images(fixture), 0);
    assert_int_equal(import_as(fixture, "app", "1", 3, false), IMPORT_KNOWN);
    (void)list(fixture, (struct project_query){.is_deleted = false}, 1);
    assert_int_equal(shown_images(fixture), 1);
}

static void what_was_deleted_can_be_restored_for_seven_days_and_is_purged_then(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    int64_t organization = fixture->account.organization;
    import_as(fixture, "app", "1", 3, false);
    import_as(fixture, "app", "2", 4, false);
    struct project_row *rows = list(fixture, (struct project_query){.is_deleted = false}, 2);
    for (size_t i = 0; i < 2; i++)
        assert_ok(store_delete_project(fixture->store, organization, &rows[i].uuid, view_text("me"), &err), &err);
    fixture->clock.now_ms += PROJECT_RESTORE_MS - 1;
    assert_ok(store_purge_projects(fixture->store, &err), &err);
    assert_ok(store_restore_project(fixture->store, organization, &rows[0].uuid, view_text("me"), &err), &err);
    assert_int_equal(shown_images(fixture), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM tombstones"), 1);
    fixture->clock.now_ms++;
    assert_fails(store_restore_project(fixture->store, organization, &rows[1].uuid, view_text("me"), &err), &err,
        ERROR_NOT_FOUND);
    assert_ok(store_purge_projects(fixture->store, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM projects"), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshots"), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM snapshot_images"), 1);
    assert_int_equal(import_as(fixture, "app", "2", 4, false), IMPORT_UNCHANGED); /* the tombstone stays */
    /* What a person restored is his: sync does not prune it. */
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM projects WHERE origin = 'manual'"), 1);
}

static void an_inactive_project_is_left_out_and_its_tag_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct store_totals totals;
    import_as(fixture, "app", "1", 3, false);
    struct project_row *row = list(fixture, (struct project_query){.is_deleted = false}, 1);
    struct project_settings settings = row->settings;
    settings.is_active = false;
    settings.owner = fixture->account.user_uuid;
    assert_ok(
        store_edit_project(fixture->store, fixture->account.organization, &row->uuid, &settings, view_text("me"), &err),
        &err);
    assert_int_equal(shown_images(fixture), 0);
    assert_ok(store_read_totals(fixture->store, fixture->arena, fixture->account.organization, &totals, &err), &err);
    assert_int_equal(totals.projects, 1);
    row = list(fixture, (struct project_query){.is_deleted = false}, 1);
    assert_string_equal(row->settings.owner.text, fixture->account.user_uuid.text);
    settings.is_active = true;
    uuid_new(&settings.owner);
    assert_fails(
        store_edit_project(fixture->store, fixture->account.organization, &row->uuid, &settings, view_text("me"), &err),
        &err, ERROR_INVALID);
    settings.owner.text[0] = '\0';
    assert_ok(
        store_edit_project(fixture->store, fixture->account.organization, &row->uuid, &settings, view_text("me"), &err),
        &err);
    assert_int_equal(shown_images(fixture), 1);
}

static void marked_projects_are_out_of_the_lists_until_they_are_back(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    import_as(fixture, "app", "1", 3, false);
    int64_t repository = fixture_count(fixture, "SELECT id FROM repositories");
    struct project_change change = {
        .tag = view_text("1"), .kind = PROJECT_MARK, .marks = {.is_gone = true}, .reason = "gone-from-registry"};
    assert_ok(store_change_projects(
                  fixture->store, fixture->account.organization, fixture->run, repository, &change, 1, &err),
        &err);
    assert_int_equal(shown_images(fixture), 0);
    (void)list(fixture, (struct project_query){.mark = PROJECT_MARK_GONE}, 1);
    change = (struct project_change){.tag = view_text("1"), .kind = PROJECT_MARK, .reason = "back"};
    assert_ok(store_change_projects(
                  fixture->store, fixture->account.organization, fixture->run, repository, &change, 1, &err),
        &err);
    assert_int_equal(shown_images(fixture), 1);
}

static void a_target_goes_with_its_projects_and_comes_back_by_hand(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct target_row *targets = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    int64_t organization = fixture->account.organization;
    struct target_query query = {.page = {.limit = 10}};
    import_as(fixture, "a/app", "1", 3, false);
    import_as(fixture, "a/app", "2", 4, false);
    import_as(fixture, "b", "1", 5, false);
    assert_ok(store_list_targets(
                  fixture->store, fixture->arena, organization, &query, &targets, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(count, 2);
    assert_view_equal(targets[0].repository, "a/app");
    assert_int_equal(targets[0].projects, 2);
    struct uuid uuid = targets[0].uuid;
    assert_ok(store_delete_target(fixture->store, organization, &uuid, view_text("me"), &err), &err);
    assert_fails(store_find_target(fixture->store, fixture->arena, organization, &uuid, &targets[0], &err), &err,
        ERROR_NOT_FOUND);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM tombstones"), 2);
    query.has_empty = true;
    assert_ok(store_list_targets(
                  fixture->store, fixture->arena, organization, &query, &targets, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(total, 1);
    import_as(fixture, "a/app", "2", 4, true);
    query.prefix = view_text("a/");
    assert_ok(store_list_targets(
                  fixture->store, fixture->arena, organization, &query, &targets, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    assert_string_equal(targets[0].uuid.text, uuid.text);
    assert_int_equal(targets[0].projects, 1);
}

/* Two platforms that share most packages: the project counts each vulnerability once. */
static void a_project_counts_each_vulnerability_of_its_platforms_once(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const struct service service = {.seed = 7, .generation = 1};
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "multi", 0x3f, MANIFEST_INDEX, IMPORT_QUEUED);
    task.repository = fixture_count(fixture, "SELECT id FROM repositories");
    struct project_counts one, both;
    struct scan_image first = make_image(fixture->arena, 0x0f, &service);
    struct scan_image second = make_image(fixture->arena, 0x3f, &service);
    second.config.platform.architecture = view_text("arm64");
    commit_as(fixture, &task, manifest_digest(0x0f), first.config.platform, &first, 1);
    struct project_row *row = list(fixture, (struct project_query){.is_deleted = false}, 1);
    assert_ok(store_count_project(fixture->store, fixture->account.organization, row, &one, &err), &err);
    commit_as(fixture, &task, manifest_digest(0x3f), second.config.platform, &second, 1);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    assert_ok(store_count_project(fixture->store, fixture->account.organization, row, &both, &err), &err);
    assert_int_equal(both.images, 2);
    assert_int_equal(both.packages, 6); /* the first platform's four are among them */
    int64_t distinct = fixture_count(fixture, "SELECT count(DISTINCT vulnerability_id) FROM package_findings");
    assert_int_equal(both.vulnerabilities, distinct);
    assert_true(one.vulnerabilities <= both.vulnerabilities);
    int64_t sum = 0;
    for (int i = 0; i < SEVERITY_COUNT; i++)
        sum += both.by_severity[i];
    assert_int_equal(sum, distinct);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_filter_lets_through_what_it_says),
        TEST(pages_of_projects_lead_on),
        TEST(a_deleted_project_leaves_a_tombstone_that_only_a_person_clears),
        TEST(a_pruned_project_comes_back_with_the_next_import),
        TEST(what_was_deleted_can_be_restored_for_seven_days_and_is_purged_then),
        TEST(an_inactive_project_is_left_out_and_its_tag_is_not_followed),
        TEST(marked_projects_are_out_of_the_lists_until_they_are_back),
        TEST(a_target_goes_with_its_projects_and_comes_back_by_hand),
        TEST(a_project_counts_each_vulnerability_of_its_platforms_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
