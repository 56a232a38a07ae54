/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter by owner leaves of each list: team "ours" owns team/, where an image was scanned; team "theirs" owns other/. */
#include "store/accepted_risks.h"
#include "store/events.h"
#include "store/import_jobs.h"
#include "store/issues.h"
#include "store/places.h"
#include "store/scan_requests.h"
#include "store/teams.h"
#include "tests/unit/store/results_fixture.h"

#define WHO view_text("admin")

struct sides {
    struct owner_filter ours, theirs, nobodys, all;
};

static struct owner_filter filter_of(struct fixture *fixture, int64_t team)
{
    int64_t *teams = ARENA_NEW(fixture->arena, int64_t);
    *teams = team;
    return (struct owner_filter){.is_set = true, .teams = teams, .count = 1};
}

static struct team add_team(struct fixture *fixture, const char *name, const char *prefix)
{
    struct error err;
    struct team made;
    const struct team_new given = {view_text(name), {view_text(prefix), view_text("")}, WHO};
    assert_ok(store_add_team(fixture->store, fixture->arena, fixture->account.organization, &given, &made, &err), &err);
    return made;
}

static struct sides begin(struct fixture *fixture)
{
    struct error err;
    enum import_result result;
    const struct service service = {.seed = 1, .generation = 1};
    const struct import import = {
        .organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = view_text("other/app"),
        .tag = view_text("1"),
        .digest = manifest_digest(9),
        .kind = MANIFEST_IMAGE,
    };
    struct sides sides = {.theirs = filter_of(fixture, add_team(fixture, "theirs", "other/").id),
        .nobodys = {.is_set = true, .has_unowned = true}};
    sides.ours = filter_of(fixture, add_team(fixture, "ours", "team/").id);
    struct scan_task task = import_tag(fixture, "v1", 7, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 7, &service);
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    return sides;
}

static size_t count_issues(struct fixture *fixture, const struct owner_filter *owners)
{
    struct error err;
    struct issue_row *rows = NULL;
    size_t count = 0;
    bool has_more;
    const struct issue_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .owners = *owners};
    const struct issue_query last = {
        .page = {.limit = PAGE_LIMIT_MAX, .before = view_text("999.~")}, .owners = *owners};
    assert_ok(store_list_issues(
                  fixture->store, fixture->arena, fixture->account.organization, &last, &rows, &count, &has_more, &err),
        &err);
    size_t backward = count;
    assert_ok(store_list_issues(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, backward);
    return count;
}

static size_t count_events(struct fixture *fixture, const struct owner_filter *owners, int64_t *images)
{
    struct error err;
    struct event_row *rows = NULL;
    size_t count = 0;
    bool has_more;
    const struct event_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .owners = *owners};
    assert_ok(store_list_events(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                  &has_more, &err),
        &err);
    *images = 0;
    for (size_t i = 0; i < count; i++)
        *images += rows[i].image_count;
    return count;
}

static void issues_and_events_are_those_of_owned_images(void **state)
{
    struct fixture *fixture = *state;
    struct service later = {.seed = 5, .generation = 2};
    int64_t images;
    struct sides sides = begin(fixture);
    set_generation(fixture, 2);
    assert_true(rematch(fixture, &later) > 0);
    assert_true(count_issues(fixture, &sides.all) > 0);
    assert_int_equal(count_issues(fixture, &sides.ours), count_issues(fixture, &sides.all));
    assert_int_equal(count_issues(fixture, &sides.theirs), 0);
    assert_int_equal(count_issues(fixture, &sides.nobodys), 0);
    assert_true(count_events(fixture, &sides.ours, &images) > 1);
    assert_true(images > 1);
    assert_int_equal(count_events(fixture, &sides.theirs, &images), 0);
    assert_int_equal(images, 0);
}

static size_t list_places(
    struct fixture *fixture, enum place_kind kind, const struct owner_filter *owners, struct place_row **rows)
{
    struct error err;
    size_t count = 0, total = 0;
    bool has_more;
    const struct place_query query = {.page = {.limit = 10}, .owners = *owners};
    assert_ok(store_list_places(fixture->store, fixture->arena, fixture->account.organization, kind, &query, rows,
                  &count, &total, &has_more, &err),
        &err);
    assert_int_equal(count, total);
    return count;
}

