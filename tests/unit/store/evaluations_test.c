/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts and accepted counters of rows, compared after every change with what the lists give, computed in the plainest way. */
#include "store/events.h"
#include "store/issues.h"
#include "tests/unit/store/changing_fixture.h"

/* The first 00:00 UTC after the fixture's time. */
#define MIDNIGHT_MS ((FIXTURE_NOW_MS / DAY_MS + 1) * DAY_MS)

static int64_t of_row(struct fixture *fixture, const struct image_row *row, const char *column)
{
    struct view sql =
        arena_format(fixture->arena, "SELECT %s FROM snapshot_images WHERE uuid = '%s'", column, row->uuid.text);
    return fixture_count(fixture, sql.data);
}

/* Whether some active risk is about this finding of the row. */
static bool is_accepted(struct fixture *fixture, const struct image_row *row, const struct finding_row *finding,
    const struct accepted_risk_row *risks, size_t risk_count)
{
    const struct accepted_place place = {.integration = fixture->integration.name,
        .image = arena_format(fixture->arena, "registry.example:5000/%.*s", VIEW_PRINT(row->repository)),
        .repository = row->repository,
        .tag = row->tag,
        .stage = STAGE_REGISTRY,
        .now_ms = fixture->clock.now_ms};
    for (size_t i = 0; i < risk_count; i++) {
        const struct accepted_risk *risk = &risks[i].risk;
        if (accepted_risk_is_here(risk, &place) &&
            (accepted_risk_is_of_image(risk) ||
                accepted_risk_covers(risk, &finding->package, finding->paths[0], &finding->finding)))
            return true;
    }
    return false;
}

struct naive {
    int severity;
    bool is_open;
};

/* The different vulnerabilities that the list has with this choice. */
static size_t count_chosen(struct fixture *fixture, const struct image_row *row, enum accepted_choice choice)
{
    struct map seen;
    size_t count = 0, total = 0;
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){.accepted = choice}, &count, &total);
    map_init(&seen, fixture->arena);
    for (size_t i = 0; i < count; i++) {
        map_set(&seen, items[i].finding.id, fixture);
        assert_true(choice != ACCEPTED_ONLY || items[i].accepted != NULL);
    }
    assert_int_equal(count, total);
    return seen.count;
}

static void check_row(struct fixture *fixture, const struct image_row *row)
{
    static const char *const columns[SEVERITY_COUNT] = {"accepted_unknown", "accepted_negligible", "accepted_low",
        "accepted_medium", "accepted_high", "accepted_critical"};
    struct error err;
    size_t count = 0, total = 0, risk_count = 0;
    int64_t accepted[SEVERITY_COUNT] = {0};
    struct map seen;
    struct row_evaluation evaluation;
    const struct accepted_risk_row *risks = list_risks(fixture, &risk_count);
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){0}, &count, &total);
    map_init(&seen, fixture->arena);
    for (size_t i = 0; i < count; i++) {
        struct map_entry *entry = map_entry(&seen, items[i].finding.id);
        if (entry->value == NULL)
            entry->value = ARENA_NEW(fixture->arena, struct naive);
        struct naive *naive = entry->value;
        if ((int)items[i].finding.severity > naive->severity)
            naive->severity = (int)items[i].finding.severity;
        naive->is_open |= !is_accepted(fixture, row, &items[i], risks, risk_count);
        assert_int_equal(items[i].accepted != NULL, is_accepted(fixture, row, &items[i], risks, risk_count));
    }
    int64_t all = 0;
    for (size_t i = 0; i < seen.count; i++) {
        const struct naive *naive = seen.entries[i].value;
        accepted[naive->severity] += !naive->is_open;
        all += !naive->is_open;
    }
    assert_int_equal(of_row(fixture, row, "accepted"), all);
    assert_int_equal(count_chosen(fixture, row, ACCEPTED_ONLY), all);
    assert_int_equal(count_chosen(fixture, row, ACCEPTED_NOT), seen.count - (size_t)all);
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        assert_int_equal(of_row(fixture, row, columns[i]), accepted[i]);
        assert_true(accepted[i] <= row->counts.by_severity[i]);
    }
    assert_ok(store_read_evaluation(fixture->store, fixture->arena, fixture->account.organization, &row->uuid,
                  view_text(""), &evaluation, &err),
        &err);
    assert_int_equal(evaluation.stored, evaluation.evaluation->outcome);
}

