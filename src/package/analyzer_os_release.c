/* SPDX-License-Identifier: Apache-2.0 */
/* os-release(5): reports the keys that tell a distribution and its release. Of a key given twice the last one counts. */
#include "package/analyzer.h"
#include "package/assignment.h"

static const char *const keys[] = {"ID", "ID_LIKE", "NAME", "PRETTY_NAME", "VERSION", "VERSION_ID", "VERSION_CODENAME",
    "UBUNTU_CODENAME", "DEBIAN_CODENAME", "BUILD_ID", "VARIANT_ID", "CPE_NAME", "PLATFORM_ID",
    "REDHAT_SUPPORT_PRODUCT_VERSION"};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* Of any folder: etc/os-release may be a link to a place of the image's own choice. Only what that path leads to counts. */
static bool wants(struct view path)
{
    static const char name[] = "os-release";
    size_t size = sizeof(name) - 1;
    if (path.size < size || path.data[path.size - 1] != 'e')
        return false;
    struct view rest = view_slice(path, 0, path.size - size);
    return view_is(view_from(path, path.size - size), name) &&
           (rest.size == 0 || rest.data[rest.size - 1] == '/' || rest.data[rest.size - 1] == '-');
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    struct view values[KEY_COUNT] = {0};
    struct view key;
    struct view value;
    while (assignment_next(&content, &key, &value)) {
        for (size_t i = 0; i < KEY_COUNT; i++) {
            if (view_is(key, keys[i]))
                values[i] = value;
        }
    }
    AUTO_BUFFER text;
    buffer_init(&text, ASSIGNMENT_VALUE_MAX);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        buffer_clear(&text);
        assignment_append_value(&text, values[i]);
        if (text.is_full)
            assignment_report_long(analysis, keys[i]);
        else if (text.size > 0)
            analysis->fact(analysis, keys[i], buffer_view(&text));
    }
    return true;
}

const struct analyzer analyzer_os_release = {
    .name = "os_release",
    .version = 2,
    .bytes_max = 1 << 20,
    .wants = wants,
    .read = read,
};
