/* SPDX-License-Identifier: Apache-2.0 */
/* Which packages and vulnerabilities lag behind a new generation, and that asking only them gives what asking all gives. */
#include "tests/unit/store/rematch_fixture.h"

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

/* The same Python package twice: owned by the first package of the image, and not. */
static struct scan_image make_owned_image(struct fixture *fixture, const struct world *world, bool is_suppressed)
{
    const struct service unused = {0};
    struct scan_image image = make_image(fixture->arena, 1, &unused);
    struct inventory *inventory = &image.inventory;
    image.findings[0] = match_in(fixture, world, inventory->packages[0].package.name);
    for (unsigned i = 1; i <= 2; i++) {
        struct inventory_package *installed = &inventory->packages[inventory->package_count];
        installed->package = (struct package){.type = PACKAGE_PYPI,
            .name = view_text("package3"),
            .version = view_text("1.0"),
            .ecosystem = view_text("PyPI")};
        installed->path = view_text(i == 1 ? "usr/lib/python3" : "usr/local/lib/python3");
        installed->owner = i == 1 ? inventory->packages[0].package.name : view_text("");
        image.findings[inventory->package_count++] = match_in(fixture, world, installed->package.name);
    }
    const struct finding_list found = image.findings[1];
    assert_true(found.count > 0);
    image.suppressions = ARENA_ARRAY(fixture->arena, struct suppression, found.count);
    for (size_t i = 0; i < found.count && is_suppressed; i++)
        image.suppressions[image.suppression_count++] =
            (struct suppression){SUPPRESSION_OWNED, 1, found.items[i], view_text("owned")};
    if (is_suppressed)
        image.findings[1].count = 0;
    return image;
}

/* Of the Python package: the list, the counters and what is suppressed. */
static void check_owned(struct fixture *fixture, const struct scan_image *image)
{
    struct error err;
    size_t rows, count, total;
    struct explanation explanation;
    const struct image_row *row = list_rows(fixture, (struct image_query){0}, &rows);
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){0}, &count, &total);
    size_t owned = 0;
    assert_int_equal(total, image->findings[0].count + image->findings[1].count + image->findings[2].count);
    assert_int_equal(row->counts.findings, total);
    for (size_t i = 0; i < count; i++)
        owned += items[i].owner.size > 0;
    assert_int_equal(owned, image->findings[1].count);
    struct view id = image->findings[2].items[0].id;
    assert_ok(store_explain(
                  fixture->store, fixture->arena, fixture->account.organization, &row->uuid, id, &explanation, &err),
        &err);
    assert_int_equal(explanation.suppressed_count, image->suppression_count > 0);
    assert_int_equal(
        fixture_count(fixture, "SELECT count(*) FROM suppressed_findings"), (int64_t)image->suppression_count);
}

/* Asks again as the image says, whose second package is the owned one; gives how often that was asked. */
static size_t rematch_owned(struct fixture *fixture, const struct scan_image *image, int64_t generation)
{
    struct error err;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    size_t count = 0;
    size_t asked = 0;
    int64_t current = 0;
    for (;;) {
        assert_ok(store_lagging_packages(fixture->store, fixture->arena, 0, 1, &items, &count, &current, &err), &err);
        assert_int_equal(current, generation);
        if (count == 0)
            return asked;
        bool is_owned = items[0].owner != NULL;
        struct package_answer answer = {{0}, {0}};
        if (is_owned) {
            assert_true(view_is(items[0].owner->name, "package0"));
            *(image->suppression_count > 0 ? &answer.suppressed : &answer.findings) = image->findings[2];
        } else {
            answer.findings = image->findings[items[0].package.type == PACKAGE_DEB ? 0 : 2];
        }
        struct package_match match = answer_to(fixture, &items[0], answer);
        assert_ok(store_commit_rematch(fixture->store, generation, &match, 1, &counts, &err), &err);
        asked += is_owned;
    }
}

