/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces (a key and a part of its value) go to a spool file as they come; only 24 bytes of each stay in memory. At the end
   they are sorted by key, joined, and written in that order. */
#include "index/database.h"

#include "advisory/encoding.h"
#include "base/file.h"
#include "base/memory.h"
#include "index/folder.h"
#include "index/format.h"

#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    SPOOL_FLUSH_BYTES = 256 * 1024,
    SPOOL_BUFFER_MAX = SPOOL_FLUSH_BYTES + (int)(3 * ADVISORY_ENCODED_MAX),
    PIECES_MAX = 1 << 24, /* in one database */
};

#define SPOOL_NAME "databases/building.spool"
#define BUILDING_NAME "databases/building.cdb"

struct piece {
    uint64_t hash; /* of the key */
    uint64_t offset; /* in the spool: text key, text value */
    uint64_t size;
};

struct database_writer {
    const char *folder;
    int spool; /* has no name any more */
    uint64_t spool_size;
    struct buffer pending; /* not yet in the spool */
    struct buffer scratch;
    struct piece *pieces;
    size_t piece_count;
    size_t piece_capacity;
};

bool database_writer_new(const char *folder, struct database_writer **writer, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    if (!folder_path(folder, SPOOL_NAME, path, err))
        return false;
    int spool = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (spool < 0)
        return error_set_errno(err, errno, "could not make \"%s\"", path);
    if (unlink(path) != 0) {
        error_set_errno(err, errno, "could not unlink \"%s\"", path);
        close(spool);
        return false;
    }
    struct database_writer *made = memory_alloc(sizeof(*made));
    *made = (struct database_writer){.folder = folder, .spool = spool};
    buffer_init(&made->pending, SPOOL_BUFFER_MAX);
    buffer_init(&made->scratch, ADVISORY_ENCODED_MAX);
    *writer = made;
    return true;
}

void database_writer_free(struct database_writer *writer)
{
    if (writer == NULL)
        return;
    close(writer->spool);
    buffer_done(&writer->pending);
    buffer_done(&writer->scratch);
    free(writer->pieces);
    free(writer);
}

