/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by day: what is stored is what the lists say of all images of the place together. */
#include "store/daily_counters.h"

#include "store/place_sum.h"
#include "tests/unit/store/rematch_fixture.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct day_counters *list_days(struct fixture *fixture, struct day_query query, size_t *count)
{
    struct error err;
    struct day_counters *rows = NULL;
    bool has_more = false;
    if (query.page.limit == 0)
        query.page.limit = 100;
    assert_ok(store_list_days(
                  fixture->store, fixture->arena, fixture->account.organization, &query, &rows, count, &has_more, &err),
        &err);
    return rows;
}

static void scan_into(
    struct fixture *fixture, const struct world *world, const char *repository, const char *tag, unsigned bits)
{
    struct error err;
    struct service unused = {0};
    enum import_result result;
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .run = fixture->run,
        .repository = view_text(repository),
        .tag = view_text(tag),
        .digest = manifest_digest(bits),
        .kind = MANIFEST_IMAGE,
        .lane = JOB_LANE_BULK};
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    char sql[128];
    snprintf(sql, sizeof(sql), "SELECT id FROM repositories WHERE name = '%s'", repository);
    struct scan_task task = {
        import.organization, import.integration, fixture_count(fixture, sql), import.repository, import.digest};
    struct scan_image image = make_image(fixture->arena, bits, &unused);
    for (size_t i = 0; i < image.inventory.package_count; i++)
        image.findings[i] = match_in(fixture, world, image.inventory.packages[i].package.name);
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, world->generation);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
}

/* What the lists say of a vulnerability. */
struct listed {
    enum severity severity;
    bool is_fixable;
    enum threat threat;
};

static void add_findings(struct fixture *fixture, const struct image_row *image, struct map *worst, struct map *pairs)
{
    size_t count = 0, total = 0;
    struct finding_row *items = list_findings(fixture, image, (struct finding_query){0}, &count, &total);
    assert_int_equal(count, total);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &items[i].finding;
        struct listed *listed = map_get(worst, finding->id);
        if (listed == NULL) {
            listed = ARENA_NEW(fixture->arena, struct listed);
            map_set(worst, finding->id, listed);
        }
        listed->severity = finding->severity > listed->severity ? finding->severity : listed->severity;
        listed->is_fixable |= finding->fix_state == FIX_AVAILABLE;
        listed->threat = finding->facts != NULL && finding->facts->is_known_exploited ? THREAT_KNOWN : THREAT_NONE;
        map_set(pairs,
            arena_format(fixture->arena, "%.*s %.*s", VIEW_PRINT(finding->id), VIEW_PRINT(items[i].package.name)),
            fixture);
    }
}

static void add_packages(struct fixture *fixture, const struct image_row *image, struct map *packages)
{
    struct error err;
    struct package_row *found = NULL;
    size_t count = 0, total = 0;
    bool has_more = false;
    const struct package_query query = {.page.limit = PAGE_LIMIT_MAX};
    assert_ok(store_list_packages(fixture->store, fixture->arena, fixture->account.organization, &image->uuid, &query,
                  &found, &count, &total, &has_more, &err),
        &err);
    for (size_t i = 0; i < count; i++)
        map_set(packages, found[i].package.name, fixture);
}

/* Counted from the lists, in the plainest way. */
static struct tally count_again(struct fixture *fixture, const char *repository)
{
    struct tally tally = {0};
    struct map worst, packages, pairs;
    size_t rows = 0;
    map_init(&worst, fixture->arena);
    map_init(&packages, fixture->arena);
    map_init(&pairs, fixture->arena);
    struct image_row *images = list_rows(
        fixture, (struct image_query){.states = 1u << IMAGE_SCANNED, .repository = view_text(repository)}, &rows);
    assert_true(rows > 0);
    for (size_t i = 0; i < rows; i++) {
        add_findings(fixture, &images[i], &worst, &pairs);
        add_packages(fixture, &images[i], &packages);
    }
    for (size_t i = 0; i < worst.count; i++) {
        const struct listed *listed = worst.entries[i].value;
        tally.kinds[kind_of(listed->severity, listed->is_fixable, listed->threat)]++;
    }
    tally.packages = (int64_t)packages.count;
    tally.findings = (int64_t)pairs.count;
    return tally;
}

