/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/policy/made_image.h"

/* Two rules that one finding may violate, one about packages, one about the config. */
static const char *const threats =
    "{\"name\":\"threats\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":\"vulnSeverityAndThreats\",\"predicates\":["
    "{\"type\":\"vulnSeverity\",\"extra\":{\"level\":\"high\"}},{\"type\":\"vulnIsFixable\"}]},{\"ruleType\":"
    "\"vulnSeverityAndThreats\",\"predicates\":[{\"type\":\"vulnExploitable\"}]}]}]}";
static const char *const packages =
    "{\"name\":\"packages\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":\"pkgDenyList\",\"predicates\":["
    "{\"type\":\"denyPkg\",\"extra\":{\"packages\":[{\"name\":\"telnetd\"}]}}]}]}]}";
static const char *const config =
    "{\"name\":\"config\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":"
    "\"imageConfigDefaultUser\",\"predicates\":[{\"type\":\"imageConfigDefaultUserIsRoot\"}]}]}]}";

/* The findings that tests choose from: every combination of severity, fix and exploit. */
enum { KINDS = SEVERITY_COUNT * FIX_STATE_COUNT * 2, FINDINGS_MAX = 8 };

struct made {
    struct policy_image image;
    struct policy_package packages[2];
    struct policy_finding findings[FINDINGS_MAX];
    struct finding kinds[FINDINGS_MAX];
    struct vulnerability_facts facts[FINDINGS_MAX];
    struct view reason;
    struct image_config config;
};

static const struct package openssl = {
    .type = PACKAGE_DEB, .name = VIEW_LITERAL("openssl"), .version = VIEW_LITERAL("1")};
static const struct package telnetd = {
    .type = PACKAGE_DEB, .name = VIEW_LITERAL("telnetd"), .version = VIEW_LITERAL("1")};

static void make(struct made *made)
{
    *made = (struct made){.reason = VIEW_LITERAL("a feed is too old")};
    made->config.user = view_text("app");
    made->packages[0].package = &openssl;
    made->packages[1].package = &telnetd;
    made->image = (struct policy_image){
        .config = &made->config,
        .packages = made->packages,
        .package_count = 1,
        .findings = made->findings,
        .knows_exploited = true,
        .now_ms = MADE_NOW_MS,
    };
}

static struct policy_finding *add(struct made *made, int kind, const char *id)
{
    size_t i = made->image.finding_count++;
    made->facts[i].is_known_exploited = kind % 2 == 1;
    made->kinds[i].id = view_text(id);
    made->kinds[i].severity = (enum severity)(kind / 2 % SEVERITY_COUNT);
    made->kinds[i].fix_state = (enum fix_state)(kind / 2 / SEVERITY_COUNT);
    made->kinds[i].facts = &made->facts[i];
    made->findings[i] = (struct policy_finding){.finding = &made->kinds[i]};
    return &made->findings[i];
}

static int kind_of(enum severity severity, enum fix_state fix, bool is_exploited)
{
    return 2 * ((int)severity + SEVERITY_COUNT * (int)fix) + is_exploited;
}

static struct evaluation evaluate(struct arena *arena, const char *policy, const struct made *made)
{
    struct evaluation evaluation;
    const struct vulnerability_policy *one = policy == NULL ? NULL : made_policy(arena, policy);
    policy_evaluate(arena, &one, one == NULL ? 0 : 1, &made->image, &evaluation);
    return evaluation;
}

static void without_a_policy_there_is_no_answer(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    assert_int_equal(evaluate(arena, NULL, &made).outcome, OUTCOME_NO_POLICY);
}

static void a_finding_under_two_rules_appears_under_each_and_counts_once(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    (void)add(&made, kind_of(SEVERITY_CRITICAL, FIX_AVAILABLE, true), "CVE-1");
    (void)add(&made, kind_of(SEVERITY_HIGH, FIX_AVAILABLE, false), "CVE-1");
    struct evaluation evaluation = evaluate(arena, threats, &made);
    const struct rule_result *rules = evaluation.policies[0].bundles[0].rules;
    assert_int_equal(evaluation.outcome, OUTCOME_FAILED);
    assert_int_equal(rules[0].violations.count, 2);
    assert_int_equal(rules[1].violations.count, 1);
    assert_int_equal(evaluation.violating_count, 1);
    assert_int_equal(evaluation.accepted_count, 0);
}

static void all_predicates_of_a_rule_must_hold(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    (void)add(&made, kind_of(SEVERITY_CRITICAL, FIX_WILL_NOT, false), "CVE-1");
    (void)add(&made, kind_of(SEVERITY_MEDIUM, FIX_AVAILABLE, false), "CVE-2");
    assert_int_equal(evaluate(arena, threats, &made).outcome, OUTCOME_PASSED);
}

