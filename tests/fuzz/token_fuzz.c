/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 in both alphabets, and when a token that is a JWT runs out. What base64 reads, it writes again as it was, but for
   padding and bits that stand for nothing.
   Fuzzes: src/http/sign.c src/registry/access.c */
#include "tests/fuzz/fuzz.h"

#include "http/sign.h"
#include "registry/connection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct view bytes, again;
    FUZZ_CHECK(registry_token_expiry_s(view_of(data, size)) >= 0);
    if (base64_parse(arena, view_of(data, size), &bytes)) {
        FUZZ_CHECK(bytes.size <= size);
        FUZZ_CHECK(base64_parse(arena, base64_format_url(arena, bytes), &again) && view_equal(bytes, again));
    }
    FUZZ_CHECK(base64_parse(arena, base64_format(arena, view_of(data, size)), &again));
    FUZZ_CHECK(view_equal(view_of(data, size), again));
    return 0;
}
