/* SPDX-License-Identifier: Apache-2.0 */
#include "store/packed.h"

#include "base/map.h"
#include "base/pack.h"

/* Of a packed entry; stored, never renumbered. ENTRY_COMMIT: the number of its commit's text follows. */
enum entry_flag { ENTRY_THIRD_PARTY = 1, ENTRY_DEVELOPMENT = 2, ENTRY_COMMIT = 4, ENTRY_FLAGS_END = 8 };

enum { BITMAP_BYTES = MEMBERS_CHUNK / 8, LIST_MAX = BITMAP_BYTES / 2 - 1 };

/* False at the end and for more than 63 bits. */
static bool read_number(struct view *rest, uint64_t *number)
{
    struct unpack unpack = unpack_begin(*rest);
    *number = unpack_number(&unpack);
    *rest = unpack.rest;
    return !unpack.is_broken && *number <= INT64_MAX;
}

/* A count of items that take at least a byte each. */
static bool read_count(struct view *rest, uint64_t *count)
{
    return read_number(rest, count) && *count <= rest->size;
}

static bool damaged(const char *what, struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "stored %s is damaged", what);
}

void packed_write_keys(struct buffer *buffer, const int64_t *keys, size_t count)
{
    int64_t previous = 0;
    pack_number(buffer, count);
    for (size_t i = 0; i < count; i++) {
        pack_number(buffer, (uint64_t)(keys[i] - previous));
        previous = keys[i];
    }
}

bool packed_read_keys(struct arena *arena, struct view packed, int64_t **keys, size_t *count, struct error *err)
{
    struct view rest = packed;
    uint64_t size = 0;
    uint64_t difference = 0;
    if (!read_count(&rest, &size))
        return damaged("set of keys", err);
    int64_t *list = ARENA_ARRAY(arena, int64_t, size);
    int64_t previous = 0;
    for (uint64_t i = 0; i < size; i++) {
        if (!read_number(&rest, &difference) || difference == 0 || (uint64_t)(INT64_MAX - previous) < difference)
            return damaged("set of keys", err);
        previous += (int64_t)difference;
        list[i] = previous;
    }
    if (rest.size > 0)
        return damaged("set of keys", err);
    *keys = list;
    *count = size;
    return true;
}

void packed_write_counts(struct buffer *buffer, const int64_t *counts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_number(buffer, (uint64_t)counts[i]);
}

bool packed_read_counts(struct view packed, int64_t *counts, size_t count, struct error *err)
{
    struct view rest = packed;
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!read_number(&rest, &number))
            return damaged("list of counts", err);
        counts[i] = (int64_t)number;
    }
    return rest.size == 0 || damaged("list of counts", err);
}

bool members_read(struct view members, uint16_t list[MEMBERS_CHUNK], size_t *count, struct error *err)
{
    const unsigned char *bytes = (const unsigned char *)members.data;
    size_t found = 0;
    if (members.size == BITMAP_BYTES) {
        for (unsigned i = 0; i < MEMBERS_CHUNK; i++) {
            if ((bytes[i / 8] >> (i % 8) & 1) != 0)
                list[found++] = (uint16_t)i;
        }
    } else {
        if (members.size % 2 != 0 || members.size > BITMAP_BYTES)
            return damaged("set of images", err);
        for (size_t i = 0; i < members.size / 2; i++) {
            list[found] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
            if (list[found] >= MEMBERS_CHUNK || (found > 0 && list[found] <= list[found - 1]))
                return damaged("set of images", err);
            found++;
        }
    }
    *count = found;
    return true;
}

static struct view write_members(struct arena *arena, const uint16_t *list, size_t count)
{
    size_t size = count <= LIST_MAX ? 2 * count : BITMAP_BYTES;
    unsigned char *bytes = arena_alloc(arena, size);
    for (size_t i = 0; i < count; i++) {
        if (count <= LIST_MAX) {
            bytes[2 * i] = (unsigned char)list[i];
            bytes[2 * i + 1] = (unsigned char)(list[i] >> 8);
        } else {
            bytes[list[i] / 8] |= (unsigned char)(1u << (list[i] % 8));
        }
    }
    return view_of(bytes, size);
}

/* A damaged set is rebuilt from what is known: it is only an index. */
static size_t read_lenient(struct view members, uint16_t list[MEMBERS_CHUNK])
{
    struct error err;
    size_t count = 0;
    return members_read(members, list, &count, &err) ? count : 0;
}

struct view members_with(struct arena *arena, struct view members, unsigned member)
{
    uint16_t list[MEMBERS_CHUNK + 1];
    size_t count = read_lenient(members, list);
    size_t at = count;
    for (; at > 0 && list[at - 1] >= member; at--) {
        if (list[at - 1] == member)
            return members;
    }
    memmove(list + at + 1, list + at, (count - at) * sizeof(list[0]));
    list[at] = (uint16_t)member;
    return write_members(arena, list, count + 1);
}

struct view members_without(struct arena *arena, struct view members, unsigned member)
{
    uint16_t list[MEMBERS_CHUNK];
    size_t count = read_lenient(members, list);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i] != member)
            list[kept++] = list[i];
    }
    return write_members(arena, list, kept);
}

/* Position of a text in the table, counted from 1; 0 = the empty text. */
static size_t text_number(struct map *texts, struct view text)
{
    if (text.size == 0)
        return 0;
    struct map_entry *entry = map_entry(texts, text);
    return (size_t)(entry - texts->entries) + 1;
}

