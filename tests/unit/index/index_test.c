/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/index/index_fixture.h"

#include "base/fault.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

static void assert_views_equal(struct view a, struct view b)
{
    if (!view_equal(a, b))
        fail_msg("\"%.*s\" is not \"%.*s\"", VIEW_PRINT(a), VIEW_PRINT(b));
}

static struct advisory advisory_with_every_field(void)
{
    static struct view aliases[] = {VIEW_LITERAL("CVE-2026-0001"), VIEW_LITERAL("GHSA-xxxx")};
    static struct view upstream[] = {VIEW_LITERAL("CVE-2026-0002")};
    static struct severity_rating ratings[] = {
        {.type = VIEW_LITERAL("CVSS_V3"), .score = VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")}};
    static struct range_event semver_events[] = {{EVENT_INTRODUCED, VIEW_LITERAL("0")},
        {EVENT_FIXED, VIEW_LITERAL("1.0")}, {EVENT_INTRODUCED, VIEW_LITERAL("1.5")},
        {EVENT_LAST_AFFECTED, VIEW_LITERAL("2.0")}, {EVENT_LIMIT, VIEW_LITERAL("3.0")}};
    static struct range ranges[] = {
        {RANGE_SEMVER, semver_events, 5}, {RANGE_GIT, NULL, 0}, {RANGE_ECOSYSTEM, semver_events, 2}};
    static struct view versions[] = {VIEW_LITERAL("0.9"), VIEW_LITERAL("0.9.1")};
    static struct severity_rating own_ratings[] = {{.type = VIEW_LITERAL("Ubuntu"), .score = VIEW_LITERAL("medium")}};
    static struct view architectures[] = {VIEW_LITERAL("x86_64"), VIEW_LITERAL("aarch64")};
    static struct affected affected[] = {
        {.ecosystem = VIEW_LITERAL("Debian:12"),
            .name = VIEW_LITERAL("openssl"),
            .ranges = ranges,
            .range_count = 3,
            .versions = versions,
            .version_count = 2,
            .ratings = own_ratings,
            .rating_count = 1,
            .status = VIEW_LITERAL("needed"),
            .module = VIEW_LITERAL("openssl:3"),
            .architectures = architectures,
            .architecture_count = 2},
        {.ecosystem = VIEW_LITERAL("Debian:11"), .name = VIEW_LITERAL("openssl"), .ranges = ranges, .range_count = 1},
        {.ecosystem = VIEW_LITERAL("Debian:11"), .name = VIEW_LITERAL("other"), .ranges = ranges, .range_count = 1},
        {.ecosystem = VIEW_LITERAL("Alpine:v3.18"),
            .name = VIEW_LITERAL("openssl"),
            .ranges = ranges,
            .range_count = 1},
    };
    return (struct advisory){
        .id = view_text("DSA-1-1"),
        .summary = view_text("summary with \xc3\xbc"),
        .modified_ms = FIXTURE_NOW_MS - 5,
        .published_ms = INT64_C(-62135596800000), /* the year 1 */
        .withdrawn_ms = 7,
        .aliases = aliases,
        .alias_count = 2,
        .upstream = upstream,
        .upstream_count = 1,
        .ratings = ratings,
        .rating_count = 1,
        .severity_word = view_text("MODERATE"),
        .affected = affected,
        .affected_count = 4,
    };
}

static void assert_ratings_equal(
    const struct severity_rating *a, size_t a_count, const struct severity_rating *b, size_t b_count)
{
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++) {
        assert_views_equal(a[i].type, b[i].type);
        assert_views_equal(a[i].score, b[i].score);
    }
}

static void assert_texts_equal(const struct view *a, size_t a_count, const struct view *b, size_t b_count)
{
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++)
        assert_views_equal(a[i], b[i]);
}

