/* SPDX-License-Identifier: Apache-2.0 */
/* URLs against a base: the result is normal, so that it reads back as itself, and has no way out of its path.
   Fuzzes: src/http/url.c */
#include "tests/fuzz/fuzz.h"

#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct url base;
    struct url url;
    struct url again;
    struct error err;
    FUZZ_CHECK(url_parse(arena, view_text("https://r.io/a/b/c?d"), &base, &err));
    if (!url_resolve(arena, &base, view_of(data, size), &url, &err))
        return 0;
    struct view text = url_format(arena, &url);
    FUZZ_CHECK(url.path.size > 0 && url.path.data[0] == '/');
    FUZZ_CHECK(view_find_text(url.path, view_text("/../")) == url.path.size);
    if (text.size > URL_BYTES_MAX)
        return 0; /* a reference near the limit grows by its base */
    FUZZ_CHECK(url_parse(arena, text, &again, &err));
    FUZZ_CHECK(url_same_origin(&url, &again) && view_equal(text, url_format(arena, &again)));
    return 0;
}
