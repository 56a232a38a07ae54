/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about import policies begin with: the store, and the integration that is meant. */
#ifndef CLI_POLICY_CALL_H
#define CLI_POLICY_CALL_H

#include "cli/command.h"
#include "store/accounts.h"
#include "store/import_policies.h"

struct policy_call {
    struct arena *arena;
    struct store *store;
    struct account account;
    struct integration integration;
};

#define POLICY_OPTIONS                                                                                                 \
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)",        \
        false},                                                                                                        \
    {                                                                                                                  \
        "integration", "NAME", "the connected registry; needed if there are several", false                            \
    }

/* Zero `policy` first; policy_call_done releases it in any case. */
bool policy_call_open(const struct command_call *call, struct policy_call *policy, struct error *err) MUST_CHECK;
void policy_call_done(struct policy_call *policy);
#define AUTO_POLICY_CALL CLEANUP(policy_call_done) struct policy_call

#endif
