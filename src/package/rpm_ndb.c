/* SPDX-License-Identifier: Apache-2.0 */
/* ndb, rpm's own container (Packages.db of SUSE's distributions): little-endian pages of slots, which alone tell what is
   installed, and blobs in blocks of 16 bytes. Removed packages leave their blobs behind. */
#include "package/rpm_database.h"

#include "base/pack.h"

enum {
    SLOT_PAGE_SIZE = 4096,
    SLOT_PAGES_MAX = 2048,
    SLOT_SIZE = 16,
    HEADER_SIZE = 32, /* in the place of the first two slots */
    BLOCK_SIZE = 16,
    BLOB_HEAD_SIZE = 16,
    BLOB_TAIL_SIZE = 12,
};

#define FILE_MAGIC 0x506d7052u /* "RpmP" */
#define SLOT_MAGIC 0x746f6c53u /* "Slot" */
#define BLOB_MAGIC 0x53626c42u /* "BlbS" */
#define BLOB_END_MAGIC 0x45626c42u /* "BlbE" */

bool rpm_ndb_is(struct view content)
{
    return content.size >= HEADER_SIZE && read_u32(content.data) == FILE_MAGIC;
}

/* The blob that a slot points to; false with the reason if it is not there. */
static bool find_blob(struct view content, const char *slot, struct view *blob, const char **reason)
{
    uint32_t number = read_u32(slot + 4);
    uint64_t start = (uint64_t)read_u32(slot + 8) * BLOCK_SIZE;
    uint64_t size = (uint64_t)read_u32(slot + 12) * BLOCK_SIZE;
    *reason = "its place lies beyond the end of the file";
    if (start > content.size || size > content.size - start || size < BLOB_HEAD_SIZE + BLOB_TAIL_SIZE)
        return false;
    const char *head = content.data + start;
    uint32_t blob_size = read_u32(head + 12);
    *reason = "its place does not hold it";
    if (read_u32(head) != BLOB_MAGIC || read_u32(head + 4) != number || blob_size > RPM_HEADER_BYTES_MAX)
        return false;
    uint64_t needed = (uint64_t)BLOB_HEAD_SIZE + blob_size + BLOB_TAIL_SIZE;
    if ((needed + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE != size)
        return false;
    const char *tail = head + size - BLOB_TAIL_SIZE;
    if (read_u32(tail + 4) != blob_size || read_u32(tail + 8) != BLOB_END_MAGIC)
        return false;
    *blob = view_of(head + BLOB_HEAD_SIZE, blob_size);
    return true;
}

bool rpm_ndb_read(struct rpm_database *database, struct view content, struct error *err)
{
    uint32_t version = read_u32(content.data + 4);
    uint32_t pages = read_u32(content.data + 12);
    if (version != 0)
        return error_set(err, ERROR_INVALID, "the ndb database has the unknown version %u", version);
    if (pages == 0 || pages > SLOT_PAGES_MAX || content.size < (size_t)pages * SLOT_PAGE_SIZE)
        return error_set(
            err, ERROR_INVALID, "the ndb database has %u pages of slots in %zu bytes", pages, content.size);
    for (size_t place = HEADER_SIZE; place < (size_t)pages * SLOT_PAGE_SIZE && !rpm_database_is_full(database);
         place += SLOT_SIZE) {
        const char *slot = content.data + place;
        uint32_t number = read_u32(slot + 4);
        struct view blob;
        const char *reason;
        if (read_u32(slot) != SLOT_MAGIC)
            database_damaged(&database->database, 0, "the slot at byte %zu is damaged", place);
        else if (number != 0 && !find_blob(content, slot, &blob, &reason))
            database_damaged(&database->database, 0, "package %u: %s", number, reason);
        else if (number != 0)
            rpm_database_add(database, number, blob);
    }
    return true;
}
