/* SPDX-License-Identifier: Apache-2.0 */
/* Push to Repository: an array of tags, in very old versions an object from tag to image. */
#include "registry/hook.h"

extern const struct hook_sender hook_quay;

static void read_quay(struct json document, struct hook_hints *hints)
{
    struct view name = json_member_string(document, "repository");
    for (struct json_iterator i = json_each(json_member(document, "updated_tags")); json_next(&i);)
        hook_hint_add(hints, name, i.key.size > 0 ? i.key : json_string(i.value));
}

const struct hook_sender hook_quay = {"quay", "Quay", HOOK_PROOF_NONE, NULL, read_quay};
