/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "layer/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LAYOUT_FILE "{\"imageLayoutVersion\":\"1.0.0\"}"

/* A ustar header (POSIX.1-2017, pax, "ustar Interchange Format"). */
enum {
    TAR_BLOCK = 512,
    TAR_NAME = 0,
    TAR_MODE = 100,
    TAR_OWNER = 108,
    TAR_GROUP = 116,
    TAR_SIZE = 124,
    TAR_TIME = 136
};
enum { TAR_CHECKSUM = 148, TAR_KIND = 156, TAR_MAGIC = 257 };
#define TAR_SIZE_MAX UINT64_C(077777777777)

struct layout_writer {
    struct blob_sink base;
    struct arena *arena;
    const char *path; /* of the folder, or of the archive */
    const char *temporary; /* NULL = it has its final name */
    FILE *archive; /* NULL: a folder */
};

static bool failed(const struct layout_writer *writer, struct error *err)
{
    return error_set_errno(err, errno, "could not write \"%s\"", writer->path);
}

static bool copy(struct layout_writer *writer, FILE *file, struct source *content, uint64_t size, struct error *err)
{
    char bytes[64 * 1024];
    uint64_t total = 0;
    for (size_t got = 1; got > 0;) {
        if (!source_read(content, bytes, sizeof(bytes), &got, err))
            return false;
        total += got;
        if (total > size)
            return error_set(
                err, ERROR_CORRUPT, "there are more bytes than the %llu that were promised", (unsigned long long)size);
        if (fwrite(bytes, 1, got, file) != got)
            return failed(writer, err);
    }
    return total == size || error_set(err, ERROR_CORRUPT, "the content ends early");
}

static void put_octal(char *field, size_t digits, uint64_t value)
{
    for (size_t i = digits; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
}

static bool add_to_archive(
    struct layout_writer *writer, const char *name, uint64_t size, struct source *content, struct error *err)
{
    static const char padding[TAR_BLOCK];
    char header[TAR_BLOCK] = {0};
    unsigned sum = 0;
    if (size > TAR_SIZE_MAX)
        return error_set(err, ERROR_LIMIT, "\"%s\" is too large for a tar", name);
    snprintf(header + TAR_NAME, TAR_MODE, "%s", name);
    put_octal(header + TAR_MODE, 7, 0644);
    put_octal(header + TAR_OWNER, 7, 0);
    put_octal(header + TAR_GROUP, 7, 0);
    put_octal(header + TAR_SIZE, 11, size);
    put_octal(header + TAR_TIME, 11, 0);
    header[TAR_KIND] = '0';
    memcpy(header + TAR_MAGIC, "ustar\00000", 8);
    memset(header + TAR_CHECKSUM, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += (unsigned char)header[i];
    put_octal(header + TAR_CHECKSUM, 6, sum);
    header[TAR_CHECKSUM + 6] = '\0';
    size_t rest = (size_t)(size % TAR_BLOCK);
    if (fwrite(header, 1, TAR_BLOCK, writer->archive) != TAR_BLOCK)
        return failed(writer, err);
    if (!copy(writer, writer->archive, content, size, err))
        return false;
    return rest == 0 || fwrite(padding, 1, TAR_BLOCK - rest, writer->archive) == TAR_BLOCK - rest ||
           failed(writer, err);
}

/* Under a name that nothing refers to before its content is on the disk. */
static bool add_to_folder(
    struct layout_writer *writer, const char *name, uint64_t size, struct source *content, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct view path = arena_format(scratch, "%s/%s", writer->path, name);
    struct view temporary = arena_format(scratch, "%s/%s.tmp", writer->path, name);
    FILE *file = fopen(temporary.data, "wbe");
    if (file == NULL)
        return error_set_errno(err, errno, "could not write \"%s\"", temporary.data);
    bool is_written = copy(writer, file, content, size, err);
    bool is_flushed = fflush(file) == 0 && fsync(fileno(file)) == 0;
    int reason = errno;
    fclose(file);
    if (is_written && !is_flushed)
        is_written = error_set_errno(err, reason, "could not write \"%s\"", temporary.data);
    if (is_written && rename(temporary.data, path.data) != 0)
        is_written = error_set_errno(err, errno, "could not write \"%s\"", path.data);
    if (!is_written)
        unlink(temporary.data);
    return is_written;
}

static bool add(
    struct layout_writer *writer, const char *name, uint64_t size, struct source *content, struct error *err)
{
    return writer->archive != NULL ? add_to_archive(writer, name, size, content, err)
                                   : add_to_folder(writer, name, size, content, err);
}

static bool add_text(struct layout_writer *writer, const char *name, struct view text, struct error *err)
{
    AUTO_SOURCE *content = source_from_memory(text);
    return add(writer, name, text.size, content, err);
}

static const char *blob_name(struct arena *arena, const struct digest *digest)
{
    return arena_format(arena, "blobs/sha256/%.*s", VIEW_PRINT(digest_hex(digest))).data;
}

static bool write_blob(
    struct blob_sink *sink, const struct digest *digest, uint64_t size, struct source *content, struct error *err)
{
    struct layout_writer *writer = (struct layout_writer *)sink;
    AUTO_ARENA *scratch = arena_new();
    return add(writer, blob_name(scratch, digest), size, content, err);
}

static bool finish_archive(struct layout_writer *writer, struct error *err)
{
    static const char end[2 * TAR_BLOCK];
    if (fwrite(end, 1, sizeof(end), writer->archive) != sizeof(end) || fflush(writer->archive) != 0 ||
        fsync(fileno(writer->archive)) != 0 || rename(writer->temporary, writer->path) != 0)
        return failed(writer, err);
    writer->temporary = NULL;
    return true;
}

static bool write_manifest(struct blob_sink *sink, struct view document, struct view media_type, struct error *err)
{
    enum { INDEX_BYTES_MAX = 64 * 1024 };
    struct layout_writer *writer = (struct layout_writer *)sink;
    AUTO_ARENA *scratch = arena_new();
    AUTO_BUFFER index;
    struct json_writer json;
    struct digest digest;
    digest_of(document, &digest);
    buffer_init(&index, INDEX_BYTES_MAX);
    json_writer_init(&json, &index);
    json_begin_object(&json);
    json_pair_integer(&json, "schemaVersion", 2);
    json_pair_text(&json, "mediaType", "application/vnd.oci.image.index.v1+json");
    json_key(&json, "manifests");
    json_begin_array(&json);
    json_begin_object(&json);
    json_pair(&json, "mediaType", media_type);
    json_pair(&json, "digest", digest_view(&digest));
    json_pair_integer(&json, "size", (int64_t)document.size);
    json_end_object(&json);
    json_end_array(&json);
    json_end_object(&json);
    return buffer_check(&index, "index.json", err) && add_text(writer, blob_name(scratch, &digest), document, err) &&
           add_text(writer, "oci-layout", view_text(LAYOUT_FILE), err) &&
           add_text(writer, "index.json", buffer_view(&index), err) &&
           (writer->archive == NULL || finish_archive(writer, err));
}

static void close_writer(struct blob_sink *sink)
{
    struct layout_writer *writer = (struct layout_writer *)sink;
    if (writer->archive != NULL)
        fclose(writer->archive);
    if (writer->temporary != NULL)
        unlink(writer->temporary);
    arena_free(writer->arena);
    free(writer);
}

static struct layout_writer *writer_new(const char *path)
{
    static const struct blob_sink_type type = {write_blob, write_manifest, close_writer};
    struct layout_writer *writer = memory_alloc(sizeof(*writer));
    *writer = (struct layout_writer){.base = {&type}, .arena = arena_new()};
    writer->path = arena_text(writer->arena, view_text(path));
    return writer;
}

bool layout_writer_open(const char *directory, struct blob_sink **sink, struct error *err)
{
    struct layout_writer *writer = writer_new(directory);
    if (!directory_make(arena_format(writer->arena, "%s/blobs/sha256", directory).data, err)) {
        close_writer(&writer->base);
        return false;
    }
    *sink = &writer->base;
    return true;
}

bool archive_writer_open(const char *file, struct blob_sink **sink, struct error *err)
{
    struct layout_writer *writer = writer_new(file);
    const char *temporary = arena_format(writer->arena, "%s.tmp", file).data;
    writer->archive = fopen(temporary, "wbe");
    if (writer->archive == NULL) {
        failed(writer, err);
        close_writer(&writer->base);
        return false;
    }
    writer->temporary = temporary;
    *sink = &writer->base;
    return true;
}
