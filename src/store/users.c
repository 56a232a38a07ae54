/* SPDX-License-Identifier: Apache-2.0 */
#include "store/users.h"

#include "store/accounts_internal.h"
#include "store/audit.h"
#include "store/page.h"

#define USER_COLUMNS "id, uuid, name, role, state, created_ms, signed_in_ms, is_limited"

static void read_user(const struct rows *rows, struct arena *arena, struct user *user)
{
    user->id = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &user->uuid);
    user->name = rows_copy(rows, arena, 2);
    user->role = rows_copy(rows, arena, 3);
    user->state = rows_copy(rows, arena, 4);
    user->created_ms = rows_integer(rows, 5);
    user->signed_in_ms = rows_integer(rows, 6);
    user->is_limited = rows_boolean(rows, 7);
    user->cursor = page_cursor(arena, user->id);
}

static bool find_user(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct user *user, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " USER_COLUMNS " FROM users WHERE organization_id = $1 AND (name = $2 OR uuid = $2) "
            "ORDER BY uuid = $2 DESC",
            SQL_INTEGER(organization), SQL_TEXT(name_or_uuid)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_user(&rows, arena, user);
    if (!rows_finish(&rows, err))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no user \"%.*s\"", VIEW_PRINT(name_or_uuid));
}

bool store_find_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct user *user, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_user(&transaction, arena, organization, name_or_uuid, user, err), err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct user *user, struct view who,
    const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("user"),
        .subject_id = view_text(user->uuid.text),
        .subject_name = user->name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool add_user(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct user_new *given, const struct token *link, struct user *made, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    struct uuid uuid;
    uuid_new(&uuid);
    if (!LOOKUP(transaction->connection, &id, &found, err,
            "SELECT id FROM users WHERE organization_id = $1 AND name = $2", SQL_INTEGER(organization),
            SQL_TEXT(given->name)))
        return false;
    if (found)
        return error_set(err, ERROR_CONFLICT, "there is a user \"%.*s\" already", VIEW_PRINT(given->name));
    return RUN(transaction->connection, err,
               "INSERT INTO users (organization_id, uuid, name, role, state, created_ms, signed_in_ms) "
               "VALUES ($1, $2, $3, $4, 'invited', $5, 0)",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name), SQL_TEXT(given->role),
               SQL_INTEGER(transaction->now_ms)) &&
           find_user(transaction, arena, organization, view_text(uuid.text), made, err) &&
           sign_in_token_add(transaction, made->id, given->valid_ms, link, err) &&
           note(transaction, organization, made, given->who, "user.invite", given->role, err);
}

bool store_add_user(struct store *store, struct arena *arena, int64_t organization, const struct user_new *given,
    struct token *link, struct user *made, struct error *err)
{
    struct transaction transaction;
    struct token new_link;
    struct user added;
    token_new(&new_link);
    if (!account_name_check("a user's name", given->name, USER_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add_user(&transaction, arena, organization, given, &new_link, &added, err), err))
        return false;
    *link = new_link;
    *made = added;
    return true;
}

static bool end_links(struct transaction *transaction, const struct user *user, struct error *err)
{
    return RUN(transaction->connection, err, "DELETE FROM sign_in_tokens WHERE user_id = $1", SQL_INTEGER(user->id));
}

bool store_invite_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    int64_t valid_ms, struct view who, struct token *link, struct error *err)
{
    struct transaction transaction;
    struct token new_link;
    struct user user;
    token_new(&new_link);
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = find_user(&transaction, arena, organization, name_or_uuid, &user, err);
    if (is_done && view_is(user.state, "disabled"))
        is_done =
            error_set(err, ERROR_CONFLICT, "user \"%.*s\" is disabled: enable the user first", VIEW_PRINT(user.name));
    is_done = is_done && end_links(&transaction, &user, err) &&
              sign_in_token_add(&transaction, user.id, valid_ms, &new_link, err) &&
              note(&transaction, organization, &user, who, "user.invite", view_text("new link"), err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    *link = new_link;
    return true;
}

/* Asked after a change: it is taken back if nobody could administer the organization. */
static bool check_admin_left(struct transaction *transaction, int64_t organization, struct error *err)
{
    int64_t count = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &count, &found, err,
            "SELECT count(*) FROM users WHERE organization_id = $1 AND role = 'admin' AND state <> 'disabled' "
            "AND is_limited = 0",
            SQL_INTEGER(organization)))
        return false;
    return count > 0 || error_set(err, ERROR_CONFLICT,
                            "this is the organization's last administrator: make another user an admin first");
}

static bool edit_user(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, const struct user_change *change, struct user *edited, struct error *err)
{
    if (!find_user(transaction, arena, organization, name_or_uuid, edited, err))
        return false;
    bool was_disabled = view_is(edited->state, "disabled");
    struct view role = change->role.size > 0 ? arena_copy(arena, change->role) : edited->role;
    struct view state = edited->state;
    if (change->has_state && change->is_disabled)
        state = view_text("disabled");
    else if (change->has_state && was_disabled)
        state = view_text(edited->signed_in_ms == 0 ? "invited" : "active");
    edited->role = role;
    edited->state = state;
    if (change->has_limit)
        edited->is_limited = change->is_limited;
    struct view detail = arena_format(arena, "role %.*s%s, %.*s", VIEW_PRINT(role),
        edited->is_limited ? " for the repositories of the user's teams" : "", VIEW_PRINT(state));
    return RUN(transaction->connection, err, "UPDATE users SET role = $1, state = $2, is_limited = $4 WHERE id = $3",
               SQL_TEXT(role), SQL_TEXT(state), SQL_INTEGER(edited->id), SQL_INTEGER(edited->is_limited)) &&
           (!view_is(state, "disabled") ||
               (end_links(transaction, edited, err) &&
                   RUN(transaction->connection, err, "DELETE FROM sessions WHERE user_id = $1",
                       SQL_INTEGER(edited->id)))) &&
           check_admin_left(transaction, organization, err) &&
           note(transaction, organization, edited, change->who, "user.edit", detail, err);
}

bool store_edit_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct user_change *change, struct user *edited, struct error *err)
{
    struct transaction transaction;
    struct user user;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, edit_user(&transaction, arena, organization, name_or_uuid, change, &user, err), err))
        return false;
    *edited = user;
    return true;
}

bool store_remove_user(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err)
{
    struct transaction transaction;
    struct user user;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = find_user(&transaction, arena, organization, name_or_uuid, &user, err) &&
                   RUN(transaction.connection, err, "DELETE FROM users WHERE id = $1", SQL_INTEGER(user.id)) &&
                   check_admin_left(&transaction, organization, err) &&
                   note(&transaction, organization, &user, who, "user.remove", view_text(""), err);
    return transaction_end(&transaction, is_done, err);
}

static bool list_users(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct user **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? "SELECT " USER_COLUMNS " FROM users WHERE organization_id = $1 AND id < $2 "
                                          "ORDER BY id DESC LIMIT $3"
                                        : "SELECT " USER_COLUMNS " FROM users WHERE organization_id = $1 AND id > $2 "
                                          "ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct user *list = ARENA_ARRAY(arena, struct user, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_user(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_users(struct store *store, struct arena *arena, int64_t organization, const struct page_request *page,
    struct user **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_users(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}
