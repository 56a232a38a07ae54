/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs: whatever is accepted has a type and a name of clean text, and reading it twice gives the same package.
   Fuzzes: src/package/purl*.c src/package/package.c */
#include "tests/fuzz/fuzz.h"

#include "package/purl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct purl purl;
    struct package package, again;
    struct distro distro;
    struct error err;
    if (!purl_parse(arena, view_of(data, size), &purl, &err))
        return 0;
    FUZZ_CHECK(purl.type.size > 0 && purl.name.size > 0);
    FUZZ_CHECK(view_is_utf8(purl.name) && view_is_utf8(purl.version) && view_is_utf8(purl.name_space));
    purl_read(arena, &purl, &package, &distro);
    FUZZ_CHECK(package.type < PACKAGE_TYPE_COUNT && package.name.size > 0);
    purl_read(arena, &purl, &again, &distro);
    FUZZ_CHECK(view_equal(package_key(arena, &package), package_key(arena, &again)));
    return 0;
}
