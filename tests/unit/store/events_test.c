/* SPDX-License-Identifier: Apache-2.0 */
/* Every change of what is stored is an event once, and nothing else is. */
#include "store/events.h"
#include "tests/unit/store/rematch_fixture.h"

/* Names of all changes of an organization, newest first: "new package3 CVE-2026-1003 high x2", one a line. */
static struct view list_as(struct fixture *fixture, int64_t organization, unsigned changes, int page)
{
    struct error err;
    struct view text = view_text("");
    struct event_query query = {.page = {.limit = page}, .changes = changes};
    bool has_more = true;
    while (has_more) {
        struct event_row *items;
        size_t count;
        assert_ok(
            store_list_events(fixture->store, fixture->arena, organization, &query, &items, &count, &has_more, &err),
            &err);
        for (size_t i = 0; i < count; i++) {
            struct view package = items[i].package;
            if (package.size > 0)
                package =
                    view_slice(package, strlen("pkg:deb/debian/"), view_find(package, '@') - strlen("pkg:deb/debian/"));
            text = arena_format(fixture->arena, "%.*s%s %.*s %.*s %.*s>%.*s +%lld -%lld x%lld\n", VIEW_PRINT(text),
                event_change_name(items[i].change), VIEW_PRINT(package),
                VIEW_PRINT(items[i].vulnerability_count > 0 ? items[i].vulnerabilities[0] : view_text("")),
                VIEW_PRINT(items[i].before), VIEW_PRINT(items[i].after), (long long)items[i].added,
                (long long)items[i].removed, (long long)items[i].image_count);
        }
        if (has_more)
            query.page.after = items[count - 1].cursor;
    }
    return text;
}

static struct view list(struct fixture *fixture, unsigned changes)
{
    return list_as(fixture, fixture->account.organization, changes, 100);
}

enum { BY_ADVISORY = 1 << CHANGE_NEW | 1 << CHANGE_RESOLVED | 1 << CHANGE_SEVERITY | 1 << CHANGE_FIX };

/* What changes between two lists of findings, written separately: how many lines the list of events has more. */
static size_t expected_changes(const struct finding_list *before, const struct finding_list *after)
{
    size_t changes = 0;
    for (size_t i = 0; i < before->count; i++) {
        const struct finding *old = &before->items[i];
        const struct finding *now = NULL;
        for (size_t k = 0; k < after->count; k++)
            now = view_equal(after->items[k].id, old->id) ? &after->items[k] : now;
        changes += now == NULL || now->severity != old->severity;
        changes += now != NULL && now->fix_state != old->fix_state;
    }
    for (size_t k = 0; k < after->count; k++) {
        bool is_known = false;
        for (size_t i = 0; i < before->count; i++)
            is_known |= view_equal(after->items[k].id, before->items[i].id);
        changes += !is_known;
    }
    return changes;
}

static size_t count_lines(struct view text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    return lines;
}

static void tells_each_change_of_each_package_once(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    size_t expected = 0;
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0xfff);
    scan_in(fixture, &world, "2", 0x00f);
    for (unsigned step = 0; step < 12; step++) {
        struct index_name names[2];
        struct world before = world;
        world.generation++;
        for (unsigned i = 0; i < 2; i++) {
            unsigned number = mix(step, i) % NAMES;
            names[i] = debian(fixture, number);
            world.versions[number] = mix(step, i + 5);
        }
        for (unsigned i = 0; i < NAMES; i++) {
            struct view name = arena_format(fixture->arena, "package%u", i);
            struct finding_list old = match_in(fixture, &before, name);
            struct finding_list now = match_in(fixture, &world, name);
            expected += expected_changes(&old, &now);
        }
        const struct index_delta delta = {.names = names, .name_count = 2};
        set_generation_by(fixture, world.generation, &delta);
        rematch_in(fixture, &world);
        assert_int_equal(count_lines(list(fixture, BY_ADVISORY)), expected);
        /* Asking again, for whatever reason, tells nothing again. */
        fixture_execute(fixture, "INSERT INTO lagging_packages SELECT id, 0 FROM packages");
        rematch_in(fixture, &world);
        assert_int_equal(count_lines(list(fixture, BY_ADVISORY)), expected);
    }
    assert_true(expected > 20);
    struct view whole = list(fixture, 0);
    struct view by_pages = list_as(fixture, fixture->account.organization, 0, 3);
    assert_true(view_equal(whole, by_pages));
}

