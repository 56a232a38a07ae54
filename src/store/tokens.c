/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens for programs. */
#include "store/accounts_internal.h"
#include "store/audit.h"
#include "store/page.h"
#include "store/roles.h"
#include "store/team_rows.h"

#define TOKEN_COLUMNS                                                                                                  \
    "id, uuid, name, role, created_by, created_ms, coalesce(expires_ms, 0), used_ms, revoked_ms, limited_to"

static void read_token(const struct rows *rows, struct arena *arena, struct api_token *token)
{
    uuid_parse(rows_view(rows, 1), &token->uuid);
    token->name = rows_copy(rows, arena, 2);
    token->role = rows_copy(rows, arena, 3);
    token->created_by = rows_copy(rows, arena, 4);
    token->created_ms = rows_integer(rows, 5);
    token->expires_ms = rows_integer(rows, 6);
    token->used_ms = rows_integer(rows, 7);
    token->revoked_ms = rows_integer(rows, 8);
    token->limited_to = rows_copy(rows, arena, 9);
    token->cursor = page_cursor(arena, rows_integer(rows, 0));
}

bool api_token_expires_soon(int64_t expires_ms, int64_t now_ms)
{
    return expires_ms != 0 && expires_ms - now_ms < API_TOKEN_WARNING_MS;
}

static bool note(struct transaction *transaction, int64_t organization, struct view who, const char *action,
    struct view name, struct view detail, struct error *err)
{
    struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("token"),
        .subject_id = view_text(""),
        .subject_name = name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool add_token(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct api_token_new *given, const struct token *secret, struct api_token *made, struct error *err)
{
    bool found = false;
    int64_t id = 0;
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM api_tokens WHERE organization_id = $1 AND name = $2 AND revoked_ms = 0 "
            "AND service_account_id IS NULL",
            SQL_INTEGER(organization), SQL_TEXT(given->name)))
        return false;
    if (found)
        return error_set(err, ERROR_CONFLICT, "there is a token \"%.*s\" already; revoke it or take another name",
            VIEW_PRINT(given->name));
    *made = (struct api_token){
        .name = arena_copy(arena, given->name),
        .role = arena_copy(arena, given->role),
        .created_by = arena_copy(arena, given->who),
        .created_ms = transaction->now_ms,
        .expires_ms = given->valid_ms == 0 ? 0 : transaction->now_ms + given->valid_ms,
    };
    uuid_new(&made->uuid);
    return team_find_uuid(transaction, arena, organization, given->team, &made->limited_to, err) &&
           note(transaction, organization, given->who, "token.create", made->name, made->role, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO api_tokens (organization_id, uuid, name, role, hash, created_by, created_ms, expires_ms, used_ms, "
               "revoked_ms, limited_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)",
               SQL_INTEGER(organization), SQL_WORD(made->uuid.text), SQL_TEXT(made->name), SQL_TEXT(made->role),
               SQL_TEXT(token_hash(arena, view_text(secret->text))), SQL_TEXT(made->created_by),
               SQL_INTEGER(made->created_ms), made->expires_ms == 0 ? SQL_NULL : SQL_INTEGER(made->expires_ms),
               SQL_TEXT(made->limited_to));
}

bool store_new_api_token(struct store *store, struct arena *arena, int64_t organization,
    const struct api_token_new *given, struct token *secret, struct api_token *made, struct error *err)
{
    struct transaction transaction;
    struct token new_secret;
    struct api_token added;
    token_new(&new_secret);
    if (!account_name_check("a token's name", given->name, API_TOKEN_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, add_token(&transaction, arena, organization, given, &new_secret, &added, err), err))
        return false;
    *secret = new_secret;
    *made = added;
    return true;
}