static void check_rows(struct fixture *fixture)
{
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){.states = 1u << IMAGE_SCANNED}, &count);
    for (size_t i = 0; i < count; i++)
        check_row(fixture, &rows[i]);
}

/* Every vulnerability of the row, in one risk each. */
static void accept_everything(struct fixture *fixture, const struct image_row *row, int64_t expires_ms)
{
    size_t count = 0, total = 0;
    struct finding_row *items = list_findings(fixture, row, (struct finding_query){0}, &count, &total);
    for (size_t i = 0; i < count; i++)
        accept(fixture, &(struct accepted_risk){.vulnerability = items[i].finding.id,
                            .reason = ACCEPT_REASON_RISK_OWNED,
                            .kind = ACCEPT_TEMPORARY,
                            .expires_ms = expires_ms});
}

static int64_t count_verdict_events(struct fixture *fixture)
{
    struct error err;
    struct event_row *items;
    size_t count = 0;
    bool has_more = false;
    const struct event_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .changes = 1u << CHANGE_VERDICT};
    assert_ok(store_list_events(fixture->store, fixture->arena, fixture->account.organization, &query, &items, &count,
                  &has_more, &err),
        &err);
    return (int64_t)count;
}

static void follows_policies_and_accepted_risks(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_NO_POLICY);
    struct policy_row policy = save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("negligible"));
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    check_row(fixture, &row);
    accept_everything(fixture, &row, 0);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_ACCEPTED);
    assert_int_equal(of_row(fixture, &row, "accepted"), row.counts.vulnerabilities);
    check_row(fixture, &row);
    size_t count = 0;
    struct accepted_risk_row *risks = list_risks(fixture, &count);
    for (size_t i = 0; i < count; i++)
        assert_ok(store_revoke_accepted_risk(
                      fixture->store, fixture->account.organization, &risks[i].uuid, view_text("admin"), &err),
            &err);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    assert_int_equal(of_row(fixture, &row, "accepted"), 0);
    assert_ok(store_delete_policy(fixture->store, fixture->arena, fixture->account.organization, view_text("gate"),
                  view_text("admin"), &err),
        &err);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_NO_POLICY);
    assert_int_equal(count_verdict_events(fixture), 0); /* who did it knows, and the audit trail */
    assert_fails(store_find_policy(fixture->store, fixture->arena, fixture->account.organization,
                     view_text(policy.uuid.text), &policy, &err),
        &err, ERROR_NOT_FOUND);
}

/* Shown-by 3 of the issue: the clock alone flips counters and verdict, and there is one event. */
static void ends_an_acceptance_at_midnight(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("negligible"));
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    accept_everything(fixture, &row, MIDNIGHT_MS);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_ACCEPTED);
    fixture->clock.now_ms = MIDNIGHT_MS - 1;
    assert_int_equal(follow_clock(fixture), 0);
    assert_int_equal(of_row(fixture, &row, "accepted"), row.counts.vulnerabilities);
    fixture->clock.now_ms = MIDNIGHT_MS;
    assert_int_equal(follow_clock(fixture), 1);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM jobs WHERE kind = 'evaluate' AND state = 0"), 1);
    assert_int_equal(evaluate(fixture), 1);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    assert_int_equal(of_row(fixture, &row, "accepted"), 0);
    check_row(fixture, &row);
    assert_int_equal(count_verdict_events(fixture), 1);
    assert_int_equal(follow_clock(fixture), 0);
    assert_int_equal(evaluate(fixture), 0);
    assert_int_equal(count_verdict_events(fixture), 1);
}

static void counts_again_as_soon_as_a_fix_exists(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    size_t count = 0, total = 0;
    int64_t unfixed = 0;
    set_generation(fixture, 1);
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    struct finding_row *items = list_findings(fixture, &row, (struct finding_query){0}, &count, &total);
    for (size_t i = 0; i < count; i++)
        unfixed += items[i].finding.fix_state != FIX_AVAILABLE;
    assert_true(unfixed > 0 && unfixed < (int64_t)count);
    accept(fixture, &(struct accepted_risk){
                        .path = view_text("var/lib/*"), .reason = ACCEPT_REASON_RISK_OWNED, .until_fixed = true});
    check_row(fixture, &row);
    assert_true(of_row(fixture, &row, "accepted") > 0);
    assert_true(of_row(fixture, &row, "accepted") < row.counts.vulnerabilities);
    service.generation = 2;
    set_generation(fixture, 2);
    rematch(fixture, &service);
    evaluate(fixture);
    check_row(fixture, &row);
}

