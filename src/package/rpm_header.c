/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rpm_header.h"

#include "base/pack.h"

enum { INTRO_SIZE = 8, ENTRY_SIZE = 16 };

enum value_type { TYPE_INT8 = 2, TYPE_INT32 = 4, TYPE_STRING = 6, TYPE_STRING_ARRAY = 8, TYPE_I18N_STRING = 9 };

/* What stands before the header in package files, and in no database that rpm writes. */
static const char magic[] = "\x8e\xad\xe8\x01\0\0\0\0";
enum { MAGIC_SIZE = 8 };

static const struct {
    uint32_t number;
    enum value_type type; /* TYPE_STRING stands for the three types of text */
} tags[RPM_TAG_COUNT] = {
    [RPM_NAME] = {1000, TYPE_STRING},
    [RPM_VERSION] = {1001, TYPE_STRING},
    [RPM_RELEASE] = {1002, TYPE_STRING},
    [RPM_EPOCH] = {1003, TYPE_INT32},
    [RPM_VENDOR] = {1011, TYPE_STRING},
    [RPM_LICENSE] = {1014, TYPE_STRING},
    [RPM_ARCH] = {1022, TYPE_STRING},
    [RPM_OLD_FILE_NAMES] = {1027, TYPE_STRING},
    [RPM_FILE_STATES] = {1029, TYPE_INT8},
    [RPM_FILE_FLAGS] = {1037, TYPE_INT32},
    [RPM_SOURCE_RPM] = {1044, TYPE_STRING},
    [RPM_DIRECTORY_INDEXES] = {1116, TYPE_INT32},
    [RPM_BASE_NAMES] = {1117, TYPE_STRING},
    [RPM_DIRECTORY_NAMES] = {1118, TYPE_STRING},
    [RPM_MODULARITY_LABEL] = {5096, TYPE_STRING},
};

static bool has_type(enum rpm_tag tag, uint32_t type)
{
    if (tags[tag].type != TYPE_STRING)
        return type == tags[tag].type;
    return type == TYPE_STRING || type == TYPE_STRING_ARRAY || type == TYPE_I18N_STRING;
}

static size_t number_size(enum rpm_tag tag)
{
    return tags[tag].type == TYPE_INT8 ? 1 : sizeof(uint32_t);
}

/* Keeps the entry if its tag is wanted and its value lies in the data. */
static void keep_entry(struct rpm_header *header, const char *entry, struct view data)
{
    uint32_t number = read_u32_big(entry);
    size_t tag = 0;
    while (tag < RPM_TAG_COUNT && tags[tag].number != number)
        tag++;
    uint32_t offset = read_u32_big(entry + 8);
    uint32_t count = read_u32_big(entry + 12);
    if (tag == RPM_TAG_COUNT || !has_type((enum rpm_tag)tag, read_u32_big(entry + 4)) || offset >= data.size)
        return;
    struct view value = view_from(data, offset);
    if (tags[tag].type != TYPE_STRING && count > value.size / number_size((enum rpm_tag)tag))
        return;
    header->values[tag] = (struct rpm_value){value, count};
}

bool rpm_header_read(struct view blob, struct rpm_header *header, struct error *err)
{
    if (blob.size >= MAGIC_SIZE && memcmp(blob.data, magic, MAGIC_SIZE) == 0)
        blob = view_from(blob, MAGIC_SIZE);
    if (blob.size < INTRO_SIZE)
        return error_set(err, ERROR_INVALID, "the header has only %zu bytes", blob.size);
    uint32_t count = read_u32_big(blob.data);
    uint32_t data_size = read_u32_big(blob.data + 4);
    if (count == 0 || count > RPM_ENTRIES_MAX)
        return error_set(err, ERROR_LIMIT, "the header has %u entries, not 1 to %d", count, RPM_ENTRIES_MAX);
    if (blob.size != INTRO_SIZE + (size_t)ENTRY_SIZE * count + data_size)
        return error_set(err, ERROR_INVALID, "the header has %zu bytes, but announces %zu", blob.size,
            INTRO_SIZE + (size_t)ENTRY_SIZE * count + data_size);
    struct view data = view_from(blob, INTRO_SIZE + (size_t)ENTRY_SIZE * count);
    *header = (struct rpm_header){0};
    for (size_t i = 0; i < count; i++)
        keep_entry(header, blob.data + INTRO_SIZE + i * ENTRY_SIZE, data);
    return true;
}

struct view rpm_header_text(const struct rpm_header *header, enum rpm_tag tag)
{
    struct rpm_value value = header->values[tag];
    struct view text = {0};
    return rpm_value_next_text(&value, &text) ? text : (struct view){0};
}

bool rpm_header_number(const struct rpm_header *header, enum rpm_tag tag, uint32_t i, uint32_t *number)
{
    const struct rpm_value *value = &header->values[tag];
    if (i >= value->count)
        return false;
    size_t size = number_size(tag);
    const char *place = value->data.data + i * size;
    *number = size == 1 ? (unsigned char)*place : read_u32_big(place);
    return true;
}

bool rpm_value_next_text(struct rpm_value *value, struct view *text)
{
    if (value->count == 0)
        return false;
    size_t end = view_find(value->data, '\0');
    if (end == value->data.size)
        return false;
    *text = view_slice(value->data, 0, end);
    value->data = view_from(value->data, end + 1);
    value->count--;
    return true;
}