static void places_count_what_is_owned(void **state)
{
    struct fixture *fixture = *state;
    struct place_row *rows = NULL;
    struct sides sides = begin(fixture);
    assert_int_equal(list_places(fixture, PLACE_REPOSITORY, &sides.all, &rows), 2);
    assert_int_equal(list_places(fixture, PLACE_REPOSITORY, &sides.theirs, &rows), 1);
    assert_view_equal(rows[0].name, "other/app");
    assert_int_equal(list_places(fixture, PLACE_REGISTRY, &sides.all, &rows), 1);
    assert_int_equal(rows[0].images, 2);
    assert_int_equal(list_places(fixture, PLACE_REGISTRY, &sides.theirs, &rows), 1);
    assert_int_equal(rows[0].images, 1);
    assert_int_equal(rows[0].images_by_state[IMAGE_PENDING], 1);
    assert_int_equal(rows[0].score, 0);
    assert_int_equal(list_places(fixture, PLACE_REGISTRY, &sides.nobodys, &rows), 0);
}

static void names_and_integrations_lead_to_what_is_owned(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct image_row *images = NULL;
    struct integration *integrations = NULL;
    const struct page_request page = {.limit = 10};
    int64_t organization = fixture->account.organization;
    size_t count = 0;
    bool has_more;
    struct sides sides = begin(fixture);
    assert_ok(store_resolve_owned_images(fixture->store, fixture->arena, organization, view_text("team/app"), 10,
                  &sides.ours, &images, &count, &err),
        &err);
    assert_int_equal(count, 1);
    assert_fails(store_resolve_owned_images(fixture->store, fixture->arena, organization, view_text("team/app"), 10,
                     &sides.theirs, &images, &count, &err),
        &err, ERROR_NOT_FOUND);
    const struct {
        const struct owner_filter *owners;
        size_t expected;
    } rows[] = {{&sides.all, 1}, {&sides.ours, 1}, {&sides.nobodys, 0}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_ok(store_list_owned_integrations(fixture->store, fixture->arena, organization, &page, rows[i].owners,
                      &integrations, &count, &has_more, &err),
            &err);
        assert_int_equal(count, rows[i].expected);
    }
}

static struct uuid request_scan(struct fixture *fixture, const char *repository)
{
    struct error err;
    struct uuid uuid;
    bool is_new = false;
    const struct reference reference = {.repository = view_text(repository), .tag = view_text("1")};
    const struct scan_request_new given = {.integration = &fixture->integration, .reference = &reference, .who = WHO};
    assert_ok(
        store_new_scan_request(fixture->store, fixture->account.organization, &given, &uuid, &is_new, &err), &err);
    assert_true(is_new);
    return uuid;
}

static size_t count_requests(struct fixture *fixture, const struct owner_filter *owners)
{
    struct error err;
    struct scan_request *rows = NULL;
    size_t count = 0;
    bool has_more;
    const struct scan_request_query query = {.page = {.limit = 10}, .owners = *owners};
    assert_ok(store_list_scan_requests(fixture->store, fixture->arena, fixture->account.organization, &query, &rows,
                  &count, &has_more, &err),
        &err);
    return count;
}

static void change_prefixes(struct fixture *fixture, const char *team, const char *prefixes)
{
    struct error err;
    struct team edited;
    struct view text = view_text(prefixes);
    const struct team_change change = {.prefixes = &text, .who = WHO};
    assert_ok(store_edit_team(fixture->store, fixture->arena, fixture->account.organization, view_text(team), &change,
                  &edited, &err),
        &err);
}

static struct import_job *list_jobs(struct fixture *fixture, const struct owner_filter *owners, size_t *count)
{
    struct error err;
    struct import_job *rows = NULL;
    bool has_more;
    const struct import_job_query query = {.page = {.limit = 10}, .owners = *owners};
    assert_ok(store_list_import_jobs(
                  fixture->store, fixture->arena, fixture->account.organization, &query, &rows, count, &has_more, &err),
        &err);
    return rows;
}

