/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths dpkg's packages own: info/<package>.list (absolute paths, directories too) and <package>.md5sums (md5sum's
   format) beside it or, in distroless images, in status.d. Ownership only ever hides language packages that a distribution's package
   brought along, so a line that is not a path is passed over: the result then shows more, never less. */
#include "package/database.h"

/* An MD5 sum in hexadecimal and two separators. */
#define MD5SUMS_PATH_START 34

static bool wants(struct view path)
{
    if (path.size < 23 || (path.data[0] != 'v' && path.data[0] != 'u') || path.data[8] != 'd')
        return false;
    if (view_ends_with(path, ".list"))
        return view_starts_with(path, "var/lib/dpkg/info/");
    return view_ends_with(path, ".md5sums") &&
           (view_starts_with(path, "var/lib/dpkg/info/") || view_starts_with(path, "var/lib/dpkg/status.d/") ||
               view_starts_with(path, "usr/lib/dpkg/status.d/"));
}

/* The package that a control file belongs to: "zlib1g" of "…/zlib1g:amd64.list". */
static struct view owner_of(struct view path, struct view suffix)
{
    struct view name = view_slice(path, 0, path.size - suffix.size);
    for (size_t slash; (slash = view_find(name, '/')) < name.size;)
        name = view_from(name, slash + 1);
    return view_slice(name, 0, view_find(name, ':'));
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    bool is_list = view_ends_with(path, ".list");
    struct view owner = owner_of(path, view_text(is_list ? ".list" : ".md5sums"));
    while (content.size > 0) {
        struct view line = view_cut_line(&content);
        if (is_list) {
            if (line.size > 1 && line.data[0] == '/' && !view_is(line, "/."))
                analysis->owned(analysis, owner, line);
        } else if (line.size > MD5SUMS_PATH_START && line.data[MD5SUMS_PATH_START - 2] == ' ') {
            analysis->owned(analysis, owner, view_from(line, MD5SUMS_PATH_START));
        }
    }
    return true;
}

const struct analyzer analyzer_dpkg_list = {
    .name = "dpkg_list",
    .version = 3,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
