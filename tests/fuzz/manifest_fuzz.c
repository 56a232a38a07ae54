/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and indexes: what is accepted keeps its limits. What schema 1 is read into is an image config, and what was
   signed of it cannot be signed again.
   Fuzzes: src/image/manifest.c src/image/schema1.c src/base/json* */
#include "tests/fuzz/fuzz.h"

#include "image/blob_source.h"
#include "image/schema1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct manifest manifest;
    struct digest digest;
    struct error err;
    struct view document;
    if (!schema1_payload(arena, view_of(data, size), &document, &err))
        return 0;
    digest_of(document, &digest);
    if (!manifest_parse(arena, document, &digest, &manifest, &err))
        return 0;
    struct image_config config;
    if (manifest.config.data.size > 0 && image_read_config(NULL, arena, &manifest.config, &config, &err))
        FUZZ_CHECK(image_check_config(&manifest, &config, &err));
    FUZZ_CHECK(manifest.count <= (manifest.kind == MANIFEST_INDEX ? INDEX_CHILDREN_MAX : MANIFEST_LAYERS_MAX));
    FUZZ_CHECK(manifest.kind != MANIFEST_IMAGE || digest_is_set(&manifest.config.digest));
    for (size_t i = 0; i < manifest.count; i++)
        FUZZ_CHECK(digest_is_set(&manifest.items[i].digest));
    return 0;
}
