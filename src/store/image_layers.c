/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of an image, and which of them are another image's. Two things tell: the image's own history, and another image
   of the organization whose layers are the lowest of these. What reaches higher counts. */
#include "store/images.h"

#include "base/digest.h"
#include "store/image_layers.h"

#include <stdio.h>

/* Stored: the digest of the list of layers, or for an extent other than the usual one of that digest and these words. */
void image_layers_digest(struct view layers, const struct scan_extent *extent, struct digest *digest)
{
    char text[DIGEST_TEXT_MAX + 64];
    digest_of(layers, digest);
    if (!extent->without_applications && !extent->with_lock_files)
        return;
    snprintf(text, sizeof(text), "%s%s%s", digest->text, extent->without_applications ? " without applications" : "",
        extent->with_lock_files ? " with lock files" : "");
    digest_of(view_text(text), digest);
}

/* The image with exactly these layers (found by them: a "+" keeps other indexes away): a custom base image before others, one that its
   tag names now before one that it named, else by the smallest of its references. `*row` is 0 if there is none. */
static bool find_chain(
    const struct row_reader *reader, struct view layers, struct view *reference, int64_t *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    static const struct scan_extent extents[] = {{false, false}, {false, true}, {true, false}, {true, true}};
    struct digest digests[sizeof(extents) / sizeof(extents[0])];
    for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]); i++)
        image_layers_digest(layers, &extents[i], &digests[i]);
    *row = 0;
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT s.id, s.reference FROM images JOIN snapshot_images AS s ON s.image_id = images.id "
            "JOIN snapshots ON snapshots.id = s.snapshot_id JOIN projects ON projects.id = snapshots.project_id "
            "LEFT JOIN custom_base_images AS base ON base.project_id = projects.id "
            "WHERE layers_hash IN ($1, $3, $4, $5) AND +s.organization_id = $2 AND projects.deleted_ms = 0 "
            "ORDER BY base.id IS NULL, +s.is_current DESC, +s.reference, s.id DESC LIMIT 1",
            SQL_TEXT(digest_view(&digests[0])), SQL_INTEGER(reader->organization), SQL_TEXT(digest_view(&digests[1])),
            SQL_TEXT(digest_view(&digests[2])), SQL_TEXT(digest_view(&digests[3]))))
        return false;
    if (rows_next(&rows)) {
        *row = rows_integer(&rows, 0);
        *reference = rows_copy(&rows, reader->arena, 1);
    }
    return rows_finish(&rows, err);
}

/* The highest part of the layers, but not all of them, that is an image of the organization. */
static bool find_known_chain(
    const struct row_reader *reader, struct view layers, struct image_layers *chain, struct error *err)
{
    size_t size = layers.size;
    for (size_t count = chain->count; count > 1;) {
        while (size > 0 && layers.data[size - 1] != '\n')
            size--;
        size -= size > 0; /* the newline */
        count--;
        if (!find_chain(reader, view_slice(layers, 0, size), &chain->base_reference, &chain->base_row, err))
            return false;
        if (chain->base_row != 0) {
            chain->known_layers = count;
            return true;
        }
    }
    return true;
}

bool image_layers_read(const struct row_reader *reader, int64_t image, struct image_layers *layers, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct view text = view_text("");
    *layers = (struct image_layers){.base_reference = view_text("")};
    if (!QUERY(reader->transaction->connection, &rows, err,
            "SELECT layers, coalesce(base_layers, 0) FROM images LEFT JOIN inventory_details "
            "ON inventory_details.image_id = images.id WHERE images.id = $1",
            SQL_INTEGER(image)))
        return false;
    if (rows_next(&rows)) {
        text = rows_copy(&rows, reader->arena, 0);
        layers->base_layers = (size_t)rows_integer(&rows, 1);
    }
    if (!rows_finish(&rows, err))
        return false;
    row_split_lines(reader->arena, text, &layers->digests, &layers->count);
    if (!find_known_chain(reader, text, layers, err))
        return false;
    if (layers->base_layers < layers->known_layers)
        layers->base_layers = layers->known_layers;
    return true;
}

static bool list_layers(
    struct row_reader *reader, const struct uuid *row, struct layer_row **items, size_t *count, struct error *err)
{
    struct found_row found;
    struct image_layers layers;
    if (!row_find(reader, row, &found, err) || !image_layers_read(reader, found.image, &layers, err))
        return false;
    *items = ARENA_ARRAY(reader->arena, struct layer_row, layers.count);
    *count = layers.count;
    for (size_t i = 0; i < layers.count; i++)
        (*items)[i] = (struct layer_row){.digest = layers.digests[i],
            .is_base = i < layers.base_layers,
            .base_reference = i < layers.known_layers ? layers.base_reference : view_text("")};
    return true;
}

bool store_list_layers(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct layer_row **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                   list_layers(&reader, row, items, count, err),
               err);
}
