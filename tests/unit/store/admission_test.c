/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored of admission equals what is found anew, whatever changed; and is not asked where it may be of an earlier time. */
#include "store/admission.h"

#include "tests/unit/store/changing_fixture.h"

#define APP "registry.example:5000/team/app"
#define GATE(stages, level) POLICY_WITH("gate", stages, SEVERITY_PREDICATE(level))

static struct admission_image review(struct fixture *fixture, const char *name)
{
    struct error err;
    struct reference *reference = ARENA_NEW(fixture->arena, struct reference);
    struct admission_image image = {.reference = reference};
    assert_ok(reference_parse(fixture->arena, view_text(name), reference, &err), &err);
    assert_ok(
        store_review_admission(fixture->store, fixture->arena, fixture->account.organization, &image, 1, &err), &err);
    return image;
}

static enum evaluation_outcome outcome_of(struct fixture *fixture, const char *name)
{
    struct admission_image image = review(fixture, name);
    assert_int_equal(image.outcome_count, 1);
    return image.is_scanned ? image.outcomes[0].outcome : OUTCOME_NOT_APPLICABLE;
}

/* The same while nothing that is stored can be read. */
static struct admission_image review_anew(struct fixture *fixture, const char *name)
{
    fixture_execute(fixture, "UPDATE admission_outcomes SET outcomes = 'x' || outcomes");
    struct admission_image image = review(fixture, name);
    fixture_execute(fixture, "UPDATE admission_outcomes SET outcomes = substr(outcomes, 2)");
    return image;
}

static void check_image(struct fixture *fixture, const char *name)
{
    const struct admission_image stored = review(fixture, name);
    const struct admission_image anew = review_anew(fixture, name);
    assert_int_equal(stored.is_scanned, anew.is_scanned);
    assert_int_equal(stored.outcome_count, anew.outcome_count);
    for (size_t i = 0; i < stored.outcome_count; i++) {
        assert_true(view_equal(stored.outcomes[i].policy->name, anew.outcomes[i].policy->name));
        assert_int_equal(stored.outcomes[i].outcome, anew.outcomes[i].outcome);
        assert_true(view_equal(stored.outcomes[i].reason, anew.outcomes[i].reason));
    }
}

/* By tag and by digest, also where the tag has moved on. */
static void check_images(struct fixture *fixture)
{
    static const char *const tags[] = {APP ":0", APP ":1", APP ":2", APP ":3"};
    struct map digests;
    map_init(&digests, fixture->arena);
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        check_image(fixture, tags[i]);
    int64_t count = fixture_count(fixture, "SELECT count(*) FROM snapshot_images");
    for (int64_t i = 0; i < count; i++) {
        struct view sql = arena_format(fixture->arena,
            "SELECT '" APP "@' || manifest FROM snapshot_images ORDER BY id LIMIT 1 OFFSET %lld", (long long)i);
        struct view name = fixture_text(fixture, sql.data);
        if (map_get(&digests, name) == NULL)
            check_image(fixture, arena_text(fixture->arena, name));
        map_set(&digests, name, fixture);
    }
}

#define SHOWN "FROM snapshot_images AS s WHERE is_current = 1 AND state = 1 AND is_image = 1"

/* Shown rows of which the outcome of each policy is stored. */
#define STORED                                                                                                           \
    "SELECT count(*) FROM admission_outcomes WHERE (length(outcomes) - length(replace(outcomes, '\"policy\":', ''))) / " \
    "length('\"policy\":') = (SELECT count(*) FROM vulnerability_policies WHERE is_admission = 1) "                      \
    "AND row_id IN (SELECT id " SHOWN ")"