static void assert_affected_equal(const struct affected *a, const struct affected *b)
{
    assert_views_equal(a->ecosystem, b->ecosystem);
    assert_views_equal(a->name, b->name);
    assert_int_equal(a->range_count, b->range_count);
    for (size_t i = 0; i < a->range_count; i++) {
        assert_int_equal(a->ranges[i].type, b->ranges[i].type);
        assert_int_equal(a->ranges[i].event_count, b->ranges[i].event_count);
        for (size_t j = 0; j < a->ranges[i].event_count; j++) {
            assert_int_equal(a->ranges[i].events[j].kind, b->ranges[i].events[j].kind);
            assert_views_equal(a->ranges[i].events[j].version, b->ranges[i].events[j].version);
        }
    }
    assert_texts_equal(a->versions, a->version_count, b->versions, b->version_count);
    assert_ratings_equal(a->ratings, a->rating_count, b->ratings, b->rating_count);
    assert_views_equal(a->status, b->status);
    assert_views_equal(a->module, b->module);
    assert_texts_equal(a->architectures, a->architecture_count, b->architectures, b->architecture_count);
}

static void finds_a_name_however_it_is_spelled(void **state)
{
    struct fixture *fixture = *state;
    struct advisory written = fixture_advisory(fixture->arena, "PYSEC-1", "PyPI", "Zope.Interface", "1.0");
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "PyPI");
    fixture_add(builder, &written);
    fixture_finish(builder);
    assert_int_equal(fixture_commit(builder), 1);

    AUTO_INDEX *generation = fixture_open(fixture);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "PyPI", "zope_interface", &matches), 1);
    assert_view_equal(matches[0].advisory.affected[0].name, "zope-interface");
    assert_int_equal(fixture_find(fixture, generation, "PyPI", "zope", &matches), 0);
}

static void gives_back_every_field(void **state)
{
    struct fixture *fixture = *state;
    struct advisory written = advisory_with_every_field();
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    fixture_add(builder, &written);
    fixture_finish(builder);
    assert_int_equal(fixture_commit(builder), 1);

    AUTO_INDEX *generation = fixture_open(fixture);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "Debian:12", "openssl", &matches), 1);
    assert_string_equal(matches[0].feed, "osv");
    const struct advisory *read = &matches[0].advisory;
    assert_views_equal(read->id, written.id);
    assert_views_equal(read->summary, written.summary);
    assert_true(read->modified_ms == written.modified_ms);
    assert_true(read->published_ms == written.published_ms);
    assert_true(read->withdrawn_ms == written.withdrawn_ms);
    assert_texts_equal(read->aliases, read->alias_count, written.aliases, written.alias_count);
    assert_texts_equal(read->upstream, read->upstream_count, written.upstream, written.upstream_count);
    assert_ratings_equal(read->ratings, read->rating_count, written.ratings, written.rating_count);
    assert_views_equal(read->severity_word, written.severity_word);
    /* Those of that name in that ecosystem, all releases; the release is the matcher's business. */
    assert_int_equal(read->affected_count, 2);
    assert_affected_equal(&read->affected[0], &written.affected[0]);
    assert_affected_equal(&read->affected[1], &written.affected[1]);

    assert_int_equal(fixture_find(fixture, generation, "Debian", "other", &matches), 1);
    assert_int_equal(fixture_find(fixture, generation, "Debian:12", "opens", &matches), 0);
    assert_int_equal(fixture_find(fixture, generation, "Debian:12", "", &matches), 0);
    assert_int_equal(fixture_find(fixture, generation, "Alpine:v3.18", "openssl", &matches), 0);
}

