/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "store/accounts.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"url", "URL", "address of the registry: HOST[:PORT][/PATH], with http:// for plain http", false},
    OPTIONS_END,
};

static bool add(struct command_call *call, struct arena *arena, struct integration *integration, struct error *err)
{
    const char *directory = NULL;
    struct account account;
    AUTO_STORE *store = NULL;
    struct integration_new given = {.name = call_argument(call, 0), .type = view_text("oci")};
    if (!call_has_option(call, "url"))
        return error_set(err, ERROR_USAGE, "option \"--url\" is missing: the address of the registry");
    if (!integration_address_parse(arena, call_option(call, "url"), &given.address, err) ||
        !data_dir_find(arena, call_option_text(call, "data"), &directory, err) || !data_dir_make(directory, err))
        return false;
    struct store_options opening = {.address = data_dir_store(arena, directory), .clock = clock_system()};
    return store_open(&opening, &store, err) && store_ensure_admin(store, arena, &account, err) &&
           store_add_integration(store, arena, account.organization, &given, integration, err);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER line;
    struct integration integration;
    if (!add(call, arena, &integration, err))
        return -1;
    buffer_init(&line, 64u << 10);
    buffer_append_text(&line, "Integration \"");
    text_append_printable(&line, integration.name);
    buffer_append_text(&line, "\" connects to ");
    text_append_printable(&line, integration_address_format(arena, &integration.address));
    buffer_append_text(&line, "\nNext: tidewaiter sync run \"");
    text_append_printable(&line, integration.name);
    buffer_append_text(&line, "\"\n");
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(&line)));
    return 0;
}

const struct command command_integration_add = {
    .name = "integration add",
    .arguments = "NAME",
    .summary = "Connect a registry",
    .details =
        "Any registry that speaks the OCI distribution protocol. A path after the host limits it to the\n"
        "repositories below. Names are unique. Nothing is asked of the registry yet, and no password is stored:\n"
        "\"tidewaiter sync run\" takes it from TIDEWAITER_REGISTRY_PASSWORD or Docker's config.json.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
