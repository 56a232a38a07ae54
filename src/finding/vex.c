/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/vex.h"

static const char *const names[VEX_STATUS_COUNT] = {
    [VEX_NOT_AFFECTED] = "not_affected",
    [VEX_AFFECTED] = "affected",
    [VEX_FIXED] = "fixed",
    [VEX_UNDER_INVESTIGATION] = "under_investigation",
};

const char *vex_status_name(enum vex_status status)
{
    return names[status];
}

bool vex_status_parse(struct view name, enum vex_status *status)
{
    for (int i = 0; i < VEX_STATUS_COUNT; i++) {
        if (view_is(name, names[i])) {
            *status = (enum vex_status)i;
            return true;
        }
    }
    return false;
}

bool vex_status_suppresses(enum vex_status status)
{
    return status == VEX_NOT_AFFECTED || status == VEX_FIXED;
}

struct view vex_text(struct view text)
{
    size_t size = text.size < VEX_TEXT_MAX ? text.size : VEX_TEXT_MAX;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return view_slice(text, 0, size);
}

bool vex_read(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err)
{
    if (json_is_present(json_member(json_member(root, "document"), "csaf_version")))
        return vex_read_csaf(arena, root, reader, err);
    struct json context = json_member(root, "@context");
    struct view name = json_string(context);
    for (struct json_iterator i = json_each(context); name.size == 0 && json_next(&i);)
        name = json_string(i.value);
    if (view_starts_with(name, "https://openvex.dev/ns"))
        return vex_read_openvex(arena, root, reader, err);
    return error_set(err, ERROR_UNSUPPORTED,
        "it is neither OpenVEX (\"@context\": \"https://openvex.dev/ns…\") nor CSAF 2.0 (\"csaf_version\")");
}
