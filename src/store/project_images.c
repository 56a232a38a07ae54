/* SPDX-License-Identifier: Apache-2.0 */
/* The images of one project. */
#include "store/image_rows.h"

#define PROJECT_IMAGES_MAX 50 /* platforms of an index */

static bool list_images(const struct row_reader *reader, const struct uuid *project, struct image_row **rows,
    size_t *count, struct error *err)
{
    AUTO_ROWS found = {0};
    struct found_row row;
    if (!QUERY(reader->transaction->connection, &found, err,
            ROW_SELECT
            "(SELECT shown.id FROM projects JOIN snapshot_images AS shown ON shown.snapshot_id = projects.snapshot_id "
            "WHERE projects.uuid = $1 AND projects.organization_id = $2 AND projects.deleted_ms = 0) AS page" ROW_JOINS
            "ORDER BY s.id LIMIT $3",
            SQL_WORD(project->text), SQL_INTEGER(reader->organization), SQL_INTEGER(PROJECT_IMAGES_MAX)))
        return false;
    *rows = ARENA_ARRAY(reader->arena, struct image_row, PROJECT_IMAGES_MAX);
    for (*count = 0; rows_next(&found); (*count)++) {
        if (!row_read(reader, &found, &row, err))
            return false;
        (*rows)[*count] = row.row;
    }
    return rows_finish(&found, err);
}

bool store_list_project_images(struct store *store, struct arena *arena, int64_t organization,
    const struct uuid *project, struct image_row **rows, size_t *count, struct error *err)
{
    struct transaction transaction;
    struct row_reader reader;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction,
               row_reader_begin(&reader, &transaction, arena, organization, NULL, err) &&
                   list_images(&reader, project, rows, count, err),
               err);
}
