/* SPDX-License-Identifier: Apache-2.0 */
/* Signed tokens and the key sets that they are checked against, a line each: nothing is accepted that nobody signed.
   Fuzzes: src/http/jwt.c */
#include "tests/fuzz/fuzz.h"

#include "http/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct jwt_expected expected = {.issuer = view_text("https://issuer.example"),
        .audience = view_text("audience"),
        .email = view_text("a@b.example"),
        .wall_ms = 1795169472000};
    struct view keys = view_of(data, size);
    struct view token = view_cut(&keys, '\n');
    struct error err;
    FUZZ_CHECK(!jwt_check(token, keys, &expected, &err));
    return 0;
}