static void finds_many_records_under_one_name(void **state)
{
    struct fixture *fixture = *state;
    enum { RECORDS = 3000 };
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    for (int i = 0; i < RECORDS; i++) {
        struct view id = arena_format(fixture->arena, "CVE-%d", i);
        struct view fixed = arena_format(fixture->arena, "%d.0", i);
        struct advisory advisory =
            fixture_advisory(fixture->arena, id.data, "Debian:12", i % 3 == 0 ? "other" : "linux", fixed.data);
        fixture_add(builder, &advisory);
    }
    fixture_finish(builder);
    fixture_commit(builder);

    AUTO_INDEX *generation = fixture_open(fixture);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "Debian:12", "linux", &matches), RECORDS / 3 * 2);
    for (size_t i = 0; i < RECORDS / 3 * 2; i++) {
        size_t number = i / 2 * 3 + i % 2 + 1;
        assert_views_equal(matches[i].advisory.id, arena_format(fixture->arena, "CVE-%zu", number));
        assert_int_equal(matches[i].advisory.affected_count, 1);
        assert_views_equal(
            matches[i].advisory.affected[0].ranges[0].events[1].version, arena_format(fixture->arena, "%zu.0", number));
    }
    size_t count;
    assert_int_equal(index_databases(generation, &count)[0].record_count, RECORDS);
}

static void build_one(struct fixture *fixture, const char *ecosystem, int records, const char *fixed)
{
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, ecosystem);
    for (int i = 0; i < records; i++) {
        struct view id = arena_format(fixture->arena, "ID-%d", i);
        struct advisory advisory = fixture_advisory(fixture->arena, id.data, ecosystem, "curl", fixed);
        fixture_add(builder, &advisory);
    }
    fixture_finish(builder);
    fixture_commit(builder);
}

static void tells_how_to_make_an_index_that_is_missing(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct index_generation *generation;
    assert_fails(index_open(fixture->folder, &generation, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "tidewaiter feed update"));
    assert_fails(index_open("/nonexistent/index", &generation, &err), &err, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "tidewaiter feed update"));
}

static void keeps_databases_that_are_not_built_anew(void **state)
{
    struct fixture *fixture = *state;
    build_one(fixture, "Debian", 1, "1.0");
    build_one(fixture, "Alpine", 2, "2.0");
    AUTO_INDEX *generation = fixture_open(fixture);
    assert_int_equal(index_number(generation), 2);
    size_t count;
    const struct index_database *databases = index_databases(generation, &count);
    assert_int_equal(count, 2);
    assert_view_equal(databases[0].ecosystem, "Alpine");
    assert_view_equal(databases[1].ecosystem, "Debian");
    assert_true(databases[1].date_ms == (FIXTURE_NOW_MS - 1000) / 1000 * 1000);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "Debian", "curl", &matches), 1);
    assert_int_equal(fixture_find(fixture, generation, "Alpine", "curl", &matches), 2);
}

