/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/predefined.h"
#include "store/audit.h"
#include "store/evaluations_internal.h"
#include "store/vulnerability_policies.h"
#include "store/vulnerability_policies_internal.h"

enum { BUNDLE_BYTES_MAX = JSON_BYTES_MAX };
#define COLUMNS "id, uuid, name, document, created_by, created_ms, updated_by, updated_ms"

static void read_bundle(const struct rows *rows, struct arena *arena, struct policy_row *row)
{
    *row = (struct policy_row){.name = rows_copy(rows, arena, 2),
        .document = rows_copy(rows, arena, 3),
        .created_by = rows_copy(rows, arena, 4),
        .created_ms = rows_integer(rows, 5),
        .updated_by = rows_copy(rows, arena, 6),
        .updated_ms = rows_integer(rows, 7)};
    uuid_parse(rows_view(rows, 1), &row->uuid);
}

static struct policy_row predefined_row(struct arena *arena, const struct predefined_bundle *bundle)
{
    struct policy_row row = {.name = view_text(bundle->name),
        .document = predefined_bundle_document(arena, bundle),
        .is_predefined = true,
        .created_by = view_text(""),
        .updated_by = view_text("")};
    uuid_parse(view_text(bundle->id), &row.uuid);
    return row;
}

static bool find_row(struct transaction *transaction, struct arena *arena, int64_t organization, struct view id,
    struct policy_row *row, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    const struct predefined_bundle *predefined = predefined_bundle_find(id);
    *found = predefined != NULL;
    if (predefined != NULL) {
        *row = predefined_row(arena, predefined);
        return true;
    }
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " COLUMNS " FROM rule_bundles WHERE organization_id = $1 AND uuid = $2", SQL_INTEGER(organization),
            SQL_TEXT(id)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        read_bundle(&rows, arena, row);
    return rows_finish(&rows, err);
}

bool bundle_read(struct transaction *transaction, struct arena *arena, int64_t organization, struct view id,
    struct policy_bundle *bundle, bool *found, struct error *err)
{
    struct policy_row row = {.created_ms = 0};
    return find_row(transaction, arena, organization, id, &row, found, err) &&
           (!*found || policy_bundle_parse_text(arena, row.document, bundle, err));
}

static bool require_row(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct policy_row *row, struct error *err)
{
    bool found = false;
    return find_row(transaction, arena, organization, view_text(uuid->text), row, &found, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no bundle \"%s\"", uuid->text));
}

bool store_find_bundle(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct policy_row *row, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, require_row(&transaction, arena, organization, uuid, row, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct policy_row *row, struct view who,
    const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {.actor = who,
        .action = view_text(action),
        .subject_type = view_text("rule_bundle"),
        .subject_id = view_text(row->uuid.text),
        .subject_name = row->name,
        .detail = detail};
    return audit_add(transaction, organization, &event, err);
}

/* Neither another bundle of the organization nor a predefined one has the name. */
static bool check_name(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct view name, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    for (size_t i = 0; i < predefined_bundle_count; i++)
        found = found || view_is(name, predefined_bundles[i].name);
    if (!found && !LOOKUP(transaction->connection, &id, &found, err,
                      "SELECT id FROM rule_bundles WHERE organization_id = $1 AND name = $2 AND uuid <> $3",
                      SQL_INTEGER(organization), SQL_TEXT(name), SQL_WORD(uuid->text)))
        return false;
    return !found || error_set(err, ERROR_CONFLICT, "there is a bundle \"%.*s\" already", VIEW_PRINT(name));
}

static bool check_count(struct transaction *transaction, int64_t organization, struct error *err)
{
    int64_t count = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &count, &found, err,
               "SELECT count(*) FROM rule_bundles WHERE organization_id = $1", SQL_INTEGER(organization)) &&
           (count < RULE_BUNDLES_MAX || error_set(err, ERROR_LIMIT, "there are %d bundles already", RULE_BUNDLES_MAX));
}

/* Whether a standing policy has the bundle: then all verdicts may change. */
static bool mark_users(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, struct error *err)
{
    int64_t id = 0;
    bool is_used = false;
    if (!LOOKUP(transaction->connection, &id, &is_used, err,
            "SELECT id FROM policy_bundles JOIN vulnerability_policies ON vulnerability_policies.id = policy_id "
            "WHERE bundle_uuid = $1 AND " POLICY_IS_STANDING " LIMIT 1",
            SQL_WORD(uuid->text)))
        return false;
    return !is_used || (due_mark_organization(transaction, organization, DUE_PERSON, err) &&
                           due_settle(transaction, organization, err));
}