static bool flush(struct database_writer *writer, struct error *err)
{
    struct view rest = buffer_view(&writer->pending);
    while (rest.size > 0) {
        ssize_t written = write(writer->spool, rest.data, rest.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(err, errno, "could not write \"%s\"", SPOOL_NAME);
        rest = view_from(rest, (size_t)written);
    }
    buffer_clear(&writer->pending);
    return true;
}

/* The key is prefix + middle + NUL + name, or prefix + name if `middle` is empty; the value is in the scratch buffer. */
static bool add_piece(
    struct database_writer *writer, const char *prefix, struct view middle, struct view name, struct error *err)
{
    if (!buffer_check(&writer->scratch, "a record", err))
        return false;
    if (writer->piece_count == PIECES_MAX)
        return error_set(err, ERROR_LIMIT, "one database has more than %d packages and records", PIECES_MAX);
    struct buffer *pending = &writer->pending;
    size_t start = pending->size;
    size_t middle_size = middle.size == 0 ? 0 : middle.size + 1;
    buffer_append_u32(pending, (uint32_t)(2 + middle_size + name.size));
    size_t key_start = pending->size;
    buffer_append(pending, view_of(prefix, 2));
    if (middle.size > 0) {
        buffer_append(pending, middle);
        buffer_append_byte(pending, '\0');
    }
    buffer_append(pending, name);
    size_t key_end = pending->size;
    pack_text(pending, buffer_view(&writer->scratch));
    if (!buffer_check(pending, "a record", err))
        return false;
    if (writer->piece_count == writer->piece_capacity) {
        writer->piece_capacity = writer->piece_capacity == 0 ? 4096 : writer->piece_capacity * 2;
        writer->pieces = memory_resize(writer->pieces, writer->piece_capacity * sizeof(writer->pieces[0]));
    }
    writer->pieces[writer->piece_count++] = (struct piece){
        .hash = view_hash(view_of(pending->data + key_start, key_end - key_start)),
        .offset = writer->spool_size,
        .size = pending->size - start,
    };
    writer->spool_size += pending->size - start;
    return pending->size < SPOOL_FLUSH_BYTES || flush(writer, err);
}

bool database_writer_add(
    struct database_writer *writer, struct view ecosystem, const struct advisory *advisory, struct error *err)
{
    buffer_clear(&writer->scratch);
    encode_head(&writer->scratch, advisory);
    return add_piece(writer, FORMAT_KEY_ID, view_of(NULL, 0), advisory->id, err) &&
           database_writer_extend(writer, ecosystem, advisory, err);
}

bool database_writer_extend(
    struct database_writer *writer, struct view ecosystem, const struct advisory *advisory, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    for (size_t i = 0; i < advisory->affected_count; i++) {
        const struct affected *affected = &advisory->affected[i];
        if (!view_equal(ecosystem_base(affected->ecosystem), ecosystem) || affected->name.size == 0)
            continue;
        struct view name = ecosystem_package_name(arena, ecosystem, affected->name);
        buffer_clear(&writer->scratch);
        pack_text(&writer->scratch, advisory->id);
        encode_affected(&writer->scratch, affected);
        if (!add_piece(writer, FORMAT_KEY_NAME, ecosystem, name, err))
            return false;
    }
    return true;
}

bool database_writer_add_facts(struct database_writer *writer, struct view vulnerability,
    const struct vulnerability_facts *facts, struct error *err)
{
    buffer_clear(&writer->scratch);
    encode_facts(&writer->scratch, facts);
    return add_piece(writer, FORMAT_KEY_FACTS, view_of(NULL, 0), vulnerability, err);
}

static void read_piece(const char *spool, const struct piece *piece, struct view *key, struct view *value)
{
    struct unpack unpack = unpack_begin(view_of(spool + piece->offset, piece->size));
    *key = unpack_text(&unpack);
    *value = unpack_text(&unpack);
}

/* Hash, then key (hashes may collide), then order of arrival. */
static int compare_pieces(const void *left, const void *right, void *spool)
{
    const struct piece *a = left;
    const struct piece *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    struct view a_key, b_key, value;
    read_piece(spool, a, &a_key, &value);
    read_piece(spool, b, &b_key, &value);
    int order = view_compare(a_key, b_key);
    return order != 0 ? order : a->offset < b->offset ? -1 : a->offset > b->offset;
}

static bool put(struct cdb_make *make, struct view key, struct view value, struct error *err)
{
    if (cdb_make_add(make, key.data, (unsigned)key.size, value.data, (unsigned)value.size) == 0)
        return true;
    if (errno == ENOMEM) /* TinyCDB's word for a position that does not fit into 32 bits */
        return error_set(err, ERROR_LIMIT, "the database would be larger than 4 GiB");
    return error_set_errno(err, errno, "could not write \"%s\"", BUILDING_NAME);
}

static bool put_pieces(struct database_writer *writer, const char *spool, struct cdb_make *make, struct error *err)
{
    AUTO_BUFFER joined;
    buffer_init(&joined, INDEX_VALUE_MAX);
    for (size_t i = 0; i < writer->piece_count;) {
        struct view key, value, next_key;
        buffer_clear(&joined);
        read_piece(spool, &writer->pieces[i++], &key, &value);
        buffer_append(&joined, value);
        for (; i < writer->piece_count && writer->pieces[i].hash == writer->pieces[i - 1].hash; i++) {
            read_piece(spool, &writer->pieces[i], &next_key, &value);
            if (!view_equal(next_key, key))
                break;
            buffer_append(&joined, value);
        }
        if (!buffer_check(&joined, "what the feed says of one package", err) ||
            !put(make, key, buffer_view(&joined), err))
            return false;
    }
    return true;
}

static bool put_header(struct cdb_make *make, const struct index_gap *gaps, size_t gap_count,
    const struct index_database *info, struct error *err)
{
    AUTO_BUFFER value;
    buffer_init(&value, INDEX_VALUE_MAX);
    pack_text(&value, view_text(FORMAT_NAME));
    buffer_append_u32(&value, FORMAT_VERSION);
    pack_text(&value, info->feed);
    pack_text(&value, info->ecosystem);
    buffer_append_u64(&value, info->record_count);
    if (!buffer_check(&value, "the header", err) || !put(make, view_text(FORMAT_KEY_HEADER), buffer_view(&value), err))
        return false;
    buffer_clear(&value);
    buffer_append_u32(&value, (uint32_t)gap_count);
    for (size_t i = 0; i < gap_count; i++) {
        pack_text(&value, gaps[i].name);
        pack_text(&value, gaps[i].reason);
    }
    return buffer_check(&value, "the list of gaps", err) &&
           put(make, view_text(FORMAT_KEY_GAPS), buffer_view(&value), err);
}

/* Maps `size` bytes of a file; an empty file gives an empty view. */
static bool map_whole(int descriptor, uint64_t size, const char *name, struct view *content, struct error *err)
{
    *content = view_of(NULL, 0);
    if (size == 0)
        return true;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED)
        return error_set_errno(err, errno, "could not map \"%s\"", name);
    *content = view_of(bytes, size);
    return true;
}

