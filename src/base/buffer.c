/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "base/memory.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buffer_init(struct buffer *buffer, size_t size_max)
{
    *buffer = (struct buffer){.size_max = size_max};
}

void buffer_done(struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    free(buffer->data);
    *buffer = (struct buffer){.size_max = buffer->size_max};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
    buffer->is_full = false;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    if (buffer->is_full || size > buffer->size_max - buffer->size) {
        buffer->is_full = true;
        return NULL;
    }
    /* Also for 0 bytes there is an address: NULL means that they do not fit. */
    if (buffer->data == NULL || buffer->capacity - buffer->size < size) {
        size_t capacity = buffer->capacity < 128 ? 128 : buffer->capacity;
        while (capacity - buffer->size < size)
            capacity = capacity > buffer->size_max / 2 ? buffer->size_max : capacity * 2;
        buffer->data = memory_resize(buffer->data, capacity);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void buffer_advance(struct buffer *buffer, size_t size)
{
    assert(size <= buffer->capacity - buffer->size);
    buffer->size += size;
}

void buffer_append(struct buffer *buffer, struct view view)
{
    if (view.size == 0)
        return; /* there may be no memory yet to point into */
    char *room = buffer_reserve(buffer, view.size);
    if (room == NULL)
        return;
    memcpy(room, view.data, view.size);
    buffer->size += view.size;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, view_text(text));
}

void buffer_append_byte(struct buffer *buffer, char byte)
{
    buffer_append(buffer, view_of(&byte, 1));
}

void buffer_append_format(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    /* One more for the NUL that vsnprintf writes; it is not counted. */
    char *room = (size_t)size < buffer->size_max ? buffer_reserve(buffer, (size_t)size + 1) : NULL;
    if (room == NULL) {
        buffer->is_full = true;
        return;
    }
    va_start(arguments, format);
    vsnprintf(room, (size_t)size + 1, format, arguments);
    va_end(arguments);
    buffer->size += (size_t)size;
}

void buffer_append_u32(struct buffer *buffer, uint32_t value)
{
    const char bytes[] = {(char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24)};
    buffer_append(buffer, view_of(bytes, sizeof(bytes)));
}

void buffer_append_u64(struct buffer *buffer, uint64_t value)
{
    buffer_append_u32(buffer, (uint32_t)value);
    buffer_append_u32(buffer, (uint32_t)(value >> 32));
}

void buffer_consume(struct buffer *buffer, size_t size)
{
    assert(size <= buffer->size);
    memmove(buffer->data, buffer->data + size, buffer->size - size);
    buffer->size -= size;
}

struct view buffer_view(const struct buffer *buffer)
{
    return view_of(buffer->data, buffer->size);
}

bool buffer_check(const struct buffer *buffer, const char *what, struct error *err)
{
    if (buffer->is_full)
        return error_set(err, ERROR_LIMIT, "%s is larger than %zu bytes", what, buffer->size_max);
    return true;
}
