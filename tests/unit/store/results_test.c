/* SPDX-License-Identifier: Apache-2.0 */
/* Scans, rematching and the lists that show them. Every counter is compared with the list behind it. */
#include "tests/unit/store/results_fixture.h"

/* Every counter of the row against the lists that it counts, counted here in the plainest way. */
static void check_counters(struct fixture *fixture, const struct image_row *row)
{
    struct error err;
    struct map worst;
    size_t count = 0;
    size_t total = 0;
    int64_t by_severity[SEVERITY_COUNT] = {0};
    map_init(&worst, fixture->arena);
    static const char fixable_mark[] = "fixable";
    struct map fixable;
    map_init(&fixable, fixture->arena);
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){0}, &count, &total);
    assert_int_equal(count, total);
    for (size_t i = 0; i < count; i++) {
        struct map_entry *entry = map_entry(&worst, items[i].finding.id);
        intptr_t severity = (intptr_t)items[i].finding.severity + 1;
        if ((intptr_t)entry->value < severity)
            entry->value = (void *)severity;
        if (items[i].finding.fix_state == FIX_AVAILABLE)
            map_set(&fixable, items[i].finding.id, (void *)(uintptr_t)fixable_mark);
    }
    for (size_t i = 0; i < worst.count; i++)
        by_severity[(intptr_t)worst.entries[i].value - 1]++;
    assert_int_equal(row->counts.findings, count);
    assert_int_equal(row->counts.vulnerabilities, worst.count);
    assert_int_equal(row->counts.fixable, fixable.count);
    assert_int_equal(row->counts.unfixed, worst.count - fixable.count);
    assert_memory_equal(row->counts.by_severity, by_severity, sizeof(by_severity));
    assert_int_equal(row->counts.kev, -1);
    struct gap_list gaps = {0};
    assert_ok(
        store_list_gaps(fixture->store, fixture->arena, fixture->account.organization, &row->uuid, &gaps, &err), &err);
    assert_int_equal(row->counts.gaps, gaps.count);
    struct package_row *packages = NULL;
    bool has_more = false;
    const struct package_query query = {.page.limit = PAGE_LIMIT_MAX};
    assert_ok(store_list_packages(fixture->store, fixture->arena, fixture->account.organization, &row->uuid, &query,
                  &packages, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(row->counts.packages, count);
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += packages[i].findings;
    assert_int_equal(sum, row->counts.findings);
}

/* The front page against the rows of the list. */
static void check_totals(struct fixture *fixture, const struct image_row *rows, size_t count)
{
    struct error err;
    struct store_totals totals;
    int64_t worst[SEVERITY_COUNT] = {0};
    int64_t clean = 0;
    assert_ok(store_read_totals(fixture->store, fixture->arena, fixture->account.organization, &totals, &err), &err);
    for (size_t i = 0; i < count; i++) {
        int severity = SEVERITY_COUNT - 1;
        while (severity >= 0 && rows[i].counts.by_severity[severity] == 0)
            severity--;
        if (severity < 0)
            clean++;
        else
            worst[severity]++;
    }
    assert_int_equal(totals.rows, count);
    assert_int_equal(totals.rows_by_state[IMAGE_SCANNED], count);
    assert_int_equal(totals.rows_without_findings, clean);
    assert_memory_equal(totals.rows_by_worst, worst, sizeof(worst));
}

static void shows_a_scan_with_all_its_findings(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "Latest", 0x0ff, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 1);
    assert_int_equal(rows[0].state, IMAGE_PENDING);
    assert_int_equal(rows[0].verdict, VERDICT_COULD_NOT_TELL);
    struct uuid pending = rows[0].uuid;
    scan(fixture, &task, 0x0ff, &service);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 1);
    assert_string_equal(rows[0].uuid.text, pending.text);
    assert_int_equal(rows[0].state, IMAGE_SCANNED);
    assert_view_equal(rows[0].reference, "registry.example:5000/team/app:Latest");
    assert_view_equal(rows[0].platform, "linux/amd64");
    assert_view_equal(rows[0].distribution, "Debian GNU/Linux 12 (bookworm)");
    assert_int_equal(rows[0].counts.packages, 8);
    assert_true(rows[0].counts.findings > 0);
    assert_int_equal(rows[0].layers_fetched, 2);
    assert_int_equal(rows[0].layers_shared, 0);
    assert_int_equal(rows[0].verdict, VERDICT_COULD_NOT_TELL); /* a file could not be read */
    check_counters(fixture, &rows[0]);
    size_t total = 0;
    struct finding_row *items = list_findings(fixture, &rows[0], (struct finding_query){0}, &count, &total);
    for (size_t i = 1; i < count; i++)
        assert_true(items[i - 1].finding.severity >= items[i].finding.severity);
    assert_int_equal(items[0].path_count, 1);
    assert_view_equal(items[0].paths[0], "var/lib/dpkg/status");
    assert_int_equal(items[0].finding.evidence_count, 1);
    assert_string_equal(items[0].finding.evidence[0].order, "dpkg");
    assert_int_equal(items[0].first_ms, FIXTURE_NOW_MS);
    assert_int_equal(items[0].first_feed_ms, FIXTURE_NOW_MS);
    assert_true(view_starts_with(items[0].purl, "pkg:deb/debian/package"));
}

