/* SPDX-License-Identifier: Apache-2.0 */
/* The values that a registry asks for. What is secret is sealed before it gets here, and opened only for connections. */
#include "store/integrations_internal.h"

static struct seal_place place_of(int64_t organization, const struct integration *integration, struct view field)
{
    return (struct seal_place){"integration_fields", view_text(integration->uuid.text), organization, field};
}

static bool write_sealed(struct transaction *transaction, int64_t organization, const struct integration *integration,
    const struct integration_new *given, const struct field_change *change, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    char key_id[KEY_ID_TEXT_SIZE] = "";
    struct view sealed;
    struct seal_place place = place_of(organization, integration, change->name);
    if (!keyring_seal(given->keyring, arena, &place, change->value, &sealed, err))
        return false;
    (void)sealed_key_id(sealed, key_id);
    return RUN(transaction->connection, err,
        "INSERT INTO integration_fields (integration_id, name, value, key_id, sealed) VALUES ($1, $2, '', $3, $4)",
        SQL_INTEGER(integration->id), SQL_TEXT(change->name), SQL_WORD(key_id), SQL_BYTES(sealed));
}

bool integration_fields_write(struct transaction *transaction, int64_t organization,
    const struct integration *integration, const struct integration_new *given, struct error *err)
{
    for (size_t i = 0; i < given->field_count; i++) {
        const struct field_change *change = &given->fields[i];
        const struct credential_field *field = credential_field_find(integration->type, change->name);
        if (!RUN(transaction->connection, err, "DELETE FROM integration_fields WHERE integration_id = $1 AND name = $2",
                SQL_INTEGER(integration->id), SQL_TEXT(change->name)))
            return false;
        if (change->value == NULL)
            continue;
        if (field->kind == CREDENTIAL_SECRET) {
            if (!write_sealed(transaction, organization, integration, given, change, err))
                return false;
        } else if (!RUN(transaction->connection, err,
                       "INSERT INTO integration_fields (integration_id, name, value, key_id) VALUES ($1, $2, $3, '')",
                       SQL_INTEGER(integration->id), SQL_TEXT(change->name), SQL_TEXT(secret_view(change->value)))) {
            return false;
        }
    }
    return true;
}

bool integration_secrets_drop(struct transaction *transaction, const struct integration *integration,
    const struct integration_new *given, size_t *dropped, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct view names[CREDENTIAL_FIELDS_MAX];
    size_t count = 0;
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name FROM integration_fields WHERE integration_id = $1 AND key_id <> ''",
            SQL_INTEGER(integration->id)))
        return false;
    while (count < CREDENTIAL_FIELDS_MAX && rows_next(&rows))
        names[count++] = rows_copy(&rows, arena, 0);
    if (!rows_finish(&rows, err))
        return false;
    *dropped = count;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < given->field_count; j++)
            *dropped -= view_equal(given->fields[j].name, names[i]);
    }
    return RUN(transaction->connection, err,
        "DELETE FROM integration_fields WHERE integration_id = $1 AND key_id <> ''", SQL_INTEGER(integration->id));
}

/* One row as a value of the set; what the table of fields no longer has is left out. */
static bool read_value(const struct rows *rows, const struct integration *integration,
    struct integration_credentials *credentials, struct secret *value)
{
    const struct credential_field *field = credential_field_find(integration->type, rows_view(rows, 0));
    if (field == NULL || credentials->fields.count == CREDENTIAL_FIELDS_MAX) {
        secret_free(value);
        return false;
    }
    size_t index = credentials->fields.count++;
    credentials->secrets[index] = value;
    credentials->fields.items[index] = (struct credential_value){field, value};
    return true;
}

bool integration_fields_check(
    struct transaction *transaction, const struct integration *integration, bool may_lack_secrets, struct error *err)
{
    AUTO_CREDENTIALS stored = {.fields = {.count = 0}};
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name FROM integration_fields WHERE integration_id = $1 ORDER BY name",
            SQL_INTEGER(integration->id)))
        return false;
    while (rows_next(&rows))
        (void)read_value(&rows, integration, &stored, secret_new(view_text("")));
    if (!rows_finish(&rows, err))
        return false;
    if (!may_lack_secrets && integration->settings.certificate.size > 0 &&
        credential_secret(&stored.fields, "certificate_key") == NULL)
        return error_set(err, ERROR_INVALID, "field \"certificate_key\" is missing: the client certificate needs it");
    return may_lack_secrets || credential_set_check(integration->type, &stored.fields, err);
}

