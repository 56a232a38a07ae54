/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/evaluate.h"

#include "base/map.h"

static const char *const outcome_names[EVALUATION_OUTCOME_COUNT] = {
    [OUTCOME_NOT_APPLICABLE] = "not-applicable",
    [OUTCOME_NO_POLICY] = "no-policy",
    [OUTCOME_PASSED] = "passed",
    [OUTCOME_ACCEPTED] = "accepted",
    [OUTCOME_COULD_NOT_TELL] = "could-not-tell",
    [OUTCOME_FAILED] = "failed",
};

const char *evaluation_outcome_name(enum evaluation_outcome outcome)
{
    return outcome_names[outcome];
}

bool evaluation_outcome_parse(struct view name, enum evaluation_outcome *outcome)
{
    for (int i = 0; i < EVALUATION_OUTCOME_COUNT; i++) {
        if (view_is(name, outcome_names[i])) {
            *outcome = (enum evaluation_outcome)i;
            return true;
        }
    }
    return false;
}

struct evaluator {
    struct arena *arena;
    const struct policy_image *image;
    struct map vulnerabilities; /* id → struct seen */
};

/* How a vulnerability was met. */
struct seen {
    bool is_open; /* as a violation that is not accepted */
    bool is_accepted; /* as one that is */
};

static enum evaluation_outcome worse(enum evaluation_outcome a, enum evaluation_outcome b)
{
    return a > b ? a : b;
}

static enum answer answer_for(const struct policy_rule *rule, enum answer answer)
{
    if (answer != ANSWER_UNKNOWN || rule->when_unknown == UNKNOWN_CANNOT_TELL)
        return answer;
    return answer_of(rule->when_unknown == UNKNOWN_VIOLATES);
}

static void note_vulnerability(struct evaluator *evaluator, const struct policy_violation *violation)
{
    struct map_entry *entry = map_entry(&evaluator->vulnerabilities, violation->finding->finding->id);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(evaluator->arena, struct seen);
    struct seen *seen = entry->value;
    if (violation->is_accepted)
        seen->is_accepted = true;
    else
        seen->is_open = true;
}

static void add_violation(struct evaluator *evaluator, struct rule_result *result, struct policy_violation violation)
{
    *(struct policy_violation *)ARENA_PUSH(evaluator->arena, &result->violations) = violation;
    result->accepted_count += violation.is_accepted;
    if (violation.finding != NULL)
        note_vulnerability(evaluator, &violation);
}

static bool is_rule_accepted(const struct policy_image *image, enum rule_type type)
{
    for (size_t i = 0; i < image->accepted_rule_count; i++) {
        if (view_is(image->accepted_rules[i], rule_type_name(type)))
            return true;
    }
    return false;
}

static void judge_findings(struct evaluator *evaluator, struct rule_result *result)
{
    const struct policy_rule *rule = result->rule;
    const struct policy_image *image = evaluator->image;
    bool is_accepted = is_rule_accepted(image, rule->type);
    for (size_t i = 0; i < image->finding_count; i++) {
        const struct policy_finding *finding = &image->findings[i];
        enum answer answer = ANSWER_YES;
        for (size_t j = 0; j < rule->predicate_count && answer != ANSWER_NO; j++) {
            enum answer one = rule->predicates[j].kind->finding(&rule->predicates[j], image, finding);
            answer = one < answer ? one : answer;
        }
        answer = answer_for(rule, answer);
        /* What is accepted needs no answer. */
        if (answer == ANSWER_UNKNOWN && !finding->is_accepted && !is_accepted)
            result->unknown_count++;
        if (answer == ANSWER_YES)
            add_violation(evaluator, result,
                (struct policy_violation){.finding = finding,
                    .package = &image->packages[finding->package],
                    .is_accepted = finding->is_accepted || is_accepted});
    }
}

static void judge_packages(struct evaluator *evaluator, struct rule_result *result)
{
    const struct policy_rule *rule = result->rule;
    const struct policy_image *image = evaluator->image;
    bool is_accepted = is_rule_accepted(image, rule->type);
    for (size_t i = 0; i < image->package_count; i++) {
        enum answer answer = ANSWER_YES;
        for (size_t j = 0; j < rule->predicate_count && answer != ANSWER_NO; j++) {
            enum answer one = rule->predicates[j].kind->package(&rule->predicates[j], image->packages[i].package);
            answer = one < answer ? one : answer;
        }
        if (answer == ANSWER_YES)
            add_violation(evaluator, result,
                (struct policy_violation){.package = &image->packages[i], .is_accepted = is_accepted});
    }
}

static void judge_config(struct evaluator *evaluator, struct rule_result *result)
{
    const struct policy_rule *rule = result->rule;
    const struct policy_image *image = evaluator->image;
    bool is_accepted = is_rule_accepted(image, rule->type);
    struct view reasons = view_text("");
    enum answer answer = ANSWER_YES;
    for (size_t i = 0; i < rule->predicate_count && answer != ANSWER_NO; i++) {
        struct view reason = view_text("");
        enum answer one = rule->predicates[i].kind->image(&rule->predicates[i], image, evaluator->arena, &reason);
        answer = one < answer ? one : answer;
        reasons = arena_format(
            evaluator->arena, "%.*s%s%.*s", VIEW_PRINT(reasons), reasons.size == 0 ? "" : "; ", VIEW_PRINT(reason));
    }
    answer = answer_for(rule, answer);
    if (answer == ANSWER_UNKNOWN && !is_accepted) {
        result->unknown_count++;
        result->doubt = reasons;
    }
    if (answer == ANSWER_YES)
        add_violation(evaluator, result, (struct policy_violation){.reason = reasons, .is_accepted = is_accepted});
}

