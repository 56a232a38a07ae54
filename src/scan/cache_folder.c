/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/cache_folder.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/spool.h"
#include "scan/record.h"

#include <stdio.h>
#include <stdlib.h>

struct cache_folder {
    struct layer_cache cache;
    char path[3800];
};

static bool path_of(struct layer_cache *cache, const struct digest *blob, char path[4096], struct error *err)
{
    const struct cache_folder *folder = (const struct cache_folder *)cache;
    struct view hex = digest_hex(blob);
    if (snprintf(path, 4096, "%s/%.*s.layer", folder->path, VIEW_PRINT(hex)) >= 4096)
        return error_set(err, ERROR_LIMIT, "path \"%s\" is too long", folder->path);
    return true;
}

static bool get(
    struct layer_cache *cache, struct arena *arena, const struct digest *blob, struct view *found, struct error *err)
{
    char path[4096];
    AUTO_BUFFER stored;
    buffer_init(&stored, SPOOL_MEMORY_BYTES);
    if (!path_of(cache, blob, path, err))
        return false;
    if (file_read(path, &stored, err)) {
        *found = buffer_view(&stored);
        arena_adopt(arena, stored.data);
        buffer_init(&stored, 0);
        return true;
    }
    if (err->code == ERROR_LIMIT && file_map(path, RECORD_BYTES_MAX, arena, found, err))
        return true;
    *found = view_of(NULL, 0);
    return err->code == ERROR_NOT_FOUND || err->code == ERROR_LIMIT;
}

static bool put(struct layer_cache *cache, const struct digest *blob, struct view stored, struct error *err)
{
    char path[4096];
    return path_of(cache, blob, path, err) && file_replace(path, stored, err);
}

bool cache_folder_open(const char *folder, struct layer_cache **cache, struct error *err)
{
    if (!directory_make(folder, err))
        return false;
    struct cache_folder *opened = memory_alloc(sizeof(*opened));
    opened->cache = (struct layer_cache){get, put};
    if (snprintf(opened->path, sizeof(opened->path), "%s", folder) >= (int)sizeof(opened->path)) {
        free(opened);
        return error_set(err, ERROR_LIMIT, "path \"%s\" is too long", folder);
    }
    *cache = &opened->cache;
    return true;
}

void cache_folder_close(struct layer_cache *cache)
{
    free(cache);
}
