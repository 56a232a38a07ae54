/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that seal credentials in the store: a file beside the store (mode 0600) or a systemd credential. Its first key
   seals; all of them open. XChaCha20-Poly1305 binds every sealed text to its place (table, row, organization, field), so
   that a row copied to another place does not open there. Functions may be called from any thread; a file that another
   process replaced is read again by itself. */
#ifndef SECRET_KEYRING_H
#define SECRET_KEYRING_H

#include "base/arena.h"
#include "base/error.h"
#include "secret/secret.h"

#include <stdint.h>

#define KEYRING_KEYS_MAX 64
#define KEY_ID_BYTES 8
#define KEY_ID_TEXT_SIZE (2 * KEY_ID_BYTES + 1)
#define KEYRING_FILE_BYTES_MAX (16u * 1024)

struct keyring;

/* Reads the file. If it is absent and `may_make`, one with a new key is made; without, ERROR_NOT_FOUND. ERROR_REFUSED if
   others than its owner may read it. */
bool keyring_open(const char *path, bool may_make, struct keyring **keyring, struct error *err) MUST_CHECK;
void keyring_close(struct keyring *keyring); /* NULL is fine */

static inline void keyring_cleanup(struct keyring **keyring)
{
    keyring_close(*keyring);
}
#define AUTO_KEYRING CLEANUP(keyring_cleanup) struct keyring

/* Makes a new first key; the older ones stay and open what they sealed. */
bool keyring_add_key(struct keyring *keyring, struct error *err) MUST_CHECK;

/* Drops all keys but the first. */
bool keyring_forget_old(struct keyring *keyring, struct error *err) MUST_CHECK;

/* Whether it has the key; `id` in hexadecimal. */
bool keyring_has(struct keyring *keyring, struct view id);

/* The id of the first key. */
void keyring_first(struct keyring *keyring, char id[KEY_ID_TEXT_SIZE]);

const char *keyring_path(const struct keyring *keyring);

/* Where a sealed text stands. */
struct seal_place {
    const char *table;
    struct view row; /* never reused for another row: a UUID */
    int64_t organization;
    struct view field;
};

/* Seals with the first key. */
bool keyring_seal(struct keyring *keyring, struct arena *arena, const struct seal_place *place,
    const struct secret *secret, struct view *sealed, struct error *err) MUST_CHECK;

/* ERROR_NOT_FOUND names the id of a key that is missing, ERROR_CORRUPT that the text was changed or moved. */
bool keyring_unseal(struct keyring *keyring, const struct seal_place *place, struct view sealed, struct secret **secret,
    struct error *err) MUST_CHECK;

/* The id of the key that sealed the text; false if it is no sealed text. */
bool sealed_key_id(struct view sealed, char id[KEY_ID_TEXT_SIZE]);

#endif