static void check_day(struct fixture *fixture, struct day_query query, const char *repository)
{
    size_t count = 0;
    struct day_counters *days = list_days(fixture, query, &count);
    struct tally again = count_again(fixture, repository);
    assert_true(count > 0);
    assert_memory_equal(days[0].tally.kinds, again.kinds, sizeof(again.kinds));
    assert_int_equal(days[0].tally.packages, again.packages);
    assert_int_equal(days[0].tally.findings, again.findings);
}

/* All places against the lists behind them. */
static void check_all(struct fixture *fixture)
{
    struct day_query query = {0};
    check_day(fixture, query, "");
    query.integration = fixture->integration.uuid;
    check_day(fixture, query, "");
    query.repository = view_text("team/app");
    check_day(fixture, query, "team/app");
    query.repository = view_text("team/other");
    check_day(fixture, query, "team/other");
}

static void stores_what_counting_again_gives(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    assert_ok(store_count_day(fixture->store, &err), &err);
    list_days(fixture, (struct day_query){0}, &count);
    assert_int_equal(count, 0); /* nothing is scanned */
    scan_into(fixture, &world, "team/app", "1", 0x0ff);
    scan_into(fixture, &world, "team/app", "2", 0x3c3);
    scan_into(fixture, &world, "team/app", "3", 0x0ff);
    scan_into(fixture, &world, "team/other", "1", 0x0ff);
    scan_into(fixture, &world, "team/other", "2", 0x801);
    fixture_execute(fixture, "UPDATE vulnerabilities SET kev_added_ms = 5 WHERE id % 3 = 1");
    assert_ok(store_count_day(fixture->store, &err), &err);
    struct day_counters *days = list_days(fixture, (struct day_query){0}, &count);
    assert_int_equal(count, 1);
    assert_int_equal(days[0].images, 3); /* three tags are one image */
    assert_int_equal(days[0].counted_ms, FIXTURE_NOW_MS);
    assert_true(tally_count(&days[0].tally, (struct kind_filter){.threats = 1u << THREAT_KNOWN}) > 0);
    check_all(fixture);
    scan_into(fixture, &world, "team/app", "4", 0xf00);
    fixture->clock.now_ms += 1000;
    assert_ok(store_count_day(fixture->store, &err), &err); /* again on the same day: in its place */
    days = list_days(fixture, (struct day_query){0}, &count);
    assert_int_equal(count, 1);
    assert_int_equal(days[0].images, 4);
    assert_int_equal(days[0].counted_ms, FIXTURE_NOW_MS + 1000);
    check_all(fixture);
}

/* Random images in two repositories, tags that move, and advisories that change. */
static void follows_what_lists_say_over_random_changes(void **state)
{
    enum { ROUNDS = 12 };
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    set_generation(fixture, 1);
    scan_into(fixture, &world, "team/app", "0", 0x111);
    scan_into(fixture, &world, "team/other", "0", 0x222);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        char tag[8];
        unsigned bits = mix(round, 77);
        snprintf(tag, sizeof(tag), "%u", bits % 4);
        scan_into(fixture, &world, bits % 2 == 0 ? "team/app" : "team/other", tag, (bits >> 8) % 0xfff + 1);
        if (round % 3 == 0) {
            world.generation++;
            world.versions[bits % NAMES]++;
            set_generation(fixture, world.generation);
            rematch_in(fixture, &world);
        }
        assert_ok(store_count_day(fixture->store, &err), &err);
        check_all(fixture);
        fixture->clock.now_ms += DAY_MS / 3;
    }
}

static void keeps_days_and_forgets_old_ones(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    struct day_counters *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x0ff);
    assert_ok(store_count_day(fixture->store, &err), &err);
    fixture->clock.now_ms += DAY_MS;
    assert_ok(store_count_day(fixture->store, &err), &err);
    struct day_counters *days = list_days(fixture, (struct day_query){0}, &count);
    assert_int_equal(count, 2);
    assert_int_equal(days[0].day_ms - days[1].day_ms, DAY_MS);
    assert_int_equal(days[0].day_ms % DAY_MS, 0);
    list_days(fixture, (struct day_query){.from_ms = days[0].day_ms}, &count);
    assert_int_equal(count, 1);
    list_days(fixture, (struct day_query){.to_ms = days[0].day_ms}, &count);
    assert_int_equal(count, 1);
    struct day_query second = {.page = {.limit = 1, .after = days[0].cursor}};
    assert_ok(store_list_days(fixture->store, fixture->arena, fixture->account.organization, &second, &rows, &count,
                  &has_more, &err),
        &err);
    assert_int_equal(count, 1);
    assert_false(has_more);
    assert_int_equal(rows[0].day_ms, days[1].day_ms);
    fixture->clock.now_ms += DAYS_KEPT * DAY_MS;
    assert_ok(store_count_day(fixture->store, &err), &err);
    list_days(fixture, (struct day_query){0}, &count);
    assert_int_equal(count, 2); /* the second day is just young enough */
}