/* Why a rule about packages or findings could not tell, whatever it found. */
static struct view doubt_of(const struct policy_image *image, enum rule_subject subject)
{
    if (subject == SUBJECT_IMAGE)
        return view_text("");
    if (image->gap_count > 0)
        return image->gaps[0];
    return subject == SUBJECT_FINDING && image->doubt_count > 0 ? image->doubts[0] : view_text("");
}

static enum evaluation_outcome judge_rule(struct evaluator *evaluator, struct rule_result *result)
{
    const struct policy_image *image = evaluator->image;
    enum rule_subject subject = rule_type_subject(result->rule->type);
    if (subject == SUBJECT_IMAGE && image->config == NULL)
        return OUTCOME_NOT_APPLICABLE;
    switch (subject) {
    case SUBJECT_FINDING:
        judge_findings(evaluator, result);
        break;
    case SUBJECT_PACKAGE:
        judge_packages(evaluator, result);
        break;
    case SUBJECT_IMAGE:
        judge_config(evaluator, result);
        break;
    }
    struct view doubt = doubt_of(image, subject);
    if (doubt.size > 0)
        result->doubt = doubt;
    else if (result->doubt.size == 0 && result->unknown_count > 0)
        result->doubt = arena_format(evaluator->arena, "what the rule asks is not known of %zu finding%s",
            result->unknown_count, result->unknown_count == 1 ? "" : "s");
    if (result->violations.count > result->accepted_count)
        return OUTCOME_FAILED;
    if (result->doubt.size > 0)
        return OUTCOME_COULD_NOT_TELL;
    return result->violations.count > 0 ? OUTCOME_ACCEPTED : OUTCOME_PASSED;
}

static void judge_bundle(struct evaluator *evaluator, struct bundle_result *result)
{
    result->rules = ARENA_ARRAY(evaluator->arena, struct rule_result, result->bundle->rule_count);
    result->outcome = OUTCOME_NOT_APPLICABLE;
    for (size_t i = 0; i < result->bundle->rule_count; i++) {
        result->rules[i] = (struct rule_result){.rule = &result->bundle->rules[i]};
        result->rules[i].outcome = judge_rule(evaluator, &result->rules[i]);
        result->outcome = worse(result->outcome, result->rules[i].outcome);
    }
}

static void judge_policy(struct evaluator *evaluator, struct policy_result *result)
{
    const struct vulnerability_policy *policy = result->policy;
    result->bundles = ARENA_ARRAY(evaluator->arena, struct bundle_result, policy->bundle_count);
    result->outcome = OUTCOME_NOT_APPLICABLE;
    for (size_t i = 0; i < policy->bundle_count; i++) {
        result->bundles[i] = (struct bundle_result){.bundle = &policy->bundles[i]};
        judge_bundle(evaluator, &result->bundles[i]);
        result->outcome = worse(result->outcome, result->bundles[i].outcome);
    }
    if (result->outcome == OUTCOME_NOT_APPLICABLE)
        result->outcome = OUTCOME_COULD_NOT_TELL;
}

static bool has_doubt(const struct policy_result *result)
{
    for (size_t i = 0; i < result->policy->bundle_count; i++) {
        const struct bundle_result *bundle = &result->bundles[i];
        for (size_t j = 0; j < bundle->bundle->rule_count; j++) {
            if (bundle->rules[j].doubt.size > 0)
                return true;
        }
    }
    return false;
}

/* Of an accepted image what is known is accepted; what is not known stays so. */
static enum evaluation_outcome weight(const struct policy_result *result, bool is_accepted)
{
    if (result->outcome != OUTCOME_FAILED || !is_accepted)
        return result->outcome;
    return has_doubt(result) ? OUTCOME_COULD_NOT_TELL : OUTCOME_ACCEPTED;
}

static void count_rule(const struct rule_result *rule, struct evaluation *evaluation)
{
    if (rule_type_subject(rule->rule->type) != SUBJECT_FINDING)
        evaluation->config_count += rule->violations.count - rule->accepted_count;
}

static void count_all(const struct evaluator *evaluator, struct evaluation *evaluation)
{
    for (size_t i = 0; i < evaluator->vulnerabilities.count; i++) {
        const struct seen *seen = evaluator->vulnerabilities.entries[i].value;
        evaluation->violating_count += seen->is_open;
        evaluation->accepted_count += !seen->is_open;
    }
    for (size_t i = 0; i < evaluation->policy_count; i++) {
        const struct policy_result *policy = &evaluation->policies[i];
        for (size_t j = 0; j < policy->policy->bundle_count; j++) {
            for (size_t k = 0; k < policy->bundles[j].bundle->rule_count; k++)
                count_rule(&policy->bundles[j].rules[k], evaluation);
        }
    }
}

void policy_evaluate(struct arena *arena, const struct vulnerability_policy *const *policies, size_t count,
    const struct policy_image *image, struct evaluation *evaluation)
{
    struct evaluator evaluator = {.arena = arena, .image = image};
    map_init(&evaluator.vulnerabilities, arena);
    *evaluation = (struct evaluation){.outcome = OUTCOME_NO_POLICY, .policy_count = count};
    evaluation->policies = ARENA_ARRAY(arena, struct policy_result, count);
    for (size_t i = 0; i < count; i++) {
        evaluation->policies[i] = (struct policy_result){.policy = policies[i]};
        judge_policy(&evaluator, &evaluation->policies[i]);
        evaluation->outcome = worse(evaluation->outcome, weight(&evaluation->policies[i], image->is_accepted));
    }
    count_all(&evaluator, evaluation);
}
