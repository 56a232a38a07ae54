/* SPDX-License-Identifier: Apache-2.0 */
/* All that changes what policies say of stored images: scans, advisories, policies, accepted risks, reports of what runs, and time. */
#ifndef TESTS_UNIT_STORE_CHANGING_FIXTURE_H
#define TESTS_UNIT_STORE_CHANGING_FIXTURE_H

#include "store/accepted_risks.h"
#include "store/evaluations.h"
#include "store/retention.h"
#include "store/running_images.h"
#include "store/vulnerability_policies.h"
#include "tests/unit/store/rematch_fixture.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* `stages` and `predicate` are JSON. */
#define POLICY_WITH(name, stages, predicate)                                                                           \
    "{\"name\":\"" name "\",\"stages\":[" stages "],\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":"            \
    "\"vulnSeverityAndThreats\",\"predicates\":[" predicate "]}]}]}"
#define SEVERITY_PREDICATE(level) "{\"type\":\"vulnSeverity\",\"extra\":{\"level\":\"" level "\"}}"
#define IN_USE_PREDICATE "{\"type\":\"vulnIsInUse\"}"
#define REGISTRY_STAGE "{\"name\":\"registry\"}"
#define ADMISSION_STAGE                                                                                                \
    "{\"name\":\"admission_control\",\"configuration\":[{\"scope\":\"*\",\"behaviour\":\"reject\"}]}"
#define POLICY_OF(level) POLICY_WITH("gate", REGISTRY_STAGE, SEVERITY_PREDICATE(level))

static inline struct policy_row save_policy(
    struct fixture *fixture, int64_t organization, const struct uuid *uuid, const char *document)
{
    struct error err;
    struct vulnerability_policy policy;
    struct policy_row row;
    assert_ok(vulnerability_policy_parse_text(fixture->arena, view_text(document), &policy, &err), &err);
    assert_ok(
        store_save_policy(fixture->store, fixture->arena, organization, uuid, &policy, view_text("admin"), &row, &err),
        &err);
    return row;
}

static inline struct accepted_risk_row accept_in(
    struct fixture *fixture, int64_t organization, const struct accepted_risk *risk)
{
    struct error err;
    struct accepted_risk_row *made;
    assert_ok(
        store_accept_risks(fixture->store, fixture->arena, organization, risk, 1, view_text("admin"), &made, &err),
        &err);
    return made[0];
}

static inline struct accepted_risk_row accept(struct fixture *fixture, const struct accepted_risk *risk)
{
    return accept_in(fixture, fixture->account.organization, risk);
}

/* What the job does; the number of rows. */
static inline size_t evaluate(struct fixture *fixture)
{
    struct error err;
    size_t all = 0;
    size_t count = 0;
    do {
        assert_ok(store_evaluate_due(fixture->store, 7, &count, &err), &err);
        all += count;
    } while (count > 0);
    return all;
}

static inline int64_t follow_clock(struct fixture *fixture)
{
    struct error err;
    int64_t due = 0;
    assert_ok(store_follow_clock(fixture->store, &due, &err), &err);
    return due;
}

static inline struct accepted_risk_row *list_risks(struct fixture *fixture, size_t *count)
{
    struct error err;
    struct accepted_risk_row *rows;
    bool has_more = false;
    const struct accepted_risk_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .active_only = true};
    assert_ok(store_list_accepted_risks(
                  fixture->store, fixture->arena, fixture->account.organization, &query, &rows, count, &has_more, &err),
        &err);
    assert_false(has_more);
    return rows;
}

/* An image of these packages without gaps, of findings that a seed gives. */
static inline void scan_clean(struct fixture *fixture, const char *tag, unsigned bits, const struct service *service)
{
    struct error err;
    struct scan_task task = import_tag(fixture, tag, bits, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct scan_image image = make_image(fixture->arena, bits, service);
    image.inventory.gaps.count = 0;
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, service->generation);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
}

static inline struct image_row only_row(struct fixture *fixture)
{
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){0}, &count);
    assert_int_equal(count, 1);
    return rows[0];
}

static inline void report_running(struct fixture *fixture, const char *repository, const char *tag)
{
    struct error err;
    struct running_report_item item = {.host = view_text("registry.example:5000"),
        .repository = view_text(repository),
        .tag = view_text(tag),
        .digest = view_text("")};
    assert_ok(store_report_running(fixture->store, fixture->account.organization, view_text("cluster"), &item, 1,
                  view_text("admin"), &err),
        &err);
}

