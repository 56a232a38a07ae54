/* SPDX-License-Identifier: Apache-2.0 */
/* WWW-Authenticate headers: bounded, and the chosen challenge is one of the list.
   Fuzzes: src/registry/challenge.c */
#include "tests/fuzz/fuzz.h"

#include "registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct challenge_list list;
    struct error err;
    if (!challenge_parse(arena, view_of(data, size), &list, &err))
        return 0;
    FUZZ_CHECK(list.count <= CHALLENGES_MAX);
    const struct challenge *chosen = challenge_choose(&list, true);
    FUZZ_CHECK(chosen == NULL || (chosen >= list.items && chosen < list.items + list.count));
    FUZZ_CHECK(chosen == NULL || view_is(chosen->scheme, "basic") || chosen->realm.size > 0);
    (void)challenge_schemes(arena, &list);
    return 0;
}