static size_t files_in(struct fixture *fixture, const char *subfolder)
{
    DIR *directory = opendir(arena_format(fixture->arena, "%s/%s", fixture->folder, subfolder).data);
    assert_non_null(directory);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void leaves_a_reader_its_generation_while_others_come(void **state)
{
    struct fixture *fixture = *state;
    build_one(fixture, "Debian", 1, "1.0");
    AUTO_INDEX *reader = fixture_open(fixture);
    struct lookup_match *matches;
    build_one(fixture, "Debian", 2, "2.0");
    build_one(fixture, "Debian", 3, "3.0");
    build_one(fixture, "Debian", 4, "4.0");
    assert_int_equal(files_in(fixture, "generations"), 2);
    assert_int_equal(files_in(fixture, "databases"), 2);

    assert_int_equal(fixture_find(fixture, reader, "Debian", "curl", &matches), 1);
    assert_view_equal(matches[0].advisory.affected[0].ranges[0].events[1].version, "1.0");
    AUTO_INDEX *next = fixture_open(fixture);
    assert_int_equal(fixture_find(fixture, next, "Debian", "curl", &matches), 4);
}

static void changes_nothing_without_a_commit(void **state)
{
    struct fixture *fixture = *state;
    build_one(fixture, "Debian", 1, "1.0");
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    struct advisory advisory = fixture_advisory(fixture->arena, "ID-9", "Debian", "curl", "9");
    fixture_add(builder, &advisory);
    fixture_finish(builder);
    index_builder_free(builder);
    AUTO_INDEX *generation = fixture_open(fixture);
    assert_int_equal(index_number(generation), 1);

    /* Nor does a commit of nothing. */
    assert_int_equal(fixture_commit(fixture_builder(fixture)), 1);
}

static void lets_only_one_builder_write(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct index_builder *second;
    struct index_builder *first = fixture_builder(fixture);
    assert_fails(index_builder_new(fixture->folder, &fixture->clock.clock, &second, &err), &err, ERROR_CONFLICT);
    index_builder_free(first);
    index_builder_free(fixture_builder(fixture));
}

static void refuses_a_database_that_lost_a_fifth(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    build_one(fixture, "Debian", 10, "1.0");
    build_one(fixture, "Debian", 8, "1.0"); /* just enough */
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    for (int i = 0; i < 6; i++) {
        struct view id = arena_format(fixture->arena, "ID-%d", i);
        struct advisory advisory = fixture_advisory(fixture->arena, id.data, "Debian", "curl", "1");
        fixture_add(builder, &advisory);
    }
    struct index_database info = {.is_complete = true};
    assert_fails(index_builder_finish(builder, false, &info, &err), &err, ERROR_REFUSED);
    assert_int_equal(index_builder_database(builder, view_text("osv"), view_text("Debian"))->record_count, 8);
    assert_ok(index_builder_finish(builder, true, &info, &err), &err);
    fixture_commit(builder);
    AUTO_INDEX *generation = fixture_open(fixture);
    size_t count;
    assert_int_equal(index_databases(generation, &count)[0].record_count, 6);
}

static void refuses_a_database_without_records(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    struct index_database info = {.is_complete = true};
    assert_fails(index_builder_finish(builder, true, &info, &err), &err, ERROR_INVALID);
    index_builder_free(builder);
}

static void keeps_gaps_by_name_and_counts_the_rest(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    struct advisory advisory = fixture_advisory(fixture->arena, "ID-1", "Debian", "curl", "1");
    fixture_add(builder, &advisory);
    fixture_add(builder, &advisory);
    for (int i = 0; i < INDEX_GAPS_MAX + 5; i++)
        index_builder_add_gap(builder, arena_format(fixture->arena, "BAD-%d", i), view_text("not valid JSON"));
    assert_true(index_builder_has(builder, view_text("ID-1")));
    assert_true(index_builder_has(builder, view_text("BAD-1004")));
    assert_false(index_builder_has(builder, view_text("ID-2")));
    fixture_finish(builder);
    fixture_commit(builder);

    AUTO_INDEX *generation = fixture_open(fixture);
    size_t count;
    const struct index_database *database = index_databases(generation, &count);
    assert_int_equal(database->record_count, 1);
    assert_int_equal(database->gap_count, INDEX_GAPS_MAX + 6);
    struct index_gap *gaps;
    assert_ok(index_gaps(generation, 0, fixture->arena, &gaps, &count, &err), &err);
    assert_int_equal(count, INDEX_GAPS_MAX);
    assert_view_equal(gaps[0].name, "ID-1");
    assert_view_equal(gaps[0].reason, "another record has the same id");
    assert_view_equal(gaps[1].name, "BAD-0");
}

static void does_not_believe_dates_in_the_future(void **state)
{
    struct fixture *fixture = *state;
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, "Debian");
    struct advisory old = fixture_advisory(fixture->arena, "ID-1", "Debian", "curl", "1");
    struct advisory future = fixture_advisory(fixture->arena, "ID-2", "Debian", "curl", "1");
    old.modified_ms = FIXTURE_NOW_MS - 1000000;
    future.modified_ms = FIXTURE_NOW_MS + INT64_C(100000) * 86400;
    fixture_add(builder, &old);
    fixture_add(builder, &future);
    fixture_finish(builder);
    fixture_commit(builder);
    AUTO_INDEX *generation = fixture_open(fixture);
    size_t count;
    assert_true(index_databases(generation, &count)->date_ms == old.modified_ms);
}

static struct view database_file(struct fixture *fixture)
{
    AUTO_INDEX *generation = fixture_open(fixture);
    size_t count;
    return arena_format(fixture->arena, "%s/databases/%.*s.cdb", fixture->folder,
        VIEW_PRINT(digest_hex(&index_databases(generation, &count)[0].digest)));
}

