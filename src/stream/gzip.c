/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952). Deflate and the checksum are ISA-L's; member headers are read here, since ISA-L forgets the flags of a
   header that reaches over two pieces of input, and stops after the first member without a word. */
#include "base/memory.h"
#include "stream/source.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

enum { INPUT_BYTES = 64 * 1024 };

/* RFC 1952 §2.3.1 */
enum { FLAG_HEADER_CRC = 0x02, FLAG_EXTRA = 0x04, FLAG_NAME = 0x08, FLAG_COMMENT = 0x10, FLAGS_RESERVED = 0xe0 };
enum { METHOD_DEFLATE = 8 };

enum gzip_stage { GZIP_FIRST_MEMBER, GZIP_IN_MEMBER, GZIP_BETWEEN_MEMBERS, GZIP_END };

struct gzip_source {
    struct source base;
    struct source *below;
    enum gzip_stage stage;
    bool is_below_at_end;
    struct inflate_state inflate; /* next_in and avail_in are the unread part of `input` */
    uint8_t input[INPUT_BYTES];
};

static bool ended_early(struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "the gzip data ends early");
}

/* Fills the input if it is used up; afterwards it is empty only at the end of the source below. */
static bool fill_input(struct gzip_source *gzip, struct error *err)
{
    if (gzip->inflate.avail_in > 0 || gzip->is_below_at_end)
        return true;
    size_t got = 0;
    if (!source_read(gzip->below, gzip->input, sizeof(gzip->input), &got, err))
        return false;
    gzip->inflate.next_in = gzip->input;
    gzip->inflate.avail_in = (uint32_t)got;
    gzip->is_below_at_end = got == 0;
    return true;
}

static bool next_byte(struct gzip_source *gzip, uint8_t *byte, struct error *err)
{
    if (!fill_input(gzip, err))
        return false;
    if (gzip->inflate.avail_in == 0)
        return ended_early(err);
    *byte = *gzip->inflate.next_in++;
    gzip->inflate.avail_in--;
    return true;
}

/* Reads one byte of a header and takes it into the header's own checksum. */
static bool header_byte(struct gzip_source *gzip, uint32_t *crc, uint8_t *byte, struct error *err)
{
    if (!next_byte(gzip, byte, err))
        return false;
    *crc = crc32_gzip_refl(*crc, byte, 1);
    return true;
}

static bool skip_header_text(struct gzip_source *gzip, uint32_t *crc, struct error *err)
{
    uint8_t byte = 1;
    while (byte != 0) {
        if (!header_byte(gzip, crc, &byte, err))
            return false;
    }
    return true;
}

static bool skip_header_extra(struct gzip_source *gzip, uint32_t *crc, struct error *err)
{
    uint8_t low = 0, high = 0, dropped;
    if (!header_byte(gzip, crc, &low, err) || !header_byte(gzip, crc, &high, err))
        return false;
    for (unsigned left = low | (unsigned)high << 8; left > 0; left--) {
        if (!header_byte(gzip, crc, &dropped, err))
            return false;
    }
    return true;
}

static bool read_member_header(struct gzip_source *gzip, struct error *err)
{
    uint8_t fixed[10] = {0};
    uint32_t crc = 0;
    for (size_t i = 0; i < sizeof(fixed); i++) {
        if (!header_byte(gzip, &crc, &fixed[i], err))
            return false;
        if ((i == 0 && fixed[0] != 0x1f) || (i == 1 && fixed[1] != 0x8b)) {
            bool is_first = gzip->stage == GZIP_FIRST_MEMBER;
            return error_set(err, is_first ? ERROR_INVALID : ERROR_CORRUPT, "%s",
                is_first ? "this is not gzip data" : "the gzip data is followed by something else");
        }
    }
    uint8_t flags = fixed[3];
    if (fixed[2] != METHOD_DEFLATE || (flags & FLAGS_RESERVED) != 0)
        return error_set(err, ERROR_UNSUPPORTED, "the gzip data uses method %u and flags 0x%02x, which are not defined",
            fixed[2], flags);
    if ((flags & FLAG_EXTRA) != 0 && !skip_header_extra(gzip, &crc, err))
        return false;
    if ((flags & FLAG_NAME) != 0 && !skip_header_text(gzip, &crc, err))
        return false;
    if ((flags & FLAG_COMMENT) != 0 && !skip_header_text(gzip, &crc, err))
        return false;
    if ((flags & FLAG_HEADER_CRC) != 0) {
        uint8_t low = 0, high = 0;
        if (!next_byte(gzip, &low, err) || !next_byte(gzip, &high, err))
            return false;
        if ((low | (unsigned)high << 8) != (crc & 0xffff))
            return error_set(err, ERROR_CORRUPT, "the checksum of a gzip header is wrong");
    }
    return true;
}

