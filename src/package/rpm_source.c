/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm_source.h"

#include "package/database.h"

void rpm_source_split(struct view file, struct view name, struct view version_release, struct view *source_name,
    struct view *source_version)
{
    *source_name = name;
    *source_version = version_release;
    if (view_ends_with(file, ".nosrc.rpm"))
        file.size -= strlen(".nosrc.rpm");
    else if (view_ends_with(file, ".src.rpm"))
        file.size -= strlen(".src.rpm");
    else
        return;
    size_t release = view_find_last(file, '-');
    size_t version = view_find_last(view_slice(file, 0, release), '-');
    if (!database_field_is_valid(file) || release == file.size || version == release || version == 0)
        return;
    *source_name = view_slice(file, 0, version);
    *source_version = view_from(file, version + 1);
}
