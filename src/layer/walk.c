/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/walk.h"

#include "base/arena.h"
#include "base/memory.h"
#include "base/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>

enum {
    BLOCK_BYTES = 128 * 1024,
    HEADER_BYTES = 512, /* of a tar header: POSIX.1-1988, "ustar" */
    PATH_GAPS_MAX = 1000, /* gaps about single entries; further ones are counted into one */
};

/* Below this many decompressed bytes the ratio means nothing: a few kilobytes of zeros reach any ratio. */
#define RATIO_FREE_BYTES (UINT64_C(100) << 20)

/* Counts the compressed bytes on their way into the decompressor. */
struct counting_source {
    struct source base;
    struct source *below;
    uint64_t bytes;
};

static bool counting_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct counting_source *counting = (struct counting_source *)source;
    if (!source_read(counting->below, bytes, size, got, err))
        return false;
    counting->bytes += *got;
    return true;
}

static void counting_source_close(struct source *source)
{
    (void)source; /* lives in the walk; the blob below it is the caller's */
}

static const struct source_type counting_type = {"layer blob", counting_source_read, counting_source_close};

struct walk {
    struct counting_source blob;
    struct source *plain; /* decompressed */
    struct archive *archive;
    struct arena *arena; /* of the entry at hand */
    const struct layer_limits *limits;
    struct layer_visitor *visitor;
    struct layer_totals totals;
    uint64_t path_gaps;
    bool is_limit_reached;
    bool has_source_failed;
    struct error err; /* why the source failed, or which limit was reached */
    size_t before_size;
    char before[HEADER_BYTES]; /* the end of what came before the block: a header may begin there */
    size_t block_size;
    char block[BLOCK_BYTES]; /* what libarchive reads from at the moment */
};

static bool reach_limit(struct walk *walk, uint64_t limit, const char *what)
{
    walk->is_limit_reached = true;
    return error_set(&walk->err, ERROR_LIMIT, "the layer has more than %llu %s", (unsigned long long)limit, what);
}

static void keep_end(struct walk *walk)
{
    size_t taken = walk->block_size < HEADER_BYTES ? walk->block_size : HEADER_BYTES;
    size_t kept = walk->before_size + taken <= HEADER_BYTES ? walk->before_size : HEADER_BYTES - taken;
    memmove(walk->before, walk->before + walk->before_size - kept, kept);
    memcpy(walk->before + kept, walk->block + walk->block_size - taken, taken);
    walk->before_size = kept + taken;
}

/* Fills the block with decompressed bytes; `block_size` 0 at the end. */
static bool next_block(struct walk *walk)
{
    keep_end(walk);
    walk->block_size = 0;
    size_t got = 0;
    if (!source_read(walk->plain, walk->block, sizeof(walk->block), &got, &walk->err)) {
        walk->has_source_failed = true;
        return false;
    }
    walk->totals.bytes += got;
    if (walk->totals.bytes > walk->limits->bytes_max)
        return reach_limit(walk, walk->limits->bytes_max, "decompressed bytes");
    if (walk->totals.bytes > RATIO_FREE_BYTES && walk->totals.bytes / walk->limits->ratio_max > walk->blob.bytes)
        return reach_limit(walk, walk->limits->ratio_max, "times the bytes of its blob, as only bombs have");
    walk->block_size = got;
    return true;
}

static la_ssize_t read_block(struct archive *archive, void *context, const void **bytes)
{
    struct walk *walk = context;
    if (!next_block(walk)) {
        archive_set_error(archive, EIO, "%s", walk->err.message);
        return -1;
    }
    *bytes = walk->block;
    return (la_ssize_t)walk->block_size;
}

/* What libarchive last complained about, or why our own source stopped it. */
static bool archive_failed(struct walk *walk, struct error *err)
{
    if (walk->has_source_failed || walk->is_limit_reached) {
        *err = walk->err;
        return false;
    }
    const char *why = archive_error_string(walk->archive);
    return error_set(err, ERROR_INVALID, "the tar archive is damaged after entry %llu: %s",
        (unsigned long long)walk->totals.entries, why != NULL ? why : "unknown reason");
}

/* The bytes of the file at hand; exactly `size` of them. */
struct content_source {
    struct source base;
    struct walk *walk;
    uint64_t left;
};

