/* SPDX-License-Identifier: Apache-2.0 */
/* A manifest of the index that parses is written and parsed again to the same.
   Fuzzes: src/index/manifest.c */
#include "tests/fuzz/fuzz.h"

#include "index/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER first;
    AUTO_BUFFER second;
    struct error err;
    struct index_manifest manifest;
    buffer_init(&first, 8 * INDEX_MANIFEST_BYTES_MAX);
    buffer_init(&second, 8 * INDEX_MANIFEST_BYTES_MAX);
    if (!index_manifest_parse(arena, view_of(data, size), &manifest, &err)) {
        FUZZ_CHECK(err.code == ERROR_CORRUPT);
        return 0;
    }
    index_manifest_write(&first, &manifest);
    if (first.size > INDEX_MANIFEST_BYTES_MAX)
        return 0;
    FUZZ_CHECK(index_manifest_parse(arena, buffer_view(&first), &manifest, &err));
    index_manifest_write(&second, &manifest);
    FUZZ_CHECK(view_equal(buffer_view(&first), buffer_view(&second)));
    return 0;
}