static bool start_member(struct gzip_source *gzip, struct error *err)
{
    if (!read_member_header(gzip, err))
        return false;
    /* A reset keeps next_in and avail_in. */
    isal_inflate_reset(&gzip->inflate);
    gzip->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER;
    gzip->stage = GZIP_IN_MEMBER;
    return true;
}

/* After a member: another one, zero bytes up to the end (tape blocks), or the end. */
static bool leave_member(struct gzip_source *gzip, struct error *err)
{
    bool was_padded = false;
    for (;;) {
        if (!fill_input(gzip, err))
            return false;
        if (gzip->inflate.avail_in == 0) {
            gzip->stage = GZIP_END;
            return true;
        }
        if (*gzip->inflate.next_in != 0)
            break;
        was_padded = true;
        gzip->inflate.next_in++;
        gzip->inflate.avail_in--;
    }
    if (was_padded)
        return error_set(err, ERROR_CORRUPT, "the gzip data is followed by zero bytes and then by something else");
    return start_member(gzip, err);
}

static bool inflate_failed(int result, struct error *err)
{
    if (result == ISAL_INCORRECT_CHECKSUM)
        return error_set(err, ERROR_CORRUPT, "the checksum of the gzip data is wrong");
    return error_set(err, ERROR_CORRUPT, "the gzip data is damaged");
}

/* Puts what the current member gives into `bytes`; nothing if it needs more input or has ended. */
static bool inflate_some(struct gzip_source *gzip, void *bytes, size_t size, size_t *got, struct error *err)
{
    uint32_t room = size > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)size;
    uint32_t before = gzip->inflate.avail_in;
    gzip->inflate.next_out = bytes;
    gzip->inflate.avail_out = room;
    int result = isal_inflate(&gzip->inflate);
    *got = room - gzip->inflate.avail_out;
    if (result != ISAL_DECOMP_OK)
        return inflate_failed(result, err);
    if (gzip->inflate.block_state == ISAL_BLOCK_FINISH) {
        gzip->stage = GZIP_BETWEEN_MEMBERS;
        return true;
    }
    if (*got == 0 && before > 0 && gzip->inflate.avail_in == before)
        return error_set(err, ERROR_CORRUPT, "the gzip data is damaged");
    return true;
}

static bool gzip_source_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct gzip_source *gzip = (struct gzip_source *)source;
    for (;;) {
        switch (gzip->stage) {
        case GZIP_FIRST_MEMBER:
            if (!start_member(gzip, err))
                return false;
            break;
        case GZIP_BETWEEN_MEMBERS:
            if (!leave_member(gzip, err))
                return false;
            break;
        case GZIP_END:
            *got = 0;
            return true;
        case GZIP_IN_MEMBER:
            /* The first call may still hold output of earlier input, so it comes before reading more. */
            if (!inflate_some(gzip, bytes, size, got, err))
                return false;
            if (*got > 0)
                return true;
            if (gzip->stage != GZIP_IN_MEMBER || gzip->inflate.avail_in > 0)
                break;
            if (!fill_input(gzip, err))
                return false;
            if (gzip->inflate.avail_in == 0)
                return ended_early(err);
            break;
        }
    }
}

static void gzip_source_close(struct source *source)
{
    struct gzip_source *gzip = (struct gzip_source *)source;
    source_close(gzip->below);
    free(gzip);
}

static const struct source_type gzip_type = {"gzip", gzip_source_read, gzip_source_close};

struct source *source_gzip(struct source *below)
{
    struct gzip_source *gzip = memory_alloc(sizeof(*gzip));
    gzip->base.type = &gzip_type;
    gzip->below = below;
    gzip->stage = GZIP_FIRST_MEMBER;
    gzip->is_below_at_end = false;
    isal_inflate_init(&gzip->inflate);
    gzip->inflate.next_in = gzip->input;
    gzip->inflate.avail_in = 0;
    return &gzip->base;
}