static void tells_whether_feeds_know_of_attacks(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x0ff);
    assert_ok(store_count_day(fixture->store, &err), &err);
    struct day_counters *days = list_days(fixture, (struct day_query){0}, &count);
    assert_false(days[0].has_kev);
    assert_false(days[0].has_exploits);
    fixture_execute(fixture, "UPDATE feeds SET name = 'kev'");
    assert_ok(store_count_day(fixture->store, &err), &err);
    days = list_days(fixture, (struct day_query){0}, &count);
    assert_true(days[0].has_kev);
    assert_true(days[0].has_exploits);
}

static void shows_nobody_elses_days(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    struct day_counters *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    int64_t other = fixture_other_organization(fixture);
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x0ff);
    assert_ok(store_count_day(fixture->store, &err), &err);
    struct day_query query = {.page.limit = 10};
    assert_ok(store_list_days(fixture->store, fixture->arena, other, &query, &rows, &count, &has_more, &err), &err);
    assert_int_equal(count, 0);
    query.integration = fixture->integration.uuid;
    assert_fails(store_list_days(fixture->store, fixture->arena, other, &query, &rows, &count, &has_more, &err), &err,
        ERROR_NOT_FOUND);
    query.repository = view_text("team/app");
    assert_fails(store_list_days(fixture->store, fixture->arena, other, &query, &rows, &count, &has_more, &err), &err,
        ERROR_NOT_FOUND);
}

static void shows_limited_callers_their_repositories_only(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct world world = {.generation = 1};
    struct day_counters *rows = NULL;
    size_t count = 0;
    bool has_more = false;
    set_generation(fixture, 1);
    scan_in(fixture, &world, "1", 0x0ff);
    assert_ok(store_count_day(fixture->store, &err), &err);
    struct day_query query = {.page.limit = 10, .owners = {.is_set = true}};
    int64_t organization = fixture->account.organization;
    const struct uuid *integration = &fixture->integration.uuid;
    list_days(fixture, query, &count);
    assert_int_equal(count, 0);
    query.integration = *integration;
    list_days(fixture, query, &count);
    assert_int_equal(count, 0);
    query.repository = view_text("team/app");
    assert_fails(store_list_days(fixture->store, fixture->arena, organization, &query, &rows, &count, &has_more, &err),
        &err, ERROR_NOT_FOUND);
    query.owners.has_unowned = true;
    list_days(fixture, query, &count);
    assert_int_equal(count, 1);
}

static void refuses_more_keys_than_sets_hold(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    char sql[256];
    snprintf(sql, sizeof(sql),
        "INSERT INTO vulnerabilities (id, name, summary, ratings, described_generation) VALUES (%lld, 'CVE-1', '', '', 0)",
        (long long)PLACE_KEYS_MAX);
    fixture_execute(fixture, sql);
    assert_fails(store_count_day(fixture->store, &err), &err, ERROR_LIMIT);
}

static void queues_one_job_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    bool is_new = false;
    assert_ok(store_queue_count(fixture->store, &is_new, &err), &err);
    assert_true(is_new);
    assert_ok(store_queue_count(fixture->store, &is_new, &err), &err);
    assert_false(is_new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stores_what_counting_again_gives, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(follows_what_lists_say_over_random_changes, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(keeps_days_and_forgets_old_ones, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(tells_whether_feeds_know_of_attacks, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_nobody_elses_days, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(shows_limited_callers_their_repositories_only, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_more_keys_than_sets_hold, fixture_begin, fixture_end),
        cmocka_unit_test_setup_teardown(queues_one_job_at_a_time, fixture_begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
