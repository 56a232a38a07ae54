/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workspace.h"

#include "daemon/data_dir.h"

bool workspace_open(struct command_call *call, bool may_make, struct workspace *workspace, struct error *err)
{
    workspace->arena = arena_new();
    if (!data_dir_find(workspace->arena, call_option_text(call, "data"), &workspace->directory, err) ||
        (may_make && !data_dir_make(workspace->directory, err)))
        return false;
    struct store_options opening = {
        .address = data_dir_store(workspace->arena, workspace->directory),
        .clock = clock_system(),
        .must_exist = !may_make,
    };
    if (!store_open(&opening, &workspace->store, err))
        return err->code == ERROR_NOT_FOUND
                   ? error_set(err, ERROR_NOT_FOUND,
                         "there is no store in \"%s\": connect a registry with \"tidewaiter integration add\", or name "
                         "another folder with --data",
                         workspace->directory)
                   : false;
    return store_ensure_admin(workspace->store, workspace->arena, &workspace->account, err) &&
           data_dir_open_keyring(workspace->arena, workspace->directory, workspace->store, &workspace->keyring, err);
}

void workspace_done(struct workspace *workspace)
{
    store_close(workspace->store);
    keyring_close(workspace->keyring);
    arena_free(workspace->arena);
}
