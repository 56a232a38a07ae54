/* SPDX-License-Identifier: Apache-2.0 */
/* METADATA of *.dist-info, PKG-INFO of *.egg-info and EGG-INFO, and *.egg-info files: what pip and its forerunners installed. */
#include "base/path.h"
#include "package/listing.h"
#include "package/python.h"

static bool ends_with_ignoring_case(struct view text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && view_equal_ignoring_case(view_from(text, text.size - size), view_text(suffix));
}

/* Where modules are installed; a record directly in it is what is left of one. */
static bool is_site_directory(struct view directory)
{
    return listing_is_file(directory, view_text("site-packages")) ||
           listing_is_file(directory, view_text("dist-packages"));
}

static bool wants(struct view path)
{
    if (path.size < 8)
        return false;
    switch (path.data[path.size - 1]) {
    case 'A': {
        struct view directory = path_directory(path);
        return listing_is_file(path, view_text("METADATA")) &&
               (ends_with_ignoring_case(directory, "dist-info") || is_site_directory(directory));
    }
    case 'O':
    case 'o': {
        if (view_ends_with(path, ".egg-info"))
            return true;
        struct view directory = path_directory(path);
        return listing_is_file(path, view_text("PKG-INFO")) &&
               (ends_with_ignoring_case(directory, "egg-info") || is_site_directory(directory));
    }
    default:
        return false;
    }
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    return python_read_metadata(content, analysis, err);
}

const struct analyzer analyzer_python_package = {
    .name = "python_package",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