static void changes_nothing_when_a_scan_is_committed_twice(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 2, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0x3c3, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x3c3, &service);
    const char *const tables[] = {"SELECT count(*) FROM packages", "SELECT count(*) FROM package_findings",
        "SELECT count(*) FROM images", "SELECT count(*) FROM snapshot_images", "SELECT count(*) FROM scan_gaps",
        "SELECT count(*) FROM package_images", "SELECT sum(length(members)) FROM package_images",
        "SELECT count(*) FROM jobs", "SELECT sum(length(tallies)) FROM image_tallies",
        "SELECT count(*) FROM list_keys WHERE keys IS NOT NULL"};
    int64_t before[sizeof(tables) / sizeof(tables[0])];
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        before[i] = fixture_count(fixture, tables[i]);
    scan(fixture, &task, 0x3c3, &service);
    import_tag(fixture, "1", 0x3c3, MANIFEST_IMAGE, IMPORT_UNCHANGED);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        assert_int_equal(fixture_count(fixture, tables[i]), before[i]);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 1);
    check_counters(fixture, &rows[0]);
}

static void shares_packages_and_scans_between_tags(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 3, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0x00f, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x00f, &service);
    import_tag(fixture, "stable", 0x00f, MANIFEST_IMAGE, IMPORT_KNOWN);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 2);
    assert_int_equal(rows[1].layers_fetched, 0);
    assert_int_equal(rows[1].layers_shared, 2);
    assert_memory_equal(&rows[0].counts, &rows[1].counts, sizeof(rows[0].counts));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM images"), 1);
    task = import_tag(fixture, "2", 0x01f, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x01f, &service);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM packages"), 5);
    /* The base layer came with the first image, whatever a cache held when the second was scanned. */
    assert_int_equal(fixture_count(fixture,
                         "SELECT 10 * layers_fetched + layers_shared FROM snapshot_images ORDER BY id DESC LIMIT 1"),
        11);
    /* A tag that moves leaves its old rows out of the list. */
    import_tag(fixture, "2", 0x00f, MANIFEST_IMAGE, IMPORT_KNOWN);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(rows[i].counts.packages, 4);
        check_counters(fixture, &rows[i]);
    }
}

