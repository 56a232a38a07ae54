/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/password.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024, AT_ONCE_MAX = 2 };

static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "libsodium's texts fit");

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_free = PTHREAD_COND_INITIALIZER;
static int running;

/* So that guesses cost an attacker's time and not this machine's memory. */
static void begin(void)
{
    pthread_mutex_lock(&mutex);
    while (running == AT_ONCE_MAX)
        pthread_cond_wait(&is_free, &mutex);
    running++;
    pthread_mutex_unlock(&mutex);
}

static void end(void)
{
    pthread_mutex_lock(&mutex);
    running--;
    pthread_cond_signal(&is_free);
    pthread_mutex_unlock(&mutex);
}

bool password_check(struct view password, struct error *err)
{
    size_t same = 0;
    for (size_t i = 0; i < password.size; i++)
        same += password.data[i] == password.data[0];
    if (password.size < PASSWORD_BYTES_MIN)
        return error_set(err, ERROR_INVALID, "a password has at least %d bytes", PASSWORD_BYTES_MIN);
    if (password.size > PASSWORD_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "a password has at most %d bytes", PASSWORD_BYTES_MAX);
    return same < password.size || error_set(err, ERROR_INVALID, "this is one character over and over");
}

bool password_hash(struct view password, char hash[PASSWORD_HASH_SIZE], struct error *err)
{
    if (!password_check(password, err))
        return false;
    begin();
    int status =
        crypto_pwhash_str_alg(hash, password.data, password.size, PASSES, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
    end();
    return status == 0 || error_set(err, ERROR_LIMIT, "no memory to hash the password");
}

bool password_matches(struct view password, struct view hash)
{
    char text[PASSWORD_HASH_SIZE] = "";
    const char *bytes = password.size > 0 ? password.data : ""; /* an empty view may have no address */
    bool is_usable = hash.size > 0 && hash.size < sizeof(text) && password.size <= PASSWORD_BYTES_MAX;
    begin();
    bool is_hashed = true;
    if (is_usable)
        memcpy(text, hash.data, hash.size);
    else
        is_hashed = crypto_pwhash_str_alg(text, "", 0, PASSES, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) == 0;
    bool is_match = is_hashed && is_usable && crypto_pwhash_str_verify(text, bytes, password.size) == 0;
    end();
    return is_match;
}
