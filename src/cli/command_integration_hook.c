/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workspace.h"
#include "registry/hook.h"
#include "store/integrations.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the store; default $XDG_STATE_HOME/tidewaiter", false},
    {"off", NULL, "take no more calls", false},
    {"sender", "SENDER", "who calls; default distribution", false},
    {"url", "URL", "where the registry reaches the server; default http://127.0.0.1:8010", false},
    OPTIONS_END,
};

static bool find_sender(
    struct command_call *call, const struct hook_sender **sender, struct arena *arena, struct error *err)
{
    struct view name = call_has_option(call, "sender") ? call_option(call, "sender") : view_text("distribution");
    struct view known = view_text("");
    *sender = hook_sender_find(name);
    if (*sender != NULL)
        return true;
    for (size_t i = 0; hook_sender_at(i) != NULL; i++)
        known = arena_format(arena, "%.*s %s", VIEW_PRINT(known), hook_sender_at(i)->name);
    return error_set(
        err, ERROR_USAGE, "there is no sender \"%.*s\"; senders are:%.*s", VIEW_PRINT(name), VIEW_PRINT(known));
}

static void print_address(struct command_call *call, const struct hook_sender *sender,
    const struct integration *integration, const struct token *token)
{
    struct view url = call_has_option(call, "url") ? call_option(call, "url") : view_text("http://127.0.0.1:8010");
    while (view_ends_with(url, "/"))
        url.size--;
    fprintf(
        call_output(call), "%.*s/hooks/%s/%s/%s\n", VIEW_PRINT(url), sender->name, integration->uuid.text, token->text);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {0};
    struct integration found;
    struct token token;
    const struct hook_sender *sender;
    bool is_off = call_has_option(call, "off");
    if (!workspace_open(call, false, &workspace, err) || !find_sender(call, &sender, workspace.arena, err) ||
        !store_find_integration(
            workspace.store, workspace.arena, workspace.account.organization, call_argument(call, 0), &found, err) ||
        !store_set_hook(workspace.store, workspace.arena, workspace.account.organization, &found.uuid,
            workspace.account.user_name, is_off ? NULL : &token, err))
        return -1;
    if (is_off)
        return 0;
    print_address(call, sender, &found, &token);
    token_wipe(&token);
    return 0;
}

const struct command command_integration_hook = {
    .name = "integration hook",
    .arguments = "NAME",
    .summary = "Print a new address for the webhooks of a registry",
    .details =
        "The registry calls it when something is pushed; the server then asks the registry about that tag within seconds.\n"
        "The address holds a secret that is shown this once; an earlier address stops working. Where the sender can sign\n"
        "its calls or send a header, store the same secret: integration edit NAME --secret-stdin webhook_secret.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
