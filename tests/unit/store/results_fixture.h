/* SPDX-License-Identifier: Apache-2.0 */
/* Images made of numbered packages, and a matcher whose answers follow from a seed and the generation. */
#ifndef TESTS_UNIT_STORE_RESULTS_FIXTURE_H
#define TESTS_UNIT_STORE_RESULTS_FIXTURE_H

#include "base/map.h"
#include "store/images.h"
#include "store/results.h"
#include "tests/unit/store/store_fixture.h"

enum { NAMES = 12, VULNERABILITIES = 9 };

/* A made-up advisory service: which findings a package has in a generation, from a seed. */
struct service {
    unsigned seed;
    int64_t generation;
};

static inline unsigned mix(unsigned a, unsigned b)
{
    unsigned value = a * 2654435761u ^ (b + 0x9e3779b9u) * 40503u;
    value ^= value >> 15;
    value *= 2246822519u;
    return value ^ value >> 13;
}

static inline struct package make_package(struct arena *arena, unsigned number)
{
    struct view name = arena_format(arena, "package%u", number);
    return (struct package){.type = PACKAGE_DEB,
        .name = name,
        .version = view_text("1.0-1"),
        .arch = view_text("amd64"),
        .source_name = name,
        .source_version = view_text("1.0-1"),
        .ecosystem = view_text("Debian:12")};
}

static inline struct finding_list match(struct arena *arena, const struct service *service, struct view name)
{
    struct finding_list list = {0};
    unsigned base = mix(service->seed, mix((unsigned)view_hash(name), (unsigned)service->generation));
    list.items = ARENA_ARRAY(arena, struct finding, VULNERABILITIES);
    for (unsigned i = 0; i < VULNERABILITIES; i++) {
        unsigned bits = mix(base, i);
        if (bits % 3 != 0)
            continue;
        struct finding *finding = &list.items[list.count++];
        finding->id = arena_format(arena, "CVE-2026-%04u", 1000 + i);
        finding->severity = (enum severity)(bits / 3 % SEVERITY_COUNT);
        finding->severity_source = "test";
        finding->fix_state = bits / 32 % 2 == 0 ? FIX_AVAILABLE : FIX_NONE;
        finding->summary = view_text("something is wrong");
        finding->aliases = ARENA_NEW(arena, struct view);
        finding->aliases[0] = arena_format(arena, "DSA-%u", 5000 + i);
        finding->alias_count = 1;
        finding->evidence = ARENA_NEW(arena, struct finding_evidence);
        finding->evidence[0] = (struct finding_evidence){.feed = "osv",
            .advisory = finding->aliases[0],
            .ecosystem = view_text("Debian:12"),
            .name = name,
            .version = view_text("1.0-1"),
            .introduced = view_text("0"),
            .order = "dpkg",
            .modified_ms = 7};
        finding->evidence_count = 1;
    }
    list.is_undecidable = base % 7 == 0;
    list.undecidable = list.is_undecidable ? view_text("DSA-1-1") : view_of(NULL, 0);
    return list;
}

/* An image of the packages whose bits are set; the same bits give the same image. */
static inline struct scan_image make_image(struct arena *arena, unsigned bits, const struct service *service)
{
    struct scan_image image = {0};
    struct inventory *inventory = &image.inventory;
    char text[32];
    snprintf(text, sizeof(text), "image%u", bits);
    image.config.digest = fixture_digest(text);
    image.config.platform = (struct platform){view_text("linux"), view_text("amd64"), view_text("")};
    image.choice.manifest.items = ARENA_ARRAY(arena, struct descriptor, 2);
    image.choice.manifest.items[0].digest = fixture_digest("base layer");
    image.choice.manifest.items[1].digest = fixture_digest(text);
    image.choice.manifest.count = 2;
    image.layers_fetched = 1;
    image.layers_cached = 1;
    inventory->distro.id = view_text("debian");
    inventory->distro.version_id = view_text("12");
    inventory->distro.pretty_name = view_text("Debian GNU/Linux 12 (bookworm)");
    inventory->packages = ARENA_ARRAY(arena, struct inventory_package, NAMES);
    image.findings = ARENA_ARRAY(arena, struct finding_list, NAMES);
    for (unsigned i = 0; i < NAMES; i++) {
        if ((bits & 1u << i) == 0)
            continue;
        struct inventory_package *package = &inventory->packages[inventory->package_count];
        package->package = make_package(arena, i);
        package->path = view_text("var/lib/dpkg/status");
        package->layer = i % 2;
        image.findings[inventory->package_count++] = match(arena, service, package->package.name);
    }
    gap_add(arena, &inventory->gaps, GAP_UNREADABLE_FILE, view_text("etc/x"), "it is damaged");
    gap_add(arena, &inventory->gaps, GAP_NO_FEED, view_text("Debian:12"), "derived, not stored");
    return image;
}

static inline struct digest manifest_digest(unsigned bits)
{
    char text[32];
    snprintf(text, sizeof(text), "manifest%u", bits);
    return fixture_digest(text);
}

