/* SPDX-License-Identifier: Apache-2.0 */
/* Paths inside an image: relative to its root, with '/' between components, without '.', '..' or empty components. They
   are bytes; most are UTF-8. Pure. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* Longest path that is accepted, as Linux's PATH_MAX. */
#define PATH_BYTES_MAX 4096

/* The clean form of a path as archives write it: leading '/' and './', doubled and trailing '/' are dropped; '..' goes up
   and stops at the root (containerd clamps likewise); the root itself is empty. ERROR_INVALID for a NUL byte, ERROR_LIMIT
   above PATH_BYTES_MAX. The result may borrow from `path`. */
bool path_clean(struct arena *arena, struct view path, struct view *clean, struct error *err) MUST_CHECK;

/* Resolves a link target against the directory of `link` (clean), inside the root: absolute targets start at the root. */
bool path_resolve_link(
    struct arena *arena, struct view link, struct view target, struct view *clean, struct error *err) MUST_CHECK;

/* "a/b/c" → "c" and "a/b". */
struct view path_base(struct view path);
struct view path_directory(struct view path);

/* Whether `path` lies below `directory` (not equal to it); the empty directory is the root. */
bool path_is_below(struct view path, struct view directory);

#endif