/* Whether an image runs is not known as long as nobody reports; then it is what the reports of the last day say. */
static void goes_by_what_is_running(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_WITH("gate", REGISTRY_STAGE, IN_USE_PREDICATE));
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_COULD_NOT_TELL);
    report_running(fixture, "team/other", "1");
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    report_running(fixture, "team/app", "2");
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    report_running(fixture, "team/app", "1");
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    fixture->clock.now_ms += RUNNING_IMAGE_IN_USE_MS;
    report_running(fixture, "team/other", "1");
    fixture->clock.now_ms += 1;
    follow_clock(fixture);
    evaluate(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    fixture->clock.now_ms += RUNNING_IMAGE_IN_USE_MS;
    follow_clock(fixture);
    evaluate(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_COULD_NOT_TELL);
}

static void leaves_other_organizations_alone(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    int64_t other = fixture_other_organization(fixture);
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("negligible"));
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    accept_in(
        fixture, other, &(struct accepted_risk){.image = view_text("registry*"), .reason = ACCEPT_REASON_RISK_OWNED});
    assert_int_equal(evaluate(fixture), 0);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    assert_int_equal(of_row(fixture, &row, "accepted"), 0);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM evaluations_due"), 0);
    size_t count = 0;
    list_risks(fixture, &count);
    assert_int_equal(count, 0);
}

static void asks_again_on_a_new_day(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("critical"));
    follow_clock(fixture);
    scan_clean(fixture, "1", 0x000, &service);
    struct image_row row = only_row(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    assert_int_equal(follow_clock(fixture), 0);
    fixture->clock.now_ms = MIDNIGHT_MS;
    assert_int_equal(follow_clock(fixture), 1);
    assert_int_equal(evaluate(fixture), 1);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    assert_int_equal(count_verdict_events(fixture), 0);
}

/* Its packages are left out where it is evaluated, but not what feeds they need. */
static void cannot_tell_of_an_image_without_findings_once_its_feed_is_old(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("critical"));
    follow_clock(fixture);
    struct scan_task task = import_tag(fixture, "1", 0x001, MANIFEST_IMAGE, IMPORT_QUEUED);
    struct scan_image image = make_image(fixture->arena, 0x001, &service);
    image.inventory.gaps.count = 0;
    image.findings[0] = (struct finding_list){.count = 0};
    commit_as(fixture, &task, task.digest, (struct platform){0}, &image, service.generation);
    assert_ok(store_finish_scan(fixture->store, &task, 0, view_text(""), &err), &err);
    struct image_row row = only_row(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_PASSED);
    fixture->clock.now_ms += INT64_C(8) * 24 * 3600 * 1000;
    assert_int_equal(follow_clock(fixture), 1);
    assert_int_equal(evaluate(fixture), 1);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_COULD_NOT_TELL);
}

static void asks_again_only_for_scores_that_pass_a_limit(void **state)
{
    static const char document[] =
        POLICY_WITH("gate", REGISTRY_STAGE, "{\"type\":\"vulnEpssScoreGte\",\"extra\":{\"score\":10}}");
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    struct vulnerability_facts facts = {.has_epss = true, .epss_score = 0.05, .epss_percentile = 0.5};
    set_generation(fixture, 1);
    scan_clean(fixture, "1", 0x0ff, &service);
    struct image_row row = only_row(fixture);
    save_policy(fixture, fixture->account.organization, NULL, POLICY_OF("critical"));
    assert_int_equal(say(fixture, 2, &facts), 0); /* no policy asks for scores */
    struct error err;
    assert_ok(store_delete_policy(fixture->store, fixture->arena, fixture->account.organization, view_text("gate"),
                  view_text("admin"), &err),
        &err);
    save_policy(fixture, fixture->account.organization, NULL, document);
    facts.epss_score = 0.09;
    facts.epss_percentile = 0.9;
    assert_int_equal(say(fixture, 3, &facts), 0);
    facts.epss_score = 0.1;
    assert_int_equal(say(fixture, 4, &facts), 1);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    facts.epss_score = 0.3;
    assert_int_equal(say(fixture, 5, &facts), 0);
    facts.epss_score = 0.01;
    assert_int_equal(say(fixture, 6, &facts), 1);
    assert_int_not_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    facts.published_ms = FIXTURE_NOW_MS; /* no score, so any policy may ask for it */
    assert_int_equal(say(fixture, 7, &facts), 1);
}

