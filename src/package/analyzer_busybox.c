/* SPDX-License-Identifier: Apache-2.0 */
/* The version in busybox's banner, "BusyBox v1.36.1 (": the only evidence in an image that has nothing but busybox, and a
   package of its own where no other owns the program. */
#include "package/analyzer.h"

#define BANNER_BYTES_MAX 40

static bool wants(struct view path)
{
    if (path.size < 11 || path.data[path.size - 1] != 'x')
        return false;
    return view_is(path, "bin/busybox") || view_is(path, "usr/bin/busybox");
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    static const struct view banner = VIEW_LITERAL("BusyBox v");
    while (content.size > 0) {
        content = view_from(content, view_find_text(content, banner));
        size_t end = banner.size;
        while (end < content.size && end < BANNER_BYTES_MAX &&
               ((content.data[end] >= '0' && content.data[end] <= '9') || content.data[end] == '.'))
            end++;
        if (end > banner.size && end + 2 <= content.size && memcmp(content.data + end, " (", 2) == 0) {
            struct view version = view_slice(content, banner.size, end - banner.size);
            struct package package = {.type = PACKAGE_GENERIC, .name = view_text("busybox"), .version = version};
            analysis->package(analysis, &package, NULL);
            analysis->fact(analysis, "ID", view_text("busybox"));
            analysis->fact(analysis, "ID_LIKE", view_text("busybox"));
            analysis->fact(analysis, "NAME", view_text("busybox"));
            analysis->fact(analysis, "VERSION_ID", version);
            analysis->fact(analysis, "VERSION", version);
            analysis->fact(analysis, "PRETTY_NAME", view_slice(content, 0, end));
            return true;
        }
        content = view_from(content, banner.size);
    }
    return true;
}

const struct analyzer analyzer_busybox = {
    .name = "busybox",
    .version = 2,
    .bytes_max = 16 << 20,
    .wants = wants,
    .read = read,
};
