/* SPDX-License-Identifier: Apache-2.0 */
#include "store/accounts.h"

#include "base/digest.h"
#include "base/hex.h"
#include "store/accounts_internal.h"
#include "store/passwords.h"
#include "store/roles.h"
#include "store/team_rows.h"

void token_new(struct token *token)
{
    unsigned char bytes[32];
    random_bytes(bytes, sizeof(bytes));
    memcpy(token->text, "tw_", 3);
    hex_write(token->text + 3, bytes, sizeof(bytes));
    explicit_bzero(bytes, sizeof(bytes));
}

void token_wipe(struct token *token)
{
    explicit_bzero(token, sizeof(*token));
}

struct view token_hash(struct arena *arena, struct view secret)
{
    struct digest digest;
    digest_of(secret, &digest);
    return arena_copy(arena, digest_view(&digest));
}

/* Another hash of the session's secret: who knows it has read our page, and it does not lead back to the secret. */
static void derive_csrf(struct view secret, char csrf[TOKEN_TEXT_SIZE])
{
    static const char prefix[] = "csrf:";
    struct digest digest;
    struct hash *hash = hash_new(&(struct digest){0});
    hash_update(hash, view_text(prefix));
    hash_update(hash, secret);
    hash_finish(hash, &digest);
    hash_free(hash);
    struct view hex = digest_hex(&digest);
    memcpy(csrf, "tw_", 3);
    memcpy(csrf + 3, hex.data, TOKEN_TEXT_SIZE - 4);
    csrf[TOKEN_TEXT_SIZE - 1] = '\0';
}

bool session_csrf_matches(const struct session *session, struct view given)
{
    unsigned char difference = given.size != TOKEN_TEXT_SIZE - 1;
    for (size_t i = 0; i < given.size && i < TOKEN_TEXT_SIZE - 1; i++)
        difference |= (unsigned char)(given.data[i] ^ session->csrf[i]);
    return difference == 0;
}

bool account_name_check(const char *what, struct view name, size_t bytes_max, struct error *err)
{
    bool is_good = name.size > 0 && name.size <= bytes_max && view_is_utf8(name) && name.data[0] != ' ' &&
                   name.data[name.size - 1] != ' ';
    for (size_t i = 0; i < name.size && is_good; i++)
        is_good = (unsigned char)name.data[i] >= ' ' && name.data[i] != 0x7f && name.data[i] != '/';
    return is_good ||
           error_set(err, ERROR_INVALID,
               "%s has 1 to %zu printable characters, without \"/\" and without spaces at its ends", what, bytes_max);
}

#define ACCOUNT_COLUMNS                                                                                                \
    "organizations.id, organizations.uuid, organizations.name, users.id, users.uuid, users.name, users.role"

static void read_account(const struct rows *rows, struct arena *arena, struct account *account)
{
    account->organization = rows_integer(rows, 0);
    uuid_parse(rows_view(rows, 1), &account->organization_uuid);
    account->organization_name = rows_copy(rows, arena, 2);
    account->user = rows_integer(rows, 3);
    uuid_parse(rows_view(rows, 4), &account->user_uuid);
    account->user_name = rows_copy(rows, arena, 5);
    account->role = rows_copy(rows, arena, 6);
}

/* Its first administrator who can sign in. */
static bool find_admin(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct account *account, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " ACCOUNT_COLUMNS " FROM organizations JOIN users ON users.organization_id = organizations.id "
            "WHERE organizations.id = $1 AND users.role = 'admin' AND users.state <> 'disabled' AND is_limited = 0 "
            "ORDER BY users.id LIMIT 1",
            SQL_INTEGER(organization)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        read_account(&rows, arena, account);
    return rows_finish(&rows, err);
}

bool account_ensure_admin(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct account *account, struct error *err)
{
    bool found = false;
    struct uuid user;
    if (!find_admin(transaction, arena, organization, account, &found, err))
        return false;
    uuid_new(&user);
    return found ||
           (RUN(transaction->connection, err,
                "INSERT INTO users (organization_id, uuid, name, role, created_ms) VALUES ($1, $2, 'admin', "
                "'admin', $3) ON CONFLICT (organization_id, name) DO UPDATE SET role = 'admin', state = 'active', "
                "is_limited = 0",
                SQL_INTEGER(organization), SQL_WORD(user.text), SQL_INTEGER(transaction->now_ms)) &&
               find_admin(transaction, arena, organization, account, &found, err));
}

