/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's own webhook, and Event Grid's array of the same events. */
#include "registry/hook.h"

extern const struct hook_sender hook_acr;

static void read_target(struct json event, struct hook_hints *hints)
{
    struct view action = json_member_string(event, "action");
    struct json target = json_member(event, "target");
    struct view tag = json_member_string(target, "tag");
    if ((view_is(action, "push") || view_is(action, "delete")) && tag.size > 0)
        hook_hint_add(hints, json_member_string(target, "repository"), tag);
}

static void read_acr(struct json document, struct hook_hints *hints)
{
    if (json_type(document) != JSON_ARRAY) {
        read_target(document, hints);
        return;
    }
    for (struct json_iterator i = json_each(document); json_next(&i);)
        read_target(json_member(i.value, "data"), hints);
}

const struct hook_sender hook_acr = {"acr", "Azure Container Registry", HOOK_PROOF_HEADER, "authorization", read_acr};