static bool list_fields(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t integration,
    struct integration_field **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct integration_field *list = ARENA_ARRAY(arena, struct integration_field, CREDENTIAL_FIELDS_MAX);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integration_fields.name, value, key_id FROM integration_fields JOIN integrations "
            "ON integrations.id = integration_id WHERE organization_id = $1 AND integration_id = $2 "
            "ORDER BY integration_fields.name",
            SQL_INTEGER(organization), SQL_INTEGER(integration)))
        return false;
    for (*count = 0; *count < CREDENTIAL_FIELDS_MAX && rows_next(&rows); (*count)++) {
        list[*count] = (struct integration_field){
            rows_copy(&rows, arena, 0), rows_copy(&rows, arena, 1), rows_view(&rows, 2).size > 0};
    }
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_integration_fields(struct store *store, struct arena *arena, int64_t organization, int64_t integration,
    struct integration_field **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, list_fields(&transaction, arena, organization, integration, items, count, err), err);
}

static bool open_fields(struct transaction *transaction, struct keyring *keyring, int64_t organization,
    const struct integration *integration, struct integration_credentials *credentials, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT name, value, key_id, sealed FROM integration_fields WHERE integration_id = $1 ORDER BY name",
            SQL_INTEGER(integration->id)))
        return false;
    while (rows_next(&rows)) {
        struct secret *value = NULL;
        struct seal_place place = place_of(organization, integration, rows_view(&rows, 0));
        bool is_sealed = rows_view(&rows, 2).size > 0;
        if (is_sealed && keyring == NULL)
            return error_set(err, ERROR_NOT_FOUND, "there is no keyring to open its credentials with");
        if (is_sealed && !keyring_unseal(keyring, &place, rows_view(&rows, 3), &value, err))
            return false;
        (void)read_value(&rows, integration, credentials, is_sealed ? value : secret_new(rows_view(&rows, 1)));
    }
    return rows_finish(&rows, err);
}

bool store_open_credentials(struct store *store, struct keyring *keyring, int64_t organization,
    const struct integration *integration, struct integration_credentials *credentials, struct error *err)
{
    struct transaction transaction;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, open_fields(&transaction, keyring, organization, integration, credentials, err), err))
        return error_wrap(err, "integration \"%.*s\"", VIEW_PRINT(integration->name));
    return true;
}

void integration_credentials_done(struct integration_credentials *credentials)
{
    for (size_t i = 0; i < credentials->fields.count; i++)
        secret_free(credentials->secrets[i]);
    credentials->fields.count = 0;
}

static bool check_keys(struct transaction *transaction, struct keyring *keyring, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT DISTINCT key_id FROM integration_fields WHERE key_id <> '' ORDER BY key_id", SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        if (keyring == NULL || !keyring_has(keyring, rows_view(&rows, 0)))
            return error_set(err, ERROR_NOT_FOUND,
                "key %.*s, which sealed credentials in the store, is missing: bring the file back from a copy",
                VIEW_PRINT(rows_view(&rows, 0)));
    }
    return rows_finish(&rows, err);
}

bool store_check_keys(struct store *store, struct keyring *keyring, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, check_keys(&transaction, keyring, err), err);
}

struct sealed_row {
    struct integration integration; /* id and uuid */
    int64_t organization;
    struct view name;
    struct view sealed;
};

struct sealed_rows {
    struct sealed_row *items;
    size_t count;
    size_t capacity;
};

static bool read_sealed(struct transaction *transaction, struct arena *arena, const char *key_id,
    struct sealed_rows *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT integrations.id, uuid, organization_id, integration_fields.name, sealed FROM integration_fields "
            "JOIN integrations ON integrations.id = integration_id WHERE key_id <> '' AND key_id <> $1",
            SQL_WORD(key_id)))
        return false;
    while (rows_next(&rows)) {
        struct sealed_row *row = ARENA_PUSH(arena, list);
        row->integration.id = rows_integer(&rows, 0);
        uuid_parse(rows_view(&rows, 1), &row->integration.uuid);
        row->organization = rows_integer(&rows, 2);
        row->name = rows_copy(&rows, arena, 3);
        row->sealed = rows_copy(&rows, arena, 4);
    }
    return rows_finish(&rows, err);
}

static bool seal_again(struct transaction *transaction, struct keyring *keyring, int64_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct sealed_rows list = {0};
    char first[KEY_ID_TEXT_SIZE];
    keyring_first(keyring, first);
    if (!read_sealed(transaction, arena, first, &list, err))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        struct sealed_row *row = &list.items[i];
        AUTO_SECRET *value = NULL;
        struct view sealed;
        struct seal_place place = place_of(row->organization, &row->integration, row->name);
        if (!keyring_unseal(keyring, &place, row->sealed, &value, err) ||
            !keyring_seal(keyring, arena, &place, value, &sealed, err) ||
            !RUN(transaction->connection, err,
                "UPDATE integration_fields SET key_id = $1, sealed = $2 WHERE integration_id = $3 AND name = $4",
                SQL_WORD(first), SQL_BYTES(sealed), SQL_INTEGER(row->integration.id), SQL_TEXT(row->name)))
            return false;
    }
    *count = (int64_t)list.count;
    return true;
}

bool store_seal_again(struct store *store, struct keyring *keyring, int64_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, seal_again(&transaction, keyring, count, err), err);
}