static void equals_what_is_found_anew_after_any_change(void **state)
{
    enum { STEPS = 50 };
    static const char *const policies[] = {GATE(REGISTRY_STAGE "," ADMISSION_STAGE, "low"),
        GATE(ADMISSION_STAGE, "high"), GATE(REGISTRY_STAGE, "critical")};
    struct fixture *fixture = *state;
    struct changing changing = {.fixture = fixture, .service = {.seed = 5, .generation = 1}, .policies = policies};
    int64_t stored = 0;
    changing.other = fixture_other_organization(fixture);
    set_generation(fixture, 1);
    save_policy(
        fixture, fixture->account.organization, NULL, POLICY_WITH("running", ADMISSION_STAGE, IN_USE_PREDICATE));
    for (unsigned step = 0; step < STEPS; step++) {
        change_anything(&changing, mix(78, step));
        check_images(fixture);
        follow_clock(fixture);
        evaluate(fixture);
        assert_int_equal(fixture_count(fixture, STORED), fixture_count(fixture, "SELECT count(*) " SHOWN));
        stored += fixture_count(fixture, "SELECT count(*) " SHOWN);
        check_images(fixture);
    }
    assert_true(stored > STEPS);
}

/* So that it shows whether it is asked. */
static void pretend(struct fixture *fixture, const char *outcome)
{
    struct view sql = arena_format(fixture->arena,
        "UPDATE admission_outcomes SET outcomes = '[{\"policy\":\"gate\",\"outcome\":\"%s\"}]'", outcome);
    fixture_execute(fixture, sql.data);
}

static void asks_what_is_stored_as_long_as_it_is_true(void **state)
{
    struct fixture *fixture = *state;
    const struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    struct policy_row policy =
        save_policy(fixture, fixture->account.organization, NULL, GATE(ADMISSION_STAGE, "negligible"));
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_NOT_APPLICABLE);
    scan_clean(fixture, "1", 0x0ff, &service);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    pretend(fixture, "passed");
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_PASSED);
    fixture->clock.now_ms += DAY_MS;
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED); /* a new day, which nobody has looked at yet */
    follow_clock(fixture);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED); /* it is due */
    assert_int_equal(evaluate(fixture), 1);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    pretend(fixture, "passed");
    fixture_execute(fixture, "UPDATE snapshot_images SET is_current = 0");
    struct view digest = fixture_text(fixture, "SELECT '" APP "@' || manifest FROM snapshot_images");
    assert_int_equal(outcome_of(fixture, arena_text(fixture->arena, digest)), OUTCOME_FAILED); /* nothing follows it */
    fixture_execute(fixture, "UPDATE snapshot_images SET is_current = 1");
    assert_int_equal(outcome_of(fixture, arena_text(fixture->arena, digest)), OUTCOME_PASSED);
    pretend(fixture, "unheard-of");
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    fixture_execute(fixture, "UPDATE admission_outcomes SET outcomes = '[]'");
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    fixture_execute(
        fixture, "UPDATE admission_outcomes SET outcomes = '[{\"policy\":\"other\",\"outcome\":\"passed\"}]'");
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    save_policy(fixture, fixture->account.organization, &policy.uuid, GATE(REGISTRY_STAGE, "negligible"));
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM admission_outcomes"), 0); /* none is asked any more */
}

/* A risk that ends is not accepted from that moment on, whether the clock was looked at or not. */
static void ends_an_acceptance_in_time(void **state)
{
    struct fixture *fixture = *state;
    const struct service service = {.seed = 1, .generation = 1};
    struct accepted_risk risk = {.image = view_text("*/team/app"),
        .reason = ACCEPT_REASON_RISK_OWNED,
        .kind = ACCEPT_TEMPORARY,
        .expires_ms = FIXTURE_NOW_MS + 1000};
    risk.has_stage[STAGE_ADMISSION] = true;
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL, GATE(ADMISSION_STAGE, "negligible"));
    scan_clean(fixture, "1", 0x0ff, &service);
    follow_clock(fixture);
    evaluate(fixture);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    accept(fixture, &risk);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_ACCEPTED);
    fixture->clock.now_ms = risk.expires_ms - 1;
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_ACCEPTED);
    fixture->clock.now_ms = risk.expires_ms;
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    assert_int_equal(follow_clock(fixture), 1);
    assert_int_equal(evaluate(fixture), 1);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
}