static bool content_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct content_source *content = (struct content_source *)source;
    size_t wanted = content->left < size ? (size_t)content->left : size;
    if (wanted == 0) {
        *got = 0;
        return true;
    }
    la_ssize_t count = archive_read_data(content->walk->archive, bytes, wanted);
    if (count < 0)
        return archive_failed(content->walk, err);
    if (count == 0) {
        /* A sparse file that ends with a hole. */
        memset(bytes, 0, wanted);
        count = (la_ssize_t)wanted;
    }
    content->left -= (uint64_t)count;
    *got = (size_t)count;
    return true;
}

static void content_source_close(struct source *source)
{
    (void)source; /* lives on the stack of the walk */
}

static const struct source_type content_type = {"tar entry", content_source_read, content_source_close};

/* Entries that cannot be represented are passed over with a gap, but a million of them are not a million gaps. */
static bool path_gap(struct walk *walk, struct view path, const char *reason, struct error *err)
{
    walk->path_gaps++;
    if (walk->path_gaps > PATH_GAPS_MAX)
        return true;
    return walk->visitor->gap(walk->visitor, GAP_UNREADABLE_FILE, view_slice(path, 0, PATH_BYTES_MAX), reason, err);
}

/* OCI image spec 1.1, layer.md "Whiteouts"; other ".wh..wh." names are AUFS's own files, and a bare ".wh." names nothing. */
static bool visit_whiteout(struct walk *walk, struct view path, struct error *err)
{
    struct layer_visitor *visitor = walk->visitor;
    struct view directory = path_directory(path);
    struct view base = path_base(path);
    struct view hidden = view_from(base, sizeof(".wh.") - 1);
    if (view_is(base, ".wh..wh..opq"))
        return visitor->opaque(visitor, directory, err);
    if (view_starts_with(base, ".wh..wh.") || hidden.size == 0)
        return true;
    if (view_is(hidden, ".") || view_is(hidden, ".."))
        return path_gap(walk, path, "the whiteout does not name a file", err);
    if (directory.size == 0)
        return visitor->whiteout(visitor, hidden, err);
    struct view whole = arena_format(walk->arena, "%.*s/%.*s", VIEW_PRINT(directory), VIEW_PRINT(hidden));
    return visitor->whiteout(visitor, whole, err);
}

/* The number that `size` octal digits say; what is not a digit ends it. */
static uint64_t read_octal(const char *digits, size_t size)
{
    uint64_t number = 0;
    size_t i = 0;
    for (; i < size && digits[i] == ' '; i++) {
    }
    for (; i < size && digits[i] >= '0' && digits[i] <= '7'; i++)
        number = number << 3 | (uint64_t)(digits[i] - '0');
    return number;
}

/* Where the bytes begin that were read last, if they may be the header of the entry at hand and are still here. */
static bool find_header(const struct walk *walk, uint64_t *start)
{
    uint64_t position = (uint64_t)archive_filter_bytes(walk->archive, 0);
    uint64_t block_start = walk->totals.bytes - walk->block_size;
    *start = position - HEADER_BYTES;
    return position <= walk->totals.bytes && position >= HEADER_BYTES && *start + walk->before_size >= block_start;
}

static char header_byte(const struct walk *walk, uint64_t at)
{
    uint64_t block_start = walk->totals.bytes - walk->block_size;
    return at >= block_start ? walk->block[at - block_start] : walk->before[at + walk->before_size - block_start];
}

/* The header of the entry at hand as it stands in the archive; false where it is not the last thing that was read, as in front
   of the maps of sparse files. */
static bool raw_header(const struct walk *walk, char header[HEADER_BYTES])
{
    enum { SUM_AT = 148, SUM_BYTES = 8 };
    uint64_t start;
    uint64_t sum = 0;
    if (!find_header(walk, &start))
        return false;
    for (size_t i = 0; i < HEADER_BYTES; i++) {
        header[i] = header_byte(walk, start + i);
        sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : (unsigned char)header[i];
    }
    return sum == read_octal(header + SUM_AT, SUM_BYTES);
}

