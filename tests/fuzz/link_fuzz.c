/* SPDX-License-Identifier: Apache-2.0 */
/* Link headers: the next page is never on another host.
   Fuzzes: src/registry/link.c src/http/url.c */
#include "tests/fuzz/fuzz.h"

#include "registry/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct url current;
    struct link_page page;
    struct error err;
    FUZZ_CHECK(url_parse(arena, view_text("https://r.io:5000/prefix/v2/_catalog?n=5"), &current, &err));
    struct view target = link_next(view_of(data, size));
    FUZZ_CHECK(target.size <= size);
    if (!link_follow(arena, &current, target, &page, &err))
        return 0;
    FUZZ_CHECK(url_same_origin(&current, &page.url) && url_same_origin(&current, &page.other));
    FUZZ_CHECK(view_equal(page.url.path, current.path));
    return 0;
}
