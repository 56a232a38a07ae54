/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workspace.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"forget-old", NULL, "drop the old keys: older copies of the store become unreadable", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    char id[KEY_ID_TEXT_SIZE];
    int64_t count;
    if (!workspace_open(call, false, &workspace, err) || !keyring_add_key(workspace.keyring, err) ||
        !store_seal_again(workspace.store, workspace.keyring, &count, err))
        return -1;
    if (call_has_option(call, "forget-old") && !keyring_forget_old(workspace.keyring, err))
        return -1;
    keyring_first(workspace.keyring, id);
    fprintf(call_output(call), "key %s seals from now on; %lld secrets were sealed again\n", id, (long long)count);
    return 0;
}

const struct command command_key_rotate = {
    .name = "key rotate",
    .arguments = "",
    .summary = "Seal all stored credentials with a new key",
    .details =
        "The keyring is the file \"keyring\" in the data folder, or the systemd credential tidewaiter-keyring. A running\n"
        "server takes the new key up by itself. Old keys stay in the file, so that older copies of the store can be\n"
        "read, until --forget-old.",
    .options = options,
    .run = run,
};
