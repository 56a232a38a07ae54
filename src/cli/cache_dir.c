/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cache_dir.h"

#include <stdlib.h>

bool cache_dir_find(struct arena *arena, const char *name, const char **folder, struct error *err)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (cache != NULL && cache[0] == '/')
        *folder = arena_format(arena, "%s/tidewaiter/%s", cache, name).data;
    else if (home != NULL && home[0] == '/')
        *folder = arena_format(arena, "%s/.cache/tidewaiter/%s", home, name).data;
    else
        return error_set(
            err, ERROR_USAGE, "neither XDG_CACHE_HOME nor HOME is set, so there is no place for \"%s\"", name);
    return true;
}
