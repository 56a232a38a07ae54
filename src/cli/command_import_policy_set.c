/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_call.h"
#include "cli/policy_file.h"
#include "job/review.h"
#include "store/service_accounts.h"

static const struct option options[] = {
    POLICY_OPTIONS,
    OPTIONS_END,
};

static void planner_done(struct planner *planner)
{
    import_policy_release(&planner->policy);
}

/* By the last listing, if there was one: a policy that selects nothing says so at once. */
static bool warn_if_nothing_is_selected(
    const struct command_call *call, struct policy_call *policy, struct view document, struct error *err)
{
    CLEANUP(planner_done) struct planner planner = {.store = NULL};
    planner_init(&planner, policy->store, policy->account.organization, policy->integration.id, true);
    planner.baseline = (struct baseline_rule){.posted_ms = planner.now_ms};
    if (!import_policy_parse_text(policy->arena, document, &planner.policy, err) ||
        !review_policy(&planner, 0, NULL, err))
        return false;
    if (planner.totals.processed > 0 && planner.totals.selected == 0) {
        struct view line = plan_summary(policy->arena, &planner.totals);
        fprintf(call_output(call), "%.*s\n", VIEW_PRINT(line));
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    AUTO_IMPORT_POLICY parsed = {.selector = NULL};
    struct import_policy_save save = {.is_replacement = true};
    if (!policy_call_open(call, &policy, err) ||
        !policy_file_read(policy.arena, arena_text(policy.arena, call_argument(call, 0)), &parsed, &save.document, err))
        return -1;
    struct service_account account;
    if (parsed.run_as.size > 0 && !store_find_service_account(policy.store, policy.arena, policy.account.organization,
                                      parsed.run_as, &account, err)) {
        error_wrap(err, "run_as");
        return -1;
    }
    save.schedule_ms = parsed.schedule_frequency_hours * 3600 * 1000;
    save.who = policy.account.user_name;
    if (!store_save_import_policy(policy.store, policy.account.organization, &policy.integration.uuid, &save, err))
        return -1;
    fprintf(call_output(call), "\"%.*s\" imports by policy \"%.*s\", every %lld hours; the first run is queued\n",
        VIEW_PRINT(policy.integration.name), VIEW_PRINT(parsed.name), (long long)parsed.schedule_frequency_hours);
    return warn_if_nothing_is_selected(call, &policy, save.document, err) ? 0 : -1;
}

const struct command command_import_policy_set = {
    .name = "import-policy set",
    .arguments = "FILE",
    .summary = "Say what an integration imports",
    .details =
        "FILE holds the policy as JSON or YAML (\"-\": standard input), alone or in the API's envelope. It replaces the\n"
        "policy that was there; \"ImportAllNew\" then takes what is in the registry now as known. A running server starts\n"
        "the first run within seconds, then every schedule_frequency_hours.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
