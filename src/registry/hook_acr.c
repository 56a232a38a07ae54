/* SPDX-License-Identifier: Apache-2.0 */
/* Azure's own webhook, and what Event Grid makes of it: an array of events in its own form, or CloudEvents one by one or in an
   array, each with the same content as "data". */
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

static void read_event(struct json event, struct hook_hints *hints)
{
    struct json data = json_member(event, "data");
    read_target(json_is_present(data) ? data : event, hints);
}

static void read_acr(struct json document, struct hook_hints *hints)
{
    if (json_type(document) != JSON_ARRAY)
        read_event(document, hints);
    for (struct json_iterator i = json_each(document); json_type(document) == JSON_ARRAY && json_next(&i);)
        read_event(i.value, hints);
}

const struct hook_sender hook_acr = {"acr", "Azure Container Registry", HOOK_PROOF_HEADER, "authorization", read_acr};