static bool find_token(struct transaction *transaction, struct arena *arena, struct view secret,
    struct session *session, int64_t *id, int64_t *used_ms, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT api_tokens.id, api_tokens.used_ms, organizations.id, organizations.uuid, organizations.name, "
            "coalesce(service_accounts.uuid, api_tokens.uuid), api_tokens.name, "
            "coalesce(service_accounts.role, api_tokens.role), api_tokens.created_ms, "
            "coalesce(api_tokens.expires_ms, 0), coalesce(service_accounts.limited_to, api_tokens.limited_to) "
            "FROM api_tokens JOIN organizations "
            "ON organizations.id = api_tokens.organization_id LEFT JOIN service_accounts "
            "ON service_accounts.id = api_tokens.service_account_id WHERE hash = $1 AND revoked_ms = 0 "
            "AND (expires_ms IS NULL OR expires_ms > $2)",
            SQL_TEXT(token_hash(arena, secret)), SQL_INTEGER(transaction->now_ms)))
        return false;
    struct view limited_to = view_text("");
    *id = 0;
    if (rows_next(&rows)) {
        *id = rows_integer(&rows, 0);
        *used_ms = rows_integer(&rows, 1);
        *session = (struct session){.created_ms = rows_integer(&rows, 8), .expires_ms = rows_integer(&rows, 9)};
        session->account.organization = rows_integer(&rows, 2);
        uuid_parse(rows_view(&rows, 3), &session->account.organization_uuid);
        session->account.organization_name = rows_copy(&rows, arena, 4);
        uuid_parse(rows_view(&rows, 5), &session->account.user_uuid);
        session->account.user_name = rows_copy(&rows, arena, 6);
        session->account.role = rows_copy(&rows, arena, 7);
        limited_to = rows_copy(&rows, arena, 10);
    }
    return rows_finish(&rows, err) && (*id == 0 || (team_limit_owners(transaction, arena, session->account.organization,
                                                        limited_to, &session->owners, err) &&
                                                       role_permissions(transaction, session->account.organization,
                                                           session->account.role, &session->permissions, err)));
}

bool store_find_api_token(
    struct store *store, struct arena *arena, struct view secret, struct session *session, struct error *err)
{
    struct transaction transaction;
    struct session found;
    int64_t id = 0;
    int64_t used_ms = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find_token(&transaction, arena, secret, &found, &id, &used_ms, err), err))
        return false;
    if (id == 0)
        return error_set(err, ERROR_DENIED, "this token is unknown, revoked or expired");
    if (transaction.now_ms - used_ms >= SESSION_NOTE_MS) {
        if (!transaction_write(store, &transaction, err))
            return false;
        bool is_done = RUN(transaction.connection, err, "UPDATE api_tokens SET used_ms = $1 WHERE id = $2",
            SQL_INTEGER(transaction.now_ms), SQL_INTEGER(id));
        if (!transaction_end(&transaction, is_done, err))
            return false;
    }
    *session = found;
    return true;
}

static bool list_tokens(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct api_token **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? "SELECT " TOKEN_COLUMNS
                                          " FROM api_tokens WHERE organization_id = $1 AND service_account_id IS NULL "
                                          "AND id < $2 ORDER BY id DESC LIMIT $3"
                                        : "SELECT " TOKEN_COLUMNS
                                          " FROM api_tokens WHERE organization_id = $1 AND service_account_id IS NULL "
                                          "AND id > $2 ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct api_token *list = ARENA_ARRAY(arena, struct api_token, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_token(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_api_tokens(struct store *store, struct arena *arena, int64_t organization,
    const struct page_request *page, struct api_token **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, true, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_tokens(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}

bool store_revoke_api_token(
    struct store *store, int64_t organization, struct view name_or_uuid, struct view who, struct error *err)
{
    struct transaction transaction;
    int64_t id = 0;
    bool found = false;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = LOOKUP(transaction.connection, &id, &found, err,
        "UPDATE api_tokens SET revoked_ms = $3 WHERE organization_id = $1 AND (name = $2 OR uuid = $2) "
        "AND revoked_ms = 0 AND service_account_id IS NULL RETURNING id",
        SQL_INTEGER(organization), SQL_TEXT(name_or_uuid), SQL_INTEGER(transaction.now_ms));
    if (is_done && !found)
        is_done = error_set(err, ERROR_NOT_FOUND, "there is no valid token \"%.*s\"", VIEW_PRINT(name_or_uuid));
    is_done = is_done && note(&transaction, organization, who, "token.revoke", name_or_uuid, view_text(""), err);
    return transaction_end(&transaction, is_done, err);
}
