/* SPDX-License-Identifier: Apache-2.0 */
#include "store/passwords.h"

#include "store/accounts_internal.h"
#include "store/audit.h"

static bool set_password(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct password_new *given, struct view kept, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t user = 0;
    struct audit_event event = {
        .actor = given->who,
        .action = view_text(given->hash.size > 0 ? "user.password.set" : "user.password.remove"),
        .subject_type = view_text("user"),
    };
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, uuid, name FROM users WHERE organization_id = $1 AND (name = $2 OR uuid = $2) "
            "ORDER BY uuid = $2 DESC",
            SQL_INTEGER(organization), SQL_TEXT(given->user)))
        return false;
    if (rows_next(&rows)) {
        user = rows_integer(&rows, 0);
        event.subject_id = rows_copy(&rows, arena, 1);
        event.subject_name = rows_copy(&rows, arena, 2);
    }
    if (!rows_finish(&rows, err))
        return false;
    if (user == 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no user \"%.*s\"", VIEW_PRINT(given->user));
    return RUN(transaction->connection, err, "UPDATE users SET password = $2 WHERE id = $1", SQL_INTEGER(user),
               SQL_TEXT(given->hash)) &&
           RUN(transaction->connection, err, "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2",
               SQL_INTEGER(user), SQL_TEXT(token_hash(arena, kept))) &&
           audit_add(transaction, organization, &event, err);
}

bool store_set_password(struct store *store, struct arena *arena, int64_t organization,
    const struct password_new *given, struct view kept, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, set_password(&transaction, arena, organization, given, kept, err), err);
}

static bool find_password(struct transaction *transaction, struct arena *arena, struct view organization,
    struct view name, struct password_user *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    *found = (struct password_user){.hash = view_text("")};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT users.id, users.password FROM users JOIN organizations ON organizations.id = users.organization_id "
            "WHERE users.name = $2 AND users.state <> 'disabled' AND users.password <> '' "
            "AND (organizations.name = $1 OR organizations.uuid = $1 "
            "OR ($1 = '' AND organizations.id = (SELECT min(id) FROM organizations)))",
            SQL_TEXT(organization), SQL_TEXT(name)))
        return false;
    if (rows_next(&rows))
        *found = (struct password_user){rows_integer(&rows, 0), rows_copy(&rows, arena, 1)};
    return rows_finish(&rows, err);
}

bool store_find_password(struct store *store, struct arena *arena, struct view organization, struct view name,
    struct password_user *found, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_password(&transaction, arena, organization, name, found, err), err);
}
