/* SPDX-License-Identifier: Apache-2.0 */
/* Which packages and vulnerabilities lag behind a new generation, and that asking only them gives what asking all gives. */
#include "tests/unit/store/results_fixture.h"

/* Advisories of which each name has its own version, so that a delta can name what changed. */
struct world {
    unsigned versions[NAMES];
    int64_t generation;
};

static unsigned number_of(struct view name)
{
    int64_t number = 0;
    assert_true(view_to_integer(view_from(name, strlen("package")), &number));
    return (unsigned)number;
}

/* Findings describe their vulnerability differently from name to name. */
static struct finding_list match_in(struct fixture *fixture, const struct world *world, struct view name)
{
    static struct severity_rating ratings[] = {
        {VIEW_LITERAL("CVSS_V3"), VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")},
        {VIEW_LITERAL("CVSS_V3"), VIEW_LITERAL("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")},
        {VIEW_LITERAL("CVSS_V2"), VIEW_LITERAL("AV:N/AC:L/Au:N/C:P/I:P/A:P")}};
    unsigned number = number_of(name);
    const struct service service = {.seed = world->versions[number], .generation = 1};
    struct finding_list list = match(fixture->arena, &service, name);
    for (size_t i = 0; i < list.count; i++) {
        unsigned bits = mix(world->versions[number], (unsigned)i + number % 3);
        list.items[i].summary = view_text(bits % 2 == 0 ? "something is wrong" : "another thing is wrong");
        list.items[i].ratings = &ratings[bits / 2 % 3];
        list.items[i].rating_count = 1;
    }
    return list;
}

static size_t rematch_in(struct fixture *fixture, const struct world *world)
{
    struct error err;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    size_t count = 0;
    size_t all = 0;
    int64_t generation = 0;
    for (;;) {
        assert_ok(store_lagging_packages(fixture->store, fixture->arena, 3, &items, &count, &generation, &err), &err);
        assert_int_equal(generation, world->generation);
        if (count == 0)
            return all;
        struct package_match matches[3];
        for (size_t i = 0; i < count; i++)
            matches[i] = (struct package_match){items[i].id, match_in(fixture, world, items[i].package.name)};
        assert_ok(store_commit_rematch(fixture->store, generation, matches, count, &counts, &err), &err);
        all += count;
    }
}

static void scan_in(struct fixture *fixture, const struct world *world, const char *tag, unsigned bits)
{
    struct error err;
    struct service unused = {0};
    enum import_result result;
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text("team/app"),
        .tag = view_text(tag),
        .digest = manifest_digest(bits),
        .kind = MANIFEST_IMAGE,
        .lane = JOB_LANE_BULK};
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    struct scan_task task = {import.organization, import.integration,
        fixture_count(fixture, "SELECT id FROM repositories"), import.repository, import.digest};
    struct scan_image image = make_image(fixture->arena, bits, &unused);
    for (size_t i = 0; i < image.inventory.package_count; i++)
        image.findings[i] = match_in(fixture, world, image.inventory.packages[i].package.name);
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, world->generation);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
}

/* Everything that depends on the matches, as one number. */
static int64_t fingerprint(struct fixture *fixture)
{
    static const char *const texts[] = {
        "SELECT group_concat(line, ';') FROM (SELECT name || summary || ratings AS line FROM vulnerabilities WHERE EXISTS "
        "(SELECT 1 FROM package_findings WHERE vulnerability_id = vulnerabilities.id) ORDER BY name)",
        "SELECT group_concat(line, ';') FROM (SELECT packages.name || vulnerabilities.name || severity || fix_state || detail "
        "AS line FROM package_findings JOIN packages ON packages.id = package_id JOIN vulnerabilities "
        "ON vulnerabilities.id = vulnerability_id ORDER BY packages.name, vulnerabilities.name)",
        "SELECT group_concat(line, ';') FROM (SELECT image_id || '.' || vulnerabilities || '.' || critical || '.' || high || "
        "'.' || medium || '.' || low || '.' || negligible || '.' || unknown || '.' || fixable || '.' || findings || '.' || "
        "undecidable AS line FROM image_counters ORDER BY image_id)",
        "SELECT group_concat(line, ';') FROM (SELECT name || undecidable AS line FROM packages ORDER BY name)",
    };
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        all = all * 31 + view_hash(fixture_text(fixture, texts[i]));
    return (int64_t)all;
}

