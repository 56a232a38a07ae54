/* SPDX-License-Identifier: Apache-2.0 */
/* opkg, the package manager of OpenWrt, Yocto and their kin: a status file in dpkg's grammar, a control file and a list of
   paths for each package. The control files say again what status says, but are all that some images keep. */
#include "package/control_file.h"
#include "package/database.h"

static const char *const folders[] = {"opt/lib/opkg/", "opt/var/lib/opkg/", "usr/lib/opkg/", "var/lib/opkg/"};

/* What of the path stands behind the folder; empty if it is in none of them. */
static struct view file_of(struct view path)
{
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (view_starts_with(path, folders[i]))
            return view_from(path, strlen(folders[i]));
    }
    return (struct view){0};
}

static bool is_in_info(struct view file, const char *suffix)
{
    struct view name = view_from(file, strlen("info/"));
    return view_starts_with(file, "info/") && view_ends_with(name, suffix) && name.size > strlen(suffix) &&
           view_find(name, '/') == name.size;
}

static bool wants(struct view path)
{
    /* "opt/lib/opkg/status" */
    if (path.size < 19 || (path.data[0] != 'o' && path.data[0] != 'u' && path.data[0] != 'v'))
        return false;
    struct view file = file_of(path);
    return view_is(file, "status") || is_in_info(file, ".control") || is_in_info(file, ".list");
}

/* "/usr/bin/a", which a tab and further fields may follow. */
static void read_list(struct view owner, struct view content, struct analysis *analysis)
{
    while (content.size > 0) {
        struct view line = view_cut_line(&content);
        struct view path = view_slice(line, 0, view_find(line, '\t'));
        if (path.size > 1 && path.data[0] == '/')
            analysis->owned(analysis, owner, path);
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    struct view file = file_of(path);
    if (is_in_info(file, ".list")) {
        struct view name = view_from(file, strlen("info/"));
        read_list(view_slice(name, 0, name.size - strlen(".list")), content, analysis);
        return true;
    }
    const struct control_options options = {.type = PACKAGE_OPKG, .needs_status = view_is(file, "status")};
    return control_file_read(content, &options, analysis, err);
}

const struct analyzer analyzer_opkg = {
    .name = "opkg",
    .version = 3,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
