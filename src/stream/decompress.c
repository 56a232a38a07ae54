/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "stream/source.h"

#include <stdlib.h>

/* bzip2 needs the most: "BZh", a level, and the magic number of the first block. */
enum { MAGIC_BYTES = 10 };

/* Gives back the bytes that were read to recognise the format, then what follows them. */
struct sniffed_source {
    struct source base;
    struct source *below;
    char bytes[MAGIC_BYTES];
    size_t size;
    size_t position;
};

static bool sniffed_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct sniffed_source *sniffed = (struct sniffed_source *)source;
    size_t left = sniffed->size - sniffed->position;
    if (left == 0)
        return source_read(sniffed->below, bytes, size, got, err);
    size_t taken = left < size ? left : size;
    memcpy(bytes, sniffed->bytes + sniffed->position, taken);
    sniffed->position += taken;
    *got = taken;
    return true;
}

static void sniffed_source_close(struct source *source)
{
    struct sniffed_source *sniffed = (struct sniffed_source *)source;
    source_close(sniffed->below);
    free(sniffed);
}

static const struct source_type sniffed_type = {"sniffed", sniffed_source_read, sniffed_source_close};

struct decompress_source {
    struct source base;
    struct sniffed_source *sniffed; /* owned by `top` once that is set */
    struct source *top; /* NULL until the first read */
    bool takes_all; /* bzip2 and xz as well */
};

static bool starts_with(const struct sniffed_source *sniffed, struct view magic)
{
    return sniffed->size >= magic.size && memcmp(sniffed->bytes, magic.data, magic.size) == 0;
}

static bool is_zstd(const struct sniffed_source *sniffed)
{
    static const struct view frame = VIEW_LITERAL("\x28\xb5\x2f\xfd");
    static const struct view skippable_rest = VIEW_LITERAL("\x2a\x4d\x18");
    if (starts_with(sniffed, frame))
        return true;
    /* RFC 8878 §3.1.2: 0x184D2A50 to 0x184D2A5F, little-endian */
    return sniffed->size >= 4 && (sniffed->bytes[0] & 0xf0) == 0x50 &&
           memcmp(sniffed->bytes + 1, skippable_rest.data, skippable_rest.size) == 0;
}

static bool is_bzip2(const struct sniffed_source *sniffed)
{
    static const struct view block = VIEW_LITERAL("\x31\x41\x59\x26\x53\x59");
    static const struct view end = VIEW_LITERAL("\x17\x72\x45\x38\x50\x90");
    static const struct view start = VIEW_LITERAL("BZh");
    return sniffed->size == MAGIC_BYTES && starts_with(sniffed, start) &&
           (memcmp(sniffed->bytes + 4, block.data, block.size) == 0 ||
               memcmp(sniffed->bytes + 4, end.data, end.size) == 0);
}

static bool choose(struct decompress_source *decompress, struct error *err)
{
    struct sniffed_source *sniffed = decompress->sniffed;
    while (sniffed->size < MAGIC_BYTES) {
        size_t got = 0;
        if (!source_read(sniffed->below, sniffed->bytes + sniffed->size, MAGIC_BYTES - sniffed->size, &got, err))
            return false;
        if (got == 0)
            break;
        sniffed->size += got;
    }
    static const struct view gzip = VIEW_LITERAL("\x1f\x8b");
    static const struct view xz = VIEW_LITERAL("\xfd"
                                               "7zXZ\0");
    decompress->top = &sniffed->base;
    if (starts_with(sniffed, gzip))
        decompress->top = source_gzip(&sniffed->base);
    else if (is_zstd(sniffed))
        decompress->top = source_zstd(&sniffed->base);
    else if (decompress->takes_all && (is_bzip2(sniffed) || starts_with(sniffed, xz)))
        decompress->top = source_bzip2_xz(&sniffed->base);
    else if (is_bzip2(sniffed))
        return error_set(err, ERROR_UNSUPPORTED, "the data is compressed with bzip2, which is not supported");
    else if (starts_with(sniffed, xz))
        return error_set(err, ERROR_UNSUPPORTED, "the data is compressed with xz, which is not supported");
    return true;
}

static bool decompress_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct decompress_source *decompress = (struct decompress_source *)source;
    if (decompress->top == NULL && !choose(decompress, err))
        return false;
    return source_read(decompress->top, bytes, size, got, err);
}

static void decompress_source_close(struct source *source)
{
    struct decompress_source *decompress = (struct decompress_source *)source;
    source_close(decompress->top != NULL ? decompress->top : &decompress->sniffed->base);
    free(decompress);
}

static const struct source_type decompress_type = {"decompress", decompress_source_read, decompress_source_close};

static struct source *decompress_new(struct source *below, bool takes_all)
{
    struct sniffed_source *sniffed = memory_alloc(sizeof(*sniffed));
    *sniffed = (struct sniffed_source){.base = {&sniffed_type}, .below = below};
    struct decompress_source *decompress = memory_alloc(sizeof(*decompress));
    *decompress = (struct decompress_source){.base = {&decompress_type}, .sniffed = sniffed, .takes_all = takes_all};
    return &decompress->base;
}

struct source *source_decompress(struct source *below)
{
    return decompress_new(below, false);
}

struct source *source_decompress_all(struct source *below)
{
    return decompress_new(below, true);
}