static void shows_each_platform_of_an_index(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 4, .generation = 1};
    struct arena *arena = fixture->arena;
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 1, MANIFEST_INDEX, IMPORT_QUEUED);
    struct scan_image amd64 = make_image(arena, 0x011, &service);
    struct scan_image arm64 = make_image(arena, 0x012, &service);
    struct platform arm = {view_text("linux"), view_text("arm64"), view_text("v8")};
    commit_as(fixture, &task, fixture_digest("amd64"), (struct platform){0}, &amd64, 1);
    commit_as(fixture, &task, fixture_digest("arm64"), arm, &arm64, 1);
    struct scan_failure failure = {
        .task = &task, .manifest = fixture_digest("riscv"), .error = view_text("manifest is gone")};
    assert_ok(store_commit_scan_failure(fixture->store, &failure, &err), &err);
    failure.manifest = fixture_digest("arm64");
    assert_ok(store_commit_scan_failure(fixture->store, &failure, &err), &err); /* never replaces a success */
    assert_ok(store_finish_scan(fixture->store, &task, 1, view_text(""), &err), &err);
    struct image_row *rows = list_rows(fixture, (struct image_query){.order = IMAGE_ORDER_ADDED}, &count);
    assert_int_equal(count, 3);
    assert_view_equal(rows[0].platform, "linux/amd64");
    assert_view_equal(rows[1].platform, "linux/arm64/v8");
    assert_int_equal(rows[1].state, IMAGE_SCANNED);
    assert_int_equal(rows[2].state, IMAGE_FAILED);
    assert_view_equal(rows[2].error, "manifest is gone");
    assert_view_equal(rows[0].digest, task.digest.text);
    check_counters(fixture, &rows[0]);
    /* The failed one is tried again by the next import, and a success takes its place. */
    import_tag(fixture, "1", 1, MANIFEST_INDEX, IMPORT_UNCHANGED);
    struct scan_image riscv = make_image(arena, 0x014, &service);
    commit_as(fixture, &task, fixture_digest("riscv"), (struct platform){0}, &riscv, 1);
    rows = list_rows(fixture, (struct image_query){.states = 1u << IMAGE_FAILED}, &count);
    assert_int_equal(count, 0);
}

static void shows_artifacts_as_no_image(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    size_t count = 0;
    import_tag(fixture, "chart", 5, MANIFEST_ARTIFACT, IMPORT_ARTIFACT);
    struct scan_task task = import_tag(fixture, "empty", 6, MANIFEST_INDEX, IMPORT_QUEUED);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text("application/vnd.example"), &err), &err);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_false(rows[i].is_image);
        assert_int_equal(rows[i].verdict, VERDICT_COULD_NOT_TELL);
    }
    assert_view_equal(rows[1].artifact_type, "application/vnd.example");
    list_rows(fixture, (struct image_query){.images_only = true}, &count);
    assert_int_equal(count, 0);
    struct store_totals totals;
    assert_ok(store_read_totals(fixture->store, fixture->arena, fixture->account.organization, &totals, &err), &err);
    assert_int_equal(totals.artifacts, 2);
    assert_int_equal(totals.images, 0);
}

static void matches_again_what_lags_behind(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 5, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0x1ff, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x1ff, &service);
    set_generation(fixture, 2);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs WHERE kind = 'rematch'"), 1);
    service.generation = 2;
    assert_int_equal(lagging(fixture), 9);
    assert_true(rematch(fixture, &service) >= 9);
    assert_int_equal(rematch(fixture, &service), 0);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    check_counters(fixture, &rows[0]);
    /* A scan that began with the older generation brings two new packages: exactly these are matched again. */
    struct service old = {.seed = 5, .generation = 1};
    task = import_tag(fixture, "2", 0x7ff, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0x7ff, &old);
    struct package_match none = {.id = 1};
    struct rematch_counts counts;
    assert_fails(store_commit_rematch(fixture->store, 1, &none, 1, &counts, &err), &err, ERROR_CONFLICT);
    struct generation_new earlier = {.number = 1};
    assert_fails(store_set_generation(fixture->store, &earlier, &err), &err, ERROR_CONFLICT);
    assert_int_equal(lagging(fixture), 2);
    assert_true(rematch(fixture, &service) >= 2);
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++)
        check_counters(fixture, &rows[i]);
    size_t total = 0;
    struct finding_row *items = list_findings(fixture, &rows[1], (struct finding_query){0}, &count, &total);
    for (size_t i = 0; i < count; i++) {
        struct finding_list expected = match(fixture->arena, &service, items[i].package.name);
        bool is_expected = false;
        for (size_t k = 0; k < expected.count; k++)
            is_expected |= view_equal(expected.items[k].id, items[i].finding.id) &&
                           expected.items[k].severity == items[i].finding.severity;
        assert_true(is_expected);
    }
}

