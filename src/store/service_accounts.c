/* SPDX-License-Identifier: Apache-2.0 */
#include "store/service_accounts.h"

#include "store/accounts_internal.h"
#include "store/audit.h"
#include "store/page.h"
#include "store/team_rows.h"

#define LIVE_SECRETS "FROM api_tokens WHERE service_account_id = service_accounts.id AND revoked_ms = 0"
#define COLUMNS                                                                                                        \
    "id, uuid, name, role, created_by, created_ms, (SELECT coalesce(max(used_ms), 0) " LIVE_SECRETS                    \
    "), (SELECT count(*) " LIVE_SECRETS "), limited_to, is_built_in"

static void read_account(const struct rows *rows, struct arena *arena, struct service_account *account)
{
    account->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &account->uuid);
    account->name = rows_copy(rows, arena, 2);
    account->role = rows_copy(rows, arena, 3);
    account->created_by = rows_copy(rows, arena, 4);
    account->created_ms = rows_integer(rows, 5);
    account->used_ms = rows_integer(rows, 6);
    account->secret_count = rows_integer(rows, 7);
    account->limited_to = rows_copy(rows, arena, 8);
    account->is_built_in = rows_boolean(rows, 9);
    account->cursor = page_cursor(arena, account->id);
}

static bool find_account(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct service_account *account, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " COLUMNS " FROM service_accounts WHERE organization_id = $1 AND (name = $2 OR uuid = $2) "
            "AND deleted_ms = 0 ORDER BY uuid = $2 DESC",
            SQL_INTEGER(organization), SQL_TEXT(name_or_uuid)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_account(&rows, arena, account);
    if (!rows_finish(&rows, err))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no service account \"%.*s\"", VIEW_PRINT(name_or_uuid));
}

bool store_find_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct service_account *account, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, find_account(&transaction, arena, organization, name_or_uuid, account, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct service_account *account,
    struct view who, const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("service_account"),
        .subject_id = view_text(account->uuid.text),
        .subject_name = account->name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool add_secret(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct service_account *account, struct view who, const struct token *secret, struct error *err)
{
    struct uuid uuid;
    uuid_new(&uuid);
    return RUN(transaction->connection, err,
        "INSERT INTO api_tokens (organization_id, uuid, name, role, hash, created_by, created_ms, expires_ms, used_ms, "
        "revoked_ms, service_account_id) VALUES ($1, $2, $3, '', $4, $5, $6, NULL, 0, 0, $7)",
        SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(account->name),
        SQL_TEXT(token_hash(arena, view_text(secret->text))), SQL_TEXT(who), SQL_INTEGER(transaction->now_ms),
        SQL_INTEGER(account->id));
}

static bool end_secrets(struct transaction *transaction, const struct service_account *account, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE api_tokens SET revoked_ms = $1 WHERE service_account_id = $2 AND revoked_ms = 0",
        SQL_INTEGER(transaction->now_ms), SQL_INTEGER(account->id));
}

static bool add_account(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct service_account_new *given, const struct token *secret, struct service_account *made,
    struct error *err)
{
    int64_t id = 0;
    bool found = false;
    struct view limited_to;
    struct uuid uuid;
    uuid_new(&uuid);
    if (!team_find_uuid(transaction, arena, organization, given->team, &limited_to, err) ||
        !LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM service_accounts WHERE organization_id = $1 AND name = $2", SQL_INTEGER(organization),
            SQL_TEXT(given->name)))
        return false;
    if (found)
        return error_set(err, ERROR_CONFLICT, "there is or was a service account \"%.*s\": names are never used again",
            VIEW_PRINT(given->name));
    return RUN(transaction->connection, err,
               "INSERT INTO service_accounts (organization_id, uuid, name, role, created_by, created_ms, deleted_ms, "
               "limited_to) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name), SQL_TEXT(given->role),
               SQL_TEXT(given->who), SQL_INTEGER(transaction->now_ms), SQL_TEXT(limited_to)) &&
           find_account(transaction, arena, organization, view_text(uuid.text), made, err) &&
           add_secret(transaction, arena, organization, made, given->who, secret, err) &&
           note(transaction, organization, made, given->who, "service_account.create", given->role, err) &&
           find_account(transaction, arena, organization, view_text(uuid.text), made, err);
}

bool store_add_service_account(struct store *store, struct arena *arena, int64_t organization,
    const struct service_account_new *given, struct token *secret, struct service_account *made, struct error *err)
{
    struct transaction transaction;
    struct token new_secret;
    struct service_account added;
    token_new(&new_secret);
    if (!account_name_check("a service account's name", given->name, API_TOKEN_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, add_account(&transaction, arena, organization, given, &new_secret, &added, err), err))
        return false;
    *secret = new_secret;
    *made = added;
    return true;
}

