/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/registry_target.h"

void registry_target_done(struct registry_target *target)
{
    registry_close(target->registry);
    registry_login_done(&target->login);
}

bool registry_target_open(struct arena *arena, const struct command_call *call, struct view text,
    struct registry_target *target, struct error *err)
{
    struct reference *reference = &target->reference;
    bool is_plain_http = false;
    registry_take_scheme(&text, &is_plain_http);
    if (!reference_parse(arena, text, reference, err))
        return false;
    const struct login_wanted wanted = {.host = reference->host, .repository = reference->repository};
    if (!registry_credentials_find(arena, &wanted, &target->login, err))
        return false;
    target->allowed = reference->host;
    target->policy = (struct outbound_policy){
        .own = &target->allowed, .own_count = 1, .allowed = &target->allowed, .allowed_count = 1};
    struct registry_options options = {
        .host = reference->host,
        .is_plain_http = is_plain_http,
        .credentials = target->login.is_found ? &target->login.credentials : NULL,
        .policy = &target->policy,
        .ca_file = call_option_text(call, "ca-file"),
    };
    return registry_open(&options, &target->registry, err);
}