static void unmap(struct view content)
{
    if (content.size > 0)
        munmap((void *)(uintptr_t)content.data, content.size);
}

static bool put_everything(struct database_writer *writer, int descriptor, const struct index_gap *gaps,
    size_t gap_count, const struct index_database *info, struct error *err)
{
    struct view spool;
    struct cdb_make make;
    if (!flush(writer, err) || !map_whole(writer->spool, writer->spool_size, SPOOL_NAME, &spool, err))
        return false;
    if (writer->piece_count > 0)
        qsort_r(writer->pieces, writer->piece_count, sizeof(writer->pieces[0]), compare_pieces,
            (void *)(uintptr_t)spool.data);
    bool is_put = cdb_make_start(&make, descriptor) == 0;
    if (!is_put)
        error_set_errno(err, errno, "could not write \"%s\"", BUILDING_NAME);
    else {
        is_put = put_header(&make, gaps, gap_count, info, err) && put_pieces(writer, spool.data, &make, err);
        /* Also after a failure, since this releases its memory. */
        if (cdb_make_finish(&make) != 0 && is_put)
            is_put = error_set_errno(err, errno, "could not write \"%s\"", BUILDING_NAME);
    }
    unmap(spool);
    return is_put;
}

static bool measure(int descriptor, struct index_database *info, struct error *err)
{
    off_t size = lseek(descriptor, 0, SEEK_END);
    struct view content;
    if (size < 0)
        return error_set_errno(err, errno, "could not measure \"%s\"", BUILDING_NAME);
    if (!map_whole(descriptor, (uint64_t)size, BUILDING_NAME, &content, err))
        return false;
    info->size = content.size;
    info->checksum = format_checksum(content);
    digest_of(content, &info->digest);
    unmap(content);
    return true;
}

/* From here on the file has its name and is on the disk. */
static bool publish(
    const char *folder, int descriptor, const char *building, const struct index_database *info, struct error *err)
{
    char name[DATABASE_PATH_SIZE];
    char path[FOLDER_PATH_SIZE];
    char databases[FOLDER_PATH_SIZE];
    database_path(info, name);
    if (!folder_path(folder, name, path, err) || !folder_path(folder, "databases", databases, err))
        return false;
    if (fsync(descriptor) != 0)
        return error_set_errno(err, errno, "could not flush \"%s\" to the disk", building);
    if (rename(building, path) != 0)
        return error_set_errno(err, errno, "could not rename \"%s\" to \"%s\"", building, path);
    return directory_flush(databases, err);
}

bool database_writer_finish(struct database_writer *writer, const struct index_gap *gaps, size_t gap_count,
    struct index_database *info, struct error *err)
{
    char building[FOLDER_PATH_SIZE];
    if (!folder_path(writer->folder, BUILDING_NAME, building, err))
        return false;
    int descriptor = open(building, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not make \"%s\"", building);
    bool is_finished = put_everything(writer, descriptor, gaps, gap_count, info, err) &&
                       measure(descriptor, info, err) && publish(writer->folder, descriptor, building, info, err);
    close(descriptor);
    if (!is_finished)
        unlink(building);
    return is_finished;
}
