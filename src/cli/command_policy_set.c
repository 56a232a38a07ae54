/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"
#include "cli/document_file.h"
#include "store/vulnerability_policies.h"

static const struct option options[] = {DATA_OPTION, ORGANIZATION_OPTION, OPTIONS_END};

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct vulnerability_policy policy;
    struct policy_row stored, saved;
    struct view text;
    struct error missing;
    if (!account_call_open(call, &account, err))
        return -1;
    const char *path = arena_text(account.arena, call_argument(call, 0));
    if (!document_file_read(account.arena, path, &text, err) ||
        !vulnerability_policy_parse_text(account.arena, text, &policy, err))
        return error_wrap(err, "policy \"%s\"", path) ? 0 : -1;
    bool is_known =
        store_find_policy(account.store, account.arena, account.organization.id, policy.name, &stored, &missing);
    if (!is_known && missing.code != ERROR_NOT_FOUND) {
        *err = missing;
        return -1;
    }
    if (!store_save_policy(account.store, account.arena, account.organization.id, is_known ? &stored.uuid : NULL,
            &policy, account.who, &saved, err))
        return -1;
    fprintf(
        call_output(call), "%s vulnerability policy \"%.*s\"\n", is_known ? "changed" : "made", VIEW_PRINT(saved.name));
    return 0;
}

const struct command command_policy_set = {
    .name = "policy set",
    .arguments = "FILE",
    .summary = "Make a vulnerability policy, or replace the one of its name",
    .details =
        "FILE holds the policy as JSON or YAML (\"-\": standard input). The policies of the stage \"registry\" judge every\n"
        "image of the organization: verdicts follow at once, or within seconds by a running server if there are many.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