/* The first organization: it may have got another name. */
static bool find_first(struct transaction *transaction, int64_t *organization, bool *found, struct error *err)
{
    return LOOKUP(transaction->connection, organization, found, err, "SELECT id FROM organizations ORDER BY id LIMIT 1",
        SQL_NONE);
}

static bool ensure_first(
    struct transaction *transaction, struct arena *arena, struct account *account, struct error *err)
{
    int64_t organization = 0;
    bool found = false;
    struct uuid uuid;
    uuid_new(&uuid);
    if (!find_first(transaction, &organization, &found, err))
        return false;
    if (!found && (!RUN(transaction->connection, err,
                       "INSERT INTO organizations (uuid, name, created_ms) VALUES ($1, 'default', $2)",
                       SQL_WORD(uuid.text), SQL_INTEGER(transaction->now_ms)) ||
                      !find_first(transaction, &organization, &found, err)))
        return false;
    return account_ensure_admin(transaction, arena, organization, account, err);
}

static bool find_first_admin(
    struct transaction *transaction, struct arena *arena, struct account *account, bool *found, struct error *err)
{
    int64_t organization = 0;
    return find_first(transaction, &organization, found, err) &&
           (!*found || find_admin(transaction, arena, organization, account, found, err));
}

bool store_ensure_admin(struct store *store, struct arena *arena, struct account *account, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find_first_admin(&transaction, arena, account, &found, err), err))
        return false;
    if (found)
        return true;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, ensure_first(&transaction, arena, account, err), err);
}

bool store_find_organization(struct store *store, const struct uuid *uuid, int64_t *organization, struct error *err)
{
    struct transaction transaction;
    bool found = false;
    int64_t id = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            LOOKUP(transaction.connection, &id, &found, err, "SELECT id FROM organizations WHERE uuid = $1",
                SQL_WORD(uuid->text)),
            err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no organization \"%s\"", uuid->text);
    *organization = id;
    return true;
}

bool sign_in_token_add(
    struct transaction *transaction, int64_t user, int64_t valid_ms, const struct token *token, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    return RUN(transaction->connection, err, "DELETE FROM sign_in_tokens WHERE expires_ms <= $1",
               SQL_INTEGER(transaction->now_ms)) &&
           RUN(transaction->connection, err,
               "INSERT INTO sign_in_tokens (hash, user_id, created_ms, expires_ms) VALUES ($1, $2, $3, $4)",
               SQL_TEXT(token_hash(arena, view_text(token->text))), SQL_INTEGER(user), SQL_INTEGER(transaction->now_ms),
               SQL_INTEGER(transaction->now_ms + valid_ms));
}

bool store_new_sign_in_token(
    struct store *store, int64_t user, int64_t valid_ms, struct token *token, struct error *err)
{
    struct token made;
    struct transaction transaction;
    token_new(&made);
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, sign_in_token_add(&transaction, user, valid_ms, &made, err), err))
        return false;
    *token = made;
    return true;
}

static int64_t session_expiry(int64_t created_ms, int64_t used_ms)
{
    int64_t idle = used_ms + SESSION_IDLE_MS_MAX;
    int64_t absolute = created_ms + SESSION_MS_MAX;
    return idle < absolute ? idle : absolute;
}

/* The session of a secret; `*used_ms` is when it was last noted. */
static bool read_session(struct transaction *transaction, struct arena *arena, struct view secret,
    struct session *session, int64_t *used_ms, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " ACCOUNT_COLUMNS ", sessions.created_ms, sessions.used_ms FROM sessions "
            "JOIN users ON users.id = sessions.user_id JOIN organizations ON organizations.id = users.organization_id "
            "WHERE sessions.hash = $1 AND sessions.used_ms > $2 AND sessions.created_ms > $3 "
            "AND users.state <> 'disabled'",
            SQL_TEXT(token_hash(arena, secret)), SQL_INTEGER(transaction->now_ms - SESSION_IDLE_MS_MAX),
            SQL_INTEGER(transaction->now_ms - SESSION_MS_MAX)))
        return false;
    *found = rows_next(&rows);
    if (*found) {
        read_account(&rows, arena, &session->account);
        session->created_ms = rows_integer(&rows, 7);
        *used_ms = rows_integer(&rows, 8);
        session->expires_ms = session_expiry(session->created_ms, *used_ms);
        derive_csrf(secret, session->csrf);
    }
    return rows_finish(&rows, err) &&
           (!*found || (team_read_owners(transaction, arena, session->account.user, &session->owners, err) &&
                           role_permissions(transaction, session->account.organization, session->account.role,
                               &session->permissions, err)));
}

