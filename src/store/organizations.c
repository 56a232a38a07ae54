/* SPDX-License-Identifier: Apache-2.0 */
#include "store/organizations.h"

#include "store/accounts_internal.h"
#include "store/audit.h"
#include "store/page.h"

#define ORGANIZATION_COLUMNS                                                                                           \
    "id, uuid, name, created_ms, (SELECT count(*) FROM users WHERE organization_id = organizations.id), "              \
    "(SELECT count(*) FROM integrations WHERE organization_id = organizations.id)"

static void read_organization(const struct rows *rows, struct arena *arena, struct organization *organization)
{
    organization->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &organization->uuid);
    organization->name = rows_copy(rows, arena, 2);
    organization->created_ms = rows_integer(rows, 3);
    organization->user_count = rows_integer(rows, 4);
    organization->integration_count = rows_integer(rows, 5);
    organization->cursor = page_cursor(arena, organization->id);
}

static bool find_organization(struct transaction *transaction, struct arena *arena, struct view name_or_uuid,
    struct organization *organization, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " ORGANIZATION_COLUMNS " FROM organizations WHERE name = $1 OR uuid = $1 ORDER BY uuid = $1 DESC",
            SQL_TEXT(name_or_uuid)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_organization(&rows, arena, organization);
    if (!rows_finish(&rows, err))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no organization \"%.*s\"", VIEW_PRINT(name_or_uuid));
}

bool store_get_organization(struct store *store, struct arena *arena, struct view name_or_uuid,
    struct organization *organization, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_organization(&transaction, arena, name_or_uuid, organization, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, struct view who, const char *action,
    struct view name, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("org"),
        .subject_id = view_text(""),
        .subject_name = name,
        .detail = view_text(""),
    };
    return audit_add(transaction, organization, &event, err);
}

static bool check_free(struct transaction *transaction, struct view name, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &id, &found, err, "SELECT id FROM organizations WHERE name = $1",
               SQL_TEXT(name)) &&
           (!found || error_set(err, ERROR_CONFLICT, "there is an organization \"%.*s\" already", VIEW_PRINT(name)));
}

static bool add_organization(struct transaction *transaction, struct arena *arena, struct view name, struct view who,
    struct organization *made, struct error *err)
{
    struct uuid organization, user;
    uuid_new(&organization);
    uuid_new(&user);
    return check_free(transaction, name, err) &&
           RUN(transaction->connection, err, "INSERT INTO organizations (uuid, name, created_ms) VALUES ($1, $2, $3)",
               SQL_WORD(organization.text), SQL_TEXT(name), SQL_INTEGER(transaction->now_ms)) &&
           RUN(transaction->connection, err,
               "INSERT INTO users (organization_id, uuid, name, role, created_ms) "
               "SELECT id, $1, 'admin', 'admin', $2 FROM organizations WHERE uuid = $3",
               SQL_WORD(user.text), SQL_INTEGER(transaction->now_ms), SQL_WORD(organization.text)) &&
           find_organization(transaction, arena, view_text(organization.text), made, err) &&
           note(transaction, made->id, who, "create", made->name, err);
}

bool store_add_organization(struct store *store, struct arena *arena, struct view name, struct view who,
    struct organization *made, struct error *err)
{
    struct transaction transaction;
    struct organization added;
    if (!account_name_check("an organization's name", name, ORGANIZATION_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add_organization(&transaction, arena, name, who, &added, err), err))
        return false;
    *made = added;
    return true;
}

bool store_rename_organization(
    struct store *store, int64_t organization, struct view name, struct view who, struct error *err)
{
    struct transaction transaction;
    if (!account_name_check("an organization's name", name, ORGANIZATION_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err))
        return false;
    bool is_done = check_free(&transaction, name, err) &&
                   RUN(transaction.connection, err, "UPDATE organizations SET name = $1 WHERE id = $2", SQL_TEXT(name),
                       SQL_INTEGER(organization)) &&
                   note(&transaction, organization, who, "edit", name, err);
    return transaction_end(&transaction, is_done, err);
}

static bool list_organizations(struct transaction *transaction, struct arena *arena, const struct key_page *page,
    struct organization **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward
                          ? "SELECT " ORGANIZATION_COLUMNS " FROM organizations WHERE id < $1 ORDER BY id DESC LIMIT $2"
                          : "SELECT " ORGANIZATION_COLUMNS " FROM organizations WHERE id > $1 ORDER BY id LIMIT $2";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(page->from), SQL_INTEGER(page->limit)))
        return false;
    struct organization *list = ARENA_ARRAY(arena, struct organization, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_organization(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_organizations(struct store *store, struct arena *arena, const struct page_request *page,
    struct organization **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_organizations(&transaction, arena, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}

bool store_bootstrap_organization(struct store *store, struct arena *arena, int64_t organization, int64_t valid_ms,
    struct token *token, struct account *admin, struct error *err)
{
    struct transaction transaction;
    struct token made;
    struct account account;
    token_new(&made);
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = account_ensure_admin(&transaction, arena, organization, &account, err) &&
                   sign_in_token_add(&transaction, account.user, valid_ms, &made, err) &&
                   note(&transaction, organization, view_text("host"), "bootstrap", account.user_name, err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    *token = made;
    *admin = account;
    return true;
}
