/* SPDX-License-Identifier: Apache-2.0 */
#include "store/inventory_details.h"

#include "store/image_rows.h"
#include "store/packed.h"

#include <assert.h>

/* The texts of one removed package, in this order; stored, never reordered. REMOVED_COMMIT: its commit's follows. */
enum { REMOVED_TEXTS = 17, REMOVED_THIRD_PARTY = 1, REMOVED_DEVELOPMENT = 2, REMOVED_COMMIT = 4 };

static void write_removed(struct arena *arena, struct buffer *buffer, const struct inventory *inventory)
{
    struct view *texts = ARENA_ARRAY(arena, struct view, inventory->removed_count * (REMOVED_TEXTS + 1));
    size_t count = 0;
    for (size_t i = 0; i < inventory->removed_count; i++) {
        const struct inventory_package *removed = &inventory->removed[i];
        const struct package *package = &removed->package;
        unsigned flags = (removed->is_third_party ? REMOVED_THIRD_PARTY : 0u) |
                         (removed->is_development ? REMOVED_DEVELOPMENT : 0u) |
                         (removed->commit.size > 0 ? REMOVED_COMMIT : 0u);
        const struct view fields[] = {view_text(package_type_name(package->type)), package->name, package->version,
            package->arch, package->source_name, package->source_version, package->epoch, package->release,
            package->source_rpm, package->modularity, package->vendor, package->ecosystem, removed->path,
            arena_format(arena, "%u", removed->layer),
            removed->analyzer == NULL ? view_text("") : view_text(removed->analyzer), removed->licenses,
            arena_format(arena, "%u", flags)};
        static_assert(sizeof(fields) / sizeof(fields[0]) == REMOVED_TEXTS, "a text for each field");
        memcpy(texts + count, fields, sizeof(fields));
        count += REMOVED_TEXTS;
        if (removed->commit.size > 0)
            texts[count++] = removed->commit;
    }
    packed_write_texts(arena, buffer, texts, count);
}

/* Takes its texts off a list of at least REMOVED_TEXTS. */
static bool read_removed_package(const struct view **list, size_t *left, struct package_row *row)
{
    const struct view *texts = *list;
    struct package *package = &row->package;
    struct view *const fields[] = {&package->name, &package->version, &package->arch, &package->source_name,
        &package->source_version, &package->epoch, &package->release, &package->source_rpm, &package->modularity,
        &package->vendor, &package->ecosystem, &row->path};
    int64_t layer = 0;
    int64_t flags = 0;
    *row = (struct package_row){0};
    if (!package_type_parse(texts[0], &package->type) || !view_to_integer(texts[13], &layer) || layer < 0 ||
        layer > UINT32_MAX || !view_to_integer(texts[16], &flags))
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        *fields[i] = texts[1 + i];
    row->layer_index = (uint32_t)layer;
    row->analyzer = texts[14];
    row->licenses = texts[15];
    row->is_third_party = (flags & REMOVED_THIRD_PARTY) != 0;
    row->is_development = (flags & REMOVED_DEVELOPMENT) != 0;
    size_t size = (flags & REMOVED_COMMIT) != 0 ? REMOVED_TEXTS + 1 : REMOVED_TEXTS;
    if (*left < size)
        return false;
    if (size > REMOVED_TEXTS)
        row->commit = texts[REMOVED_TEXTS];
    *list += size;
    *left -= size;
    return true;
}

bool inventory_details_write(struct transaction *transaction, struct arena *arena, int64_t image,
    const struct scan_image *scanned, struct error *err)
{
    AUTO_BUFFER removed;
    AUTO_BUFFER unattributed;
    const struct inventory *inventory = &scanned->inventory;
    size_t listed = inventory->unattributed.count < UNATTRIBUTED_LISTED_MAX ? inventory->unattributed.count
                                                                            : UNATTRIBUTED_LISTED_MAX;
    buffer_init(&removed, PACKED_BYTES_MAX);
    buffer_init(&unattributed, PACKED_BYTES_MAX);
    write_removed(arena, &removed, inventory);
    packed_write_texts(arena, &unattributed, inventory->unattributed.items, listed);
    return buffer_check(&removed, "list of removed packages", err) &&
           buffer_check(&unattributed, "list of files", err) &&
           RUN(transaction->connection, err,
               "INSERT INTO inventory_details (image_id, base_layers, unattributed_count, removed_count, unattributed, "
               "removed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (image_id) DO UPDATE SET "
               "base_layers = excluded.base_layers, unattributed_count = excluded.unattributed_count, "
               "removed_count = excluded.removed_count, unattributed = excluded.unattributed, "
               "removed = excluded.removed",
               SQL_INTEGER(image), SQL_INTEGER(scanned->config.base_layer_count),
               SQL_INTEGER(inventory->unattributed.count), SQL_INTEGER(inventory->removed_count),
               SQL_BYTES(buffer_view(&unattributed)), SQL_BYTES(buffer_view(&removed)));
}

/* One of the columns of texts, of an image that the organization has; none if it is not scanned. */
static bool read_texts(struct row_reader *reader, const struct found_row *found, bool is_removed, struct view **texts,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = is_removed ? "SELECT removed FROM inventory_details WHERE image_id = $1"
                                 : "SELECT unattributed FROM inventory_details WHERE image_id = $1";
    *count = 0;
    if (!QUERY(reader->transaction->connection, &rows, err, sql, SQL_INTEGER(found->image)))
        return false;
    if (rows_next(&rows) && !packed_read_texts(reader->arena, rows_copy(&rows, reader->arena, 0), texts, count, err))
        return false;
    return rows_finish(&rows, err);
}

static bool list_removed(
    struct row_reader *reader, const struct uuid *uuid, struct package_row **items, size_t *count, struct error *err)
{
    struct found_row found;
    struct view *read = NULL;
    size_t left = 0;
    if (!row_find(reader, uuid, &found, err) || !read_texts(reader, &found, true, &read, &left, err))
        return false;
    const struct view *texts = read;
    *count = 0;
    *items = ARENA_ARRAY(reader->arena, struct package_row, left / REMOVED_TEXTS);
    while (left >= REMOVED_TEXTS) {
        struct package_row *row = &(*items)[(*count)++];
        if (!read_removed_package(&texts, &left, row))
            return error_set(err, ERROR_CORRUPT, "stored list of removed packages is damaged");
        row->purl = package_purl(reader->arena, &row->package, found.distribution_id, found.distribution_version);
    }
    return left == 0 || error_set(err, ERROR_CORRUPT, "stored list of removed packages is damaged");
}

bool store_list_removed_packages(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct package_row **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                   list_removed(&reader, row, items, count, err),
               err);
}

static bool list_unattributed(
    struct row_reader *reader, const struct uuid *uuid, struct view **paths, size_t *count, struct error *err)
{
    struct found_row found;
    return row_find(reader, uuid, &found, err) && read_texts(reader, &found, false, paths, count, err);
}

bool store_list_unattributed(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view **paths, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                   list_unattributed(&reader, row, paths, count, err),
               err);
}
