/* SPDX-License-Identifier: Apache-2.0 */
/* The events rm:repository:component of Nexus; the component's version is the tag. Where the path names the repository, its name
   stands before the image's. */
#include "registry/hook.h"

extern const struct hook_sender hook_nexus;

static void read_nexus(struct json document, struct hook_hints *hints)
{
    struct json component = json_member(document, "component");
    struct view repository = json_member_string(document, "repositoryName");
    struct view name = json_member_string(component, "name");
    struct view tag = json_member_string(component, "version");
    if (!view_is(json_member_string(component, "format"), "docker"))
        return;
    hook_hint_add(hints, name, tag);
    hook_hint_add(hints, arena_format(hints->arena, "%.*s/%.*s", VIEW_PRINT(repository), VIEW_PRINT(name)), tag);
}

const struct hook_sender hook_nexus = {
    "nexus", "Sonatype Nexus", HOOK_PROOF_SHA1, "x-nexus-webhook-signature", read_nexus};
