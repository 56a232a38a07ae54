/* SPDX-License-Identifier: Apache-2.0 */
#include "store/score_limits.h"

#include "store/vulnerability_policies_internal.h"

struct score_limits {
    struct {
        const struct predicate **items;
        size_t count, capacity;
    } predicates;
};

static void add_rule(struct arena *arena, struct score_limits *limits, const struct policy_rule *rule)
{
    for (size_t i = 0; i < rule->predicate_count; i++) {
        if (rule->predicates[i].kind->asks_epss)
            /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
            *(const struct predicate **)ARENA_PUSH(arena, &limits->predicates) = &rule->predicates[i];
    }
}

static bool add_policies(struct transaction *transaction, struct arena *arena, int64_t organization, enum stage stage,
    struct score_limits *limits, struct error *err)
{
    const struct vulnerability_policy **policies = NULL;
    size_t count = 0;
    if (!policies_read(transaction, arena, organization, view_text(""), stage, &policies, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < policies[i]->bundle_count; k++) {
            const struct policy_bundle *bundle = &policies[i]->bundles[k];
            for (size_t l = 0; l < bundle->rule_count; l++)
                add_rule(arena, limits, &bundle->rules[l]);
        }
    }
    return true;
}

bool score_limits_read(
    struct transaction *transaction, struct arena *arena, struct score_limits **limits, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct score_limits *made = ARENA_NEW(arena, struct score_limits);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT DISTINCT organization_id FROM vulnerability_policies WHERE " POLICY_IS_STANDING, SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        if (!add_policies(transaction, arena, rows_integer(&rows, 0), STAGE_REGISTRY, made, err) ||
            !add_policies(transaction, arena, rows_integer(&rows, 0), STAGE_ADMISSION, made, err))
            return false;
    }
    *limits = made;
    return rows_finish(&rows, err);
}

bool score_limits_passed(const struct score_limits *limits, const struct vulnerability_facts *before,
    const struct vulnerability_facts *after)
{
    static const struct policy_image image = {
        .knows_epss = true}; /* that there is a feed is part of the state of feeds */
    const struct finding old = {.facts = before};
    const struct finding new = {.facts = after};
    const struct policy_finding was = {.finding = &old};
    const struct policy_finding is = {.finding = &new};
    for (size_t i = 0; i < limits->predicates.count; i++) {
        const struct predicate *predicate = limits->predicates.items[i];
        if (predicate->kind->finding(predicate, &image, &was) != predicate->kind->finding(predicate, &image, &is))
            return true;
    }
    return false;
}