static struct index_name debian(struct fixture *fixture, unsigned number)
{
    return (struct index_name){view_text("Debian"), arena_format(fixture->arena, "package%u", number)};
}

static void asks_only_the_packages_under_changed_names(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    struct index_name names[] = {
        debian(fixture, 2), debian(fixture, 5), debian(fixture, 11), {view_text("Alpine"), view_text("package3")}};
    const struct index_delta delta = {.names = names, .name_count = 4};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x1ff);
    assert_int_equal(lagging(fixture), 0);
    set_generation_by(fixture, 2, &delta);
    assert_int_equal(lagging(fixture), 2); /* 11 is in no image, 3 is of another ecosystem */
    world.generation = 2;
    assert_int_equal(rematch_in(fixture, &world), 2);
    const struct index_delta nothing = {0};
    set_generation_by(fixture, 3, &nothing);
    assert_int_equal(lagging(fixture), 0);
    struct view ecosystem = view_text("Debian");
    const struct index_delta whole = {.ecosystems = &ecosystem, .ecosystem_count = 1};
    set_generation_by(fixture, 4, &whole);
    assert_int_equal(lagging(fixture), 9);
}

static void asks_everything_where_the_delta_does_not_begin_at_the_current_generation(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    const struct index_delta nothing = {0};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x1ff);
    struct generation_new given = {.number = 3, .delta = &nothing, .since = {.number = 2}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_int_equal(lagging(fixture), 9);
    world.generation = 3;
    rematch_in(fixture, &world);
    /* The same number of another index. */
    given.digest = fixture_digest("another index");
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_int_equal(lagging(fixture), 9);
}

static void asks_everything_when_the_rules_of_the_matcher_change(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x1ff);
    fixture_execute(fixture, "UPDATE generations SET matcher = 0; DELETE FROM package_keys");
    set_generation(fixture, 1);
    assert_int_equal(lagging(fixture), 9);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM lagging_packages WHERE cause = 2"), 9);
    rematch_in(fixture, &world);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM package_keys"), 9); /* by which the new rules ask */
    set_generation(fixture, 1);
    assert_int_equal(lagging(fixture), 0);
}

static void asks_again_what_a_scan_with_older_advisories_brought(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x00f);
    struct world later = world;
    later.generation = 2;
    later.versions[1] = later.versions[5] = 77;
    struct index_name names[] = {debian(fixture, 1), debian(fixture, 5)};
    const struct index_delta delta = {.names = names, .name_count = 2};
    set_generation_by(fixture, 2, &delta);
    scan_in(fixture, &world, "2", 0x03f);
    assert_int_equal(lagging(fixture), 3); /* 1 by the delta, 4 and 5 as they came with the scan */
    rematch_in(fixture, &later);
    int64_t found = fingerprint(fixture);
    fixture_execute(fixture, "INSERT INTO lagging_packages SELECT id, 0 FROM packages");
    rematch_in(fixture, &later);
    assert_int_equal(fingerprint(fixture), found);
    scan_in(fixture, &later, "3", 0x03f); /* with the new ones: nothing is left to do */
    assert_int_equal(lagging(fixture), 0);
    assert_int_equal(fingerprint(fixture), found);
}

static void gives_what_asking_everything_gives(void **state)
{
    struct fixture *fixture = *state;
    struct world world = {.generation = 1};
    struct world before = world;
    unsigned random = 11;
    char tag[16];
    set_generation(fixture, 1);
    for (unsigned step = 0; step < 40; step++) {
        random = mix(random, step);
        snprintf(tag, sizeof(tag), "t%u", random / 8192 % 5);
        if (step % 4 != 3) {
            scan_in(fixture, random % 3 == 0 ? &before : &world, tag, mix(random, 3) % (1u << NAMES));
            continue;
        }
        struct index_name names[3];
        before = world;
        world.generation++;
        for (unsigned i = 0; i < 3; i++) {
            unsigned number = mix(random, 50 + i) % NAMES;
            names[i] = debian(fixture, number);
            world.versions[number] = mix(random, i);
        }
        const struct index_delta delta = {.names = names, .name_count = 3};
        set_generation_by(fixture, world.generation, &delta);
        if (step % 8 == 7)
            continue; /* the next generation comes before anything was asked */
        rematch_in(fixture, &world);
        int64_t found = fingerprint(fixture);
        fixture_execute(fixture, "INSERT INTO lagging_packages SELECT id, 0 FROM packages");
        rematch_in(fixture, &world);
        assert_int_equal(fingerprint(fixture), found);
    }
}