static void says_which_bundle_stays_and_which_goes(void **state)
{
    struct fixture *fixture = *state;
    struct error err;
    struct policy_row *bundles;
    struct policy_row saved;
    struct policy_bundle copy;
    struct document_problems problems;
    struct view document;
    size_t count = 0;
    int64_t organization = fixture->account.organization;
    AUTO_JSON *json = json_document_new();
    struct json root;
    assert_ok(store_list_bundles(fixture->store, fixture->arena, organization, &bundles, &count, &err), &err);
    assert_true(count >= 4 && bundles[0].is_predefined);
    assert_fails(
        store_delete_bundle(fixture->store, fixture->arena, organization, &bundles[0].uuid, view_text("admin"), &err),
        &err, ERROR_CONFLICT);
    for (size_t i = 0; i < count; i++) {
        assert_ok(json_parse(json, bundles[i].document, JSON_BYTES_MAX, "bundle", &root, &err), &err);
        assert_true(policy_bundle_parse(fixture->arena, root, "", &copy, &problems));
    }
    assert_fails(
        store_save_bundle(fixture->store, fixture->arena, organization, NULL, &copy, view_text("admin"), &saved, &err),
        &err, ERROR_CONFLICT); /* its name is taken */
    copy.name = view_text("mine");
    assert_ok(
        store_save_bundle(fixture->store, fixture->arena, organization, NULL, &copy, view_text("admin"), &saved, &err),
        &err);
    struct view text = arena_format(fixture->arena,
        "{\"name\":\"by id\",\"bundles\":[{\"id\":\"%s\"},{\"id\":\"%s\"}]}", saved.uuid.text, bundles[0].uuid.text);
    save_policy(fixture, organization, NULL, text.data);
    assert_ok(
        store_resolve_policy(fixture->store, fixture->arena, organization, view_text("by id"), &document, &err), &err);
    assert_true(view_find_text(document, view_text("\"mine\"")) < document.size);
    assert_true(view_find_text(document, view_text("\"id\"")) == document.size);
    assert_fails(
        store_delete_bundle(fixture->store, fixture->arena, organization, &saved.uuid, view_text("admin"), &err), &err,
        ERROR_CONFLICT);
    assert_ok(
        store_delete_policy(fixture->store, fixture->arena, organization, view_text("by id"), view_text("admin"), &err),
        &err);
    assert_ok(
        store_delete_bundle(fixture->store, fixture->arena, organization, &saved.uuid, view_text("admin"), &err), &err);
    assert_fails(store_find_bundle(fixture->store, fixture->arena, organization, &saved.uuid, &saved, &err), &err,
        ERROR_NOT_FOUND);
    assert_int_equal(fixture_count(fixture, "SELECT count(*) FROM audit_events WHERE action LIKE 'rule_bundle.%'"), 2);
}

static void asks_the_stored_config(void **state)
{
    struct fixture *fixture = *state;
    struct service service = {.seed = 1, .generation = 1};
    set_generation(fixture, 1);
    save_policy(fixture, fixture->account.organization, NULL,
        "{\"name\":\"root\",\"stages\":[{\"name\":\"registry\"}],\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":"
        "\"imageConfigDefaultUser\",\"predicates\":[{\"type\":\"imageConfigDefaultUserIsRoot\"}]}]}]}");
    scan_clean(fixture, "1", 0x001, &service);
    struct image_row row = only_row(fixture);
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_FAILED);
    accept(fixture,
        &(struct accepted_risk){.rule = view_text("imageConfigDefaultUser"), .reason = ACCEPT_REASON_RISK_OWNED});
    assert_int_equal(of_row(fixture, &row, "verdict"), OUTCOME_ACCEPTED);
}

