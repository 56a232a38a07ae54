/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's status file, the one-paragraph files of status.d that distroless images have, and the journal of a dpkg that was
   interrupted. */
#include "package/control_file.h"
#include "package/database.h"

/* Control files that lie beside the paragraphs of status.d. */
static const char *const control_suffixes[] = {".conffiles", ".config", ".list", ".md5sums", ".postinst", ".postrm",
    ".preinst", ".prerm", ".shlibs", ".symbols", ".templates", ".triggers"};

static bool is_in_status_directory(struct view path)
{
    return view_starts_with(path, "var/lib/dpkg/status.d/") || view_starts_with(path, "usr/lib/dpkg/status.d/");
}

/* Entries are numbered; a dpkg that ran to its end leaves none. */
static bool is_in_journal(struct view path)
{
    int64_t number;
    return view_starts_with(path, "var/lib/dpkg/updates/") && view_to_integer(view_from(path, 21), &number);
}

static bool wants(struct view path)
{
    /* "var/lib/dpkg/status" is the shortest; 'v' and 'u' tell most paths apart. */
    if (path.size < 19 || (path.data[0] != 'v' && path.data[0] != 'u') || path.data[8] != 'd')
        return false;
    if (view_is(path, "var/lib/dpkg/status") || view_is(path, "usr/lib/dpkg/status"))
        return true;
    if (is_in_journal(path))
        return true;
    if (!is_in_status_directory(path))
        return false;
    struct view name = view_from(path, 22);
    if (name.size == 0 || view_find(name, '/') < name.size)
        return false;
    for (size_t i = 0; i < sizeof(control_suffixes) / sizeof(control_suffixes[0]); i++) {
        if (view_ends_with(name, control_suffixes[i]))
            return false;
    }
    return true;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    const struct control_options options = {.type = PACKAGE_DEB, .needs_status = !is_in_status_directory(path)};
    if (is_in_journal(path) && content.size > 0)
        analysis->gap(analysis, GAP_BROKEN_DATABASE,
            "dpkg was interrupted: what its journal says of a package counts beside an older version in status");
    return control_file_read(content, &options, analysis, err);
}

const struct analyzer analyzer_dpkg = {
    .name = "dpkg",
    .version = 6,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