/* A package whose only finding is this one. */
static void match_only(struct fixture *fixture, int64_t generation, const struct finding *finding)
{
    struct error err;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    size_t count = 0;
    int64_t current = 0;
    set_generation(fixture, generation);
    assert_ok(store_lagging_packages(fixture->store, fixture->arena, 0, 5, &items, &count, &current, &err), &err);
    assert_int_equal(count, 1);
    struct package_match found = answer_to(fixture, &items[0],
        (struct package_answer){
            .findings = {.items = (struct finding *)(uintptr_t)finding, .count = finding != NULL ? 1 : 0}});
    assert_ok(store_commit_rematch(fixture->store, generation, &found, 1, &counts, &err), &err);
}

static void tells_what_changed_and_where(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    struct view fixed = view_text("2.0");
    struct finding finding = {
        .id = view_text("CVE-2026-0001"), .severity = SEVERITY_HIGH, .severity_source = "test", .fix_state = FIX_NONE};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 1);
    fixture_execute(fixture, "DELETE FROM package_findings; DELETE FROM events");
    match_only(fixture, 2, &finding);
    finding.severity = SEVERITY_CRITICAL;
    match_only(fixture, 3, &finding);
    finding.fix_state = FIX_AVAILABLE;
    finding.fixed_versions = &fixed;
    finding.fixed_version_count = 1;
    match_only(fixture, 4, &finding);
    fixed = view_text("2.1");
    match_only(fixture, 5, &finding);
    match_only(fixture, 6, NULL);
    fixture->clock.now_ms += 1000;
    scan_in(fixture, &(struct world){.generation = 6}, "later", 3); /* not an image of these events */
    assert_view_equal(list(fixture, BY_ADVISORY & ~(1 << CHANGE_NEW)),
        "resolved package0 CVE-2026-0001 critical> +0 -0 x1\n"
        "fix package0 CVE-2026-0001 fixed 2.0>fixed 2.1 +0 -0 x1\n"
        "fix package0 CVE-2026-0001 not-fixed>fixed 2.0 +0 -0 x1\n"
        "severity package0 CVE-2026-0001 high>critical +0 -0 x1\n");
    assert_true(view_starts_with(list(fixture, 1 << CHANGE_NEW), "new package0 CVE-2026-0001 >high +0 -0 x1\n") ||
                view_find_text(list(fixture, 1 << CHANGE_NEW), view_text("\nnew package0 CVE-2026-0001 >high")) <
                    list(fixture, 1 << CHANGE_NEW).size);
    assert_view_equal(list_as(fixture, fixture_other_organization(fixture), BY_ADVISORY, 100), "");
}

static void sums_up_first_imports_first_snapshots_and_new_rules(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 0};
    scan_in(fixture, &world, "1", 0x00f); /* before there was a feed; the findings stand for a cache */
    fixture_execute(fixture, "DELETE FROM package_findings; UPDATE packages SET fingerprint = 0");
    world.generation = 1;
    set_generation(fixture, 1);
    rematch_in(fixture, &world);
    int64_t findings = fixture_count(fixture, "SELECT count(*) FROM package_findings");
    struct view expected = arena_format(fixture->arena, "first-import   > +%lld -0 x0\n", (long long)findings);
    assert_true(view_equal(list(fixture, 1 << CHANGE_FIRST_IMPORT), expected));
    assert_view_equal(list(fixture, BY_ADVISORY), "");
    assert_int_equal(count_lines(list(fixture, 1 << CHANGE_FIRST_SNAPSHOT)), 1);

    fixture_execute(fixture, "UPDATE generations SET matcher = 0");
    set_generation(fixture, 1);
    world.versions[1] = 99;
    rematch_in(fixture, &world);
    assert_int_equal(count_lines(list(fixture, 1 << CHANGE_MATCHER)), 1);
    assert_view_equal(list(fixture, BY_ADVISORY), "");
}

