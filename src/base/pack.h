/* SPDX-License-Identifier: Apache-2.0 */
/* Small binary records: little-endian numbers and texts with a length in front. Writing goes to a buffer; reading is
   checked at every step and remembers the first failure, so that a reader takes all fields and asks once at the end. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buffer.h"
#include "base/view.h"

/* u32 length, then the bytes. */
void pack_text(struct buffer *buffer, struct view text);

struct unpack {
    struct view rest;
    bool is_broken; /* something was missing; every later read gives 0 or an empty view */
};

struct unpack unpack_begin(struct view packed);
uint32_t unpack_u32(struct unpack *unpack);
uint64_t unpack_u64(struct unpack *unpack);
struct view unpack_text(struct unpack *unpack); /* borrowed from the packed bytes */
struct view unpack_bytes(struct unpack *unpack, size_t size);

/* A count of items that follow, each of at least `item_bytes_min` bytes: broken if they cannot all be there. */
uint32_t unpack_count(struct unpack *unpack, size_t item_bytes_min);

/* Whether everything was there and nothing is left. */
bool unpack_is_done(const struct unpack *unpack);

/* Little-endian numbers at any address. */
uint16_t read_u16(const char *bytes);
uint32_t read_u32(const char *bytes);
uint64_t read_u64(const char *bytes);

/* Big-endian ones. */
uint16_t read_u16_big(const char *bytes);
uint32_t read_u32_big(const char *bytes);

#endif
