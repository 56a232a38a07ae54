/* SPDX-License-Identifier: Apache-2.0 */
/* Docker Hub signs nothing. Its callback_url is never called. */
#include "registry/hook.h"

extern const struct hook_sender hook_dockerhub;

static void read_dockerhub(struct json document, struct hook_hints *hints)
{
    struct view name = json_member_string(json_member(document, "repository"), "repo_name");
    hook_hint_add(hints, name, json_member_string(json_member(document, "push_data"), "tag"));
}

const struct hook_sender hook_dockerhub = {"dockerhub", "Docker Hub", HOOK_PROOF_NONE, NULL, read_dockerhub};
