/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

static bool is_clean(struct view path)
{
    if (path.size == 0)
        return true;
    for (struct view rest = path; rest.size > 0;) {
        size_t before = rest.size;
        struct view component = view_cut(&rest, '/');
        bool ended_with_slash = component.size + 1 == before && rest.size == 0;
        if (component.size == 0 || ended_with_slash || view_is(component, ".") || view_is(component, ".."))
            return false;
    }
    return true;
}

/* Appends the components of `path` to the clean path of `*size` bytes in `out`. */
static void append_components(char *out, size_t *size, struct view path)
{
    while (path.size > 0) {
        struct view component = view_cut(&path, '/');
        if (component.size == 0 || view_is(component, "."))
            continue;
        if (view_is(component, "..")) {
            size_t parent = view_find_last(view_of(out, *size), '/');
            *size = parent < *size ? parent : 0;
            continue;
        }
        if (*size > 0)
            out[(*size)++] = '/';
        memcpy(out + *size, component.data, component.size);
        *size += component.size;
    }
}

static bool check_bytes(struct view path, struct error *err)
{
    if (path.size > PATH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "path \"%.80s…\" is longer than %d bytes", path.data, PATH_BYTES_MAX);
    if (view_find(path, '\0') < path.size)
        return error_set(err, ERROR_INVALID, "path \"%s\" holds a NUL byte", path.data);
    return true;
}

bool path_clean(struct arena *arena, struct view path, struct view *clean, struct error *err)
{
    if (!check_bytes(path, err))
        return false;
    while (view_starts_with(path, "./"))
        path = view_from(path, 2);
    if (path.size > 1 && path.data[path.size - 1] == '/')
        path.size--;
    if (is_clean(path)) {
        *clean = path;
        return true;
    }
    char *out = arena_alloc(arena, path.size + 1);
    size_t size = 0;
    append_components(out, &size, path);
    *clean = view_of(out, size);
    return true;
}

bool path_resolve_link(struct arena *arena, struct view link, struct view target, struct view *clean, struct error *err)
{
    if (!check_bytes(target, err))
        return false;
    char *out = arena_alloc(arena, link.size + target.size + 2);
    size_t size = 0;
    if (!view_starts_with(target, "/"))
        append_components(out, &size, path_directory(link));
    append_components(out, &size, target);
    *clean = view_of(out, size);
    return true;
}

struct view path_base(struct view path)
{
    size_t slash = view_find_last(path, '/');
    return slash < path.size ? view_from(path, slash + 1) : path;
}

struct view path_directory(struct view path)
{
    size_t slash = view_find_last(path, '/');
    return view_slice(path, 0, slash < path.size ? slash : 0);
}

bool path_is_below(struct view path, struct view directory)
{
    if (directory.size == 0)
        return path.size > 0;
    return path.size > directory.size + 1 && path.data[directory.size] == '/' &&
           memcmp(path.data, directory.data, directory.size) == 0;
}
