/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents in binary mode: the body is the data alone; the structured mode has it in "data". */
#include "registry/hook.h"

extern const struct hook_sender hook_zot;

static void read_zot(struct json document, struct hook_hints *hints)
{
    struct json data = json_member(document, "data");
    if (!json_is_present(data))
        data = document;
    hook_hint_add(hints, json_member_string(data, "name"), json_member_string(data, "reference"));
}

const struct hook_sender hook_zot = {"zot", "zot", HOOK_PROOF_HEADER, "authorization", read_zot};
