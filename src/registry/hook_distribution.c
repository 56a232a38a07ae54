/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications of Distribution: one event a manifest; those of an index's children and of blobs have no tag, and our own pulls
   are events too. */
#include "registry/hook.h"

extern const struct hook_sender hook_distribution;

static void read_target(struct json event, struct hook_hints *hints)
{
    struct view action = json_member_string(event, "action");
    struct json target = json_member(event, "target");
    struct view tag = json_member_string(target, "tag");
    if ((view_is(action, "push") || view_is(action, "delete")) && tag.size > 0)
        hook_hint_add(hints, json_member_string(target, "repository"), tag);
}

static void read_distribution(struct json document, struct hook_hints *hints)
{
    for (struct json_iterator i = json_each(json_member(document, "events")); json_next(&i);)
        read_target(i.value, hints);
}

const struct hook_sender hook_distribution = {
    "distribution", "Docker Registry, CNCF Distribution", HOOK_PROOF_HEADER, "authorization", read_distribution};
