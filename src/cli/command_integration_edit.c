/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/integration_form.h"
#include "cli/workspace.h"

static const struct option options[] = {
#define INTEGRATION_OPTION(name, argument, is_repeatable, help) {name, argument, help, is_repeatable},
#include "cli/integration_options.def"
#undef INTEGRATION_OPTION
    {"clear", "ITEM", "take back a setting (by its option's name) or forget a field", true},
    {"name", "NAME", "another name", false},
    OPTIONS_END,
};

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    AUTO_FORM form = {.owned_count = 0};
    struct integration before, edited;
    size_t dropped;
    if (!workspace_open(call, false, &workspace, err) ||
        !store_find_integration(
            workspace.store, workspace.arena, workspace.account.organization, call_argument(call, 0), &before, err))
        return -1;
    form.given = (struct integration_new){
        .name = call_has_option(call, "name") ? call_option(call, "name") : before.name,
        .type = before.type,
        .address = before.address,
        .settings = before.settings,
        .keyring = workspace.keyring,
        .who = workspace.account.user_name,
    };
    if (!integration_form_read(call, workspace.arena, false, &form, err) ||
        !store_edit_integration(workspace.store, workspace.arena, workspace.account.organization, &before.uuid,
            &form.given, &edited, &dropped, err))
        return -1;
    integration_form_print(call, workspace.arena, &edited);
    if (dropped > 0)
        fprintf(call_output(call),
            "%zu stored secrets were forgotten, since they would have gone elsewhere: give them again\n", dropped);
    return 0;
}

const struct command command_integration_edit = {
    .name = "integration edit",
    .arguments = "NAME",
    .summary = "Change a connected registry",
    .details =
        "What is not named stays; --allow-host, --include and --exclude add to what is there, --clear takes back. When\n"
        "host, path, scheme, proxy, TLS mode or authority change, stored secrets are forgotten unless they are given\n"
        "in the same call, so that they never reach another place than the one they were given for.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