static bool write_bundle(struct transaction *transaction, int64_t organization, const struct uuid *uuid,
    const struct policy_row *row, bool is_new, struct error *err)
{
    if (is_new)
        return check_count(transaction, organization, err) &&
               RUN(transaction->connection, err,
                   "INSERT INTO rule_bundles (organization_id, uuid, name, document, created_by, created_ms, updated_by, "
                   "updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $5, $6)",
                   SQL_INTEGER(organization), SQL_WORD(uuid->text), SQL_TEXT(row->name), SQL_TEXT(row->document),
                   SQL_TEXT(row->updated_by), SQL_INTEGER(transaction->now_ms));
    return RUN(transaction->connection, err,
        "UPDATE rule_bundles SET name = $3, document = $4, updated_by = $5, updated_ms = $6 "
        "WHERE organization_id = $1 AND uuid = $2",
        SQL_INTEGER(organization), SQL_WORD(uuid->text), SQL_TEXT(row->name), SQL_TEXT(row->document),
        SQL_TEXT(row->updated_by), SQL_INTEGER(transaction->now_ms));
}

static bool save_bundle(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, const struct policy_row *given, struct policy_row *saved, struct error *err)
{
    struct uuid new_uuid;
    uuid_new(&new_uuid);
    bool is_new = uuid == NULL;
    const struct uuid *own = is_new ? &new_uuid : uuid;
    if (!is_new && !require_row(transaction, arena, organization, own, saved, err))
        return false;
    if (!is_new && saved->is_predefined)
        return error_set(err, ERROR_CONFLICT, "bundle \"%.*s\" is predefined: make a copy of it and change that",
            VIEW_PRINT(saved->name));
    return check_name(transaction, organization, own, given->name, err) &&
           write_bundle(transaction, organization, own, given, is_new, err) &&
           require_row(transaction, arena, organization, own, saved, err) &&
           note(transaction, organization, saved, given->updated_by, is_new ? "rule_bundle.create" : "rule_bundle.edit",
               given->document, err) &&
           (is_new || mark_users(transaction, organization, own, err));
}

bool store_save_bundle(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct policy_bundle *bundle, struct view who, struct policy_row *saved, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    struct transaction transaction;
    buffer_init(&text, BUNDLE_BYTES_MAX);
    json_writer_init(&writer, &text);
    policy_bundle_write(bundle, &writer);
    if (!buffer_check(&text, "bundle", err))
        return false;
    const struct policy_row given = {.name = bundle->name, .document = buffer_view(&text), .updated_by = who};
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, save_bundle(&transaction, arena, organization, uuid, &given, saved, err), err);
}

static bool delete_bundle(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct policy_row row;
    if (!require_row(transaction, arena, organization, uuid, &row, err))
        return false;
    if (row.is_predefined)
        return error_set(err, ERROR_CONFLICT, "bundle \"%.*s\" is predefined and stays", VIEW_PRINT(row.name));
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT vulnerability_policies.name FROM policy_bundles "
            "JOIN vulnerability_policies ON vulnerability_policies.id = policy_id WHERE bundle_uuid = $1 LIMIT 1",
            SQL_WORD(uuid->text)))
        return false;
    if (rows_next(&rows))
        return error_set(err, ERROR_CONFLICT, "policy \"%.*s\" has the bundle \"%.*s\": take it out there first",
            VIEW_PRINT(rows_view(&rows, 0)), VIEW_PRINT(row.name));
    return rows_finish(&rows, err) &&
           RUN(transaction->connection, err, "DELETE FROM rule_bundles WHERE organization_id = $1 AND uuid = $2",
               SQL_INTEGER(organization), SQL_WORD(uuid->text)) &&
           note(transaction, organization, &row, who, "rule_bundle.delete", view_text(""), err);
}

bool store_delete_bundle(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, delete_bundle(&transaction, arena, organization, uuid, who, err), err);
}

struct policy_row_list {
    struct policy_row *items;
    size_t count;
    size_t capacity;
};

static bool list_bundles(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct policy_row_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    for (size_t i = 0; i < predefined_bundle_count; i++)
        *(struct policy_row *)ARENA_PUSH(arena, list) = predefined_row(arena, &predefined_bundles[i]);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " COLUMNS " FROM rule_bundles WHERE organization_id = $1 ORDER BY id", SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows))
        read_bundle(&rows, arena, ARENA_PUSH(arena, list));
    return rows_finish(&rows, err);
}

bool store_list_bundles(struct store *store, struct arena *arena, int64_t organization, struct policy_row **items,
    size_t *count, struct error *err)
{
    struct transaction transaction;
    struct policy_row_list list = {0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_bundles(&transaction, arena, organization, &list, err), err))
        return false;
    *items = list.items;
    *count = list.count;
    return true;
}
