/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sync_identity.h"

#include "base/uuid.h"
#include "store/roles.h"
#include "store/transaction.h"

static bool find(struct transaction *transaction, struct arena *arena, int64_t organization, struct view name,
    struct sync_identity *identity, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name, role, limited_to <> '' FROM service_accounts WHERE organization_id = $1 AND deleted_ms = 0 "
            "AND (($2 = '' AND is_built_in = 1) OR ($2 <> '' AND (name = $2 OR uuid = $2)))",
            SQL_INTEGER(organization), SQL_TEXT(name)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        *identity = (struct sync_identity){.name = rows_copy(&rows, arena, 0),
            .role = rows_copy(&rows, arena, 1),
            .is_limited = rows_boolean(&rows, 2)};
    return rows_finish(&rows, err) &&
           (!*found || role_permissions(transaction, organization, identity->role, &identity->permissions, err));
}

/* Somebody may have taken the name: then that account gets another one beside it. */
static bool make(struct transaction *transaction, struct arena *arena, int64_t organization, struct error *err)
{
    struct uuid uuid;
    int64_t id = 0;
    bool found = true;
    struct view name = view_text(SYNC_ACCOUNT_NAME);
    for (int i = 2; found; i++) {
        if (!LOOKUP(transaction->connection, &id, &found, err,
                "SELECT id FROM service_accounts WHERE organization_id = $1 AND name = $2", SQL_INTEGER(organization),
                SQL_TEXT(name)))
            return false;
        if (found)
            name = arena_format(arena, SYNC_ACCOUNT_NAME " %d", i);
    }
    uuid_new(&uuid);
    return RUN(transaction->connection, err,
        "INSERT INTO service_accounts (organization_id, uuid, name, role, created_by, created_ms, deleted_ms, "
        "is_built_in) VALUES ($1, $2, $3, '" SYNC_ACCOUNT_ROLE "', 'host', $4, 0, 1)",
        SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(name), SQL_INTEGER(transaction->now_ms));
}

static bool ensure(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct sync_identity *identity, struct error *err)
{
    bool found = false;
    return find(transaction, arena, organization, view_text(""), identity, &found, err) &&
           (found || (make(transaction, arena, organization, err) &&
                         find(transaction, arena, organization, view_text(""), identity, &found, err)));
}

bool store_find_sync_identity(struct store *store, struct arena *arena, int64_t organization, struct view name,
    struct sync_identity *identity, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find(&transaction, arena, organization, name, identity, &found, err), err))
        return false;
    if (found)
        return true;
    if (name.size > 0)
        return error_set(err, ERROR_DENIED,
            "the service account \"%.*s\" that the import policy runs as was removed: name another one in \"run_as\"",
            VIEW_PRINT(name));
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, ensure(&transaction, arena, organization, identity, err), err);
}