static void what_is_not_known_could_not_tell_unless_the_rule_decides(void **state)
{
    (void)state;
    static const char form[] = "{\"name\":\"n\",\"bundles\":[{\"name\":\"b\",\"rules\":[{\"ruleType\":"
                               "\"vulnSeverityAndThreats\",\"whenUnknown\":\"%s\",\"predicates\":[{\"type\":"
                               "\"vulnSeverity\",\"extra\":{\"level\":\"high\"}}]}]}]}";
    static const struct {
        const char *word;
        enum evaluation_outcome outcome;
    } cases[] = {{"couldNotTell", OUTCOME_COULD_NOT_TELL}, {"violation", OUTCOME_FAILED}, {"pass", OUTCOME_PASSED}};
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct made made;
        make(&made);
        (void)add(&made, kind_of(SEVERITY_UNKNOWN, FIX_NONE, false), "CVE-1");
        AUTO_BUFFER text;
        buffer_init(&text, JSON_BYTES_MAX);
        buffer_append_format(&text, form, cases[i].word);
        assert_int_equal(evaluate(arena, arena_text(arena, buffer_view(&text)), &made).outcome, cases[i].outcome);
    }
}

static void nothing_passes_on_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    made.image.doubts = &made.reason;
    made.image.doubt_count = 1;
    assert_int_equal(evaluate(arena, threats, &made).outcome, OUTCOME_COULD_NOT_TELL);
    assert_int_equal(evaluate(arena, packages, &made).outcome, OUTCOME_PASSED); /* feeds say nothing of packages */
    made.image.gaps = &made.reason;
    made.image.gap_count = 1;
    assert_int_equal(evaluate(arena, packages, &made).outcome, OUTCOME_COULD_NOT_TELL);
    assert_int_equal(evaluate(arena, config, &made).outcome, OUTCOME_PASSED); /* gaps say nothing of the config */
    (void)add(&made, kind_of(SEVERITY_CRITICAL, FIX_AVAILABLE, false), "CVE-1");
    assert_int_equal(evaluate(arena, threats, &made).outcome, OUTCOME_FAILED);
}

static void a_config_that_is_not_there_could_not_tell(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    made.image.config = NULL;
    struct evaluation evaluation = evaluate(arena, config, &made);
    assert_int_equal(evaluation.outcome, OUTCOME_COULD_NOT_TELL);
    assert_int_equal(evaluation.policies[0].bundles[0].rules[0].outcome, OUTCOME_NOT_APPLICABLE);
}

static void packages_and_configs_fail_with_their_reason(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    made.image.package_count = 2;
    made.config.user = view_text("");
    struct evaluation of_packages = evaluate(arena, packages, &made);
    struct evaluation of_config = evaluate(arena, config, &made);
    assert_int_equal(of_packages.outcome, OUTCOME_FAILED);
    assert_ptr_equal(of_packages.policies[0].bundles[0].rules[0].violations.items[0].package, &made.packages[1]);
    assert_int_equal(of_config.outcome, OUTCOME_FAILED);
    assert_int_equal(of_config.config_count, 1);
    assert_view_equal(
        rule_result_text(arena, &of_config.policies[0].bundles[0].rules[0]), "the image runs as \"root\"");
}

static void a_rule_may_be_accepted(void **state)
{
    (void)state;
    static const struct view accepted = VIEW_LITERAL("imageConfigDefaultUser");
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    made.config.user = view_text("");
    made.image.accepted_rules = &accepted;
    made.image.accepted_rule_count = 1;
    assert_int_equal(evaluate(arena, config, &made).outcome, OUTCOME_ACCEPTED);
}

static void an_accepted_image_leaves_its_policies_failed(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct made made;
    make(&made);
    (void)add(&made, kind_of(SEVERITY_CRITICAL, FIX_AVAILABLE, false), "CVE-1");
    made.image.is_accepted = true;
    struct evaluation evaluation = evaluate(arena, threats, &made);
    assert_int_equal(evaluation.outcome, OUTCOME_ACCEPTED);
    assert_int_equal(evaluation.policies[0].outcome, OUTCOME_FAILED);
    made.image.doubts = &made.reason;
    made.image.doubt_count = 1;
    assert_int_equal(evaluate(arena, threats, &made).outcome, OUTCOME_COULD_NOT_TELL);
}

