/* SPDX-License-Identifier: Apache-2.0 */
/* Small binary records: little-endian numbers and texts with a length in front. Writing goes to a buffer; reading is
   checked at every step and remembers the first failure, so that a reader takes all fields and asks once at the end. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buffer.h"
#include "base/view.h"

#include <endian.h>
#include <string.h>

/* u32 length, then the bytes. */
void pack_text(struct buffer *buffer, struct view text);

/* Text for display: cut to a limit, invalid UTF-8 replaced, so that everybody behind may rely on it. */
void pack_display_text(struct buffer *buffer, struct view text, size_t bytes_max);

/* Numbers in as many bytes as they need, seven bits in each, the lowest first; signed ones by zigzag. */
void pack_number(struct buffer *buffer, uint64_t number);
void pack_signed(struct buffer *buffer, int64_t number);

/* Such a number as the length, then the bytes. */
void pack_short_text(struct buffer *buffer, struct view text);

struct unpack {
    struct view rest;
    bool is_broken; /* something was missing; every later read gives 0 or an empty view */
};

struct unpack unpack_begin(struct view packed);
uint32_t unpack_u32(struct unpack *unpack);
uint64_t unpack_u64(struct unpack *unpack);
struct view unpack_text(struct unpack *unpack); /* borrowed from the packed bytes */
struct view unpack_bytes(struct unpack *unpack, size_t size);

/* What pack_number, pack_signed and pack_short_text wrote; broken for more than 64 bits. A signed number is added to `base`,
   and wraps around. */
uint64_t unpack_number(struct unpack *unpack);
int64_t unpack_signed(struct unpack *unpack, int64_t base);
struct view unpack_short_text(struct unpack *unpack);

/* A count of items that follow, each of at least `item_bytes_min` bytes: broken if they cannot all be there. */
uint32_t unpack_count(struct unpack *unpack, size_t item_bytes_min);

/* Whether everything was there and nothing is left. */
bool unpack_is_done(const struct unpack *unpack);

/* Little-endian numbers at any address. */
static inline uint16_t read_u16(const char *bytes)
{
    uint16_t value;
    memcpy(&value, bytes, sizeof(value));
    return le16toh(value);
}

static inline uint32_t read_u32(const char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof(value));
    return le32toh(value);
}

static inline uint64_t read_u64(const char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return le64toh(value);
}

/* Big-endian ones. */
uint16_t read_u16_big(const char *bytes);
uint32_t read_u32_big(const char *bytes);

#endif