/* What feeds say of all vulnerabilities from a generation on; how many rows are evaluated for that. */
static inline size_t say(struct fixture *fixture, int64_t generation, const struct vulnerability_facts *facts)
{
    struct error err;
    struct lagging_vulnerability *items;
    struct rematch_counts counts;
    size_t count = 0;
    int64_t current = 0;
    set_generation(fixture, generation);
    assert_ok(store_lagging_vulnerabilities(fixture->store, fixture->arena, 100, &items, &count, &current, &err), &err);
    assert_true(count > 0);
    struct vulnerability_answer *answers = ARENA_ARRAY(fixture->arena, struct vulnerability_answer, count);
    for (size_t i = 0; i < count; i++)
        answers[i] = (struct vulnerability_answer){items[i].id, facts};
    assert_ok(store_commit_facts(fixture->store, generation, answers, count, &counts, &err), &err);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM lagging_vulnerabilities"), 0);
    return evaluate(fixture);
}

/* A risk that some bits describe. */
static inline struct accepted_risk random_risk(struct fixture *fixture, unsigned bits)
{
    struct accepted_risk risk = {.reason = ACCEPT_REASON_RISK_OWNED, .kind = ACCEPT_WONT_FIX};
    unsigned number = bits >> 8;
    switch (bits % 6) {
    case 0:
        risk.vulnerability = arena_format(fixture->arena, "cve-2026-%04u", 1000 + number % VULNERABILITIES);
        break;
    case 1:
        risk.vulnerability = arena_format(fixture->arena, "DSA-%u", 5000 + number % VULNERABILITIES);
        break;
    case 2:
        risk.package = arena_format(fixture->arena, "package%u", number % NAMES);
        break;
    case 3:
        risk.vulnerability = arena_format(fixture->arena, "CVE-2026-%04u", 1000 + number % VULNERABILITIES);
        risk.package = arena_format(fixture->arena, "package%u", number % NAMES);
        break;
    case 4:
        risk.image = view_text("*/team/app");
        break;
    default:
        risk.path = view_text("var/lib/dpkg/*");
        break;
    }
    if (bits & 64)
        risk.tag = arena_format(fixture->arena, "%u", number % 3);
    risk.until_fixed = (bits & 128) != 0;
    if (number % 4 < 2)
        risk.has_stage[number % 2 == 0 ? STAGE_REGISTRY : STAGE_ADMISSION] = true;
    if (bits & 32)
        risk.expires_ms = fixture->clock.now_ms + (int64_t)(1 + number % 3) * DAY_MS;
    return risk;
}

/* Twelve binary packages of one source, which share its vulnerabilities; and one that was removed again. */
static inline struct scan_image make_one_source(struct arena *arena, const struct service *service)
{
    struct scan_image image = make_image(arena, (1u << NAMES) - 1, service);
    image.config.digest = fixture_digest("one source");
    image.choice.manifest.items[1].digest = fixture_digest("one source's layer");
    for (size_t i = 0; i < image.inventory.package_count; i++) {
        image.inventory.packages[i].package.source_name = view_text("source");
        image.findings[i] = match(arena, service, view_text("source"));
    }
    image.inventory.removed = ARENA_NEW(arena, struct inventory_package);
    image.inventory.removed[0] = image.inventory.packages[0];
    image.inventory.removed_count = 1;
    return image;
}

/* A tag whose content is one image, an index of two platforms, or the image of one source. An analyzer of a later version finds one
   package more in all of them. */
