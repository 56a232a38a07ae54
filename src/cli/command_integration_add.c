/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/integration_form.h"
#include "cli/workspace.h"
#include "registry/adapter.h"

static const struct option options[] = {
#define INTEGRATION_OPTION(name, argument, is_repeatable, help) {name, argument, help, is_repeatable},
#include "cli/integration_options.def"
#undef INTEGRATION_OPTION
    {"type", "TYPE", "kind of registry; default oci", false},
    OPTIONS_END,
};

/* By our name or the one that the API publishes. */
static bool find_type(struct arena *arena, struct view *type, struct error *err)
{
    struct view known = view_text("");
    const struct adapter_type *found = adapter_find_published(*type);
    if (found != NULL) {
        *type = view_text(found->name);
        return true;
    }
    for (size_t i = 0; adapter_at(i) != NULL; i++)
        known = arena_format(arena, "%.*s %s", VIEW_PRINT(known), adapter_at(i)->name);
    return error_set(err, ERROR_USAGE, "there is no type of registry \"%.*s\"; types are:%.*s", VIEW_PRINT(*type),
        VIEW_PRINT(known));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    AUTO_FORM form = {.owned_count = 0};
    struct integration made;
    if (!call_has_option(call, "url")) {
        error_set(err, ERROR_USAGE, "option \"--url\" is missing: the address of the registry");
        return -1;
    }
    if (!workspace_open(call, true, &workspace, err))
        return -1;
    form.given = (struct integration_new){
        .name = call_argument(call, 0),
        .type = call_has_option(call, "type") ? call_option(call, "type") : view_text("oci"),
        .keyring = workspace.keyring,
        .who = workspace.account.user_name,
    };
    if (!find_type(workspace.arena, &form.given.type, err) ||
        !integration_form_read(call, workspace.arena, true, &form, err) ||
        !store_add_integration(
            workspace.store, workspace.arena, workspace.account.organization, &form.given, &made, err))
        return -1;
    integration_form_print(call, workspace.arena, &made);
    if (form.origin != NULL)
        fprintf(call_output(call), "Its login was taken from %s\n", form.origin);
    fprintf(call_output(call), "Next: tidewaiter integration test \"%.*s\"\n", VIEW_PRINT(made.name));
    return 0;
}

const struct command command_integration_add = {
    .name = "integration add",
    .arguments = "NAME",
    .summary = "Connect a registry",
    .details =
        "A path after the host limits it to the repositories below. Name and address are unique. Credentials are sealed\n"
        "in the store; they are asked for at a terminal, or come from --secret-file, --secret-stdin, --secret-env or\n"
        "--from-docker-config, never from an argument. Which fields a type has is in the documentation's table of\n"
        "registry types. Nothing is asked of the registry yet: \"tidewaiter integration test\" does that.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
