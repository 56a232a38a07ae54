/* SPDX-License-Identifier: Apache-2.0 */
/* What feeds say of vulnerabilities, in findings and in the counters of images. */
#include "tests/unit/store/results_fixture.h"

/* The feeds of a generation, with or without a list of what is known to be exploited. */
static void set_generation_with(struct fixture *fixture, int64_t generation, bool has_kev)
{
    struct error err;
    struct view release = view_text("Debian:12");
    struct feed_state feeds[] = {
        {.name = view_text("osv/Debian"), .ecosystem = view_text("Debian"), .releases = &release, .release_count = 1},
        {.name = view_text("kev")},
    };
    const struct generation_new given = {.number = generation, .feeds = feeds, .feed_count = has_kev ? 2 : 1};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
}

/* What the feeds say of all vulnerabilities that lag; how many images changed. */
static size_t ask_facts(struct fixture *fixture, int64_t generation, const struct vulnerability_facts *facts)
{
    struct error err;
    struct lagging_vulnerability *items;
    struct rematch_counts counts;
    size_t count = 0;
    int64_t current = 0;
    assert_ok(store_lagging_vulnerabilities(fixture->store, fixture->arena, 100, &items, &count, &current, &err), &err);
    struct vulnerability_answer *answers = ARENA_ARRAY(fixture->arena, struct vulnerability_answer, count);
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct vulnerability_answer){items[i].id, facts};
    assert_ok(store_commit_facts(fixture->store, generation, answers, count, &counts, &err), &err);
    return counts.images_changed;
}

/* Asks the vulnerabilities that lag, then matches one package again, whose only finding has these facts. */
static void match_with_facts(
    struct fixture *fixture, int64_t generation, const struct vulnerability_facts *facts, size_t images_changed)
{
    struct error err;
    struct lagging_package *items = NULL;
    size_t count = 0;
    int64_t current = 0;
    struct rematch_counts counts;
    struct finding_evidence evidence = {
        .feed = "osv", .advisory = view_text("DSA-1-1"), .ecosystem = view_text("Debian:12"), .order = "dpkg"};
    struct finding finding = {.id = view_text("CVE-2026-0001"),
        .severity = SEVERITY_HIGH,
        .severity_source = "test",
        .evidence = &evidence,
        .evidence_count = 1,
        .facts = facts};
    size_t images = ask_facts(fixture, generation, facts);
    assert_ok(store_lagging_packages(fixture->store, fixture->arena, 0, 5, &items, &count, &current, &err), &err);
    assert_int_equal(count, 1);
    struct package_match found =
        answer_to(fixture, &items[0], (struct package_answer){.findings = {.items = &finding, .count = 1}});
    assert_ok(store_commit_rematch(fixture->store, generation, &found, 1, &counts, &err), &err);
    assert_int_equal(counts.images_changed + images, images_changed);
}

static void check_known(const struct vulnerability_facts *facts)
{
    assert_int_equal(facts->kev_added_ms, 7000);
    assert_int_equal(facts->kev_due_ms, 9000);
    assert_int_equal(facts->published_ms, 5000);
    assert_true(facts->is_used_by_ransomware && facts->is_disputed);
    assert_int_equal(facts->exploit_count, 2);
    assert_true(view_is(facts->exploits[0].source, "exploit-db") && view_is(facts->exploits[0].reference, "EDB 1"));
    assert_true(view_is(facts->exploits[1].source, "metasploit"));
}

static void stores_what_is_known_of_vulnerabilities(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 5, .generation = 1};
    struct vulnerability_facts likely = {.has_epss = true, .epss_score = 0.97605, .epss_percentile = 0.99999};
    struct vulnerability_facts known = {.is_known_exploited = true,
        .kev_added_ms = 7000,
        .kev_due_ms = 9000,
        .is_used_by_ransomware = true,
        .is_disputed = true,
        .published_ms = 5000,
        .exploits = (struct vulnerability_exploit[]){{view_text("exploit-db"), view_text("EDB 1")},
            {view_text("not one line"), view_text("x")}, {view_text("metasploit"), view_text("exploit/multi/x")}},
        .exploit_count = 3};
    size_t count = 0, total = 0;
    set_generation_with(fixture, 1, false);
    struct scan_task task = import_tag(fixture, "1", 1, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 1, &service);
    set_generation_with(fixture, 2, false);
    match_with_facts(fixture, 2, &likely, 1);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(rows[0].counts.kev, -1);
    struct finding_row *items = list_findings(fixture, &rows[0], (struct finding_query){0}, &count, &total);
    assert_int_equal(count, 1);
    assert_true(items[0].finding.facts->epss_score == 0.97605 && items[0].finding.facts->epss_percentile == 0.99999);
    assert_false(items[0].finding.facts->is_known_exploited);
    set_generation_with(fixture, 3, true);
    assert_int_equal(list_rows(fixture, (struct image_query){0}, &count)[0].counts.kev, 0);
    match_with_facts(fixture, 3, &known, 1); /* the finding is the same, but the counter moves */
    assert_int_equal(list_rows(fixture, (struct image_query){0}, &count)[0].counts.kev, 1);
    items = list_findings(fixture, &rows[0], (struct finding_query){0}, &count, &total);
    assert_true(items[0].finding.facts->is_known_exploited && !items[0].finding.facts->has_epss);
    check_known(items[0].finding.facts);
    set_generation_with(fixture, 4, true);
    match_with_facts(fixture, 4, &known, 0);
    set_generation_with(fixture, 5, true);
    match_with_facts(fixture, 5, NULL, 1);
    assert_int_equal(list_rows(fixture, (struct image_query){0}, &count)[0].counts.kev, 0);
    items = list_findings(fixture, &rows[0], (struct finding_query){0}, &count, &total);
    assert_null(items[0].finding.facts);
    /* A public exploit counts in the images, and no longer when it is withdrawn. */
    struct vulnerability_exploit exploit = {view_text("exploitdb"), view_text("51234")};
    struct vulnerability_facts attacked = {.exploits = &exploit, .exploit_count = 1};
    set_generation_with(fixture, 6, true);
    match_with_facts(fixture, 6, &attacked, 1);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(rows[0].counts.exploitable, 1);
    assert_int_equal(rows[0].counts.score, 801);
    set_generation_with(fixture, 7, true);
    match_with_facts(fixture, 7, &known, 1);
    assert_int_equal(list_rows(fixture, (struct image_query){0}, &count)[0].counts.score, 901);
    set_generation_with(fixture, 8, false);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(rows[0].counts.kev, -1);
    assert_int_equal(rows[0].counts.exploitable, -1);
    assert_int_equal(rows[0].counts.score, 801); /* it still has a public exploit */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stores_what_is_known_of_vulnerabilities, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
