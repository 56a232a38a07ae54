/* SPDX-License-Identifier: Apache-2.0 */
/* The event "package" of Gitea and Forgejo; the version is a tag or a digest. */
#include "registry/hook.h"

extern const struct hook_sender hook_gitea;

static void read_gitea(struct json document, struct hook_hints *hints)
{
    struct json package = json_member(document, "package");
    struct view owner = json_member_string(json_member(package, "owner"), "login");
    struct view name = json_member_string(package, "name");
    if (view_is(json_member_string(package, "type"), "container"))
        hook_hint_add(hints, arena_format(hints->arena, "%.*s/%.*s", VIEW_PRINT(owner), VIEW_PRINT(name)),
            json_member_string(package, "version"));
}

const struct hook_sender hook_gitea = {"gitea", "Gitea, Forgejo", HOOK_PROOF_SHA256, "x-gitea-signature", read_gitea};
