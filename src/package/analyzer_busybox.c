/* SPDX-License-Identifier: Apache-2.0 */
/* The version in busybox's banner, "BusyBox v1.36.1 (": the only evidence in an image that has nothing but busybox. */
#include "package/analyzer.h"

#define VERSION_BYTES_MAX 32

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
        size_t start = view_find_text(content, banner);
        content = view_from(content, start + banner.size);
        size_t size = 0;
        while (size < content.size && size < VERSION_BYTES_MAX &&
               ((content.data[size] >= '0' && content.data[size] <= '9') || content.data[size] == '.'))
            size++;
        if (size == 0 || content.size < size + 2 || content.data[size] != ' ' || content.data[size + 1] != '(')
            continue;
        analysis->fact(analysis, "ID", view_text("busybox"));
        analysis->fact(analysis, "NAME", view_text("BusyBox"));
        analysis->fact(analysis, "VERSION_ID", view_slice(content, 0, size));
        return true;
    }
    return true;
}

const struct analyzer analyzer_busybox = {
    .name = "busybox",
    .version = 1,
    .bytes_max = 16 << 20,
    .wants = wants,
    .read = read,
};
