/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/index/index_fixture.h"

#include "index/delta.h"

#include <dirent.h>

/* Records as "ID name fixed", one a line, in the order of the text. */
static void build(struct fixture *fixture, const char *ecosystem, const char *release, const char *records)
{
    struct index_builder *builder = fixture_builder(fixture);
    fixture_begin(builder, ecosystem);
    for (struct view rest = view_text(records); rest.size > 0;) {
        struct view line = view_cut(&rest, '\n');
        const char *id = arena_text(fixture->arena, view_cut(&line, ' '));
        const char *name = arena_text(fixture->arena, view_cut(&line, ' '));
        struct advisory advisory =
            fixture_advisory(fixture->arena, id, release, name, arena_text(fixture->arena, view_cut(&line, ' ')));
        advisory.summary = line;
        advisory.aliases = ARENA_NEW(fixture->arena, struct view);
        advisory.aliases[0] = arena_format(fixture->arena, "CVE-2026-000%s", id);
        advisory.alias_count = 1;
        fixture_add(builder, &advisory);
    }
    fixture_finish(builder);
    fixture_commit(builder);
}

static void build_facts(struct fixture *fixture, const char *feed, const struct vulnerability_facts *facts, int count)
{
    struct error err;
    struct index_builder *builder = fixture_builder(fixture);
    assert_ok(index_builder_begin(builder, view_text(feed), view_text(""), &err), &err);
    for (int i = 0; i < count; i++)
        assert_ok(
            index_builder_add_facts(builder, arena_format(fixture->arena, "CVE-2026-%04d", i + 1), &facts[i], &err),
            &err);
    fixture_finish(builder);
    fixture_commit(builder);
}

struct point {
    uint64_t number;
    struct digest digest;
};

static struct point present(struct fixture *fixture)
{
    AUTO_INDEX *generation = fixture_open(fixture);
    return (struct point){index_number(generation), *index_digest(generation)};
}

/* What changed since, as "Debian/a Debian/b *Go CVE-1 CVE-2!", each list sorted by text; "?" = unknown. */
static struct view changes(struct fixture *fixture, const struct point *since)
{
    AUTO_INDEX *generation = fixture_open(fixture);
    struct index_delta delta;
    bool is_known;
    struct view text = view_text("");
    index_delta_since(generation, since->number, &since->digest, fixture->arena, &delta, &is_known);
    if (!is_known)
        return view_text("?");
    for (size_t i = 0; i < delta.ecosystem_count; i++)
        text = arena_format(fixture->arena, "%.*s*%.*s ", VIEW_PRINT(text), VIEW_PRINT(delta.ecosystems[i]));
    for (char letter = 'a'; letter <= 'z'; letter++) {
        for (size_t i = 0; i < delta.name_count; i++) {
            if (delta.names[i].name.data[0] == letter)
                text = arena_format(fixture->arena, "%.*s%.*s/%.*s ", VIEW_PRINT(text),
                    VIEW_PRINT(delta.names[i].ecosystem), VIEW_PRINT(delta.names[i].name));
        }
    }
    for (char digit = '1'; digit <= '9'; digit++) {
        for (size_t i = 0; i < delta.fact_count; i++) {
            if (delta.facts[i].vulnerability.data[delta.facts[i].vulnerability.size - 1] == digit)
                text = arena_format(fixture->arena, "%.*s%.*s%s ", VIEW_PRINT(text),
                    VIEW_PRINT(delta.facts[i].vulnerability), delta.facts[i].moves_findings ? "!" : "");
        }
    }
    return view_trim(text);
}