static bool begin_session(struct transaction *transaction, struct arena *arena, int64_t user,
    const struct token *secret, struct session *session, struct error *err)
{
    int64_t used_ms = 0;
    bool found = false;
    struct view hash = token_hash(arena, view_text(secret->text));
    return RUN(transaction->connection, err, "DELETE FROM sessions WHERE used_ms <= $1 OR created_ms <= $2",
               SQL_INTEGER(transaction->now_ms - SESSION_IDLE_MS_MAX),
               SQL_INTEGER(transaction->now_ms - SESSION_MS_MAX)) &&
           RUN(transaction->connection, err,
               "INSERT INTO sessions (hash, user_id, created_ms, used_ms) VALUES ($1, $2, $3, $3)", SQL_TEXT(hash),
               SQL_INTEGER(user), SQL_INTEGER(transaction->now_ms)) &&
           RUN(transaction->connection, err,
               "UPDATE users SET state = 'active', signed_in_ms = $1 WHERE id = $2 AND state <> 'disabled'",
               SQL_INTEGER(transaction->now_ms), SQL_INTEGER(user)) &&
           read_session(transaction, arena, view_text(secret->text), session, &used_ms, &found, err) &&
           (found || error_set(err, ERROR_DENIED, "this user cannot sign in"));
}

static bool redeem(
    struct transaction *transaction, struct arena *arena, struct view one_time_token, int64_t *user, struct error *err)
{
    bool found = false;
    if (!LOOKUP(transaction->connection, user, &found, err,
            "DELETE FROM sign_in_tokens WHERE hash = $1 AND expires_ms > $2 RETURNING user_id",
            SQL_TEXT(token_hash(arena, one_time_token)), SQL_INTEGER(transaction->now_ms)))
        return false;
    return found || error_set(err, ERROR_DENIED,
                        "this sign-in link is unknown, used or expired: the server prints a new one when it starts");
}

/* By a one-time token, or without one for the user. */
static bool open_session(struct store *store, struct arena *arena, const struct view *one_time_token, int64_t user,
    struct token *secret, struct session *session, struct error *err)
{
    struct token made;
    struct session opened;
    struct transaction transaction;
    token_new(&made);
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = (one_time_token == NULL || redeem(&transaction, arena, *one_time_token, &user, err)) &&
                   begin_session(&transaction, arena, user, &made, &opened, err);
    if (!transaction_end(&transaction, is_done, err))
        return false;
    *secret = made;
    *session = opened;
    return true;
}

bool store_sign_in(struct store *store, struct arena *arena, struct view one_time_token, struct token *secret,
    struct session *session, struct error *err)
{
    return open_session(store, arena, &one_time_token, 0, secret, session, err);
}

bool store_begin_session(struct store *store, struct arena *arena, int64_t user, struct token *secret,
    struct session *session, struct error *err)
{
    return open_session(store, arena, NULL, user, secret, session, err);
}

bool store_find_session(
    struct store *store, struct arena *arena, struct view secret, struct session *session, struct error *err)
{
    struct session read;
    struct transaction transaction;
    int64_t used_ms = 0;
    bool found = false;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, read_session(&transaction, arena, secret, &read, &used_ms, &found, err), err))
        return false;
    if (!found)
        return error_set(err, ERROR_DENIED, "this session is unknown or has expired: sign in again");
    if (transaction.now_ms - used_ms >= SESSION_NOTE_MS) {
        if (!transaction_write(store, &transaction, err))
            return false;
        bool is_done = RUN(transaction.connection, err, "UPDATE sessions SET used_ms = $1 WHERE hash = $2",
            SQL_INTEGER(transaction.now_ms), SQL_TEXT(token_hash(arena, secret)));
        if (!transaction_end(&transaction, is_done, err))
            return false;
        read.expires_ms = session_expiry(read.created_ms, transaction.now_ms);
    }
    *session = read;
    return true;
}

bool store_end_session(struct store *store, struct view secret, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction,
               RUN(transaction.connection, err, "DELETE FROM sessions WHERE hash = $1",
                   SQL_TEXT(token_hash(arena, secret))),
               err);
}
