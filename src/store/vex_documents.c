/* SPDX-License-Identifier: Apache-2.0 */
#include "store/vex_documents.h"

#include "store/audit.h"
#include "store/evaluations_internal.h"
#include "store/page.h"

/* Thirteen texts, and their lengths. */
enum { CLAIM_BYTES_MAX = 16 * VEX_TEXT_MAX };

#define COLUMNS "id, uuid, name, format, author, issued_ms, statements, claims, created_by, created_ms"

static void read_document(const struct rows *rows, struct arena *arena, struct vex_document_row *row)
{
    *row = (struct vex_document_row){.name = rows_copy(rows, arena, 2),
        .format = rows_copy(rows, arena, 3),
        .author = rows_copy(rows, arena, 4),
        .issued_ms = rows_integer(rows, 5),
        .statements = rows_integer(rows, 6),
        .claims = rows_integer(rows, 7),
        .created_by = rows_copy(rows, arena, 8),
        .created_ms = rows_integer(rows, 9),
        .cursor = page_cursor(arena, rows_integer(rows, 0))};
    uuid_parse(rows_view(rows, 1), &row->uuid);
}

static bool find_document(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, int64_t *id, struct vex_document_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " COLUMNS " FROM vex_documents WHERE organization_id = $1 AND uuid = $2", SQL_INTEGER(organization),
            SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found) {
        *id = rows_integer(&rows, 0);
        read_document(&rows, arena, row);
    }
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no VEX document \"%s\"", uuid->text));
}

bool store_find_vex_document(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct vex_document_row *row, struct error *err)
{
    struct transaction transaction;
    int64_t id = 0;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_document(&transaction, arena, organization, uuid, &id, row, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct vex_document_row *row,
    struct view who, const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {.actor = who,
        .action = view_text(action),
        .subject_type = view_text("vex_document"),
        .subject_id = view_text(row->uuid.text),
        .subject_name = row->name,
        .detail = detail};
    return audit_add(transaction, organization, &event, err);
}

/* Marks what the stored document speaks of, before it goes or after it came. */
static bool mark(
    struct transaction *transaction, struct arena *arena, int64_t organization, int64_t document, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct view *items;
        size_t count, capacity;
    } names = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT DISTINCT vulnerability FROM vex_claim_names JOIN vex_claims ON vex_claims.id = claim_id "
            "WHERE document_id = $1",
            SQL_INTEGER(document)))
        return false;
    while (rows_next(&rows))
        *(struct view *)ARENA_PUSH(arena, &names) = rows_copy(&rows, arena, 0);
    return rows_finish(&rows, err) &&
           due_mark_vulnerabilities(transaction, arena, organization, names.items, names.count, err);
}

static bool add_names(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct vex_claim *claim, int64_t id, struct error *err)
{
    for (struct view rest = claim->ids; rest.size > 0;) {
        if (!RUN(transaction->connection, err,
                "INSERT INTO vex_claim_names (organization_id, vulnerability, claim_id) VALUES ($1, $2, $3) "
                "ON CONFLICT DO NOTHING",
                SQL_INTEGER(organization), SQL_TEXT(vex_id_key(arena, view_cut(&rest, '\n'))), SQL_INTEGER(id)))
            return false;
    }
    return true;
}

static bool add_claims(struct transaction *transaction, int64_t organization, int64_t document,
    const struct vex_statements *given, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    AUTO_BUFFER content;
    buffer_init(&content, CLAIM_BYTES_MAX);
    for (size_t i = 0; i < given->claim_count; i++) {
        int64_t id = 0;
        bool found = false;
        arena_reset(scratch);
        buffer_clear(&content);
        vex_claim_pack(&given->claims[i], &content);
        if (!buffer_check(&content, "VEX claim", err) ||
            !LOOKUP(transaction->connection, &id, &found, err,
                "INSERT INTO vex_claims (document_id, content) VALUES ($1, $2) RETURNING id", SQL_INTEGER(document),
                SQL_BYTES(buffer_view(&content))) ||
            !add_names(transaction, scratch, organization, &given->claims[i], id, err))
            return false;
    }
    return true;
}

static bool remove_document(
    struct transaction *transaction, struct arena *arena, int64_t organization, int64_t document, struct error *err)
{
    return mark(transaction, arena, organization, document, err) &&
           RUN(transaction->connection, err, "DELETE FROM vex_documents WHERE id = $1", SQL_INTEGER(document));
}

