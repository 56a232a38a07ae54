/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/data_dir.h"

#include "base/file.h"
#include "store/integrations.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* The value of a variable; NULL if it is unset, empty or, where it must be, not absolute (XDG base directory
   specification: such values are ignored). */
static const char *variable(const char *name, bool must_be_absolute)
{
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0' || (must_be_absolute && value[0] != '/'))
        return NULL;
    return value;
}

static bool make_absolute(struct arena *arena, const char *path, const char **directory, struct error *err)
{
    char here[PATH_MAX];
    if (path[0] == '/') {
        *directory = path;
        return true;
    }
    if (getcwd(here, sizeof(here)) == NULL)
        return error_set_errno(err, errno, "could not find the current folder");
    *directory = arena_format(arena, "%s/%s", here, path).data;
    return true;
}

bool data_dir_find(struct arena *arena, const char *option, const char **directory, struct error *err)
{
    const char *given = option != NULL && option[0] != '\0' ? option : variable("TIDEWAITER_DATA", false);
    const char *state = variable("XDG_STATE_HOME", true);
    const char *home = variable("HOME", true);
    if (given != NULL)
        return make_absolute(arena, given, directory, err);
    if (state != NULL)
        *directory = arena_format(arena, "%s/tidewaiter", state).data;
    else if (home != NULL)
        *directory = arena_format(arena, "%s/.local/state/tidewaiter", home).data;
    else
        return error_set(err, ERROR_USAGE, "there is no HOME to keep data in; name a folder with --data");
    return true;
}

bool data_dir_make(const char *directory, struct error *err)
{
    if (!directory_make(directory, err))
        return error_wrap(err, "data folder");
    return true;
}

bool data_dir_lock(struct arena *arena, const char *directory, int *lock, struct error *err)
{
    const char *path = arena_format(arena, "%s/serve.lock", directory).data;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        close(fd);
        if (reason != EWOULDBLOCK)
            return error_set_errno(err, reason, "could not lock \"%s\"", path);
        return error_set(err, ERROR_CONFLICT,
            "data folder \"%s\" is in use by another server: stop that one, or name another folder with --data",
            directory);
    }
    *lock = fd;
    return true;
}

const char *data_dir_store(struct arena *arena, const char *directory)
{
    return arena_format(arena, "sqlite:%s/tidewaiter.db", directory).data;
}

static const char *keyring_file(struct arena *arena, const char *directory)
{
    const char *credentials = variable("CREDENTIALS_DIRECTORY", true);
    if (credentials != NULL) {
        const char *path = arena_format(arena, "%s/tidewaiter-keyring", credentials).data;
        if (access(path, F_OK) == 0)
            return path;
    }
    return arena_format(arena, "%s/keyring", directory).data;
}

bool data_dir_open_keyring(
    struct arena *arena, const char *directory, struct store *store, struct keyring **keyring, struct error *err)
{
    const char *path = keyring_file(arena, directory);
    AUTO_KEYRING *opened = NULL;
    if (!keyring_open(path, false, &opened, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return false;
        if (!store_check_keys(store, NULL, err))
            return error_wrap(err, "keyring \"%s\"", path);
        if (!keyring_open(path, true, &opened, err))
            return false;
    }
    if (!store_check_keys(store, opened, err))
        return error_wrap(err, "keyring \"%s\"", path);
    *keyring = opened;
    opened = NULL;
    return true;
}

const char *data_dir_index(struct arena *arena, const char *directory)
{
    return arena_format(arena, "%s/index", directory).data;
}