static void keeps_counters_equal_to_lists_after_random_operations(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 20261121, .generation = 1};
    unsigned random = 7;
    size_t count = 0;
    char tag[16];
    set_generation(fixture, 1);
    for (unsigned step = 0; step < 60; step++) {
        random = mix(random, step);
        unsigned bits = random % (1u << NAMES);
        snprintf(tag, sizeof(tag), "t%u", random / 8192 % 10);
        if (step % 12 == 11) {
            service.generation++;
            set_generation(fixture, service.generation);
            rematch(fixture, &service);
        } else {
            struct error err;
            enum import_result result;
            struct import import = {
                .organization = fixture->account.organization,
                .integration = fixture->integration.id,
                .run = fixture->run,
                .repository = view_text("team/app"),
                .tag = view_text(tag),
                .digest = manifest_digest(bits),
                .kind = MANIFEST_IMAGE,
                .lane = JOB_LANE_BULK,
            };
            assert_ok(store_import(fixture->store, &import, &result, &err), &err);
            struct scan_task task = {import.organization, import.integration,
                fixture_count(fixture, "SELECT id FROM repositories"), import.repository, import.digest};
            scan(fixture, &task, bits, &service);
        }
    }
    struct image_row *rows = list_rows(fixture, (struct image_query){.order = IMAGE_ORDER_SEVERITY}, &count);
    assert_int_equal(count, 10);
    check_totals(fixture, rows, count);
    for (size_t i = 0; i < count; i++) {
        check_counters(fixture, &rows[i]);
        if (i > 0)
            assert_true(
                rows[i - 1].counts.by_severity[SEVERITY_CRITICAL] >= rows[i].counts.by_severity[SEVERITY_CRITICAL]);
    }
}

static void follows_the_feeds_in_gaps_and_verdicts(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 9, .generation = 0};
    size_t count = 0;
    struct gate lenient = {.allow_gaps = true, .feed_age_max_ms = 1000};
    struct scan_task task = import_tag(fixture, "1", 0, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct scan_image image = make_image(fixture->arena, 0x001, &service);
    image.findings[0].count = 0;
    image.findings[0].is_undecidable = false;
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, 0);
    struct gap_list gaps = {0};
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    struct uuid uuid = rows[0].uuid;
    int64_t organization = fixture->account.organization;
    assert_ok(store_list_gaps(fixture->store, fixture->arena, organization, &uuid, &gaps, &err), &err);
    assert_int_equal(gaps.count, 2);
    assert_int_equal(gaps.items[1].kind, GAP_NO_FEED);
    set_generation(fixture, 1);
    rows = list_rows(fixture, (struct image_query){.gate = &lenient}, &count);
    assert_int_equal(rows[0].counts.gaps, 1);
    assert_int_equal(rows[0].verdict, VERDICT_PASSED);
    fixture->clock.now_ms += 1001;
    rows = list_rows(fixture, (struct image_query){.gate = &lenient}, &count);
    assert_int_equal(rows[0].verdict, VERDICT_COULD_NOT_TELL); /* the feed is older than the gate allows */
    struct view *ecosystems = NULL;
    assert_ok(store_ecosystems(fixture->store, fixture->arena, &ecosystems, &count, &err), &err);
    assert_int_equal(count, 1);
    assert_view_equal(ecosystems[0], "Debian");
}

