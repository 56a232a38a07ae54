/* SPDX-License-Identifier: Apache-2.0 */
/* The store of the data folder, its keys and the account that commands act for. Beside a running server or alone. */
#ifndef CLI_WORKSPACE_H
#define CLI_WORKSPACE_H

#include "cli/command.h"
#include "secret/keyring.h"
#include "store/accounts.h"

struct workspace {
    struct arena *arena;
    const char *directory;
    struct store *store;
    struct keyring *keyring;
    struct account account;
};

/* By --data, else where data_dir_find looks. With `may_make` a missing store is made; without, ERROR_NOT_FOUND says how to
   make one. Zero `workspace` first; workspace_done releases it in any case. */
bool workspace_open(
    struct command_call *call, bool may_make, struct workspace *workspace, struct error *err) MUST_CHECK;
void workspace_done(struct workspace *workspace);
#define AUTO_WORKSPACE CLEANUP(workspace_done) struct workspace

#endif
