/* SPDX-License-Identifier: Apache-2.0 */
/* Harbor's own form and its CloudEvents form, which has the same content one level deeper. An untagged push has the digest as its
   tag. */
#include "registry/hook.h"

extern const struct hook_sender hook_harbor;

static void read_harbor(struct json document, struct hook_hints *hints)
{
    struct view type = json_member_string(document, "type");
    struct json event = json_member(document, "event_data");
    if (!json_is_present(event))
        event = json_member(document, "data");
    if (!view_is(type, "PUSH_ARTIFACT") && !view_is(type, "DELETE_ARTIFACT") &&
        !view_is(type, "harbor.artifact.pushed") && !view_is(type, "harbor.artifact.deleted"))
        return;
    struct view name = json_member_string(json_member(event, "repository"), "repo_full_name");
    for (struct json_iterator i = json_each(json_member(event, "resources")); json_next(&i);)
        hook_hint_add(hints, name, json_member_string(i.value, "tag"));
}

const struct hook_sender hook_harbor = {"harbor", "Harbor", HOOK_PROOF_HEADER, "authorization", read_harbor};