bool store_edit_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view role, struct view who, struct service_account *edited, struct error *err)
{
    struct transaction transaction;
    struct service_account account;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = find_account(&transaction, arena, organization, name_or_uuid, &account, err);
    if (is_done && role.size > 0)
        account.role = arena_copy(arena, role);
    is_done = is_done &&
              RUN(transaction.connection, err, "UPDATE service_accounts SET role = $1 WHERE id = $2",
                  SQL_TEXT(account.role), SQL_INTEGER(account.id)) &&
              note(&transaction, organization, &account, who, "service_account.edit", account.role, err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    *edited = account;
    return true;
}

bool store_remove_service_account(struct store *store, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view who, struct error *err)
{
    struct transaction transaction;
    struct service_account account;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = find_account(&transaction, arena, organization, name_or_uuid, &account, err);
    if (is_done && account.is_built_in)
        is_done = error_set(err, ERROR_CONFLICT, "syncs run as \"%.*s\": give it another role instead of removing it",
            VIEW_PRINT(account.name));
    is_done = is_done && end_secrets(&transaction, &account, err) &&
              RUN(transaction.connection, err, "UPDATE service_accounts SET deleted_ms = $1 WHERE id = $2",
                  SQL_INTEGER(transaction.now_ms), SQL_INTEGER(account.id)) &&
              note(&transaction, organization, &account, who, "service_account.delete", view_text(""), err);
    return transaction_end(&transaction, is_done, err);
}

static bool delete_secret(struct transaction *transaction, struct arena *arena, const struct service_account *account,
    struct view old, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM api_tokens WHERE service_account_id = $1 AND hash = $2 AND revoked_ms = 0",
            SQL_INTEGER(account->id), SQL_TEXT(token_hash(arena, old))))
        return false;
    if (!found)
        return error_set(
            err, ERROR_NOT_FOUND, "service account \"%.*s\" has no such secret", VIEW_PRINT(account->name));
    if (account->secret_count == 1)
        return error_set(err, ERROR_CONFLICT, "this is the only secret of \"%.*s\": replace it, or delete the account",
            VIEW_PRINT(account->name));
    return RUN(transaction->connection, err, "UPDATE api_tokens SET revoked_ms = $1 WHERE id = $2",
        SQL_INTEGER(transaction->now_ms), SQL_INTEGER(id));
}

static bool change_secret(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct service_account *account, enum secret_mode mode, struct view old, struct view who,
    const struct token *secret, struct error *err)
{
    switch (mode) {
    case SECRET_REPLACE:
        return end_secrets(transaction, account, err) &&
               add_secret(transaction, arena, organization, account, who, secret, err);
    case SECRET_CREATE:
        if (account->secret_count >= SERVICE_ACCOUNT_SECRETS_MAX)
            return error_set(err, ERROR_CONFLICT, "\"%.*s\" has %d secrets already: delete one first",
                VIEW_PRINT(account->name), SERVICE_ACCOUNT_SECRETS_MAX);
        return add_secret(transaction, arena, organization, account, who, secret, err);
    case SECRET_DELETE:
        break;
    }
    return delete_secret(transaction, arena, account, old, err);
}

bool store_change_secret(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    enum secret_mode mode, struct view old, struct view who, struct token *secret, struct service_account *changed,
    struct error *err)
{
    static const char *const details[] = {
        [SECRET_REPLACE] = "replace", [SECRET_CREATE] = "create", [SECRET_DELETE] = "delete"};
    struct transaction transaction;
    struct token new_secret;
    struct service_account account;
    token_new(&new_secret);
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done =
        find_account(&transaction, arena, organization, name_or_uuid, &account, err) &&
        change_secret(&transaction, arena, organization, &account, mode, old, who, &new_secret, err) &&
        note(&transaction, organization, &account, who, "service_account.secret", view_text(details[mode]), err) &&
        find_account(&transaction, arena, organization, name_or_uuid, &account, err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    if (mode != SECRET_DELETE)
        *secret = new_secret;
    *changed = account;
    return true;
}

static bool list_accounts(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct service_account **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward
                          ? "SELECT " COLUMNS " FROM service_accounts WHERE organization_id = $1 AND deleted_ms = 0 "
                            "AND id < $2 ORDER BY id DESC LIMIT $3"
                          : "SELECT " COLUMNS " FROM service_accounts WHERE organization_id = $1 AND deleted_ms = 0 "
                            "AND id > $2 ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct service_account *list = ARENA_ARRAY(arena, struct service_account, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_account(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_service_accounts(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct service_account **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_accounts(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}
