/* SPDX-License-Identifier: Apache-2.0 */
#include "stream/tar_records.h"

#include "stream/tar_sparse.h"

static struct view *value_of(struct tar_records *records, struct view key)
{
    const struct {
        const char *key;
        struct view *value;
    } known[] = {
        {"path", &records->path},
        {"linkpath", &records->target},
        {"size", &records->size},
        {"GNU.sparse.major", &records->sparse_major},
        {"GNU.sparse.minor", &records->sparse_minor},
        {"GNU.sparse.name", &records->sparse_name},
        {"GNU.sparse.size", &records->sparse_size},
        {"GNU.sparse.realsize", &records->sparse_real_size},
        {"GNU.sparse.numblocks", &records->sparse_count},
        {"GNU.sparse.map", &records->sparse_map},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (view_is(key, known[i].key))
            return known[i].value;
    }
    return NULL;
}

/* Cuts "LENGTH KEY=VALUE\n" off; the length counts all of it. */
static bool cut_record(struct view *text, struct view *key, struct view *value)
{
    int64_t length = 0;
    size_t space = view_find(*text, ' ');
    if (space == text->size || !tar_decimal(view_slice(*text, 0, space), &length) || length > (int64_t)text->size ||
        length < (int64_t)space + 2 || text->data[length - 1] != '\n')
        return false;
    struct view record = view_slice(*text, space + 1, (size_t)length - space - 2);
    *text = view_from(*text, (size_t)length);
    size_t equals = view_find(record, '=');
    *key = view_slice(record, 0, equals);
    *value = view_from(record, equals + 1);
    return equals > 0 && equals < record.size && view_find(*key, '\0') == key->size;
}

/* Format 0.0: an offset and a length by turns. */
static bool add_number(struct buffer *pairs, bool is_length, size_t *count, struct view value)
{
    if ((*count % 2 == 1) != is_length || view_find(value, ',') < value.size)
        return false;
    if (*count > 0)
        buffer_append_byte(pairs, ',');
    buffer_append(pairs, value);
    (*count)++;
    return true;
}

bool tar_records_read(struct view text, struct buffer *pairs, struct tar_records *records, struct error *err)
{
    size_t count = 0;
    struct view key, value;
    *records = (struct tar_records){.path = {NULL, 0}};
    buffer_clear(pairs);
    while (text.size > 0) {
        if (!cut_record(&text, &key, &value))
            return error_set(err, ERROR_INVALID, "an extended header is not a list of records");
        bool is_length = view_is(key, "GNU.sparse.numbytes");
        if (is_length || view_is(key, "GNU.sparse.offset")) {
            if (!add_number(pairs, is_length, &count, value))
                return error_set(err, ERROR_INVALID, "the map of a sparse file is not made of pairs");
            continue;
        }
        struct view *known = value_of(records, key);
        if (known != NULL)
            *known = value;
    }
    if (view_find(records->path, '\0') < records->path.size || view_find(records->target, '\0') < records->target.size)
        return error_set(err, ERROR_INVALID, "a path in an extended header holds a NUL byte");
    if (count > 0)
        records->sparse_map = buffer_view(pairs);
    return buffer_check(pairs, "map of a sparse file", err);
}
