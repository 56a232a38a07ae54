/* SPDX-License-Identifier: Apache-2.0 */
/* Image configs: every layer has a digest and a command, which may be empty.
   Fuzzes: src/image/config.c src/base/json* */
#include "tests/fuzz/fuzz.h"

#include "image/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct image_config config;
    struct digest digest;
    struct error err;
    digest_of(view_of(data, size), &digest);
    if (!image_config_parse(arena, view_of(data, size), &digest, &config, &err))
        return 0;
    FUZZ_CHECK(config.diff_id_count <= MANIFEST_LAYERS_MAX && config.created_ms >= 0);
    for (size_t i = 0; i < config.diff_id_count; i++) {
        FUZZ_CHECK(digest_parse(config.diff_ids[i], &digest, &err));
        FUZZ_CHECK(view_is_utf8(config.layer_commands[i]));
    }
    return 0;
}
