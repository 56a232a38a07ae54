/* SPDX-License-Identifier: Apache-2.0 */
/* Packed forms of what would be millions of rows: sets of keys, the images that hold a package, what an inventory says of
   its packages, lists of texts. Small numbers are LEB128. Reading checks everything: a damaged store gives ERROR_CORRUPT. Pure. */
#ifndef STORE_PACKED_H
#define STORE_PACKED_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

#define PACKED_BYTES_MAX (64u << 20)

/* Rising keys as the differences between neighbours. */
void packed_write_keys(struct buffer *buffer, const int64_t *keys, size_t count);
bool packed_read_keys(
    struct arena *arena, struct view packed, int64_t **keys, size_t *count, struct error *err) MUST_CHECK;

/* A set of numbers below MEMBERS_CHUNK: up to 255 of them as sorted u16, more as a bitmap of 512 bytes. A set has one
   packed form only; the empty set has size 0. */
#define MEMBERS_CHUNK 4096
struct view members_with(struct arena *arena, struct view members, unsigned member);
struct view members_without(struct arena *arena, struct view members, unsigned member);
bool members_read(struct view members, uint16_t list[MEMBERS_CHUNK], size_t *count, struct error *err) MUST_CHECK;

/* What an inventory says of one of its packages. */
struct packed_entry {
    size_t package; /* position in the sorted package keys */
    uint32_t layer;
    struct view path;
    struct view owner;
    struct view analyzer;
    struct view licenses;
    struct view commit;
    bool is_third_party;
    bool is_development;
};
void packed_write_entries(struct arena *arena, struct buffer *buffer, const struct packed_entry *entries, size_t count);
bool packed_read_entries(struct arena *arena, struct view packed, size_t package_count, struct packed_entry **entries,
    size_t *count, struct error *err) MUST_CHECK;

/* A known number of counts, none negative. */
void packed_write_counts(struct buffer *buffer, const int64_t *counts, size_t count);
bool packed_read_counts(struct view packed, int64_t *counts, size_t count, struct error *err) MUST_CHECK;

/* A list of texts, each different one written once. */
void packed_write_texts(struct arena *arena, struct buffer *buffer, const struct view *texts, size_t count);
bool packed_read_texts(
    struct arena *arena, struct view packed, struct view **texts, size_t *count, struct error *err) MUST_CHECK;

#endif
