/* SPDX-License-Identifier: Apache-2.0 */
/* The child's side of reading a database of several files. Its input: text analyzer, u32 count of files, and for each text path,
   u64 size and u64 bytes of the zstd frame that follows. */
#include "base/pack.h"
#include "scan/record_writer.h"
#include "scan/scan.h"

enum { FILES_MAX = 64, NAME_MAX = 4096 };

/* Memory for all files of one database; what the child may hold whole. */
static const uint64_t bytes_max = UINT64_C(256) << 20;

static bool read_exactly(struct source *input, void *bytes, size_t size, struct error *err)
{
    for (size_t done = 0, got = 0; done < size; done += got) {
        if (!source_read(input, (char *)bytes + done, size - done, &got, err))
            return false;
        if (got == 0)
            return error_set(err, ERROR_INVALID, "the files end early");
    }
    return true;
}

static bool read_number(struct source *input, size_t size, uint64_t *number, struct error *err)
{
    char bytes[sizeof(uint64_t)] = {0};
    if (!read_exactly(input, bytes, size, err))
        return false;
    *number = read_u64(bytes);
    return true;
}

static bool read_text(struct source *input, struct arena *arena, struct view *text, struct error *err)
{
    uint64_t size = 0;
    if (!read_number(input, sizeof(uint32_t), &size, err))
        return false;
    if (size > NAME_MAX)
        return error_set(err, ERROR_LIMIT, "a name has more than %d bytes", NAME_MAX);
    char *bytes = arena_alloc(arena, size);
    if (!read_exactly(input, bytes, size, err))
        return false;
    *text = view_of(bytes, size);
    return true;
}

/* The next bytes of a source that goes on behind them. */
struct part {
    struct source source;
    struct source *below; /* borrowed */
    uint64_t left;
};

static bool part_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct part *part = (struct part *)source;
    *got = 0;
    if (part->left == 0)
        return true;
    if (!source_read(part->below, bytes, size < part->left ? size : part->left, got, err))
        return false;
    part->left -= *got;
    return *got > 0 || error_set(err, ERROR_INVALID, "the files end early");
}

static void part_close(struct source *source)
{
    (void)source; /* lives on the stack of its only user */
}

static const struct source_type part_type = {"part", part_read, part_close};

static bool read_file(
    struct source *input, struct arena *arena, uint64_t *room, struct analyzed_file *file, struct error *err)
{
    uint64_t size = 0, compressed = 0;
    if (!read_text(input, arena, &file->path, err) || !read_number(input, sizeof(uint64_t), &size, err) ||
        !read_number(input, sizeof(uint64_t), &compressed, err))
        return false;
    if (size > *room)
        return error_set(
            err, ERROR_LIMIT, "the files of the database have more than %llu bytes", (unsigned long long)bytes_max);
    *room -= size;
    struct part part = {{&part_type}, input, compressed};
    AUTO_SOURCE *content = source_zstd(&part.source);
    char *bytes = arena_alloc(arena, size);
    if (!read_exactly(content, bytes, size, err))
        return false;
    file->content = view_of(bytes, size);
    return source_drain(content, err);
}

static bool run(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    (void)parameters;
    AUTO_ARENA *arena = arena_new();
    struct view name;
    uint64_t count = 0, room = bytes_max;
    struct analyzed_file files[FILES_MAX];
    if (!read_text(input, arena, &name, err) || !read_number(input, sizeof(uint32_t), &count, err))
        return false;
    const struct analyzer *analyzer = analyzer_named(name);
    if (analyzer == NULL || analyzer->read_together == NULL)
        return error_set(err, ERROR_INVALID, "analyzer \"%.*s\" reads no files together", VIEW_PRINT(name));
    if (count == 0 || count > FILES_MAX)
        return error_set(err, ERROR_LIMIT, "the database has more than %d files", FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!read_file(input, arena, &room, &files[i], err))
            return false;
    }
    struct record_writer writer;
    struct error why;
    record_writer_init(&writer, out);
    bool is_written = record_writer_file(&writer, analyzer, files[0].path, err);
    if (is_written) {
        if (analyzer->read_together(files, count, &writer.analysis, &why)) {
            is_written = record_writer_check(&writer, true, &why, err) && record_writer_finish(&writer, count, 0, err);
        } else {
            *err = why;
            is_written = false;
        }
    }
    record_writer_done(&writer);
    return is_written;
}

const struct sandbox_task together_task = {"together", run};
