/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/account_call.h"

#include "daemon/data_dir.h"
#include "store/roles.h"
#include "store/teams.h"

static bool find_organization(const struct command_call *call, struct account_call *account, struct error *err)
{
    struct account admin;
    if (!store_ensure_admin(account->store, account->arena, &admin, err))
        return false;
    account->who = admin.user_name;
    struct view name =
        call_has_option(call, "org") ? call_option(call, "org") : view_text(admin.organization_uuid.text);
    return store_get_organization(account->store, account->arena, name, &account->organization, err);
}

bool account_call_open(const struct command_call *call, struct account_call *account, struct error *err)
{
    const char *directory;
    account->arena = arena_new();
    if (!data_dir_find(account->arena, call_option_text(call, "data"), &directory, err))
        return false;
    struct store_options options = {data_dir_store(account->arena, directory), clock_system(), true};
    if (!store_open(&options, &account->store, err))
        return error_wrap(err, "no server has used \"%s\"; give its folder with --data", directory);
    return find_organization(call, account, err);
}

void account_call_done(struct account_call *account)
{
    store_close(account->store);
    arena_free(account->arena);
}

bool account_call_url(const struct command_call *call, struct view *url, struct error *err)
{
    struct view given = call_has_option(call, "url") ? call_option(call, "url") : view_text("http://127.0.0.1:8010");
    while (view_ends_with(given, "/"))
        given.size--;
    if (!view_starts_with(given, "http://") && !view_starts_with(given, "https://"))
        return error_set(
            err, ERROR_USAGE, "option \"--url\" must begin with http:// or https://, not \"%.*s\"", VIEW_PRINT(given));
    *url = given;
    return true;
}

void account_call_print_link(const struct command_call *call, struct view url, struct token *token)
{
    fprintf(call_output(call), "%.*s/session?token=%s\n", VIEW_PRINT(url), token->text);
    token_wipe(token);
}

const char *account_call_day(int64_t time_ms, const char *otherwise, char text[TIME_TEXT_SIZE])
{
    if (time_ms == 0)
        return otherwise;
    time_format(time_ms, text);
    text[sizeof("YYYY-MM-DD") - 1] = '\0';
    return text;
}

bool account_call_role(const struct command_call *call, const struct account_call *account, struct error *err)
{
    struct role role;
    if (store_find_role(
            account->store, account->arena, account->organization.id, call_option(call, "role"), &role, err))
        return true;
    if (err->code == ERROR_NOT_FOUND)
        err->code = ERROR_USAGE;
    return error_wrap(err, "--role");
}

bool account_call_owner(const struct command_call *call, struct store *store, struct arena *arena, int64_t organization,
    struct owner_filter *owners, struct error *err)
{
    struct team team;
    struct view name = call_option(call, "owner");
    *owners = (struct owner_filter){.is_set = name.size > 0, .has_unowned = view_is(name, "none")};
    if (!owners->is_set || owners->has_unowned)
        return true;
    if (!store_find_team(store, arena, organization, name, &team, err))
        return false;
    int64_t *key = ARENA_NEW(arena, int64_t);
    *key = team.id;
    owners->teams = key;
    owners->count = 1;
    return true;
}
