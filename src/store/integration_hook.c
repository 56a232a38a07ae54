/* SPDX-License-Identifier: Apache-2.0 */
/* The secret in the address that a registry calls: 256 random bits, of which only the SHA-256 is kept. */
#include "base/digest.h"
#include "store/accounts_internal.h"
#include "store/integrations_internal.h"

#include <openssl/crypto.h>

static void hash_secret(struct view secret, struct digest *digest)
{
    digest_of(secret, digest);
}

static bool set_hook(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, const struct token *token, struct error *err)
{
    struct integration integration;
    struct digest digest = {.text = ""};
    bool found = false;
    if (!integration_find(transaction, arena, organization, view_text(uuid->text), &integration, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no such integration");
    if (token != NULL)
        hash_secret(view_text(token->text), &digest);
    return RUN(transaction->connection, err, "UPDATE integrations SET hook_hash = $1, updated_ms = $2 WHERE id = $3",
               SQL_WORD(digest.text), SQL_INTEGER(transaction->now_ms), SQL_INTEGER(integration.id)) &&
           integration_audit(transaction, organization, &integration, who, "integration.webhook",
               view_text(token != NULL ? "new address" : "off"), err);
}

bool store_set_hook(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct view who, struct token *token, struct error *err)
{
    struct transaction transaction;
    if (token != NULL)
        token_new(token);
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, set_hook(&transaction, arena, organization, uuid, who, token, err), err);
}

static bool find_hook(struct transaction *transaction, struct arena *arena, struct view uuid, struct view secret,
    int64_t *organization, struct integration *integration, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct digest given;
    struct view known = view_text("");
    bool found = false;
    hash_secret(secret, &given);
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT organization_id, hook_hash FROM integrations WHERE uuid = $1 AND removed_ms = 0", SQL_TEXT(uuid)))
        return false;
    if (rows_next(&rows)) {
        *organization = rows_integer(&rows, 0);
        known = rows_copy(&rows, arena, 1);
    }
    if (!rows_finish(&rows, err))
        return false;
    bool is_equal = known.size == strlen(given.text) && CRYPTO_memcmp(known.data, given.text, known.size) == 0;
    if (is_equal && !integration_find(transaction, arena, *organization, uuid, integration, &found, err))
        return false;
    return found || error_set(err, ERROR_NOT_FOUND, "there is no such webhook");
}

bool store_find_hook(struct store *store, struct arena *arena, struct view uuid, struct view secret,
    int64_t *organization, struct integration *integration, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, find_hook(&transaction, arena, uuid, secret, organization, integration, err), err);
}
