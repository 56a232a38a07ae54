/* SPDX-License-Identifier: Apache-2.0 */
/* Licences of a Debian package, from the file that each of them brings, where that is in the machine-readable form (DEP-5,
   "Machine-readable debian/copyright file" 1.0): the short names of its License fields. Other texts tell nothing. They are
   facts of the file; the merge gives them to the package that has the file's directory. */
#include "base/map.h"
#include "package/analyzer.h"
#include "package/control_file.h"
#include "package/database.h"

static bool wants(struct view path)
{
    static const char directory[] = "usr/share/doc/";
    if (path.size < sizeof(directory) + 10 || path.data[path.size - 1] != 't' || !view_starts_with(path, directory) ||
        !view_ends_with(path, "/copyright"))
        return false;
    struct view name =
        view_slice(path, sizeof(directory) - 1, path.size - (sizeof(directory) - 1) - strlen("/copyright"));
    return view_find(name, '/') == name.size;
}

/* The value if the line is a field of that name. */
static bool is_field(struct view line, const char *name, struct view *value)
{
    size_t colon = view_find(line, ':');
    if (colon == line.size || !view_equal_ignoring_case(view_slice(line, 0, colon), view_text(name)))
        return false;
    *value = view_trim(view_from(line, colon + 1));
    return true;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    struct view value;
    struct view rest = content;
    if (!is_field(view_cut_line(&rest), "Format", &value) ||
        view_find_text(value, view_text("copyright-format")) == value.size)
        return true;
    AUTO_ARENA *arena = arena_new();
    struct map licenses;
    map_init(&licenses, arena);
    while (rest.size > 0) {
        bool is_license = is_field(view_cut_line(&rest), "License", &value);
        if (is_license && value.size > 0 && view_is_utf8(value) && map_set(&licenses, value, &licenses))
            analysis->fact(analysis, CONTROL_LICENSE_FACT, value);
    }
    return true;
}

const struct analyzer analyzer_deb_copyright = {
    .name = "deb_copyright",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
