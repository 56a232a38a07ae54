/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes: what is accepted keeps its limits. */
#include "tests/fuzz/fuzz.h"

#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest;
    struct digest digest;
    struct error err;
    digest_of(view_of(data, size), &digest);
    if (!manifest_parse(arena, view_of(data, size), &digest, &manifest, &err))
        return 0;
    FUZZ_CHECK(manifest.count <= (manifest.kind == MANIFEST_INDEX ? INDEX_CHILDREN_MAX : MANIFEST_LAYERS_MAX));
    FUZZ_CHECK(manifest.kind != MANIFEST_IMAGE || digest_is_set(&manifest.config.digest));
    for (size_t i = 0; i < manifest.count; i++)
        FUZZ_CHECK(digest_is_set(&manifest.items[i].digest));
    return 0;
}