/* A small generator, so that each run is the same. */
static unsigned next(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static void make_random(struct made *made, unsigned *random)
{
    static const char *const ids[FINDINGS_MAX] = {
        "CVE-0", "CVE-1", "CVE-2", "CVE-3", "CVE-4", "CVE-5", "CVE-6", "CVE-7"};
    make(made);
    for (size_t count = next(random) % FINDINGS_MAX; made->image.finding_count < count;) {
        struct policy_finding *finding = add(made, (int)(next(random) % KINDS), ids[next(random) % FINDINGS_MAX]);
        finding->is_accepted = next(random) % 3 == 0;
    }
    made->image.doubts = &made->reason;
    made->image.doubt_count = next(random) % 4 == 0;
    made->image.is_accepted = next(random) % 4 == 0;
    made->image.knows_exploited = next(random) % 4 != 0;
}

static void more_findings_never_make_it_better(void **state)
{
    (void)state;
    unsigned random = 1;
    for (int round = 0; round < 3000; round++) {
        AUTO_ARENA *arena = arena_new();
        struct made made;
        make_random(&made, &random);
        enum evaluation_outcome before = evaluate(arena, threats, &made).outcome;
        (void)add(&made, (int)(next(&random) % KINDS), "CVE-new");
        enum evaluation_outcome after = evaluate(arena, threats, &made).outcome;
        if (after < before)
            fail_msg("%s became %s", evaluation_outcome_name(before), evaluation_outcome_name(after));
    }
}

static void accepting_more_never_makes_it_worse(void **state)
{
    (void)state;
    unsigned random = 2;
    for (int round = 0; round < 3000; round++) {
        AUTO_ARENA *arena = arena_new();
        struct made made;
        make_random(&made, &random);
        if (made.image.finding_count == 0)
            continue;
        enum evaluation_outcome before = evaluate(arena, threats, &made).outcome;
        made.findings[next(&random) % made.image.finding_count].is_accepted = true;
        enum evaluation_outcome after = evaluate(arena, threats, &made).outcome;
        if (after > before && !(before == OUTCOME_PASSED && after == OUTCOME_ACCEPTED))
            fail_msg("%s became %s", evaluation_outcome_name(before), evaluation_outcome_name(after));
    }
}

static void accepting_all_that_fails_gives_accepted(void **state)
{
    (void)state;
    unsigned random = 3;
    size_t tried = 0;
    for (int round = 0; round < 3000; round++) {
        AUTO_ARENA *arena = arena_new();
        struct made made;
        make_random(&made, &random);
        made.image.doubt_count = 0;
        made.image.is_accepted = false;
        if (evaluate(arena, threats, &made).outcome != OUTCOME_FAILED)
            continue;
        for (size_t i = 0; i < made.image.finding_count; i++)
            made.findings[i].is_accepted = true;
        tried++;
        struct evaluation evaluation = evaluate(arena, threats, &made);
        assert_int_equal(evaluation.outcome, OUTCOME_ACCEPTED);
        assert_int_equal(evaluation.violating_count, 0);
        assert_true(evaluation.accepted_count > 0);
    }
    assert_true(tried > 100);
}

static void the_whole_is_the_worst_of_its_policies(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    const struct vulnerability_policy *both[] = {made_policy(arena, threats), made_policy(arena, config)};
    unsigned random = 4;
    for (int round = 0; round < 500; round++) {
        struct made made;
        struct evaluation evaluation;
        make_random(&made, &random);
        made.config.user = view_text(next(&random) % 2 == 0 ? "root" : "app");
        enum evaluation_outcome a = evaluate(arena, threats, &made).outcome;
        enum evaluation_outcome b = evaluate(arena, config, &made).outcome;
        policy_evaluate(arena, both, 2, &made.image, &evaluation);
        assert_int_equal(evaluation.outcome, a > b ? a : b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_policy_there_is_no_answer),
        cmocka_unit_test(a_finding_under_two_rules_appears_under_each_and_counts_once),
        cmocka_unit_test(all_predicates_of_a_rule_must_hold),
        cmocka_unit_test(what_is_not_known_could_not_tell_unless_the_rule_decides),
        cmocka_unit_test(nothing_passes_on_nothing),
        cmocka_unit_test(a_config_that_is_not_there_could_not_tell),
        cmocka_unit_test(packages_and_configs_fail_with_their_reason),
        cmocka_unit_test(a_rule_may_be_accepted),
        cmocka_unit_test(an_accepted_image_leaves_its_policies_failed),
        cmocka_unit_test(more_findings_never_make_it_better),
        cmocka_unit_test(accepting_more_never_makes_it_worse),
        cmocka_unit_test(accepting_all_that_fails_gives_accepted),
        cmocka_unit_test(the_whole_is_the_worst_of_its_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
