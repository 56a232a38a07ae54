/* SPDX-License-Identifier: Apache-2.0 */
/* Berkeley DB files as rpm up to 4.15 wrote them (Packages): hash databases, very old ones B-trees, in the byte order of the
   machine that wrote them. All pages are looked at once instead of by bucket: a page in use is of a leaf type, a freed one is
   not. Layout: Berkeley DB 5.3, src/dbinc/db_page.h. */
#include "package/rpm_database.h"

#include "base/pack.h"

enum {
    META_SIZE = 72, /* what all kinds of databases have in front */
    PAGE_HEADER_SIZE = 26,
    PAGE_SIZE_MIN = 512,
    PAGE_SIZE_MAX = 65536,
    KEY_SIZE = 4,
    VALUE_SIZE_MIN = 16, /* of a header blob; the value of key 0 is the next number */
    META_FLAG_CHECKSUM = 1,
};

enum page_type { PAGE_HASH_UNSORTED = 2, PAGE_BTREE_LEAF = 5, PAGE_OVERFLOW = 7, PAGE_HASH = 13 };

/* Items of hash pages, and of B-tree leaves. */
enum hash_item { HASH_KEY_DATA = 1, HASH_OFF_PAGE = 3, HASH_OFF_PAGE_SIZE = 12 };
enum btree_item { BTREE_KEY_DATA = 1, BTREE_OVERFLOW = 3, BTREE_OVERFLOW_SIZE = 12, BTREE_DELETED = 0x80 };

#define HASH_MAGIC 0x00061561u
#define BTREE_MAGIC 0x00053162u

struct berkeley {
    struct rpm_database *database;
    struct view content;
    uint32_t page_size;
    uint32_t page_count; /* pages in the file */
    uint32_t overflow_left; /* overflow pages that may still be read: each belongs to one item */
    bool is_swapped; /* big-endian */
    bool is_btree;
    struct buffer value; /* of an item on overflow pages */
};

static uint16_t number_16(const struct berkeley *berkeley, const char *bytes)
{
    return berkeley->is_swapped ? read_u16_big(bytes) : read_u16(bytes);
}

static uint32_t number_32(const struct berkeley *berkeley, const char *bytes)
{
    return berkeley->is_swapped ? read_u32_big(bytes) : read_u32(bytes);
}

bool rpm_berkeley_is(struct view content)
{
    if (content.size < META_SIZE)
        return false;
    uint32_t little = read_u32(content.data + 12);
    uint32_t big = read_u32_big(content.data + 12);
    return little == HASH_MAGIC || big == HASH_MAGIC || little == BTREE_MAGIC || big == BTREE_MAGIC;
}

static bool read_meta(struct berkeley *berkeley, struct error *err)
{
    const char *meta = berkeley->content.data;
    uint32_t little = read_u32(meta + 12);
    berkeley->is_swapped = little != HASH_MAGIC && little != BTREE_MAGIC;
    berkeley->is_btree = number_32(berkeley, meta + 12) == BTREE_MAGIC;
    berkeley->page_size = number_32(berkeley, meta + 20);
    if (berkeley->page_size < PAGE_SIZE_MIN || berkeley->page_size > PAGE_SIZE_MAX ||
        (berkeley->page_size & (berkeley->page_size - 1)) != 0)
        return error_set(err, ERROR_INVALID, "the Berkeley DB file has a page size of %u", berkeley->page_size);
    if (meta[24] != 0 || (meta[26] & META_FLAG_CHECKSUM) != 0)
        return error_set(
            err, ERROR_INVALID, "the Berkeley DB file is encrypted or has checksums, as rpm never writes it");
    uint64_t announced = (uint64_t)number_32(berkeley, meta + 32) + 1;
    uint64_t held = berkeley->content.size / berkeley->page_size;
    if (announced > held)
        database_damaged(&berkeley->database->database, 0, "%llu of %llu pages are missing at the end",
            (unsigned long long)(announced - held), (unsigned long long)announced);
    berkeley->page_count = (uint32_t)(announced < held ? announced : held);
    berkeley->overflow_left = berkeley->page_count;
    return true;
}

static const char *page_at(const struct berkeley *berkeley, uint32_t number)
{
    return berkeley->content.data + (size_t)number * berkeley->page_size;
}

/* Puts the pieces of a value together: each page of the chain has its length in the place of the free space's offset. */
static bool read_overflow(struct berkeley *berkeley, uint32_t page_number, uint32_t size, struct view *value)
{
    buffer_clear(&berkeley->value);
    if (size > RPM_HEADER_BYTES_MAX)
        return false;
    while (berkeley->value.size < size) {
        if (page_number == 0 || page_number >= berkeley->page_count || berkeley->overflow_left == 0)
            return false;
        berkeley->overflow_left--;
        const char *page = page_at(berkeley, page_number);
        uint32_t length = number_16(berkeley, page + 22);
        if ((unsigned char)page[25] != PAGE_OVERFLOW || length == 0 ||
            length > berkeley->page_size - PAGE_HEADER_SIZE || length > size - berkeley->value.size)
            return false;
        buffer_append(&berkeley->value, view_of(page + PAGE_HEADER_SIZE, length));
        page_number = number_32(berkeley, page + 16);
    }
    *value = buffer_view(&berkeley->value);
    return true;
}

