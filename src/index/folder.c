/* SPDX-License-Identifier: Apache-2.0 */
#include "index/folder.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool folder_path(const char *folder, const char *name, char path[FOLDER_PATH_SIZE], struct error *err)
{
    if (snprintf(path, FOLDER_PATH_SIZE, "%s/%s", folder, name) < FOLDER_PATH_SIZE)
        return true;
    return error_set(err, ERROR_LIMIT, "the path of the index folder \"%.100s…\" is too long", folder);
}

bool folder_make(const char *folder, struct error *err)
{
    static const char *const subfolders[] = {"databases", "deltas", "generations", "records"};
    for (size_t i = 0; i < sizeof(subfolders) / sizeof(subfolders[0]); i++) {
        char path[FOLDER_PATH_SIZE];
        if (!folder_path(folder, subfolders[i], path, err) || !directory_make(path, err))
            return false;
    }
    return true;
}

bool folder_lock(const char *folder, int *lock, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    if (!folder_path(folder, "lock", path, err))
        return false;
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        close(descriptor);
        if (reason == EWOULDBLOCK)
            return error_set(
                err, ERROR_CONFLICT, "another feed update is writing to \"%s\": try again when it is done", folder);
        return error_set_errno(err, reason, "could not lock \"%s\"", path);
    }
    *lock = descriptor;
    return true;
}

bool folder_read(const char *folder, const char *name, struct buffer *content, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    return folder_path(folder, name, path, err) && file_read(path, content, err);
}

bool folder_write(const char *folder, const char *name, struct view content, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    if (!folder_path(folder, name, path, err) || !file_replace(path, content, err))
        return false;
    *strrchr(path, '/') = '\0'; /* folder_path puts one there */
    return directory_flush(path, err);
}

bool folder_each(const char *folder, const char *subfolder, void (*visit)(void *context, const char *name),
    void *context, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    if (!folder_path(folder, subfolder, path, err))
        return false;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return error_set_errno(err, errno, "could not open the folder \"%s\"", path);
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        if (entry == NULL)
            break;
        if (entry->d_name[0] != '.')
            visit(context, entry->d_name);
    }
    int reason = errno;
    closedir(directory);
    return reason == 0 || error_set_errno(err, reason, "could not list the folder \"%s\"", path);
}

void folder_remove(const char *folder, const char *name)
{
    struct error ignored;
    char path[FOLDER_PATH_SIZE];
    if (folder_path(folder, name, path, &ignored))
        unlink(path);
}