/* libarchive takes a regular file whose name ends in '/' for a directory, and its content for further headers; Go's reader, and
   with it containerd and Docker, takes it for a file. Without content that is mended here; with it, nothing behind it can be
   trusted. */
static bool check_slash(
    const struct walk *walk, struct archive_entry *entry, struct layer_entry *visited, struct error *err)
{
    enum { SIZE_AT = 124, SIZE_BYTES = 12, TYPE_AT = 156 };
    char header[HEADER_BYTES];
    struct view name = view_text(archive_entry_pathname(entry));
    if (visited->kind != LAYER_DIRECTORY || !view_ends_with(name, "/") || !raw_header(walk, header) ||
        (header[TYPE_AT] != '0' && header[TYPE_AT] != '7'))
        return true;
    if (read_octal(header + SIZE_AT, SIZE_BYTES) > 0 || (header[SIZE_AT] & 0x80) != 0 || archive_entry_size(entry) > 0)
        return error_set(err, ERROR_INVALID,
            "entry %llu of the tar archive is a file with content whose name ends in \"/\", which readers take differently",
            (unsigned long long)walk->totals.entries);
    visited->kind = LAYER_FILE;
    return true;
}

/* A magic that libarchive takes for ustar's and Go's reader for none: then the name has a first part only for one of them.
   Two bytes tell most entries apart, without a look at the whole header. */
static bool has_doubtful_name(const struct walk *walk)
{
    enum { MAGIC_AT = 257, PREFIX_AT = 345 };
    char header[HEADER_BYTES];
    uint64_t start;
    return find_header(walk, &start) && header_byte(walk, start + MAGIC_AT + 5) != '\0' &&
           header_byte(walk, start + PREFIX_AT) != '\0' && raw_header(walk, header) &&
           memcmp(header + MAGIC_AT, "ustar", 5) == 0 && header[MAGIC_AT + 5] != '\0' &&
           memcmp(header + MAGIC_AT, "ustar  ", 8) != 0 && header[PREFIX_AT] != '\0';
}

static enum layer_entry_kind kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) != NULL)
        return LAYER_HARD_LINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return LAYER_FILE;
    case AE_IFDIR:
        return LAYER_DIRECTORY;
    case AE_IFLNK:
        return LAYER_SYMLINK;
    }
    return LAYER_OTHER;
}

/* Puts the target of a link into `visited`; false with a reason if it cannot be one. */
static bool read_target(
    struct walk *walk, struct archive_entry *entry, struct layer_entry *visited, struct error *reason)
{
    if (visited->kind == LAYER_HARD_LINK)
        return path_clean(walk->arena, view_text(archive_entry_hardlink(entry)), &visited->target, reason);
    if (visited->kind != LAYER_SYMLINK)
        return true;
    visited->target = view_text(archive_entry_symlink(entry));
    if (visited->target.size > PATH_BYTES_MAX)
        return error_set(reason, ERROR_LIMIT, "the link's target is longer than %d bytes", PATH_BYTES_MAX);
    return true;
}

static bool visit_entry(struct walk *walk, struct archive_entry *entry, struct error *err)
{
    struct layer_entry visited = {.kind = kind_of(entry), .mode = (uint32_t)archive_entry_perm(entry)};
    struct view name = view_text(archive_entry_pathname(entry));
    struct error reason;
    if (!check_slash(walk, entry, &visited, err))
        return false;
    if (has_doubtful_name(walk) &&
        !path_gap(
            walk, name, "the header's format is in doubt, and with it the name, which is taken as it stands", err))
        return false;
    if (!path_clean(walk->arena, name, &visited.path, &reason))
        return path_gap(walk, name, reason.message, err);
    if (visited.path.size == 0)
        return true; /* the root itself; nothing else can stand there */
    if (view_starts_with(path_base(visited.path), ".wh."))
        return visit_whiteout(walk, visited.path, err);
    if (!read_target(walk, entry, &visited, &reason))
        return path_gap(walk, visited.path, reason.message, err);
    if (visited.kind == LAYER_FILE && archive_entry_size(entry) > 0)
        visited.size = (uint64_t)archive_entry_size(entry);
    struct content_source content = {.base = {&content_type}, .walk = walk, .left = visited.size};
    return walk->visitor->entry(walk->visitor, &visited, &content.base, err);
}

