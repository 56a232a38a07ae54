/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

static const struct option options[] = {
    DATA_OPTION,
    ORGANIZATION_OPTION,
    OPTIONS_END,
};

static void print_token(FILE *out, const struct api_token *token, int64_t now_ms)
{
    char created[TIME_TEXT_SIZE], expires[TIME_TEXT_SIZE], used[TIME_TEXT_SIZE];
    bool has_expired = token->expires_ms != 0 && token->expires_ms <= now_ms;
    const char *state = token->revoked_ms != 0 ? "revoked" : has_expired ? "expired" : "valid";
    fprintf(out, "%-24.*s %-14.*s %-8s %-11s %-11s %s\n", VIEW_PRINT(token->name), VIEW_PRINT(token->role), state,
        account_call_day(token->created_ms, "", created), account_call_day(token->expires_ms, "never", expires),
        account_call_day(token->used_ms, "never", used));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    struct api_token *items;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = ACCOUNT_LIST_MAX};
    if (!account_call_open(call, &account, err) || !store_list_api_tokens(account.store, account.arena,
                                                       account.organization.id, &page, &items, &count, &has_more, err))
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