/* Removes the earlier version. */
static bool make_place(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct vex_header *header, struct error *err)
{
    int64_t document = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &document, &found, err,
            "SELECT id FROM vex_documents WHERE organization_id = $1 AND name = $2", SQL_INTEGER(organization),
            SQL_TEXT(header->id)) ||
        !found)
        return !found;
    int64_t issued_ms = 0;
    if (!LOOKUP(transaction->connection, &issued_ms, &found, err, "SELECT issued_ms FROM vex_documents WHERE id = $1",
            SQL_INTEGER(document)))
        return false;
    if (issued_ms > header->time_ms)
        return error_set(err, ERROR_CONFLICT,
            "a newer version of VEX document \"%.*s\" is there: delete it first to go back to this one",
            VIEW_PRINT(header->id));
    return remove_document(transaction, arena, organization, document, err);
}

static bool check_limits(struct transaction *transaction, int64_t organization, size_t claims, struct error *err)
{
    int64_t documents = 0;
    int64_t stored = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &documents, &found, err,
            "SELECT count(*) FROM vex_documents WHERE organization_id = $1", SQL_INTEGER(organization)) ||
        !LOOKUP(transaction->connection, &stored, &found, err,
            "SELECT CAST(coalesce(sum(claims), 0) AS {integer}) FROM vex_documents WHERE organization_id = $1",
            SQL_INTEGER(organization)))
        return false;
    if (documents >= VEX_STORED_DOCUMENTS_MAX)
        return error_set(err, ERROR_LIMIT, "an organization has at most %d VEX documents: delete some first",
            VEX_STORED_DOCUMENTS_MAX);
    return (size_t)stored + claims <= VEX_STORED_CLAIMS_MAX ||
           error_set(err, ERROR_LIMIT,
               "the VEX documents of an organization name at most %d products: this one has %zu beside the %lld that are there",
               VEX_STORED_CLAIMS_MAX, claims, (long long)stored);
}

static bool import_vex(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct vex_statements *given, struct view who, struct vex_document_row *made, struct error *err)
{
    struct uuid uuid;
    int64_t id = 0;
    bool found = false;
    uint64_t statements = given->claim_count > 0 ? given->claims[given->claim_count - 1].number : 0;
    uuid_new(&uuid);
    return make_place(transaction, arena, organization, &given->header, err) &&
           check_limits(transaction, organization, given->claim_count, err) &&
           LOOKUP(transaction->connection, &id, &found, err,
               "INSERT INTO vex_documents (organization_id, uuid, name, format, author, issued_ms, statements, claims, "
               "created_by, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->header.id),
               SQL_WORD(given->header.format), SQL_TEXT(given->header.author), SQL_INTEGER(given->header.time_ms),
               SQL_INTEGER(statements), SQL_INTEGER(given->claim_count), SQL_TEXT(who),
               SQL_INTEGER(transaction->now_ms)) &&
           add_claims(transaction, organization, id, given, err) && mark(transaction, arena, organization, id, err) &&
           find_document(transaction, arena, organization, &uuid, &id, made, err) &&
           note(transaction, organization, made, who, "vex_document.import",
               arena_format(arena, "%lld statements of %.*s", (long long)made->statements, VIEW_PRINT(made->author)),
               err) &&
           due_settle(transaction, organization, err);
}

bool store_import_vex(struct store *store, struct arena *arena, int64_t organization,
    const struct vex_statements *document, struct view who, struct vex_document_row *made, struct error *err)
{
    struct transaction transaction;
    struct vex_document_row row;
    if (document->header.id.size == 0)
        return error_set(err, ERROR_INVALID,
            "the document has no id (\"@id\", in CSAF \"tracking\" and its \"id\"): by that a later version takes its place");
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, import_vex(&transaction, arena, organization, document, who, &row, err), err))
        return false;
    *made = row;
    return true;
}

static bool list_documents(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct vex_document_row *items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward
                          ? "SELECT " COLUMNS " FROM vex_documents WHERE organization_id = $1 AND id < $2 "
                            "ORDER BY id DESC LIMIT $3"
                          : "SELECT " COLUMNS " FROM vex_documents WHERE organization_id = $1 AND id > $2 "
                            "ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++)
        read_document(&rows, arena, &items[*count]);
    return rows_finish(&rows, err);
}

bool store_list_vex_documents(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct vex_document_row **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err))
        return false;
    struct vex_document_row *list = ARENA_ARRAY(arena, struct vex_document_row, (size_t)keys.limit);
    if (!transaction_end(&transaction, list_documents(&transaction, arena, organization, &keys, list, count, err), err))
        return false;
    page_finish(list, sizeof(*list), count, page->limit, keys.is_reversed, has_more);
    *items = list;
    return true;
}

static bool delete_document(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct error *err)
{
    struct vex_document_row row;
    int64_t id = 0;
    return find_document(transaction, arena, organization, uuid, &id, &row, err) &&
           remove_document(transaction, arena, organization, id, err) &&
           note(transaction, organization, &row, who, "vex_document.delete", view_text(""), err) &&
           due_settle(transaction, organization, err);
}

bool store_delete_vex_document(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, delete_document(&transaction, arena, organization, uuid, who, err), err);
}