static void what_is_asked_for_by_name_belongs_to_the_team_of_the_name(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid job;
    struct import_item *items = NULL;
    size_t count = 0;
    struct sides sides = begin(fixture);
    struct view host = fixture->integration.address.host;
    const struct view names[] = {view_text("team/new:1"), view_text("other/new"),
        arena_format(fixture->arena, "%.*s/other/more:2", VIEW_PRINT(host)), view_text("nobody/x:1")};
    const struct import_job_new given = {
        .integration = &fixture->integration.uuid, .names = names, .count = 4, .who = WHO};
    request_scan(fixture, "team/new");
    request_scan(fixture, "team/more");
    request_scan(fixture, "other/new");
    assert_int_equal(count_requests(fixture, &sides.all), 3);
    assert_int_equal(count_requests(fixture, &sides.ours), 2);
    assert_int_equal(count_requests(fixture, &sides.nobodys), 0);
    assert_ok(store_new_import_job(fixture->store, fixture->account.organization, &given, &job, &err), &err);
    assert_int_equal(list_jobs(fixture, &sides.all, &count)[0].total, 4);
    assert_int_equal(list_jobs(fixture, &sides.theirs, &count)[0].total, 2);
    assert_int_equal(list_jobs(fixture, &sides.ours, &count)[0].total, 1);
    assert_int_equal(list_jobs(fixture, &sides.nobodys, &count)[0].total, 1);
    assert_ok(store_list_import_items(
                  fixture->store, fixture->arena, fixture->account.organization, &job, &items, &count, &err),
        &err);
    assert_true(owner_filter_has(&sides.theirs, items[2].team) && items[3].team == 0);

    /* A change of patterns takes effect at once. */
    change_prefixes(fixture, "ours", "nobody/");
    assert_int_equal(count_requests(fixture, &sides.ours), 0);
    assert_int_equal(count_requests(fixture, &sides.nobodys), 2);
    change_prefixes(fixture, "theirs", "nothing/");
    assert_int_equal(list_jobs(fixture, &sides.ours, &count)[0].total, 1);
    (void)list_jobs(fixture, &sides.theirs, &count);
    assert_int_equal(count, 0);
}

static void finds_the_owner_of_what_an_id_names(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct uuid job;
    bool is_owned = false;
    int64_t organization = fixture->account.organization, other = fixture_other_organization(fixture);
    struct sides sides = begin(fixture);
    struct view name = view_text("team/app:1");
    const struct import_job_new given = {
        .integration = &fixture->integration.uuid, .names = &name, .count = 1, .who = WHO};
    request_scan(fixture, "team/app");
    assert_ok(store_new_import_job(fixture->store, organization, &given, &job, &err), &err);
    static const char *const tables[OWNED_KIND_COUNT] = {[OWNED_IMAGE] = "snapshot_images",
        [OWNED_PROJECT] = "projects",
        [OWNED_TARGET] = "targets",
        [OWNED_INTEGRATION] = "integrations",
        [OWNED_SCAN_REQUEST] = "scan_requests",
        [OWNED_IMPORT_JOB] = "import_jobs"};
    for (int kind = 0; kind < OWNED_KIND_COUNT; kind++) {
        struct view sql = arena_format(fixture->arena, "SELECT uuid FROM %s ORDER BY id LIMIT 1", tables[kind]);
        struct view uuid = fixture_text(fixture, arena_text(fixture->arena, sql));
        const struct {
            int64_t organization;
            const struct owner_filter *owners;
            bool expected;
        } rows[] = {{organization, &sides.ours, true}, {organization, &sides.theirs, kind == OWNED_INTEGRATION},
            {organization, &sides.nobodys, false}, {other, &sides.ours, false}};
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            assert_ok(store_is_owned(fixture->store, rows[i].organization, (enum owned_kind)kind, uuid, rows[i].owners,
                          &is_owned, &err),
                &err);
            assert_int_equal(is_owned, rows[i].expected);
        }
    }
}