static void notices_each_changed_byte(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    build_one(fixture, "Debian", 20, "1.0");
    int file = open(database_file(fixture).data, O_RDWR);
    assert_true(file >= 0);
    off_t size = lseek(file, 0, SEEK_END);
    for (off_t at = 0; at < size; at += 7) {
        unsigned char byte;
        assert_int_equal(pread(file, &byte, 1, at), 1);
        unsigned char changed = byte ^ 0x10;
        assert_int_equal(pwrite(file, &changed, 1, at), 1);
        AUTO_INDEX *generation = fixture_open(fixture);
        const struct lookup *lookup = index_lookup(generation);
        struct lookup_match *matches;
        size_t count;
        assert_fails(
            lookup->find(lookup, fixture->arena, view_text("Debian"), view_text("nothing"), &matches, &count, &err),
            &err, ERROR_CORRUPT);
        assert_fails(index_verify(generation, 0, &err), &err, ERROR_CORRUPT);
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        arena_reset(fixture->arena);
    }
    close(file);
    AUTO_INDEX *generation = fixture_open(fixture);
    assert_ok(index_verify(generation, 0, &err), &err);
}

static void names_the_database_that_is_missing_or_cut_short(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    build_one(fixture, "Debian", 20, "1.0");
    struct view path = database_file(fixture);
    build_one(fixture, "Alpine", 1, "1.0");
    assert_int_equal(truncate(path.data, 3000), 0);
    for (int i = 0; i < 2; i++) {
        AUTO_INDEX *generation = fixture_open(fixture);
        const struct lookup *lookup = index_lookup(generation);
        struct lookup_match *matches;
        size_t count;
        assert_fails(
            lookup->find(lookup, fixture->arena, view_text("Debian:12"), view_text("curl"), &matches, &count, &err),
            &err, ERROR_CORRUPT);
        assert_non_null(strstr(err.message, i == 0 ? "has another size" : "is missing"));
        assert_non_null(strstr(err.message, "feed update --ecosystem 'Debian'"));
        /* The others still answer. */
        assert_int_equal(fixture_find(fixture, generation, "Alpine", "curl", &matches), 1);
        if (i == 0)
            assert_int_equal(unlink(path.data), 0);
    }
    /* An update repairs it. */
    build_one(fixture, "Debian", 20, "1.0");
    AUTO_INDEX *generation = fixture_open(fixture);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "Debian", "curl", &matches), 20);
}

/* Files are mapped when they are asked. */
static void keeps_what_is_open_and_notices_what_is_cut_meanwhile(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct lookup_match *matches;
    size_t count;
    build_one(fixture, "Debian", 20, "1.0");
    struct view path = database_file(fixture);
    AUTO_INDEX *kept = fixture_open(fixture);
    AUTO_INDEX *cut = fixture_open(fixture);
    struct view aside = arena_format(fixture->arena, "%.*s.aside", VIEW_PRINT(path));
    assert_int_equal(rename(path.data, aside.data), 0);
    assert_int_equal(fixture_find(fixture, kept, "Debian", "curl", &matches), 20);
    assert_int_equal(truncate(aside.data, 3000), 0);
    for (int i = 0; i < 2; i++) {
        const struct lookup *lookup = index_lookup(cut);
        assert_fails(
            lookup->find(lookup, fixture->arena, view_text("Debian"), view_text("curl"), &matches, &count, &err), &err,
            ERROR_CORRUPT);
        assert_non_null(strstr(err.message, "has another size"));
    }
}

static void answers_from_more_databases_than_it_holds_descriptors_for(void **state)
{
    enum { DATABASES = 70 }; /* of 64 */
    struct fixture *fixture = *state;
    struct lookup_match *matches;
    char names[DATABASES][8];
    for (int i = 0; i < DATABASES; i++) {
        snprintf(names[i], sizeof(names[i]), "E%02d", i);
        build_one(fixture, names[i], 1, "1.0");
    }
    AUTO_INDEX *generation = fixture_open(fixture);
    for (int i = 0; i < DATABASES; i++)
        assert_int_equal(fixture_find(fixture, generation, names[i], "curl", &matches), 1);
}

