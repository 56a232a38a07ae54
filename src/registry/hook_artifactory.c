/* SPDX-License-Identifier: Apache-2.0 */
/* JFrog's predefined webhook of the domain docker. In the API a repository's name begins with its key where the path method is
   used; both forms are asked for. */
#include "registry/hook.h"

extern const struct hook_sender hook_artifactory;

static void read_artifactory(struct json document, struct hook_hints *hints)
{
    struct json data = json_member(document, "data");
    struct view key = json_member_string(data, "repo_key");
    struct view name = json_member_string(data, "image_name");
    struct view tag = json_member_string(data, "tag");
    if (!view_is(json_member_string(document, "domain"), "docker"))
        return;
    hook_hint_add(hints, name, tag);
    hook_hint_add(hints, arena_format(hints->arena, "%.*s/%.*s", VIEW_PRINT(key), VIEW_PRINT(name)), tag);
}

const struct hook_sender hook_artifactory = {
    "artifactory", "JFrog Artifactory", HOOK_PROOF_HEADER_OR_SHA256, "x-jfrog-event-auth", read_artifactory};