/* Reads what stands behind the end of the archive, so that the decompressor reaches its own end. Unpackers ignore it;
   zeros are usual, other bytes are told. */
static bool read_behind_archive(struct walk *walk, struct error *err)
{
    uint64_t behind = walk->totals.bytes - (uint64_t)archive_filter_bytes(walk->archive, 0);
    size_t start = behind < walk->block_size ? walk->block_size - (size_t)behind : 0;
    bool is_zero = true;
    do {
        for (size_t i = start; is_zero && i < walk->block_size; i++)
            is_zero = walk->block[i] == 0;
        start = 0;
        if (!next_block(walk)) {
            *err = walk->err;
            return false;
        }
    } while (walk->block_size > 0);
    if (!is_zero)
        return walk->visitor->gap(walk->visitor, GAP_UNREADABLE_LAYER, view_text(""),
            "the tar archive is followed by other data, which unpackers do not see and which was not analysed", err);
    return true;
}

static bool visit_all(struct walk *walk, struct error *err)
{
    for (;;) {
        struct archive_entry *entry = NULL;
        int result = archive_read_next_header(walk->archive, &entry);
        if (result == ARCHIVE_EOF)
            return read_behind_archive(walk, err);
        /* A warning concerns attributes that we do not use, or a name in another character set. */
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return archive_failed(walk, err);
        if (walk->totals.entries == walk->limits->entries_max) {
            reach_limit(walk, walk->limits->entries_max, "entries");
            *err = walk->err;
            return false;
        }
        walk->totals.entries++;
        if (!visit_entry(walk, entry, err))
            return false;
        arena_reset(walk->arena);
    }
}

/* Tells the limit and the entries that were passed over; what was visited before stays. */
static bool report_gaps(struct walk *walk, struct error *err)
{
    if (walk->path_gaps > PATH_GAPS_MAX) {
        struct view reason = arena_format(walk->arena, "%llu more entries have names that cannot be handled",
            (unsigned long long)(walk->path_gaps - PATH_GAPS_MAX));
        if (!walk->visitor->gap(walk->visitor, GAP_UNREADABLE_FILE, view_text(""), reason.data, err))
            return false;
    }
    if (walk->is_limit_reached)
        return walk->visitor->gap(walk->visitor, GAP_LIMIT_REACHED, view_text(""), walk->err.message, err);
    return true;
}

static bool walk_archive(struct walk *walk, struct error *err)
{
    walk->archive = archive_read_new();
    bool ok = false;
    if (archive_read_support_format_tar(walk->archive) != ARCHIVE_OK ||
        archive_read_support_format_empty(walk->archive) != ARCHIVE_OK)
        error_set(err, ERROR_IO, "could not set up the tar reader: %s", archive_error_string(walk->archive));
    else if (archive_read_open(walk->archive, walk, NULL, read_block, NULL) != ARCHIVE_OK)
        archive_failed(walk, err);
    else
        ok = visit_all(walk, err);
    /* A limit stops the visitor's reads as well; that is no failure of the layer. */
    if (walk->is_limit_reached)
        ok = true;
    ok = ok && report_gaps(walk, err);
    archive_read_free(walk->archive);
    return ok;
}

bool layer_walk(struct source *blob, const struct layer_limits *limits, struct layer_visitor *visitor,
    struct layer_totals *totals, struct error *err)
{
    /* libarchive converts PAX names from UTF-8 to the locale's character set and normalises them on the way. In the C
       locale that fails, with a warning, for everything but ASCII, and then the name's own bytes stay. */
    locale_t plain_locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
    if (plain_locale == (locale_t)0)
        return error_set_errno(err, errno, "could not set up the C locale");
    locale_t before = uselocale(plain_locale);
    struct walk *walk = memory_alloc(sizeof(*walk));
    *walk = (struct walk){
        .blob = {.base = {&counting_type}, .below = blob}, .arena = arena_new(), .limits = limits, .visitor = visitor};
    walk->plain = source_decompress(&walk->blob.base);
    bool ok = walk_archive(walk, err);
    if (ok)
        *totals = walk->totals;
    source_close(walk->plain);
    arena_free(walk->arena);
    free(walk);
    uselocale(before);
    freelocale(plain_locale);
    return ok;
}