/* Shown-by 2 of the issue, as far as verdicts and accepted counters go. */
/* Every cell of the overview is the length of the list that it leads to, and of what is exported. */
static void check_cells(struct fixture *fixture, const struct image_row *row)
{
    size_t count = 0, total = 0;
    for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
        for (unsigned fixable = 0; fixable <= (KIND_WITH_FIX | KIND_WITHOUT_FIX); fixable++) {
            struct map seen;
            const struct finding_query query = {
                .kinds = {.severities = 1u << severity, .fixable = fixable}, .page.limit = PAGE_LIMIT_MAX};
            struct finding_row *items = list_findings(fixture, row, query, &count, &total);
            map_init(&seen, fixture->arena);
            for (size_t i = 0; i < count; i++)
                map_set(&seen, items[i].finding.id, fixture);
            assert_int_equal(seen.count, tally_count(&row->counts.tally, query.kinds));
        }
        const struct kind_filter all = {.severities = 1u << severity};
        assert_int_equal(row->counts.by_severity[severity], tally_count(&row->counts.tally, all));
    }
}

/* A project's issues are what its images have together, each vulnerability once over all platforms. */
static void check_issues(struct fixture *fixture, const struct image_row *rows, size_t count)
{
    struct error err;
    struct map listed;
    struct issue_row *issues = NULL;
    size_t issue_count = 0, found = 0, total = 0;
    bool has_more = false;
    const struct issue_query query = {.page = {.limit = PAGE_LIMIT_MAX}};
    map_init(&listed, fixture->arena);
    for (size_t i = 0; i < count; i++) {
        struct finding_row *items = list_findings(fixture, &rows[i], (struct finding_query){0}, &found, &total);
        for (size_t k = 0; k < found; k++)
            map_set(&listed,
                arena_format(fixture->arena, "%.*s %.*s", VIEW_PRINT(rows[i].tag), VIEW_PRINT(items[k].finding.id)),
                fixture);
    }
    assert_ok(store_list_issues(fixture->store, fixture->arena, fixture->account.organization, &query, &issues,
                  &issue_count, &has_more, &err),
        &err);
    assert_false(has_more);
    assert_int_equal(issue_count, listed.count);
}

static void check_everything(struct fixture *fixture)
{
    size_t count = 0;
    struct image_row *rows = list_rows(fixture, (struct image_query){.states = 1u << IMAGE_SCANNED}, &count);
    for (size_t i = 0; i < count; i++)
        check_cells(fixture, &rows[i]);
    check_issues(fixture, rows, count);
    check_rows(fixture);
}

static void equals_the_lists_after_any_change(void **state)
{
    enum { STEPS = 80 };
    static const char *const policies[] = {POLICY_OF("low"), POLICY_OF("high"), POLICY_OF("critical")};
    struct changing changing = {.fixture = *state, .service = {.seed = 5, .generation = 1}, .policies = policies};
    changing.other = fixture_other_organization(changing.fixture);
    set_generation(changing.fixture, 1);
    for (unsigned step = 0; step < STEPS; step++) {
        change_anything(&changing, mix(77, step));
        evaluate(changing.fixture);
        check_everything(changing.fixture);
    }
}

static void counts_one_source_once_whatever_its_packages(void **state)
{
    struct fixture *fixture = *state;
    const struct service service = {.seed = 5, .generation = 1};
    size_t count = 0, total = 0;
    set_generation(fixture, 1);
    move_tag(fixture, "1", 3, &service, false);
    struct image_row row = only_row(fixture);
    struct finding_list expected = match(fixture->arena, &service, view_text("source"));
    list_findings(fixture, &row, (struct finding_query){0}, &count, &total);
    assert_true(expected.count > 0);
    assert_int_equal(row.counts.vulnerabilities, expected.count);
    assert_int_equal(row.counts.findings, NAMES * expected.count);
    assert_int_equal(count, NAMES * expected.count);
    evaluate(fixture);
    check_everything(fixture);
}

#define FRESH(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(follows_policies_and_accepted_risks),
        FRESH(ends_an_acceptance_at_midnight),
        FRESH(counts_again_as_soon_as_a_fix_exists),
        FRESH(goes_by_what_is_running),
        FRESH(leaves_other_organizations_alone),
        FRESH(asks_again_on_a_new_day),
        FRESH(cannot_tell_of_an_image_without_findings_once_its_feed_is_old),
        FRESH(asks_again_only_for_scores_that_pass_a_limit),
        FRESH(says_which_bundle_stays_and_which_goes),
        FRESH(asks_the_stored_config),
        FRESH(equals_the_lists_after_any_change),
        FRESH(counts_one_source_once_whatever_its_packages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
