/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks, of every sender: hints are names that may be asked for, and not too many.
   Fuzzes: src/registry/ */
#include "tests/fuzz/fuzz.h"

#include "image/reference.h"
#include "registry/hook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; hook_sender_at(i) != NULL; i++) {
        AUTO_ARENA *arena = arena_new();
        struct hook_hints hints = {.arena = arena};
        struct error err;
        (void)!hook_read(hook_sender_at(i), view_of(data, size), &hints, &err);
        FUZZ_CHECK(hints.count <= HOOK_HINTS_MAX);
        for (size_t j = 0; j < hints.count; j++) {
            FUZZ_CHECK(repository_is_valid(hints.items[j].repository));
            FUZZ_CHECK(hints.items[j].tag.size == 0 || tag_is_valid(hints.items[j].tag));
        }
    }
    return 0;
}