static void tells_the_names_whose_advisories_changed(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, "Debian", "Debian:12",
        "1 apple 1.0\n2 banana 1.0\n3 cherry 1.0\n4 cherry 2.0\n5 date 1.0\n6 elder 1.0");
    struct point before = present(fixture);
    assert_view_equal(changes(fixture, &before), "");
    /* apple has another fix, banana another summary, cherry's records come in another order, 5 is gone, 7 is new */
    build(fixture, "Debian", "Debian:12",
        "4 cherry 2.0\n1 apple 1.1\n2 banana 1.0 worse than it seemed\n3 cherry 1.0\n7 fig 1.0\n6 elder 1.0");
    assert_view_equal(changes(fixture, &before), "Debian/apple Debian/banana Debian/date Debian/fig");
}

static void adds_up_the_changes_of_several_commits(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, "Debian", "Debian:12", "1 apple 1.0\n2 banana 1.0");
    struct point first = present(fixture);
    build(fixture, "Debian", "Debian:12", "1 apple 1.1\n2 banana 1.0");
    struct point second = present(fixture);
    build(fixture, "Debian", "Debian:12", "1 apple 1.1\n2 banana 1.1");
    assert_view_equal(changes(fixture, &first), "Debian/apple Debian/banana");
    assert_view_equal(changes(fixture, &second), "Debian/banana");
    for (int i = 0; i < MANIFEST_DELTAS_MAX - 2; i++)
        build(fixture, "Debian", "Debian:12", i % 2 == 0 ? "1 apple 1\n2 banana 1.1" : "1 apple 1.1\n2 banana 1.1");
    assert_view_equal(changes(fixture, &second), "Debian/apple Debian/apple Debian/apple Debian/apple Debian/apple "
                                                 "Debian/apple Debian/banana");
    build(fixture, "Debian", "Debian:12", "1 apple 7\n2 banana 1.1");
    assert_view_equal(changes(fixture, &first), "?");
}

static void tells_ecosystems_that_came_or_cover_other_releases(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, "Debian", "Debian:12", "1 apple 1.0");
    struct point before = present(fixture);
    build(fixture, "Go", "Go", "2 banana 1.0");
    assert_view_equal(changes(fixture, &before), "*Go");
    before = present(fixture);
    build(fixture, "Debian", "Debian:13", "1 apple 1.0");
    assert_view_equal(changes(fixture, &before), "*Debian");
}

static void tells_what_is_said_of_vulnerabilities_and_what_moves_findings(void **state)
{
    struct fixture *fixture = *state;
    struct vulnerability_facts facts[] = {
        {.has_epss = true, .epss_score = 0.1, .epss_percentile = 0.2, .epss_date_ms = 1000},
        {.has_epss = true, .epss_score = 0.3, .epss_percentile = 0.4, .epss_date_ms = 1000},
        {.summary = view_text("old")},
        {.is_known_exploited = true, .kev_added_ms = 5},
        {.published_ms = 7},
    };
    build_facts(fixture, "facts", facts, 5);
    struct point before = present(fixture);
    facts[0].epss_date_ms = facts[1].epss_date_ms = 2000; /* only the date: no change */
    facts[1].epss_score = 0.5;
    facts[2].summary = view_text("new");
    facts[3].is_known_exploited = false;
    build_facts(fixture, "facts", facts, 5);
    assert_view_equal(changes(fixture, &before), "CVE-2026-0002 CVE-2026-0003! CVE-2026-0004");
    before = present(fixture);
    build_facts(fixture, "facts", facts, 4);
    assert_view_equal(changes(fixture, &before), "CVE-2026-0005");
    before = present(fixture);
    build_facts(fixture, "more", facts + 1, 1);
    assert_view_equal(changes(fixture, &before), "CVE-2026-0001");
}

static void leads_from_a_vulnerability_that_is_no_longer_rejected_to_its_packages(void **state)
{
    struct fixture *fixture = *state;
    struct vulnerability_facts facts[] = {{.is_rejected = true}, {.is_rejected = true}};
    build(fixture, "Debian", "Debian:12", "1 apple 1.0\n2 banana 1.0");
    build_facts(fixture, "nvd", facts, 2);
    struct point before = present(fixture);
    facts[0].is_rejected = false;
    build_facts(fixture, "nvd", facts, 2);
    assert_view_equal(changes(fixture, &before), "Debian/apple CVE-2026-0001!");
}

