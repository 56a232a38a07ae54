/* SPDX-License-Identifier: Apache-2.0 */
#include "store/roles.h"

#include "store/accounts_internal.h"
#include "store/audit.h"

static void read_role(const struct rows *rows, struct arena *arena, struct role *role)
{
    struct view unknown;
    *role = (struct role){
        .name = rows_copy(rows, arena, 1), .purpose = rows_copy(rows, arena, 2), .created_ms = rows_integer(rows, 4)};
    uuid_parse(rows_view(rows, 0), &role->uuid);
    (void)permission_parse(
        rows_view(rows, 3), &role->permissions, &unknown); /* what this program does not know, it has not */
}

#define ROLE_SELECT "SELECT uuid, name, purpose, permissions, created_ms FROM roles WHERE organization_id = $1 "

static bool read_roles(struct transaction *transaction, struct arena *arena, int64_t organization, struct role **items,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct role *items;
        size_t count, capacity;
    } list = {0};
    struct predefined_role predefined;
    for (size_t i = 0; permission_role_at(i, &predefined); i++)
        *(struct role *)ARENA_PUSH(arena, &list) = (struct role){.name = view_text(predefined.name),
            .purpose = view_text(predefined.purpose),
            .permissions = predefined.permissions};
    if (!QUERY(transaction->connection, &rows, err, ROLE_SELECT "ORDER BY name", SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows))
        read_role(&rows, arena, ARENA_PUSH(arena, &list));
    *items = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_list_roles(struct store *store, struct arena *arena, int64_t organization, struct role **items,
    size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, read_roles(&transaction, arena, organization, items, count, err), err);
}

static bool find_role(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct role *role, struct error *err)
{
    struct role *items = NULL;
    size_t count = 0;
    struct view names = view_text("");
    if (!read_roles(transaction, arena, organization, &items, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        *role = items[i];
        if (view_equal(items[i].name, name_or_uuid) || view_is(name_or_uuid, items[i].uuid.text))
            return true;
        names = arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(names), i == 0 ? "" : ", ", VIEW_PRINT(items[i].name));
    }
    return error_set(err, ERROR_NOT_FOUND, "there is no role \"%.*s\"; there are: %.*s",
        name_or_uuid.size > ROLE_NAME_BYTES_MAX ? ROLE_NAME_BYTES_MAX : (int)name_or_uuid.size, name_or_uuid.data,
        names.size > 400 ? 400 : (int)names.size, names.data);
}

bool store_find_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct role *role, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_role(&transaction, arena, organization, name_or_uuid, role, err), err);
}

bool role_permissions(struct transaction *transaction, int64_t organization, struct view name,
    struct permission_set *permissions, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct role role = {.name = view_text("")};
    *permissions = (struct permission_set){0};
    if (permission_of_predefined(name, permissions))
        return true;
    if (!QUERY(transaction->connection, &rows, err, ROLE_SELECT "AND name = $2", SQL_INTEGER(organization),
            SQL_TEXT(name)))
        return false;
    if (rows_next(&rows))
        read_role(&rows, arena, &role);
    *permissions = role.permissions;
    return rows_finish(&rows, err);
}

static bool note(struct transaction *transaction, int64_t organization, const struct role *role, struct view who,
    const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("role"),
        .subject_id = view_text(role->uuid.text),
        .subject_name = role->name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

static bool check_new(
    struct transaction *transaction, struct arena *arena, int64_t organization, struct view name, struct error *err)
{
    struct role *items = NULL;
    size_t count = 0, own = 0;
    if (!read_roles(transaction, arena, organization, &items, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        own += items[i].created_ms != 0;
        if (view_equal(items[i].name, name))
            return error_set(err, ERROR_CONFLICT, "there is a role \"%.*s\" already", VIEW_PRINT(name));
    }
    return own < ROLES_MAX || error_set(err, ERROR_LIMIT, "an organization has at most %d roles of its own", ROLES_MAX);
}

static bool add_role(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct role_new *given, struct role *made, struct error *err)
{
    struct uuid uuid;
    struct view names = permission_names(arena, given->permissions);
    uuid_new(&uuid);
    return check_new(transaction, arena, organization, given->name, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO roles (organization_id, uuid, name, purpose, permissions, created_ms) "
               "VALUES ($1, $2, $3, $4, $5, $6)",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name), SQL_TEXT(given->purpose),
               SQL_TEXT(names), SQL_INTEGER(transaction->now_ms)) &&
           find_role(transaction, arena, organization, view_text(uuid.text), made, err) &&
           note(transaction, organization, made, given->who, "role.create", names, err);
}

bool store_add_role(struct store *store, struct arena *arena, int64_t organization, const struct role_new *given,
    struct role *made, struct error *err)
{
    struct transaction transaction;
    struct role added;
    if (!account_name_check("a role's name", given->name, ROLE_NAME_BYTES_MAX, err) ||
        !transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add_role(&transaction, arena, organization, given, &added, err), err))
        return false;
    *made = added;
    return true;
}

static bool find_own(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct role *role, struct error *err)
{
    if (!find_role(transaction, arena, organization, name_or_uuid, role, err))
        return false;
    return role->created_ms != 0 ||
           error_set(
               err, ERROR_CONFLICT, "the role \"%.*s\" is predefined: make one of your own", VIEW_PRINT(role->name));
}

static bool edit_role(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, const struct role_change *change, struct role *edited, struct error *err)
{
    if (!find_own(transaction, arena, organization, name_or_uuid, edited, err))
        return false;
    if (change->purpose != NULL)
        edited->purpose = *change->purpose;
    if (change->permissions != NULL)
        edited->permissions = *change->permissions;
    struct view names = permission_names(arena, edited->permissions);
    return RUN(transaction->connection, err, "UPDATE roles SET purpose = $2, permissions = $3 WHERE uuid = $1",
               SQL_WORD(edited->uuid.text), SQL_TEXT(edited->purpose), SQL_TEXT(names)) &&
           note(transaction, organization, edited, change->who, "role.edit", names, err);
}

bool store_edit_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct role_change *change, struct role *edited, struct error *err)
{
    struct transaction transaction;
    struct role role;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, edit_role(&transaction, arena, organization, name_or_uuid, change, &role, err), err))
        return false;
    *edited = role;
    return true;
}

static bool remove_role(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view who, struct error *err)
{
    struct role role;
    int64_t holders = 0;
    bool found = false;
    if (!find_own(transaction, arena, organization, name_or_uuid, &role, err) ||
        !LOOKUP(transaction->connection, &holders, &found, err,
            "SELECT (SELECT count(*) FROM users WHERE organization_id = $1 AND role = $2) + "
            "(SELECT count(*) FROM api_tokens WHERE organization_id = $1 AND role = $2 AND revoked_ms = 0) + "
            "(SELECT count(*) FROM service_accounts WHERE organization_id = $1 AND role = $2 AND deleted_ms = 0)",
            SQL_INTEGER(organization), SQL_TEXT(role.name)))
        return false;
    if (holders > 0)
        return error_set(err, ERROR_CONFLICT,
            "%lld users, tokens and service accounts have the role \"%.*s\": give them another one first",
            (long long)holders, VIEW_PRINT(role.name));
    return RUN(transaction->connection, err, "DELETE FROM roles WHERE uuid = $1", SQL_WORD(role.uuid.text)) &&
           note(transaction, organization, &role, who, "role.remove", view_text(""), err);
}

bool store_remove_role(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, remove_role(&transaction, arena, organization, name_or_uuid, who, err), err);
}