static void pages_through_images_in_every_order(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 11, .generation = 1};
    char tag[16];
    set_generation(fixture, 1);
    for (unsigned i = 0; i < 23; i++) {
        snprintf(tag, sizeof(tag), "%s%u", i % 2 == 0 ? "v" : "V", i);
        struct scan_task task = import_tag(fixture, tag, 100 + i, MANIFEST_IMAGE, IMPORT_QUEUED);
        if (i % 5 != 0)
            scan(fixture, &task, 100 + i, &service);
    }
    for (int order = 0; order < IMAGE_ORDER_COUNT; order++) {
        struct map seen;
        size_t count = 0;
        size_t total = 0;
        bool has_more = true;
        struct image_row *rows = NULL;
        struct image_query query = {.order = (enum image_order)order, .page = {.limit = 5}};
        map_init(&seen, fixture->arena);
        while (has_more) {
            assert_ok(store_list_images(fixture->store, fixture->arena, fixture->account.organization, &query, &rows,
                          &count, &total, &has_more, &err),
                &err);
            assert_int_equal(total, 23);
            for (size_t i = 0; i < count; i++)
                assert_true(map_set(&seen, view_text(rows[i].uuid.text), fixture));
            query.page.after = rows[count - 1].cursor;
        }
        assert_int_equal(seen.count, 23);
        query.page = (struct page_request){.limit = 5, .before = rows[0].cursor};
        assert_ok(store_list_images(fixture->store, fixture->arena, fixture->account.organization, &query, &rows,
                      &count, &total, &has_more, &err),
            &err);
        assert_int_equal(count, 5);
        assert_true(has_more);
        for (size_t i = 0; i < count; i++)
            assert_string_equal(rows[i].uuid.text, seen.entries[15 + i].key.data);
    }
}