static void refuses_a_broken_manifest(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    build_one(fixture, "Debian", 1, "1.0");
    struct view path = arena_format(fixture->arena, "%s/generations/1.json", fixture->folder);
    struct index_generation *generation;
    static const char *const broken[] = {"", "{}",
        "{\"number\":2,\"created_at\":\"2026-01-01T00:00:00Z\",\"databases\":[]}",
        "{\"number\":1,\"created_at\":\"2026-01-01T00:00:00Z\",\"databases\":[{}]}"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        FILE *file = fopen(path.data, "w");
        assert_non_null(file);
        fputs(broken[i], file);
        fclose(file);
        assert_fails(index_open(fixture->folder, &generation, &err), &err, ERROR_CORRUPT);
    }
    assert_int_equal(unlink(path.data), 0);
    assert_fails(index_open(fixture->folder, &generation, &err), &err, ERROR_CORRUPT);
}

static void add_facts(struct index_builder *builder, const char *id, const struct vulnerability_facts *facts)
{
    struct error err;
    assert_ok(index_builder_add_facts(builder, view_text(id), facts, &err), &err);
}

static void begin_facts(struct index_builder *builder, const char *feed)
{
    struct error err;
    assert_ok(index_builder_begin(builder, view_text(feed), view_text(""), &err), &err);
}

static void joins_what_feeds_know_of_a_vulnerability(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const struct vulnerability_facts *facts;
    struct severity_rating rating = {.type = view_text("CVSS_V3"), .score = view_text("CVSS:3.1/AV:N")};
    struct vulnerability_exploit exploit = {view_text("exploit-db"), view_text("7")};
    struct vulnerability_facts likely = {
        .has_epss = true, .epss_score = 0.1, .epss_percentile = 0.2, .epss_date_ms = FIXTURE_NOW_MS - 5000};
    struct vulnerability_facts other = {.has_epss = true, .epss_score = 0.9};
    struct vulnerability_facts known = {.is_known_exploited = true, .kev_added_ms = 7, .kev_due_ms = 8};
    struct vulnerability_facts described = {.published_ms = 9,
        .is_disputed = true,
        .summary = view_text("a summary"),
        .ratings = &rating,
        .rating_count = 1,
        .exploits = &exploit,
        .exploit_count = 1};
    struct index_builder *builder = fixture_builder(fixture);
    begin_facts(builder, "epss");
    add_facts(builder, "CVE-2026-0001", &likely);
    add_facts(builder, "CVE-2026-0001", &other); /* a second word does not count */
    add_facts(builder, "CVE-2026-0002", &other);
    fixture_finish(builder);
    begin_facts(builder, "kev");
    add_facts(builder, "CVE-2026-0001", &known);
    fixture_finish(builder);
    begin_facts(builder, "nvd");
    add_facts(builder, "CVE-2026-0001", &described);
    fixture_finish(builder);
    fixture_commit(builder);
    AUTO_INDEX *generation = fixture_open(fixture);
    const struct lookup *lookup = index_lookup(generation);
    assert_ok(lookup->facts(lookup, fixture->arena, view_text("CVE-2026-0001"), &facts, &err), &err);
    assert_true(facts->has_epss && facts->epss_score == 0.1 && facts->epss_percentile == 0.2);
    assert_true(facts->is_known_exploited && facts->kev_added_ms == 7 && facts->kev_due_ms == 8);
    assert_true(facts->is_disputed && !facts->is_rejected && facts->published_ms == 9);
    assert_view_equal(facts->summary, "a summary");
    assert_int_equal(facts->rating_count, 1);
    assert_view_equal(facts->ratings[0].score, "CVSS:3.1/AV:N");
    assert_int_equal(facts->exploit_count, 1);
    assert_view_equal(facts->exploits[0].reference, "7");
    assert_ok(lookup->facts(lookup, fixture->arena, view_text("CVE-2026-0002"), &facts, &err), &err);
    assert_true(facts->has_epss && !facts->is_known_exploited);
    assert_ok(lookup->facts(lookup, fixture->arena, view_text("CVE-2026-0003"), &facts, &err), &err);
    assert_null(facts);
    size_t count;
    const struct index_database *databases = index_databases(generation, &count);
    assert_int_equal(count, 3);
    assert_int_equal(databases[0].record_count, 2);
    assert_int_equal(databases[0].date_ms, FIXTURE_NOW_MS - 5000);
    assert_view_equal(index_database_name(fixture->arena, &databases[1]), "kev");
    /* A package of no ecosystem is none that they speak of. */
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "", "CVE-2026-0001", &matches), 0);
}

