/* SPDX-License-Identifier: Apache-2.0 */
/* Content digests as OCI writes them, `sha256:` and 64 lower-case hexadecimal digits, or `sha512:` and 128
   (OCI image spec 1.1, descriptor.md "Digests"); other algorithms are refused. Hashing is OpenSSL's EVP. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

/* "sha512:" + 128 + NUL */
#define DIGEST_TEXT_MAX 136

struct digest {
    char text[DIGEST_TEXT_MAX]; /* empty = none */
};

/* Accepts `text` only in the exact form above. */
bool digest_parse(struct view text, struct digest *digest, struct error *err) MUST_CHECK;

static inline bool digest_is_set(const struct digest *digest)
{
    return digest->text[0] != '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b);
struct view digest_view(const struct digest *digest);

/* The hexadecimal part only. */
struct view digest_hex(const struct digest *digest);

/* sha256 of bytes in memory. */
void digest_of(struct view content, struct digest *digest);

/* A running hash with the algorithm of `expected` (sha256 if that is empty). One thread; release with hash_free. */
struct hash;
struct hash *hash_new(const struct digest *expected);
void hash_free(struct hash *hash);
void hash_update(struct hash *hash, struct view content);
void hash_finish(struct hash *hash, struct digest *digest); /* once */

static inline void hash_cleanup(struct hash **hash)
{
    hash_free(*hash);
}
#define AUTO_HASH CLEANUP(hash_cleanup) struct hash

/* ERROR_CORRUPT unless `content` has the digest `expected`; `what` names the content: "manifest". */
bool digest_verify(struct view content, const struct digest *expected, const char *what, struct error *err) MUST_CHECK;

#endif