static void searches_text_as_it_is_written(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct image_row *rows = NULL;
    size_t count = 0;
    size_t total = 0;
    bool has_more = false;
    import_tag(fixture, "A_b", 1, MANIFEST_IMAGE, IMPORT_QUEUED);
    import_tag(fixture, "axb", 2, MANIFEST_IMAGE, IMPORT_QUEUED);
    list_rows(fixture, (struct image_query){.search = view_text("a_B")}, &count);
    assert_int_equal(count, 1);
    list_rows(fixture, (struct image_query){.search = view_text("%")}, &count);
    assert_int_equal(count, 0);
    list_rows(fixture, (struct image_query){.search = view_text("\\")}, &count);
    assert_int_equal(count, 0);
    list_rows(fixture, (struct image_query){.search = view_text("'; DROP TABLE images; --")}, &count);
    assert_int_equal(count, 0);
    list_rows(fixture, (struct image_query){.search = view_text("TEAM/app")}, &count);
    assert_int_equal(count, 2);
    struct digest digest = manifest_digest(2);
    list_rows(fixture, (struct image_query){.search = view_slice(digest_view(&digest), 0, 20)}, &count);
    assert_int_equal(count, 1);
    char longest[SEARCH_BYTES_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    struct image_query query = {.page = {.limit = 1}, .search = view_of(longest, SEARCH_BYTES_MAX + 1)};
    assert_fails(store_list_images(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                     &total, &has_more, &err),
        &err, ERROR_LIMIT);
    query = (struct image_query){.page = {.limit = 1, .after = view_text("5")}};
    assert_fails(store_list_images(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, &count,
                     &total, &has_more, &err),
        &err, ERROR_INVALID);
}

static void pages_and_filters_findings(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 12, .generation = 1};
    size_t count = 0;
    size_t total = 0;
    bool has_more = true;
    size_t seen = 0;
    struct finding_row *items = NULL;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0xfff, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0xfff, &service);
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    struct finding_row *all = list_findings(fixture, &rows[0], (struct finding_query){0}, &count, &total);
    struct finding_query query = {.page = {.limit = 4}};
    while (has_more) {
        assert_ok(store_list_findings(fixture->store, fixture->arena, fixture->account.organization, &rows[0].uuid,
                      &query, &items, &count, &total, &has_more, &err),
            &err);
        for (size_t i = 0; i < count; i++, seen++) {
            assert_true(view_equal(items[i].finding.id, all[seen].finding.id));
            assert_true(view_equal(items[i].package.name, all[seen].package.name));
        }
        query.page.after = items[count - 1].cursor;
    }
    assert_int_equal(seen, total);
    query = (struct finding_query){.page = {.limit = 3, .before = all[4].cursor}};
    assert_ok(store_list_findings(fixture->store, fixture->arena, fixture->account.organization, &rows[0].uuid, &query,
                  &items, &count, &total, &has_more, &err),
        &err);
    assert_int_equal(count, 3);
    assert_true(has_more);
    assert_true(view_equal(items[2].finding.id, all[3].finding.id));
    size_t fixable = 0;
    size_t unfixed = 0;
    list_findings(fixture, &rows[0], (struct finding_query){.kinds.fixable = KIND_WITH_FIX}, &count, &fixable);
    list_findings(fixture, &rows[0], (struct finding_query){.kinds.fixable = KIND_WITHOUT_FIX}, &count, &unfixed);
    assert_int_equal(fixable + unfixed, seen);
    size_t by_alias = 0;
    size_t by_id = 0;
    list_findings(fixture, &rows[0], (struct finding_query){.vulnerability = view_text("dsa-5001")}, &count, &by_alias);
    list_findings(
        fixture, &rows[0], (struct finding_query){.vulnerability = view_text("CVE-2026-1001")}, &count, &by_id);
    assert_true(by_id > 0);
    assert_int_equal(by_alias, by_id);
    list_findings(fixture, &rows[0], (struct finding_query){.search = view_text("PACKAGE11")}, &count, &total);
    assert_true(total > 0 && total < seen);
    list_findings(fixture, &rows[0], (struct finding_query){.kinds.severities = 1u << SEVERITY_HIGH}, &count, &total);
    assert_true(total >= (size_t)rows[0].counts.by_severity[SEVERITY_HIGH]);
}

static void explains_findings_and_their_absence(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 13, .generation = 1};
    size_t count = 0;
    set_generation(fixture, 1);
    struct scan_task task = import_tag(fixture, "1", 0xfff, MANIFEST_IMAGE, IMPORT_QUEUED);
    scan(fixture, &task, 0xfff, &service);
    struct image_row *rows = NULL;
    int64_t organization = fixture->account.organization;
    const char *const names[] = {
        "registry.example:5000/team/app:1", "team/app:1", "team/app", manifest_digest(0xfff).text};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_ok(store_resolve_images(
                      fixture->store, fixture->arena, organization, view_text(names[i]), 10, &rows, &count, &err),
            &err);
        assert_int_equal(count, 1);
    }
    assert_fails(
        store_resolve_images(fixture->store, fixture->arena, organization, view_text("app"), 10, &rows, &count, &err),
        &err, ERROR_NOT_FOUND);
    struct explanation explanation;
    rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_ok(store_explain(fixture->store, fixture->arena, organization, &rows[0].uuid, view_text("CVE-2026-1002"),
                  &explanation, &err),
        &err);
    assert_true(explanation.finding_count > 0);
    assert_int_equal(explanation.feed_count, 1);
    assert_int_equal(explanation.ecosystem_count, 1);
    assert_ok(store_explain(fixture->store, fixture->arena, organization, &rows[0].uuid, view_text("CVE-1999-0001"),
                  &explanation, &err),
        &err);
    assert_int_equal(explanation.finding_count, 0);
    assert_false(explanation.is_known);
    assert_int_equal(explanation.generation, 1);
    /* Another organization sees none of it. */
    int64_t other = fixture_other_organization(fixture);
    struct image_row row;
    struct gap_list gaps;
    assert_fails(store_find_image(fixture->store, fixture->arena, other, &rows[0].uuid, NULL, &row, &err), &err,
        ERROR_NOT_FOUND);
    assert_fails(store_explain(fixture->store, fixture->arena, other, &rows[0].uuid, view_text("CVE-2026-1002"),
                     &explanation, &err),
        &err, ERROR_NOT_FOUND);
    assert_fails(
        store_list_gaps(fixture->store, fixture->arena, other, &rows[0].uuid, &gaps, &err), &err, ERROR_NOT_FOUND);
    task.organization = other;
    struct scan_image image = make_image(fixture->arena, 1, &service);
    struct scan_result result = {.task = &task, .manifest = task.digest, .image = &image, .generation = 1};
    assert_fails(store_commit_scan(fixture->store, &result, &err), &err, ERROR_NOT_FOUND);
}

