/* SPDX-License-Identifier: Apache-2.0 */
/* The event "package" (or registry_package). GitHub's own examples contradict each other about its type, so a container is known by
   its metadata; the tag may be empty. */
#include "registry/hook.h"

extern const struct hook_sender hook_github;

/* Owners may have capitals, repositories never do. */
static struct view lower_name(struct arena *arena, struct view owner, struct view name)
{
    struct view joined = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(owner), VIEW_PRINT(name));
    char *text = arena_text(arena, joined);
    for (size_t i = 0; i < joined.size; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] - 'A' + 'a');
    }
    return view_of(text, joined.size);
}

static void read_github(struct json document, struct hook_hints *hints)
{
    struct json package = json_member(document, "package");
    if (!json_is_present(package))
        package = json_member(document, "registry_package");
    struct json version = json_member(package, "package_version");
    struct json container = json_member(version, "container_metadata");
    struct view owner = json_member_string(json_member(package, "owner"), "login");
    struct view name = json_member_string(package, "name");
    bool is_container = json_is_present(container) ||
                        view_equal_ignoring_case(json_member_string(package, "package_type"), view_text("container"));
    if (is_container)
        hook_hint_add(
            hints, lower_name(hints->arena, owner, name), json_member_string(json_member(container, "tag"), "name"));
}

const struct hook_sender hook_github = {"github", "GitHub", HOOK_PROOF_SHA256, "x-hub-signature-256", read_github};
