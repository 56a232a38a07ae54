/* SPDX-License-Identifier: Apache-2.0 */
/* Writes tar archives byte by byte, so that also those are made that no tar program writes. */
#ifndef TESTS_UNIT_STREAM_TAR_BUILDER_H
#define TESTS_UNIT_STREAM_TAR_BUILDER_H

#include "tests/unit/test.h"

#include "base/buffer.h"

struct tar_member {
    const char *name;
    char type; /* '0' file, '1' hard link, '2' symlink, '5' directory … */
    const char *target;
    struct view content;
};

static inline void tar_pad(struct buffer *tar)
{
    while (tar->size % 512 != 0)
        buffer_append_byte(tar, 0);
}

static inline void tar_header(struct buffer *tar, const struct tar_member *entry, size_t size)
{
    char header[512] = {0};
    snprintf(header, 101, "%s", entry->name);
    snprintf(header + 100, 8, "%07o", 0644u);
    snprintf(header + 108, 8, "%07o", 0u);
    snprintf(header + 116, 8, "%07o", 0u);
    char octal[24];
    snprintf(octal, sizeof(octal), "%011lo", (unsigned long)size);
    memcpy(header + 124, octal, 11);
    snprintf(header + 136, 12, "%011o", 0u);
    memset(header + 148, ' ', 8);
    header[156] = entry->type;
    if (entry->target != NULL)
        snprintf(header + 157, 101, "%s", entry->target);
    memcpy(header + 257,
        "ustar\0"
        "00",
        8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(header); i++)
        sum += (unsigned char)header[i];
    snprintf(header + 148, 8, "%06o", sum);
    buffer_append(tar, view_of(header, sizeof(header)));
}

static inline void tar_add(struct buffer *tar, const struct tar_member *entry)
{
    tar_header(tar, entry, entry->content.size);
    buffer_append(tar, entry->content);
    tar_pad(tar);
}

static inline void tar_file(struct buffer *tar, const char *name, const char *content)
{
    tar_add(tar, &(struct tar_member){.name = name, .type = '0', .content = view_text(content)});
}

static inline void tar_directory(struct buffer *tar, const char *name)
{
    tar_add(tar, &(struct tar_member){.name = name, .type = '5'});
}

static inline void tar_link(struct buffer *tar, char type, const char *name, const char *target)
{
    tar_add(tar, &(struct tar_member){.name = name, .type = type, .target = target});
}

/* A PAX header with one record for the next entry. */
static inline void tar_pax(struct buffer *tar, const char *keyword, struct view value)
{
    AUTO_BUFFER record;
    buffer_init(&record, 1 << 21);
    size_t size = strlen(keyword) + value.size + 3;
    size_t digits = 1, total = size + 1;
    for (size_t power = 10; power <= total; power *= 10) {
        digits++;
        total = size + digits;
    }
    buffer_append_format(&record, "%zu %s=", total, keyword);
    buffer_append(&record, value);
    buffer_append_byte(&record, '\n');
    tar_add(tar, &(struct tar_member){.name = "PaxHeader", .type = 'x', .content = buffer_view(&record)});
}

static inline void tar_end(struct buffer *tar)
{
    for (int i = 0; i < 1024; i++)
        buffer_append_byte(tar, 0);
}

#endif
