/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes with a maximum. Going over the maximum does not write a part: the buffer becomes "full", later
   appends do nothing, and buffer_check reports ERROR_LIMIT. So a writer may append freely and check once at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/attributes.h"
#include "base/error.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
    size_t size_max; /* bytes */
    bool is_full; /* an append did not fit */
};

/* Allocates nothing yet; `size_max` in bytes. Release with buffer_done. */
void buffer_init(struct buffer *buffer, size_t size_max);
void buffer_done(struct buffer *buffer);

/* Empties it and keeps the memory. */
void buffer_clear(struct buffer *buffer);

void buffer_append(struct buffer *buffer, struct view view);
void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_append_byte(struct buffer *buffer, char byte);
void buffer_append_format(struct buffer *buffer, const char *format, ...) PRINTF(2, 3);

/* Little-endian numbers, for the binary formats of layer records and the index. */
void buffer_append_u32(struct buffer *buffer, uint32_t value);
void buffer_append_u64(struct buffer *buffer, uint64_t value);

/* Room for `size` more bytes, to be filled by the caller (read(2), decompressors); NULL if that goes over the maximum.
   buffer_advance then counts what was filled. */
char *buffer_reserve(struct buffer *buffer, size_t size);
void buffer_advance(struct buffer *buffer, size_t size);

/* Drops the first `size` bytes. */
void buffer_consume(struct buffer *buffer, size_t size);

/* The content; valid until the next append. */
struct view buffer_view(const struct buffer *buffer);

/* ERROR_LIMIT if something did not fit; `what` names the thing: "manifest". */
bool buffer_check(const struct buffer *buffer, const char *what, struct error *err) MUST_CHECK;

#define AUTO_BUFFER CLEANUP(buffer_done) struct buffer

#endif
