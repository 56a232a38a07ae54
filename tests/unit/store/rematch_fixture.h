/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up world of advisories that changes name by name, and the rematch job's part of following it. */
#ifndef TESTS_UNIT_STORE_REMATCH_FIXTURE_H
#define TESTS_UNIT_STORE_REMATCH_FIXTURE_H

#include "tests/unit/store/results_fixture.h"

/* Advisories of which each name has its own version, so that a delta can name what changed. */
struct world {
    unsigned versions[NAMES];
    int64_t generation;
};

static inline unsigned number_of(struct view name)
{
    int64_t number = 0;
    assert_true(view_to_integer(view_from(name, strlen("package")), &number));
    return (unsigned)number;
}

/* Findings describe their vulnerability differently from name to name. */
static inline struct finding_list match_in(struct fixture *fixture, const struct world *world, struct view name)
{
    static struct severity_rating ratings[] = {
        {.type = VIEW_LITERAL("CVSS_V3"), .score = VIEW_LITERAL("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")},
        {.type = VIEW_LITERAL("CVSS_V3"), .score = VIEW_LITERAL("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")},
        {.type = VIEW_LITERAL("CVSS_V2"), .score = VIEW_LITERAL("AV:N/AC:L/Au:N/C:P/I:P/A:P")}};
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

static inline size_t rematch_in(struct fixture *fixture, const struct world *world)
{
    struct error err;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    size_t count = 0;
    size_t all = 0;
    int64_t generation = 0;
    for (;;) {
        assert_ok(
            store_lagging_packages(fixture->store, fixture->arena, 0, 3, &items, &count, &generation, &err), &err);
        assert_int_equal(generation, world->generation);
        if (count == 0)
            return all;
        struct package_match matches[3];
        for (size_t i = 0; i < count; i++)
            matches[i] = answer_to(fixture, &items[i],
                (struct package_answer){.findings = match_in(fixture, world, items[i].package.name)});
        assert_ok(store_commit_rematch(fixture->store, generation, matches, count, &counts, &err), &err);
        all += count;
    }
}

static inline void scan_in(struct fixture *fixture, const struct world *world, const char *tag, unsigned bits)
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

static inline struct index_name debian(struct fixture *fixture, unsigned number)
{
    return (struct index_name){view_text("Debian"), arena_format(fixture->arena, "package%u", number)};
}

/* The packages' vulnerabilities are asked, with these answers. */
static inline size_t ask_facts(struct fixture *fixture, const struct vulnerability_facts *facts, size_t *images_changed)
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

/* Everything that depends on the matches, as one number. */
static inline int64_t fingerprint(struct fixture *fixture)
{
    static const char *const texts[] = {
        "SELECT group_concat(line, ';') FROM (SELECT name || summary || ratings AS line FROM vulnerabilities WHERE EXISTS "
        "(SELECT 1 FROM package_findings WHERE vulnerability_id = vulnerabilities.id) ORDER BY name)",
        "SELECT group_concat(line, ';') FROM (SELECT packages.name || vulnerabilities.name || severity || fix_state || detail "
        "AS line FROM package_findings JOIN packages ON packages.id = package_id JOIN vulnerabilities "
        "ON vulnerabilities.id = vulnerability_id ORDER BY packages.name, vulnerabilities.name)",
        "SELECT group_concat(line, ';') FROM (SELECT chunk || '.' || hex(tallies) AS line FROM image_tallies ORDER BY chunk)",
        "SELECT group_concat(line, ';') FROM (SELECT chunk || '.' || hex(keys) AS line FROM image_keys ORDER BY chunk)",
        "SELECT group_concat(line, ';') FROM (SELECT name || undecidable AS line FROM packages ORDER BY name)",
    };
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        all = all * 31 + view_hash(fixture_text(fixture, texts[i]));
    return (int64_t)all;
}

#endif
