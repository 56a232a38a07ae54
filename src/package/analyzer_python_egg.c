/* SPDX-License-Identifier: Apache-2.0 */
/* Python eggs in one file: zip archives with EGG-INFO/PKG-INFO (setuptools docs, "The Internal Structure of Python Eggs"). */
#include "package/database.h"
#include "package/python.h"
#include "stream/zip_archive.h"

enum { ENTRIES_MAX = 65536, METADATA_BYTES_MAX = 1 << 20 };

static bool wants(struct view path)
{
    return view_ends_with(path, ".egg");
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_BUFFER buffer;
    struct zip_archive zip;
    struct zip_entry entry;
    struct view metadata;
    buffer_init(&buffer, METADATA_BYTES_MAX);
    if (content.size == 0)
        return true;
    if (!zip_archive_open(content, ENTRIES_MAX, &zip, err))
        return false;
    for (struct view rest = zip.directory; zip_archive_next(&zip, &rest, &entry);) {
        if (view_is(entry.name, "EGG-INFO/PKG-INFO"))
            return zip_archive_read(&zip, &entry, &buffer, &metadata, err) &&
                   python_read_metadata(metadata, analysis, err);
    }
    return true;
}

const struct analyzer analyzer_python_egg = {
    .name = "python_egg",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .read = read,
};
