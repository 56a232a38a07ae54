/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_call.h"

static const struct option options[] = {
    POLICY_OPTIONS,
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    struct import_policy_row row;
    char next[TIME_TEXT_SIZE];
    if (!policy_call_open(call, &policy, err) || !store_find_import_policy(policy.store, policy.arena,
                                                     policy.account.organization, &policy.integration.uuid, &row, err))
        return -1;
    time_format(row.next_run_ms, next);
    fprintf(call_output(call), "%.*s\n", VIEW_PRINT(row.document));
    fprintf(stderr, "set by %.*s; next scheduled run at %s\n", VIEW_PRINT(row.who), next);
    return 0;
}

const struct command command_import_policy_get = {
    .name = "import-policy get",
    .arguments = "",
    .summary = "Show what an integration imports",
    .details = "Prints the policy as JSON, with its defaults filled in, as \"import-policy set\" takes it.",
    .options = options,
    .run = run,
};