static inline struct scan_task import_tag(
    struct fixture *fixture, const char *tag, unsigned bits, enum manifest_kind kind, enum import_result expected)
{
    struct error err;
    enum import_result result = IMPORT_UNCHANGED;
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = view_text("team/app"),
        .tag = view_text(tag),
        .digest = manifest_digest(bits),
        .kind = kind,
        .lane = JOB_LANE_BULK};
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    assert_int_equal(result, expected);
    struct scan_task task = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = fixture_count(fixture, "SELECT id FROM repositories WHERE name = 'team/app'"),
        .repository_name = view_text("team/app"),
        .digest = import.digest};
    return task;
}

static inline void commit_as(struct fixture *fixture, const struct scan_task *task, struct digest manifest,
    struct platform platform, const struct scan_image *image, int64_t generation)
{
    struct error err;
    struct scan_result result = {
        .task = task, .manifest = manifest, .platform = platform, .image = image, .generation = generation};
    assert_ok(store_commit_scan(fixture->store, &result, &err), &err);
}

static inline void scan(
    struct fixture *fixture, const struct scan_task *task, unsigned bits, const struct service *service)
{
    struct error err;
    struct scan_image image = make_image(fixture->arena, bits, service);
    commit_as(fixture, task, task->digest, (struct platform){0}, &image, service->generation);
    assert_ok(store_finish_scan(fixture->store, task, 0, view_text(""), &err), &err);
}

static inline void set_generation_by(struct fixture *fixture, int64_t generation, const struct index_delta *delta)
{
    struct error err;
    struct view releases[] = {view_text("Debian:11"), view_text("Debian:12")};
    struct feed_state feed = {.name = view_text("osv/Debian"),
        .ecosystem = view_text("Debian"),
        .releases = releases,
        .release_count = 2,
        .records = 10,
        .date_ms = FIXTURE_NOW_MS,
        .checked_ms = FIXTURE_NOW_MS,
        .is_complete = true};
    struct generation_new given = {.number = generation, .feeds = &feed, .feed_count = 1, .delta = delta};
    assert_ok(store_read_generation(fixture->store, &given.since, &err), &err);
    assert_ok(store_set_generation(fixture->store, &given, &err), &err);
}

/* Nobody knows what changed. */
static inline void set_generation(struct fixture *fixture, int64_t generation)
{
    set_generation_by(fixture, generation, NULL);
}

static inline int64_t lagging(struct fixture *fixture)
{
    return fixture_count(fixture, "SELECT count(*) FROM lagging_packages");
}

/* As the job does it: only what is not the stored answer is given in full. */
static inline struct package_match answer_to(
    struct fixture *fixture, const struct lagging_package *lagging, struct package_answer given)
{
    struct package_answer *answer = ARENA_NEW(fixture->arena, struct package_answer);
    *answer = given;
    int64_t fingerprint = package_answer_fingerprint(answer);
    bool is_same = fingerprint == lagging->fingerprint && lagging->cause != LAG_RULE;
    return (struct package_match){lagging->id, is_same ? NULL : answer, fingerprint};
}

static inline size_t rematch(struct fixture *fixture, const struct service *service)
{
    struct error err;
    struct lagging_package *items = NULL;
    struct rematch_counts counts;
    size_t count = 0;
    size_t all = 0;
    int64_t generation = 0;
    for (;;) {
        assert_ok(
            store_lagging_packages(fixture->store, fixture->arena, 0, 5, &items, &count, &generation, &err), &err);
        if (count == 0)
            return all;
        struct package_match matches[5];
        for (size_t i = 0; i < count; i++)
            matches[i] = answer_to(fixture, &items[i],
                (struct package_answer){.findings = match(fixture->arena, service, items[i].package.source_name)});
        assert_ok(store_commit_rematch(fixture->store, generation, matches, count, &counts, &err), &err);
        all += count;
    }
}

static inline struct image_row *list_rows(struct fixture *fixture, struct image_query query, size_t *count)
{
    struct error err;
    struct image_row *rows = NULL;
    size_t total = 0;
    bool has_more = false;
    if (query.page.limit == 0)
        query.page.limit = PAGE_LIMIT_MAX;
    assert_ok(store_list_images(fixture->store, fixture->arena, fixture->account.organization, &query, &rows, count,
                  &total, &has_more, &err),
        &err);
    return rows;
}

static inline struct finding_row *list_findings(
    struct fixture *fixture, const struct image_row *row, struct finding_query query, size_t *count, size_t *total)
{
    struct error err;
    struct finding_row *items = NULL;
    bool has_more = false;
    if (query.page.limit == 0)
        query.page.limit = PAGE_LIMIT_MAX;
    assert_ok(store_list_findings(fixture->store, fixture->arena, fixture->account.organization, &row->uuid, &query,
                  &items, count, total, &has_more, &err),
        &err);
    return items;
}

#endif
