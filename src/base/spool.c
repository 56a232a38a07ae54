/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spool.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WRITE_BYTES = 256 * 1024 }; /* what is gathered for one write, once there is a file */

void spool_init(struct spool *spool, const char *folder, uint64_t size_max)
{
    *spool = (struct spool){.folder = folder, .size_max = size_max, .file = -1};
    buffer_init(&spool->bytes, folder == NULL ? size_max : 2 * (size_t)SPOOL_MEMORY_BYTES);
}

static bool open_file(struct spool *spool, struct error *err)
{
    char path[4096];
    if (snprintf(path, sizeof(path), "%s/spool-XXXXXX", spool->folder) >= (int)sizeof(path))
        return error_set(err, ERROR_LIMIT, "path \"%s\" is too long", spool->folder);
    spool->file = mkostemp(path, O_CLOEXEC);
    if (spool->file < 0)
        return error_set_errno(err, errno, "could not create a file in folder \"%s\"", spool->folder);
    if (unlink(path) != 0)
        return error_set_errno(err, errno, "could not unlink file \"%s\"", path);
    return true;
}

static bool write_file(struct spool *spool, struct error *err)
{
    if (!descriptor_write(spool->file, buffer_view(&spool->bytes)))
        return error_set_errno(err, errno, "could not write a file in folder \"%s\"", spool->folder);
    spool->written += spool->bytes.size;
    return true;
}

bool spool_settle(struct spool *spool, const char *what, struct error *err)
{
    if (!buffer_check(&spool->bytes, what, err))
        return false;
    if (spool->bytes.size > spool->size_max - spool->written)
        return error_set(err, ERROR_LIMIT, "%s has more than %llu bytes", what, (unsigned long long)spool->size_max);
    if (spool->file >= 0 && spool->bytes.size >= WRITE_BYTES) {
        if (!write_file(spool, err))
            return false;
        buffer_clear(&spool->bytes);
    } else if (spool->file < 0 && spool->folder != NULL && spool->bytes.size > SPOOL_MEMORY_BYTES) {
        if (!open_file(spool, err) || !write_file(spool, err))
            return false;
        buffer_done(&spool->bytes);
        buffer_init(&spool->bytes, 2 * (size_t)SPOOL_MEMORY_BYTES);
    }
    return true;
}

static void reset(struct spool *spool)
{
    spool_init(spool, spool->folder, spool->size_max);
}

bool spool_take(struct spool *spool, struct arena *arena, struct view *bytes, struct error *err)
{
    struct view taken;
    if (spool->file < 0) {
        taken = buffer_view(&spool->bytes);
        arena_adopt(arena, spool->bytes.data);
    } else {
        if (!write_file(spool, err) || !descriptor_map(spool->file, spool->written, arena, &taken, err))
            return false;
        buffer_done(&spool->bytes);
        close(spool->file);
    }
    reset(spool);
    *bytes = taken;
    return true;
}

void spool_done(struct spool *spool)
{
    buffer_done(&spool->bytes);
    if (spool->file >= 0)
        close(spool->file);
    reset(spool);
}
