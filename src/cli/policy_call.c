/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_call.h"

#include "daemon/data_dir.h"

/* The integration that was named, or the only one. */
static bool find_integration(const struct command_call *call, struct policy_call *policy, struct error *err)
{
    struct integration *items;
    size_t count;
    bool has_more;
    struct page_request page = {.limit = 2};
    if (call_has_option(call, "integration"))
        return store_find_integration(policy->store, policy->arena, policy->account.organization,
            call_option(call, "integration"), &policy->integration, err);
    if (!store_list_integrations(
            policy->store, policy->arena, policy->account.organization, &page, &items, &count, &has_more, err))
        return false;
    if (count != 1)
        return error_set(err, count == 0 ? ERROR_NOT_FOUND : ERROR_USAGE,
            count == 0
                ? "no registry is connected; try: tidewaiter integration add NAME --url https://registry.example.com"
                : "several registries are connected: say which with --integration NAME");
    policy->integration = items[0];
    return true;
}

bool policy_call_open(const struct command_call *call, struct policy_call *policy, struct error *err)
{
    const char *directory;
    policy->arena = arena_new();
    if (!data_dir_find(policy->arena, call_option_text(call, "data"), &directory, err))
        return false;
    struct store_options options = {data_dir_store(policy->arena, directory), clock_system(), true};
    return store_open(&options, &policy->store, err) &&
           store_ensure_admin(policy->store, policy->arena, &policy->account, err) &&
           find_integration(call, policy, err);
}

void policy_call_done(struct policy_call *policy)
{
    store_close(policy->store);
    arena_free(policy->arena);
}
