/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of people: Argon2id with 19 MiB (OWASP's first choice), at most two at a time in the process. The texts begin with
   "$argon2id$" and carry their parameters. Any thread; a call takes tens of milliseconds. */
#ifndef SECRET_PASSWORD_H
#define SECRET_PASSWORD_H

#include "base/error.h"
#include "base/view.h"

#define PASSWORD_BYTES_MIN 12
#define PASSWORD_BYTES_MAX 1024
#define PASSWORD_HASH_SIZE 128 /* with the NUL */

/* ERROR_INVALID for one that is too short, too long, or one character over and over. */
bool password_check(struct view password, struct error *err) MUST_CHECK;

bool password_hash(struct view password, char hash[PASSWORD_HASH_SIZE], struct error *err) MUST_CHECK;

/* Takes as long for an empty hash, which no password matches. */
bool password_matches(struct view password, struct view hash);

#endif
