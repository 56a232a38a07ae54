/* SPDX-License-Identifier: Apache-2.0 */
/* What vulnerability policies say of an image. Laws:

   - What meets all predicates of a rule violates it; predicates that cannot tell make a doubt, unless the rule says what then.
   - A rule fails by one violation that is not accepted; else a doubt makes it "could not tell"; else it is accepted if there
     were violations, and passed if there were none. Gaps that could hide packages and feeds that are missing, incomplete or too
     old are doubts of every rule about packages or findings: nothing passes on nothing.
   - A rule about the config does not apply where there is none; a policy of which no rule applies could not tell.
   - Bundles, policies and the whole take the worst of their parts: failed, could not tell, accepted, passed. Without a policy
     the answer is "no policy".
   - More findings never make the answer better, and accepting more never makes it worse.
   - An accepted image leaves its policies as they are; as a whole, failures count as accepted.
   - A finding under several rules is a violation of each, and its vulnerability counts once.

   Pure. */
#ifndef POLICY_EVALUATE_H
#define POLICY_EVALUATE_H

#include "policy/vulnerability_policy.h"

/* From the best to the worst but for the first, which is for rules without anything to look at. */
enum evaluation_outcome {
    OUTCOME_NOT_APPLICABLE,
    OUTCOME_NO_POLICY,
    OUTCOME_PASSED,
    OUTCOME_ACCEPTED,
    OUTCOME_COULD_NOT_TELL,
    OUTCOME_FAILED,
    EVALUATION_OUTCOME_COUNT
};
const char *evaluation_outcome_name(enum evaluation_outcome outcome); /* "could-not-tell" */
bool evaluation_outcome_parse(struct view name, enum evaluation_outcome *outcome);

/* A finding, a package or something about the image: one of these. */
struct policy_violation {
    const struct policy_finding *finding;
    const struct policy_package *package; /* also of a finding */
    struct view reason; /* of the image */
    bool is_accepted;
};

struct policy_violation_list {
    struct policy_violation *items;
    size_t count;
    size_t capacity;
};

struct rule_result {
    const struct policy_rule *rule;
    enum evaluation_outcome outcome;
    struct policy_violation_list violations;
    size_t accepted_count; /* of the violations */
    size_t unknown_count; /* findings, or the image, of which the predicates could not tell */
    struct view doubt; /* why the rule could not tell; empty */
};

struct bundle_result {
    const struct policy_bundle *bundle;
    enum evaluation_outcome outcome;
    struct rule_result *rules; /* as many as the bundle has */
};

struct policy_result {
    const struct vulnerability_policy *policy;
    enum evaluation_outcome outcome;
    struct bundle_result *bundles; /* as many as the policy has */
};

struct evaluation {
    enum evaluation_outcome outcome;
    struct policy_result *policies;
    size_t policy_count;
    size_t violating_count; /* distinct vulnerabilities that violate some rule and are not accepted */
    size_t accepted_count; /* distinct vulnerabilities that violate some rule and are accepted wherever they do */
    size_t config_count; /* violations about packages or the image that are not accepted */
};

void policy_evaluate(struct arena *arena, const struct vulnerability_policy *const *policies, size_t count,
    const struct policy_image *image, struct evaluation *evaluation);

/* What a rule found, for people: "2 findings, 1 of them accepted", "the image runs as \"root\"", and why it could not tell.
   Empty if the rule passed. */
struct view rule_result_text(struct arena *arena, const struct rule_result *result);

/* The predicates as a line: "vulnSeverity level=high, vulnIsFixable". */
struct view policy_rule_text(struct arena *arena, const struct policy_rule *rule);

/* {"outcome": …, "violating_vulnerabilities": 2, …, "policies": [{"name": …, "bundles": [{"rules": [{"violations": …}]}]}]}. Of
   each rule at most `violations_max` violations are written; all are counted. */
void evaluation_write(const struct evaluation *evaluation, size_t violations_max, struct json_writer *writer);

#endif