static void tells_what_a_new_digest_brought_and_took(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x001);
    scan_in(fixture, &world, "1", 0x0ff);
    scan_in(fixture, &world, "1", 0x0ff);
    scan_in(fixture, &world, "1", 0x002);
    scan_in(fixture, &world, "2", 0x0ff); /* known: its rows are copied */
    struct view snapshots = list(fixture, 1 << CHANGE_FIRST_SNAPSHOT);
    assert_int_equal(count_lines(snapshots), 2);
    int64_t first = fixture_count(fixture, "SELECT count(*) FROM package_findings WHERE package_id = 1");
    int64_t second = fixture_count(fixture, "SELECT count(DISTINCT vulnerability_id) FROM package_findings");
    int64_t third = fixture_count(fixture, "SELECT count(*) FROM package_findings WHERE package_id = 2");
    struct view came = list(fixture, 1 << CHANGE_NEW);
    struct view went = list(fixture, 1 << CHANGE_RESOLVED);
    assert_int_equal(count_lines(came), 1);
    assert_int_equal(count_lines(went), 1);
    struct view plus = arena_format(fixture->arena, " +%lld -0 x1", (long long)(second - first));
    struct view minus = arena_format(fixture->arena, " +0 -%lld x1", (long long)(second - third));
    assert_true(view_find_text(came, plus) < came.size);
    assert_true(view_find_text(went, minus) < went.size);
}

static void tells_once_what_is_known_to_be_exploited_and_nothing_of_epss(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    size_t images = 0;
    struct view release = view_text("Debian:12");
    struct feed_state feeds[] = {
        {.name = view_text("osv/Debian"), .ecosystem = view_text("Debian"), .releases = &release, .release_count = 1},
        {.name = view_text("kev")},
    };
    struct vulnerability_facts likely = {.has_epss = true, .epss_score = 0.5, .epss_percentile = 0.75};
    struct vulnerability_facts known = {.is_known_exploited = true, .kev_added_ms = 5};
    struct generation_new given = {.number = 1, .feeds = feeds, .feed_count = 1};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    scan_in(fixture, &world, "1", 0x00f);
    struct view name = fixture_text(fixture, "SELECT min(name) FROM vulnerabilities");
    struct index_fact fact = {name, false};
    const struct index_delta delta = {.facts = &fact, .fact_count = 1};
    /* The first list of all is no news. */
    given = (struct generation_new){2, {""}, feeds, 2, &delta, {.number = 1}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_int_equal(ask_facts(fixture, &known, &images), 1);
    assert_view_equal(list(fixture, 1 << CHANGE_KEV), "");
    given = (struct generation_new){3, {""}, feeds, 2, &delta, {.number = 2}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    ask_facts(fixture, &likely, &images);
    assert_view_equal(list(fixture, 1 << CHANGE_KEV), "");
    for (int64_t number = 4; number < 6; number++) {
        given = (struct generation_new){number, {""}, feeds, 2, &delta, {.number = number - 1}};
        assert_ok(store_set_generation(fixture->store, &given, &err), &err);
        ask_facts(fixture, &known, &images);
        struct view expected = arena_format(fixture->arena, "known-exploited  %.*s > +0 -0 x1\n", VIEW_PRINT(name));
        assert_true(view_equal(list(fixture, 1 << CHANGE_KEV), expected));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_each_change_of_each_package_once),
        TEST(tells_what_changed_and_where),
        TEST(sums_up_first_imports_first_snapshots_and_new_rules),
        TEST(tells_what_a_new_digest_brought_and_took),
        TEST(tells_once_what_is_known_to_be_exploited_and_nothing_of_epss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