/* An item's bytes on the page: from its offset to the item before it, the first one to the end of the page. */
static bool item_at(const struct berkeley *berkeley, const char *page, uint32_t i, struct view *item)
{
    const char *offsets = page + PAGE_HEADER_SIZE;
    uint32_t count = number_16(berkeley, page + 20);
    uint32_t start = number_16(berkeley, offsets + (size_t)i * 2);
    uint32_t end =
        berkeley->is_btree || i == 0 ? berkeley->page_size : number_16(berkeley, offsets + (size_t)(i - 1) * 2);
    if (start < PAGE_HEADER_SIZE + count * 2 || start >= end || end > berkeley->page_size)
        return false;
    *item = view_of(page + start, end - start);
    return true;
}

static bool hash_value(struct berkeley *berkeley, struct view item, struct view *value)
{
    if (item.data[0] == HASH_KEY_DATA) {
        *value = view_from(item, 1);
        return true;
    }
    return item.data[0] == HASH_OFF_PAGE && item.size >= HASH_OFF_PAGE_SIZE &&
           read_overflow(berkeley, number_32(berkeley, item.data + 4), number_32(berkeley, item.data + 8), value);
}

/* A B-tree's items carry their length. */
static bool btree_value(struct berkeley *berkeley, struct view item, struct view *value)
{
    if (item.size < 3)
        return false;
    uint32_t length = number_16(berkeley, item.data);
    if (item.data[2] == BTREE_KEY_DATA && length <= item.size - 3) {
        *value = view_slice(item, 3, length);
        return true;
    }
    return item.data[2] == BTREE_OVERFLOW && item.size >= BTREE_OVERFLOW_SIZE &&
           read_overflow(berkeley, number_32(berkeley, item.data + 4), number_32(berkeley, item.data + 8), value);
}

static bool item_value(struct berkeley *berkeley, const char *page, uint32_t i, struct view *value)
{
    struct view item;
    return item_at(berkeley, page, i, &item) &&
           (berkeley->is_btree ? btree_value(berkeley, item, value) : hash_value(berkeley, item, value));
}

static bool is_deleted(const struct berkeley *berkeley, const char *page, uint32_t i)
{
    struct view item;
    return berkeley->is_btree && item_at(berkeley, page, i, &item) && item.size >= 3 &&
           ((unsigned char)item.data[2] & BTREE_DELETED) != 0;
}

/* Keys and values take turns on the page. */
static void read_page(struct berkeley *berkeley, uint32_t page_number)
{
    struct database *database = &berkeley->database->database;
    const char *page = page_at(berkeley, page_number);
    uint32_t count = number_16(berkeley, page + 20);
    if (count % 2 != 0 || PAGE_HEADER_SIZE + count * 2 > berkeley->page_size) {
        database_damaged(database, 0, "page %u has %u items", page_number, count);
        return;
    }
    for (uint32_t i = 0; i < count && !rpm_database_is_full(berkeley->database); i += 2) {
        struct view key;
        struct view value;
        if (is_deleted(berkeley, page, i + 1))
            continue;
        if (!item_value(berkeley, page, i, &key) || key.size != KEY_SIZE) {
            database_damaged(database, 0, "page %u: item %u is no number of a package", page_number, i);
            continue;
        }
        uint32_t number = number_32(berkeley, key.data); /* a value on overflow pages takes the place of the key */
        if (!item_value(berkeley, page, i + 1, &value))
            database_damaged(database, 0, "package %u on page %u cannot be put together", number, page_number);
        else if (number != 0 && value.size >= VALUE_SIZE_MIN)
            rpm_database_add(berkeley->database, number, value);
    }
}

static bool is_leaf(const struct berkeley *berkeley, uint32_t page_number)
{
    unsigned char type = (unsigned char)page_at(berkeley, page_number)[25];
    return berkeley->is_btree ? type == PAGE_BTREE_LEAF : type == PAGE_HASH || type == PAGE_HASH_UNSORTED;
}

bool rpm_berkeley_read(struct rpm_database *database, struct view content, struct error *err)
{
    struct berkeley berkeley = {.database = database, .content = content};
    if (!read_meta(&berkeley, err))
        return false;
    buffer_init(&berkeley.value, RPM_HEADER_BYTES_MAX);
    for (uint32_t page = 1; page < berkeley.page_count && !rpm_database_is_full(database); page++) {
        if (is_leaf(&berkeley, page))
            read_page(&berkeley, page);
    }
    buffer_done(&berkeley.value);
    return true;
}