static void follows_scores_and_bundles(void **state)
{
    struct fixture *fixture = *state;
    const struct service service = {.seed = 1, .generation = 1};
    struct error err;
    struct policy_row bundle;
    struct policy_bundle rules;
    const int64_t organization = fixture->account.organization;
    struct vulnerability_facts facts = {.has_epss = true, .epss_score = 0.05, .epss_percentile = 0.5};
    static const char text[] =
        "{\"name\":\"scores\",\"rules\":[{\"ruleType\":\"vulnSeverityAndThreats\",\"predicates\":["
        "{\"type\":\"vulnEpssScoreGte\",\"extra\":{\"score\":%d}}]}]}";
    set_generation(fixture, 1);
    scan_clean(fixture, "1", 0x0ff, &service);
    assert_ok(policy_bundle_parse_text(fixture->arena, arena_format(fixture->arena, text, 10), &rules, &err), &err);
    assert_ok(store_save_bundle(
                  fixture->store, fixture->arena, organization, NULL, &rules, view_text("admin"), &bundle, &err),
        &err);
    struct view policy = arena_format(fixture->arena,
        "{\"name\":\"gate\",\"stages\":[" ADMISSION_STAGE "],\"bundles\":[{\"id\":\"%s\"}]}", bundle.uuid.text);
    assert_int_equal(say(fixture, 2, &facts), 0); /* no policy asks for scores */
    save_policy(fixture, organization, NULL, policy.data);
    assert_int_equal(fixture_count(fixture, STORED), 1);
    follow_clock(fixture);
    evaluate(fixture);
    check_image(fixture, APP ":1");
    assert_int_not_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    facts.epss_score = 0.1;
    assert_int_equal(say(fixture, 3, &facts), 1);
    assert_int_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    check_image(fixture, APP ":1");
    assert_ok(policy_bundle_parse_text(fixture->arena, arena_format(fixture->arena, text, 20), &rules, &err), &err);
    assert_ok(store_save_bundle(fixture->store, fixture->arena, organization, &bundle.uuid, &rules, view_text("admin"),
                  &bundle, &err),
        &err);
    assert_int_not_equal(outcome_of(fixture, APP ":1"), OUTCOME_FAILED);
    check_image(fixture, APP ":1");
    assert_int_equal(fixture_count(fixture, STORED), 1);
}

/* Reasons are as long as names and rules make them: what is too long to be kept is told all the same. */
static void tells_what_is_too_long_to_be_stored(void **state)
{
    enum { POLICIES = 100 };
    struct fixture *fixture = *state;
    const struct service service = {.seed = 1, .generation = 1};
    char name[POLICY_NAME_BYTES_MAX + 1];
    set_generation(fixture, 1);
    memset(name, 'n', sizeof(name));
    for (int i = 0; i < POLICIES; i++) {
        struct view document = arena_format(fixture->arena, POLICY_WITH("%03d%.*s", ADMISSION_STAGE, "%s"), i,
            POLICY_NAME_BYTES_MAX - 3, name, SEVERITY_PREDICATE("negligible"));
        save_policy(fixture, fixture->account.organization, NULL, document.data);
    }
    scan_clean(fixture, "1", 0x0ff, &service);
    follow_clock(fixture);
    evaluate(fixture);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM admission_outcomes"), 0);
    struct admission_image image = review(fixture, APP ":1");
    assert_true(image.is_scanned);
    assert_int_equal(image.outcome_count, POLICIES);
    for (int i = 0; i < POLICIES; i++)
        assert_int_equal(image.outcomes[i].outcome, OUTCOME_FAILED);
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(equals_what_is_found_anew_after_any_change),
        FRESH(asks_what_is_stored_as_long_as_it_is_true),
        FRESH(ends_an_acceptance_in_time),
        FRESH(follows_scores_and_bundles),
        FRESH(tells_what_is_too_long_to_be_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