static void does_not_believe_damaged_facts(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    const struct vulnerability_facts *facts;
    struct vulnerability_facts known = {.is_known_exploited = true, .kev_added_ms = 7};
    struct index_builder *builder = fixture_builder(fixture);
    begin_facts(builder, "kev");
    add_facts(builder, "CVE-2026-0001", &known);
    fixture_finish(builder);
    fixture_commit(builder);
    struct view path = database_file(fixture);
    FILE *file = fopen(path.data, "r+");
    assert_non_null(file);
    fseek(file, -1, SEEK_END);
    fputc('X', file);
    fclose(file);
    AUTO_INDEX *generation = fixture_open(fixture);
    const struct lookup *lookup = index_lookup(generation);
    assert_fails(lookup->facts(lookup, fixture->arena, view_text("CVE-2026-0009"), &facts, &err), &err, ERROR_CORRUPT);
    assert_true(strstr(err.message, "\"kev\"") != NULL);
}

#ifdef TIDEWAITER_FAULT_POINTS
static void keeps_the_old_generation_when_killed_before_the_switch(void **state)
{
    struct fixture *fixture = *state;
    build_one(fixture, "Debian", 1, "1.0");
    pid_t child = fork();
    if (child == 0) {
        setenv("TIDEWAITER_FAULT", fault_name(FAULT_FEED_BEFORE_MANIFEST_RENAME), 1);
        build_one(fixture, "Debian", 2, "2.0");
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    AUTO_INDEX *generation = fixture_open(fixture);
    assert_int_equal(index_number(generation), 1);
    struct lookup_match *matches;
    assert_int_equal(fixture_find(fixture, generation, "Debian", "curl", &matches), 1);

    /* The next update goes on, under a number that was never used. */
    build_one(fixture, "Debian", 3, "3.0");
    AUTO_INDEX *next = fixture_open(fixture);
    assert_int_equal(index_number(next), 3);
    assert_int_equal(files_in(fixture, "generations"), 2);
    assert_int_equal(files_in(fixture, "databases"), 2);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_back_every_field),
        TEST(finds_a_name_however_it_is_spelled),
        TEST(finds_many_records_under_one_name),
        TEST(tells_how_to_make_an_index_that_is_missing),
        TEST(keeps_databases_that_are_not_built_anew),
        TEST(leaves_a_reader_its_generation_while_others_come),
        TEST(changes_nothing_without_a_commit),
        TEST(lets_only_one_builder_write),
        TEST(refuses_a_database_that_lost_a_fifth),
        TEST(refuses_a_database_without_records),
        TEST(keeps_gaps_by_name_and_counts_the_rest),
        TEST(does_not_believe_dates_in_the_future),
        TEST(notices_each_changed_byte),
        TEST(names_the_database_that_is_missing_or_cut_short),
        TEST(keeps_what_is_open_and_notices_what_is_cut_meanwhile),
        TEST(answers_from_more_databases_than_it_holds_descriptors_for),
        TEST(refuses_a_broken_manifest),
        TEST(joins_what_feeds_know_of_a_vulnerability),
        TEST(does_not_believe_damaged_facts),
#ifdef TIDEWAITER_FAULT_POINTS
        TEST(keeps_the_old_generation_when_killed_before_the_switch),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
