/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/accepted_risks.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct uuid uuid;
    if (!uuid_parse(call_argument(call, 0), &uuid))
        return error_set(err, ERROR_USAGE, "the id of an accepted risk is a UUID: see \"tidewaiter risk list\"") ? 0
                                                                                                                 : -1;
    if (!account_call_open(call, &account, err) ||
        !store_revoke_accepted_risk(account.store, account.organization.id, &uuid, account.who, err))
        return -1;
    fprintf(call_output(call), "revoked %s\n", uuid.text);
    return 0;
}

const struct command command_risk_revoke = {
    .name = "risk revoke",
    .arguments = "ID",
    .summary = "Take an acceptance back: what it covered counts again",
    .details = "ID is the one that \"tidewaiter risk list\" shows.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
