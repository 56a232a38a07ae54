/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/vex_documents.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct uuid uuid;
    if (!uuid_parse(call_argument(call, 0), &uuid))
        return error_set(err, ERROR_USAGE, "the id of a VEX document is a UUID: see \"tidewaiter vex list\"") ? 0 : -1;
    if (!account_call_open(call, &account, err) ||
        !store_delete_vex_document(account.store, account.organization.id, &uuid, account.who, err))
        return -1;
    fprintf(call_output(call), "deleted %s\n", uuid.text);
    return 0;
}

const struct command command_vex_delete = {
    .name = "vex delete",
    .arguments = "ID",
    .summary = "Delete a VEX document: what it said is not affected counts again",
    .details = "ID is the one that \"tidewaiter vex list\" shows.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
