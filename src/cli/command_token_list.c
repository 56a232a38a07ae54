/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "store/accounts.h"

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    OPTIONS_END,
};

enum { TOKENS_MAX = 1000 };

static const char *day_of(int64_t time_ms, const char *otherwise, char text[TIME_TEXT_SIZE])
{
    if (time_ms == 0)
        return otherwise;
    time_format(time_ms, text);
    text[sizeof("YYYY-MM-DD") - 1] = '\0';
    return text;
}

static void print_token(FILE *out, const struct api_token *token, int64_t now_ms)
{
    char created[TIME_TEXT_SIZE], expires[TIME_TEXT_SIZE], used[TIME_TEXT_SIZE];
    bool has_expired = token->expires_ms != 0 && token->expires_ms <= now_ms;
    const char *state = token->revoked_ms != 0 ? "revoked" : has_expired ? "expired" : "valid";
    fprintf(out, "%-24.*s %-14.*s %-8s %-11s %-11s %s\n", VIEW_PRINT(token->name), VIEW_PRINT(token->role), state,
        day_of(token->created_ms, "", created), day_of(token->expires_ms, "never", expires),
        day_of(token->used_ms, "never", used));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_STORE *store = NULL;
    const char *directory;
    struct account account;
    struct api_token *items;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = TOKENS_MAX};
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return -1;
    struct store_options store_options = {data_dir_store(arena, directory), clock_system(), true};
    if (!store_open(&store_options, &store, err) || !store_ensure_admin(store, arena, &account, err) ||
        !store_list_api_tokens(store, arena, account.organization, &page, &items, &count, &has_more, err))
        return -1;
    fprintf(call_output(call), "%-24s %-14s %-8s %-11s %-11s %s\n", "NAME", "ROLE", "STATE", "CREATED", "EXPIRES",
        "LAST USED");
    for (size_t i = 0; i < count; i++)
        print_token(call_output(call), &items[i], clock_system()->wall_ms(clock_system()));
    return 0;
}

const struct command command_token_list = {
    .name = "token list",
    .arguments = "",
    .summary = "Show the tokens of programs",
    .details = "Newest first, with their role, their end and their last use. The tokens themselves are not stored.",
    .options = options,
    .run = run,
};
