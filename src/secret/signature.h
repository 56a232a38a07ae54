/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 signatures (RFC 8032) with keys as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them:
   PEM, PKCS #8 without a password and SubjectPublicKeyInfo. */
#ifndef SECRET_SIGNATURE_H
#define SECRET_SIGNATURE_H

#include "base/error.h"
#include "base/view.h"

#define SIGNATURE_BYTES 64

/* ERROR_INVALID unless the file holds such a private key. */
bool signature_make(
    const char *key_file, struct view message, unsigned char signature[SIGNATURE_BYTES], struct error *err) MUST_CHECK;

/* ERROR_REFUSED unless the signature is one of the message by the key whose public half is in the file. */
bool signature_check(
    const char *public_key_file, struct view message, struct view signature, struct error *err) MUST_CHECK;

#endif
