/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_call.h"

static const struct option options[] = {
    POLICY_OPTIONS,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    if (!policy_call_open(call, &policy, err) || !store_delete_import_policy(policy.store, policy.account.organization,
                                                     &policy.integration.uuid, policy.account.user_name, err))
        return -1;
    fprintf(call_output(call), "\"%.*s\" has no import policy any more; its projects stay\n",
        VIEW_PRINT(policy.integration.name));
    return 0;
}

const struct command command_import_policy_delete = {
    .name = "import-policy delete",
    .arguments = "",
    .summary = "Stop importing by policy",
    .details = "Ends the schedule. Projects, their results and the times of observation stay.",
    .options = options,
    .run = run,
};