static void knows_nothing_of_another_index_and_of_damaged_records(void **state)
{
    struct fixture *fixture = *state;
    char path[160];
    build(fixture, "Debian", "Debian:12", "1 apple 1.0");
    struct point before = present(fixture);
    build(fixture, "Debian", "Debian:12", "1 apple 1.1");
    struct point other = {before.number, {"sha256:0000000000000000000000000000000000000000000000000000000000000000"}};
    assert_view_equal(changes(fixture, &other), "?");
    assert_view_equal(changes(fixture, &before), "Debian/apple");

    snprintf(path, sizeof(path), "%s/deltas/2", fixture->folder);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    assert_int_equal(fputc(1, file), 1);
    assert_int_equal(fclose(file), 0);
    assert_view_equal(changes(fixture, &before), "?");
    assert_int_equal(unlink(path), 0);
    assert_view_equal(changes(fixture, &before), "?");
}

static void has_no_record_of_changes_since_a_damaged_database(void **state)
{
    struct fixture *fixture = *state;
    build(fixture, "Debian", "Debian:12", "1 apple 1.0");
    struct point before = present(fixture);
    char path[160];
    {
        AUTO_INDEX *generation = fixture_open(fixture);
        size_t count;
        const struct index_database *database = index_databases(generation, &count);
        snprintf(
            path, sizeof(path), "%s/databases/%.*s.cdb", fixture->folder, VIEW_PRINT(digest_hex(&database->digest)));
    }
    assert_int_equal(truncate(path, 100), 0);
    build(fixture, "Debian", "Debian:12", "1 apple 1.1");
    assert_view_equal(changes(fixture, &before), "?");
}

static void removes_deltas_that_no_generation_names(void **state)
{
    struct fixture *fixture = *state;
    char path[160];
    int count = 0;
    for (int i = 0; i < MANIFEST_DELTAS_MAX + 4; i++)
        build(fixture, "Debian", "Debian:12", i % 2 == 0 ? "1 apple 1.0" : "1 apple 1.1");
    snprintf(path, sizeof(path), "%s/deltas", fixture->folder);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    assert_int_equal(count, MANIFEST_DELTAS_MAX + 1); /* those of the last two generations */
}

static void refuses_a_broken_file(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    AUTO_BUFFER content;
    buffer_init(&content, DELTA_BYTES_MAX);
    struct view ecosystem = view_text("Go");
    struct index_name name = {view_text("Debian"), view_text("apple")};
    struct index_fact fact = {view_text("CVE-2026-0001"), true};
    const struct index_delta written = {&ecosystem, 1, &name, 1, &fact, 1};
    struct index_delta read;
    delta_write(&content, &written);
    struct view whole = buffer_view(&content);
    assert_ok(delta_parse(fixture->arena, whole, &read, &err), &err);
    assert_view_equal(read.names[0].name, "apple");
    assert_view_equal(read.ecosystems[0], "Go");
    assert_true(read.facts[0].moves_findings);
    for (size_t size = 0; size < whole.size; size++) {
        assert_false(delta_parse(fixture->arena, view_slice(whole, 0, size), &read, &err));
        assert_int_equal(err.code, ERROR_CORRUPT);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tells_the_names_whose_advisories_changed),
        TEST(adds_up_the_changes_of_several_commits),
        TEST(tells_ecosystems_that_came_or_cover_other_releases),
        TEST(tells_what_is_said_of_vulnerabilities_and_what_moves_findings),
        TEST(leads_from_a_vulnerability_that_is_no_longer_rejected_to_its_packages),
        TEST(knows_nothing_of_another_index_and_of_damaged_records),
        TEST(has_no_record_of_changes_since_a_damaged_database),
        TEST(removes_deltas_that_no_generation_names),
        TEST(refuses_a_broken_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