/* The packages' vulnerabilities are asked, with these answers. */
static size_t ask_facts(struct fixture *fixture, const struct vulnerability_facts *facts, size_t *images_changed)
{
    struct error err;
    struct lagging_vulnerability *items;
    struct rematch_counts counts;
    size_t count = 0;
    int64_t generation = 0;
    assert_ok(
        store_lagging_vulnerabilities(fixture->store, fixture->arena, 100, &items, &count, &generation, &err), &err);
    struct vulnerability_answer *answers = ARENA_ARRAY(fixture->arena, struct vulnerability_answer, count);
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct vulnerability_answer){items[i].id, facts};
    assert_fails(
        store_commit_facts(fixture->store, generation - 1, answers, count, &counts, &err), &err, ERROR_CONFLICT);
    assert_ok(store_commit_facts(fixture->store, generation, answers, count, &counts, &err), &err);
    *images_changed = counts.images_changed;
    return count;
}

static void asks_only_the_vulnerabilities_that_changed(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    size_t images = 0, count = 0;
    struct view release = view_text("Debian:12");
    struct feed_state feeds[] = {
        {.name = view_text("osv/Debian"), .ecosystem = view_text("Debian"), .releases = &release, .release_count = 1},
        {.name = view_text("kev")},
    };
    struct generation_new given = {.number = 1, .feeds = feeds, .feed_count = 2};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    scan_in(fixture, &world, "1", 0x0ff);
    scan_in(fixture, &world, "2", 0xf00);
    struct view name = fixture_text(fixture,
        "SELECT min(name) FROM vulnerabilities WHERE EXISTS (SELECT 1 FROM package_findings WHERE vulnerability_id = id)");
    struct index_fact facts[] = {{arena_copy(fixture->arena, name), false}, {view_text("CVE-1999-0001"), true}};
    const struct index_delta delta = {.facts = facts, .fact_count = 2};
    struct vulnerability_facts likely = {.has_epss = true, .epss_score = 0.5, .epss_percentile = 0.75};
    struct vulnerability_facts known = {.is_known_exploited = true, .kev_added_ms = 5};
    given = (struct generation_new){2, {""}, feeds, 2, &delta, {.number = 1}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_int_equal(ask_facts(fixture, &likely, &images), 1);
    assert_int_equal(images, 0); /* no counter depends on it */
    assert_int_equal(ask_facts(fixture, &likely, &images), 0);
    assert_int_equal(lagging(fixture), 0);
    given = (struct generation_new){3, {""}, feeds, 2, &delta, {.number = 2}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_int_equal(ask_facts(fixture, &known, &images), 1);
    assert_true(images > 0);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    int64_t kev = 0;
    for (size_t i = 0; i < count; i++)
        kev += rows[i].counts.kev;
    assert_int_equal(kev, images);
    facts[0].moves_findings = true;
    given = (struct generation_new){4, {""}, feeds, 2, &delta, {.number = 3}};
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
    assert_true(lagging(fixture) > 0); /* the packages that have it */
    assert_int_equal(lagging(fixture),
        fixture_count(
            fixture, "SELECT count(*) FROM package_findings JOIN lagging_vulnerabilities USING (vulnerability_id)"));
}

static void is_queued_again_for_what_came_while_it_ended(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    struct job job;
    bool found = false;
    const char *kinds[] = {"rematch", NULL};
    struct job_lease lease = {.owner = view_text("a"), .kinds = kinds, .lease_ms = 1000};
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x00f);
    set_generation(fixture, 2);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_true(found);
    struct world later = {.generation = 2};
    size_t images = 0;
    ask_facts(fixture, NULL, &images);
    rematch_in(fixture, &later);
    scan_in(fixture, &world, "2", 0x01f); /* finds the job unfinished */
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_true(found);
    ask_facts(fixture, NULL, &images);
    rematch_in(fixture, &later);
    assert_ok(store_complete_job(fixture->store, &job, &err), &err);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_false(found);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(asks_only_the_packages_under_changed_names),
        TEST(asks_everything_where_the_delta_does_not_begin_at_the_current_generation),
        TEST(asks_everything_when_the_rules_of_the_matcher_change),
        TEST(asks_again_what_a_scan_with_older_advisories_brought),
        TEST(gives_what_asking_everything_gives),
        TEST(asks_only_the_vulnerabilities_that_changed),
        TEST(is_queued_again_for_what_came_while_it_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