static void write_texts(struct buffer *buffer, const struct map *texts)
{
    pack_number(buffer, texts->count);
    for (size_t i = 0; i < texts->count; i++) {
        pack_number(buffer, texts->entries[i].key.size);
        buffer_append(buffer, texts->entries[i].key);
    }
}

void packed_write_entries(struct arena *arena, struct buffer *buffer, const struct packed_entry *entries, size_t count)
{
    struct map texts;
    map_init(&texts, arena);
    for (size_t i = 0; i < count; i++) {
        text_number(&texts, entries[i].path);
        text_number(&texts, entries[i].owner);
        text_number(&texts, entries[i].analyzer);
        text_number(&texts, entries[i].licenses);
        text_number(&texts, entries[i].commit);
    }
    write_texts(buffer, &texts);
    pack_number(buffer, count);
    for (size_t i = 0; i < count; i++) {
        pack_number(buffer, entries[i].package);
        pack_number(buffer, entries[i].layer);
        pack_number(buffer, text_number(&texts, entries[i].path));
        pack_number(buffer, text_number(&texts, entries[i].owner));
        pack_number(buffer, text_number(&texts, entries[i].analyzer));
        pack_number(buffer, text_number(&texts, entries[i].licenses));
        pack_number(buffer, (entries[i].is_third_party ? ENTRY_THIRD_PARTY : 0u) |
                                (entries[i].is_development ? ENTRY_DEVELOPMENT : 0u) |
                                (entries[i].commit.size > 0 ? ENTRY_COMMIT : 0u));
        if (entries[i].commit.size > 0)
            pack_number(buffer, text_number(&texts, entries[i].commit));
    }
}

static bool read_text(struct view *rest, const struct view *texts, uint64_t text_count, struct view *text)
{
    uint64_t number = 0;
    if (!read_number(rest, &number) || number > text_count)
        return false;
    *text = texts[number];
    return true;
}

static bool read_entry(
    struct view *rest, const struct view *texts, uint64_t text_count, size_t package_count, struct packed_entry *entry)
{
    uint64_t package = 0, layer = 0, flags = 0;
    struct view *const fields[] = {&entry->path, &entry->owner, &entry->analyzer, &entry->licenses};
    if (!read_number(rest, &package) || package >= package_count || !read_number(rest, &layer) || layer > UINT32_MAX)
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!read_text(rest, texts, text_count, fields[i]))
            return false;
    }
    if (!read_number(rest, &flags) || flags >= ENTRY_FLAGS_END ||
        ((flags & ENTRY_COMMIT) != 0 && !read_text(rest, texts, text_count, &entry->commit)))
        return false;
    entry->package = (size_t)package;
    entry->layer = (uint32_t)layer;
    entry->is_third_party = (flags & ENTRY_THIRD_PARTY) != 0;
    entry->is_development = (flags & ENTRY_DEVELOPMENT) != 0;
    return true;
}

static bool read_texts(struct arena *arena, struct view *rest, struct view **texts, uint64_t *count)
{
    uint64_t size = 0;
    if (!read_count(rest, count))
        return false;
    *texts = ARENA_ARRAY(arena, struct view, *count + 1);
    for (uint64_t i = 1; i <= *count; i++) {
        if (!read_number(rest, &size) || size > rest->size)
            return false;
        (*texts)[i] = view_slice(*rest, 0, size);
        *rest = view_from(*rest, size);
    }
    return true;
}

bool packed_read_entries(struct arena *arena, struct view packed, size_t package_count, struct packed_entry **entries,
    size_t *count, struct error *err)
{
    struct view rest = packed;
    struct view *texts = NULL;
    uint64_t text_count = 0;
    uint64_t size = 0;
    if (!read_texts(arena, &rest, &texts, &text_count) || !read_count(&rest, &size))
        return damaged("inventory", err);
    struct packed_entry *list = ARENA_ARRAY(arena, struct packed_entry, size);
    for (uint64_t i = 0; i < size; i++) {
        if (!read_entry(&rest, texts, text_count, package_count, &list[i]))
            return damaged("inventory", err);
    }
    if (rest.size > 0)
        return damaged("inventory", err);
    *entries = list;
    *count = size;
    return true;
}

void packed_write_texts(struct arena *arena, struct buffer *buffer, const struct view *texts, size_t count)
{
    struct map known;
    map_init(&known, arena);
    for (size_t i = 0; i < count; i++)
        text_number(&known, texts[i]);
    write_texts(buffer, &known);
    pack_number(buffer, count);
    for (size_t i = 0; i < count; i++)
        pack_number(buffer, text_number(&known, texts[i]));
}

bool packed_read_texts(struct arena *arena, struct view packed, struct view **texts, size_t *count, struct error *err)
{
    struct view rest = packed;
    struct view *known = NULL;
    uint64_t known_count = 0;
    uint64_t size = 0;
    uint64_t number = 0;
    if (!read_texts(arena, &rest, &known, &known_count) || !read_count(&rest, &size))
        return damaged("list of texts", err);
    struct view *list = ARENA_ARRAY(arena, struct view, size);
    for (uint64_t i = 0; i < size; i++) {
        if (!read_number(&rest, &number) || number > known_count)
            return damaged("list of texts", err);
        list[i] = known[number];
    }
    if (rest.size > 0)
        return damaged("list of texts", err);
    *texts = list;
    *count = size;
    return true;
}
