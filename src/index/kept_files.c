/* SPDX-License-Identifier: Apache-2.0 */
#include "index/kept_files.h"

#include "index/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

void kept_file_path(const struct digest *digest, char path[KEPT_PATH_SIZE])
{
    struct view name = digest_hex(digest);
    snprintf(path, KEPT_PATH_SIZE, "records/%.*s.zst", VIEW_PRINT(name));
}

bool kept_file_open(const char *folder, const struct index_database *info, struct source **content, struct error *err)
{
    char name[KEPT_PATH_SIZE], path[FOLDER_PATH_SIZE];
    if (!digest_is_set(&info->records))
        return error_set(err, ERROR_NOT_FOUND, "no records were kept for this database");
    kept_file_path(&info->records, name);
    if (!folder_path(folder, name, path, err))
        return false;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    *content = source_verify(source_from_descriptor(descriptor, true), &info->records, info->records_size);
    return true;
}

bool kept_file_verify(const char *folder, const struct index_database *info, struct error *err)
{
    AUTO_SOURCE *content = NULL;
    return kept_file_open(folder, info, &content, err) && source_drain(content, err);
}