static inline void commit_content(struct fixture *fixture, const struct scan_task *task, unsigned content,
    const struct service *service, bool is_upgraded)
{
    struct error err;
    struct arena *arena = fixture->arena;
    unsigned more = is_upgraded ? 1u << (NAMES - 1) : 0;
    struct scan_image image =
        content % 3 == 0 ? make_one_source(arena, service) : make_image(arena, content | more, service);
    if (content % 3 != 0) { /* the same image whatever is found in it */
        struct scan_image same = make_image(arena, content, service);
        image.config.digest = same.config.digest;
        image.choice = same.choice;
    }
    commit_as(fixture, task, content % 3 == 1 ? fixture_digest("amd64") : task->digest, (struct platform){0}, &image,
        service->generation);
    if (content % 3 == 1) {
        const struct platform arm = {view_text("linux"), view_text("arm64"), view_text("v8")};
        struct scan_image other = make_image(arena, content * 5 % (1u << NAMES) | 1, service);
        other.config.platform = arm;
        other.config.digest = fixture_digest(arena_text(arena, arena_format(arena, "arm%u", content)));
        commit_as(fixture, task, fixture_digest("arm64"), arm, &other, service->generation);
    }
    assert_ok(store_finish_scan(fixture->store, task, 0, view_text(""), &err), &err);
}

static inline void move_tag(
    struct fixture *fixture, const char *tag, unsigned content, const struct service *service, bool is_upgraded)
{
    struct error err;
    enum import_result result;
    struct import import = {.organization = fixture->account.organization,
        .integration = fixture->integration.id,
        .repository = view_text("team/app"),
        .tag = view_text(tag),
        .digest = manifest_digest(content),
        .kind = content % 3 == 1 ? MANIFEST_INDEX : MANIFEST_IMAGE,
        .lane = JOB_LANE_BULK};
    assert_ok(store_import(fixture->store, &import, &result, &err), &err);
    const struct scan_task task = {.organization = import.organization,
        .integration = import.integration,
        .repository = fixture_count(fixture, "SELECT id FROM repositories WHERE name = 'team/app'"),
        .repository_name = import.repository,
        .digest = import.digest};
    commit_content(fixture, &task, content, service, is_upgraded);
}

/* What a random test changes. */
struct changing {
    struct fixture *fixture;
    struct service service;
    const char *const *policies; /* three documents of one name, one of which the organization may have */
    struct policy_row policy;
    int64_t other; /* another organization */
    unsigned contents[3]; /* of the tags; 0 = there is none yet */
    bool is_upgraded;
};

static inline void change_risks(struct changing *changing, unsigned bits)
{
    struct error err;
    struct fixture *fixture = changing->fixture;
    size_t count = 0;
    struct accepted_risk risk = random_risk(fixture, bits);
    struct accepted_risk_row *risks = list_risks(fixture, &count);
    if (bits % 3 != 0) {
        accept(fixture, &risk);
        return;
    }
    accept_in(fixture, changing->other, &risk);
    if (count > 0)
        assert_ok(store_revoke_accepted_risk(fixture->store, fixture->account.organization, &risks[bits % count].uuid,
                      view_text("admin"), &err),
            &err);
}

static inline void change_anything(struct changing *changing, unsigned bits)
{
    static const char *const tags[] = {"0", "1", "2"};
    struct error err;
    struct fixture *fixture = changing->fixture;
    unsigned tag = bits % 3;
    switch (bits / 1000 % 9) {
    case 0: /* a tag moves, or an image comes */
    case 1:
        changing->contents[tag] = 1 + bits / 8000 % 40;
        move_tag(fixture, tags[tag], changing->contents[tag], &changing->service, changing->is_upgraded);
        break;
    case 2: /* advisories change */
        changing->service.generation++;
        set_generation(fixture, changing->service.generation);
        rematch(fixture, &changing->service);
        break;
    case 3:
    case 4:
        change_risks(changing, bits / 8000);
        break;
    case 5: /* an analyzer changes, and one tag is scanned again */
        changing->is_upgraded = !changing->is_upgraded;
        if (changing->contents[tag] != 0)
            move_tag(fixture, tags[tag], changing->contents[tag], &changing->service, changing->is_upgraded);
        break;
    case 6: /* a day goes by; now and then a season, after which old results are forgotten */
        fixture->clock.now_ms += bits / 8000 % 4 == 0 ? 100 * DAY_MS : DAY_MS;
        follow_clock(fixture);
        assert_ok(store_prune_snapshots(fixture->store, &err), &err);
        break;
    case 7: /* what runs is reported */
        report_running(fixture, "team/app", tags[tag]);
        break;
    default:
        changing->policy = save_policy(fixture, fixture->account.organization,
            changing->policy.name.size == 0 ? NULL : &changing->policy.uuid, changing->policies[bits % 3]);
        break;
    }
}

#endif