static void tells_which_tags_are_to_be_imported(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct pending_import *items = NULL;
    size_t count = 0;
    size_t changed = 0;
    int64_t organization = fixture->account.organization;
    struct listed_tag tags[] = {
        {.tag = view_text("1"), .digest = manifest_digest(1)}, {.tag = view_text("2"), .digest = manifest_digest(2)}};
    struct listing listing = {
        organization, fixture->integration.id, fixture->run, view_text("team/app"), tags, 2, true};
    assert_ok(store_record_listing(fixture->store, &listing, &changed, &err), &err);
    import_tag(fixture, "1", 1, MANIFEST_IMAGE, IMPORT_QUEUED);
    assert_ok(store_pending_imports(fixture->store, fixture->arena, organization, fixture->integration.id,
                  view_text("team/app"), &items, &count, &err),
        &err);
    assert_int_equal(count, 1);
    assert_view_equal(items[0].tag, "2");
    assert_true(digest_equal(&items[0].digest, &tags[1].digest));
}

static void finds_the_task_of_a_scan_job(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    bool found = false;
    struct job job;
    struct scan_task task;
    int64_t organization = fixture->account.organization;
    struct scan_task imported = import_tag(fixture, "1", 77, MANIFEST_IMAGE, IMPORT_QUEUED);
    import_tag(fixture, "2", 77, MANIFEST_IMAGE, IMPORT_QUEUED); /* the same digest is scanned once */
    struct job_lease lease = {.owner = view_text("test"), .lease_ms = 1000};
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_true(found);
    assert_view_equal(job.kind, "scan");
    assert_ok(store_find_scan_task(fixture->store, fixture->arena, organization, job.payload, &task, &err), &err);
    assert_int_equal(task.repository, imported.repository);
    assert_true(digest_equal(&task.digest, &imported.digest));
    assert_fails(store_find_scan_task(fixture->store, fixture->arena, organization, view_text("{}"), &task, &err), &err,
        ERROR_INVALID);
    assert_fails(store_find_scan_task(
                     fixture->store, fixture->arena, fixture_other_organization(fixture), job.payload, &task, &err),
        &err, ERROR_NOT_FOUND);
    assert_ok(store_lease_job(fixture->store, fixture->arena, &lease, &found, &job, &err), &err);
    assert_false(found);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(shows_a_scan_with_all_its_findings),
        TEST(changes_nothing_when_a_scan_is_committed_twice),
        TEST(shares_packages_and_scans_between_tags),
        TEST(shows_each_platform_of_an_index),
        TEST(shows_artifacts_as_no_image),
        TEST(matches_again_what_lags_behind),
        TEST(keeps_counters_equal_to_lists_after_random_operations),
        TEST(follows_the_feeds_in_gaps_and_verdicts),
        TEST(pages_through_images_in_every_order),
        TEST(searches_text_as_it_is_written),
        TEST(pages_and_filters_findings),
        TEST(explains_findings_and_their_absence),
        TEST(tells_which_tags_are_to_be_imported),
        TEST(finds_the_task_of_a_scan_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