static void leaves_out_what_the_advisories_of_an_owner_decide(void **state)
{
    struct fixture *fixture = *state;
    const struct world world = {.generation = 1};
    struct index_name owner = {view_text("Debian"), view_text("package0")};
    const struct index_delta delta = {.names = &owner, .name_count = 1};
    struct error err;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 1, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct scan_image image = make_owned_image(fixture, &world, true);
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, 1);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    check_owned(fixture, &image);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM packages"), 3);

    /* Nothing is said of the owner any more; then again. */
    for (int64_t next = 2; next <= 3; next++) {
        set_generation_by(fixture, next, &delta);
        image = make_owned_image(fixture, &world, next == 3);
        assert_true(rematch_owned(fixture, &image, next) > 0);
        check_owned(fixture, &image);
    }
}

/* All that is stored of an answer shows in its fingerprint. */
static void tells_answers_apart_by_each_part(void **state)
{
    (void)state;
    struct view texts[] = {view_text("1.0"), view_text("2.0")};
    struct severity_rating rating = {.type = view_text("CVSS_V3"), .score = view_text("CVSS:3.1/…")};
    struct finding_evidence evidence = {.feed = "osv", .advisory = view_text("DSA-1-1"), .order = "dpkg"};
    struct finding finding = {.id = view_text("CVE-2026-0001"), .severity_source = "osv", .evidence = &evidence};
    struct package_answer answer = {.findings = {.items = &finding, .count = 1}};
    const struct finding_evidence plain_evidence = evidence;
    const struct finding plain = finding;
    const struct package_answer plain_answer = answer;
    int64_t seen[24] = {package_answer_fingerprint(&answer)};
    size_t count = 1;
#define CHANGED(change)                                                                                                \
    do {                                                                                                               \
        change;                                                                                                        \
        seen[count++] = package_answer_fingerprint(&answer);                                                           \
        evidence = plain_evidence;                                                                                     \
        finding = plain;                                                                                               \
        answer = plain_answer;                                                                                         \
    } while (0)
    CHANGED(finding.id = view_text("CVE-2026-0002"));
    CHANGED(finding.summary = texts[0]);
    CHANGED(finding.severity = SEVERITY_HIGH);
    CHANGED(finding.severity_source = "nvd");
    CHANGED(finding.fix_state = FIX_NONE);
    CHANGED((finding.fixed_versions = texts, finding.fixed_version_count = 1));
    CHANGED((finding.fixed_versions = texts, finding.fixed_version_count = 2));
    CHANGED((finding.aliases = texts, finding.alias_count = 1));
    CHANGED((finding.ratings = &rating, finding.rating_count = 1));
    CHANGED(finding.evidence_count = 1);
    CHANGED((finding.evidence_count = 1, evidence.feed = "debian"));
    CHANGED((finding.evidence_count = 1, evidence.advisory = texts[0]));
    CHANGED((finding.evidence_count = 1, evidence.fixed = texts[0]));
    CHANGED((finding.evidence_count = 1, evidence.last_affected = texts[0]));
    CHANGED((finding.evidence_count = 1, evidence.is_listed = true));
    CHANGED((finding.evidence_count = 1, evidence.modified_ms = 1));
    CHANGED((answer.suppressed = answer.findings, answer.findings.count = 0));
    CHANGED((answer.findings.is_undecidable = true, answer.findings.undecidable = texts[0]));
    CHANGED(answer.findings.count = 0);
#undef CHANGED
    for (size_t i = 0; i < count; i++) {
        assert_true(seen[i] > 0);
        for (size_t k = 0; k < i; k++)
            assert_true(seen[i] != seen[k]);
    }
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
        TEST(leaves_out_what_the_advisories_of_an_owner_decide),
        TEST(tells_answers_apart_by_each_part),
        TEST(gives_what_asking_everything_gives),
        TEST(asks_only_the_vulnerabilities_that_changed),
        TEST(is_queued_again_for_what_came_while_it_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