static size_t walk_risks(struct fixture *fixture, const struct owner_filter *owners, bool is_backward)
{
    struct error err;
    struct accepted_risk_row *rows = NULL;
    size_t count = 0, all = 0;
    bool has_more = true;
    struct accepted_risk_query query = {.page = {.limit = 1}, .owners = *owners};
    if (is_backward)
        query.page.before = view_text("1000.1000");
    for (; has_more; all += count) {
        assert_ok(store_list_accepted_risks(fixture->store, fixture->arena, fixture->account.organization, &query,
                      &rows, &count, &has_more, &err),
            &err);
        if (count > 0)
            *(is_backward ? &query.page.before : &query.page.after) = rows[0].cursor;
    }
    return all;
}

static void risks_are_seen_where_they_reach(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct accepted_risk_row *made = NULL;
    struct sides sides = begin(fixture);
    struct view host = fixture->integration.address.host;
    const struct {
        struct accepted_risk risk;
        enum risk_reach ours, theirs;
    } rows[] = {
        {{.vulnerability = view_text("CVE-1")}, RISK_SHARED, RISK_SHARED},
        {{.repository = view_text("team/app"), .tag = view_text("9")}, RISK_OWN, RISK_ELSEWHERE},
        {{.repository = view_text("team/*")}, RISK_SHARED, RISK_ELSEWHERE},
        {{.image = arena_format(fixture->arena, "%.*s/other/app", VIEW_PRINT(host)), .expires_ms = 86400000},
            RISK_ELSEWHERE, RISK_OWN},
        {{.repository = view_text("*/app")}, RISK_SHARED, RISK_SHARED},
        {{.repository = view_text("team/app"), .integration = view_text("another")}, RISK_ELSEWHERE, RISK_ELSEWHERE},
        {{.repository = view_text("team/none")}, RISK_ELSEWHERE, RISK_ELSEWHERE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enum risk_reach reach;
        struct accepted_risk risk = rows[i].risk;
        risk.description = view_text("checked");
        assert_ok(store_accept_risks(
                      fixture->store, fixture->arena, fixture->account.organization, &risk, 1, WHO, &made, &err),
            &err);
        assert_ok(store_reach_of_risk(
                      fixture->store, fixture->account.organization, &rows[i].risk, &sides.ours, &reach, &err),
            &err);
        assert_int_equal(reach, rows[i].ours);
        assert_ok(store_reach_of_risk(
                      fixture->store, fixture->account.organization, &rows[i].risk, &sides.theirs, &reach, &err),
            &err);
        assert_int_equal(reach, rows[i].theirs);
    }
    for (int is_backward = 0; is_backward < 2; is_backward++) {
        assert_int_equal(walk_risks(fixture, &sides.all, is_backward), 7);
        assert_int_equal(walk_risks(fixture, &sides.ours, is_backward), 4);
        assert_int_equal(walk_risks(fixture, &sides.theirs, is_backward), 3);
        assert_int_equal(walk_risks(fixture, &sides.nobodys, is_backward), 0);
    }
}

static void splits_names_of_images(void **state)
{
    (void)state;
    const struct {
        const char *name, *repository, *tag;
        bool is_good;
    } rows[] = {
        {"team/app:1", "team/app", "1", true},
        {"team/app", "team/app", "", true},
        {"registry.example:5000/team/app:1", "team/app", "1", true},
        {"registry.example:5000", "registry.example", "5000", true},
        {"team/app:", "team/app", "", false},
        {":1", "", "1", false},
        {"team/app@sha256:0", "team/app@sha256", "0", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct view repository, tag;
        assert_int_equal(
            import_name_split(view_text("registry.example:5000"), view_text(rows[i].name), &repository, &tag),
            rows[i].is_good);
        assert_view_equal(repository, rows[i].repository);
        assert_view_equal(tag, rows[i].tag);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(issues_and_events_are_those_of_owned_images),
        TEST(places_count_what_is_owned),
        TEST(names_and_integrations_lead_to_what_is_owned),
        TEST(what_is_asked_for_by_name_belongs_to_the_team_of_the_name),
        TEST(finds_the_owner_of_what_an_id_names),
        TEST(risks_are_seen_where_they_reach),
        cmocka_unit_test(splits_names_of_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
