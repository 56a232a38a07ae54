/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "store/base_images.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct uuid uuid;
    if (!uuid_parse(call_argument(call, 0), &uuid)) {
        error_set(err, ERROR_USAGE, "the id of a base image is a UUID: see \"tidewaiter base-image list\"");
        return -1;
    }
    if (!account_call_open(call, &account, err) ||
        !store_remove_base_image(account.store, account.organization.id, &uuid, account.who, err))
        return -1;
    fprintf(call_output(call), "deleted %s\n", uuid.text);
    return 0;
}

const struct command command_base_image_delete = {
    .name = "base-image delete",
    .arguments = "ID",
    .summary = "Offer a project as a base image no longer",
    .details = "ID is the one that \"tidewaiter base-image list\" shows. The project and its results stay.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
