/* SPDX-License-Identifier: Apache-2.0 */
/* References: what is accepted keeps the grammar, and its canonical text means the same again.
   Fuzzes: src/image/reference.c */
#include "tests/fuzz/fuzz.h"

#include "image/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct reference reference;
    struct reference again;
    struct error err;
    if (!reference_parse(arena, view_of(data, size), &reference, &err))
        return 0;
    FUZZ_CHECK(host_is_valid(reference.host) && repository_is_valid(reference.repository));
    FUZZ_CHECK(reference.tag.size > 0 ? tag_is_valid(reference.tag) : digest_is_set(&reference.digest));
    struct view text = reference_format(arena, &reference);
    FUZZ_CHECK(reference_parse(arena, text, &again, &err));
    FUZZ_CHECK(view_equal(text, reference_format(arena, &again)));
    return 0;
}
