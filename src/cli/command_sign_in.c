/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "daemon/daemon.h"
#include "daemon/data_dir.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's store; default $XDG_STATE_HOME/tidewaiter", false},
    {"url", "URL", "where browsers reach the server; default http://127.0.0.1:8010", false},
    OPTIONS_END,
};

static bool make_token(struct command_call *call, struct arena *arena, struct token *token, struct error *err)
{
    const char *directory;
    struct account admin;
    AUTO_STORE *store = NULL;
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return false;
    const struct store_options opening = {
        .address = data_dir_store(arena, directory), .clock = clock_system(), .must_exist = true};
    if (!store_open(&opening, &store, err))
        return error_wrap(err, "no server has used \"%s\"; give its folder with --data", directory);
    return store_ensure_admin(store, arena, &admin, err) &&
           store_new_sign_in_token(store, admin.user, SIGN_IN_LINK_MS, token, err);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct token token;
    struct view url = call_option(call, "url");
    if (url.size == 0)
        url = view_text("http://127.0.0.1:8010");
    while (view_ends_with(url, "/"))
        url.size--;
    if (!view_starts_with(url, "http://") && !view_starts_with(url, "https://")) {
        error_set(
            err, ERROR_USAGE, "option \"--url\" must begin with http:// or https://, not \"%.*s\"", VIEW_PRINT(url));
        return -1;
    }
    if (!make_token(call, arena, &token, err))
        return -1;
    fprintf(call_output(call), "%.*s/session?token=%s\n", VIEW_PRINT(url), token.text);
    token_wipe(&token);
    return 0;
}

const struct command command_sign_in = {
    .name = "sign-in",
    .arguments = "",
    .summary = "Print a link that signs in to the server once",
    .details = "The server need not be running. The link works for a day, once; whoever has it is the administrator.",
    .options = options,
    .run = run,
};
