/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/hex.h"
#include "base/memory.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct hash {
    EVP_MD_CTX *context;
    bool is_sha512;
};

static bool is_hexadecimal(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
    }
    return true;
}

bool digest_parse(struct view text, struct digest *digest, struct error *err)
{
    size_t colon = view_find(text, ':');
    struct view algorithm = view_slice(text, 0, colon);
    struct view hex = view_from(text, colon + 1);
    size_t expected = view_is(algorithm, "sha256") ? 64 : view_is(algorithm, "sha512") ? 128 : 0;
    int shown = text.size > 160 ? 160 : (int)text.size;
    if (expected == 0)
        return error_set(err, ERROR_INVALID, "digest \"%.*s\" is neither sha256 nor sha512", shown, text.data);
    if (hex.size != expected || !is_hexadecimal(hex))
        return error_set(err, ERROR_INVALID, "digest \"%.*s\" does not have %zu lower-case hexadecimal digits", shown,
            text.data, expected);
    *digest = (struct digest){0};
    memcpy(digest->text, text.data, text.size);
    return true;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return view_equal(digest_view(a), digest_view(b));
}

struct view digest_view(const struct digest *digest)
{
    return view_text(digest->text);
}

struct view digest_hex(const struct digest *digest)
{
    struct view text = digest_view(digest);
    return view_from(text, view_find(text, ':') + 1);
}

struct hash *hash_new(const struct digest *expected)
{
    struct hash *hash = memory_alloc(sizeof(*hash));
    hash->is_sha512 = expected != NULL && view_starts_with(digest_view(expected), "sha512:");
    hash->context = EVP_MD_CTX_new();
    if (hash->context == NULL ||
        EVP_DigestInit_ex(hash->context, hash->is_sha512 ? EVP_sha512() : EVP_sha256(), NULL) != 1)
        memory_exhausted(0);
    return hash;
}

void hash_free(struct hash *hash)
{
    if (hash == NULL)
        return;
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

void hash_update(struct hash *hash, struct view content)
{
    if (content.size > 0 && EVP_DigestUpdate(hash->context, content.data, content.size) != 1)
        memory_exhausted(0);
}

void hash_finish(struct hash *hash, struct digest *digest)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(hash->context, bytes, &size) != 1)
        memory_exhausted(0);
    *digest = (struct digest){0};
    struct view algorithm = view_text(hash->is_sha512 ? "sha512:" : "sha256:");
    memcpy(digest->text, algorithm.data, algorithm.size);
    hex_write(digest->text + algorithm.size, bytes, size);
}

void digest_of(struct view content, struct digest *digest)
{
    AUTO_HASH *hash = hash_new(NULL);
    hash_update(hash, content);
    hash_finish(hash, digest);
}

bool digest_verify(struct view content, const struct digest *expected, const char *what, struct error *err)
{
    AUTO_HASH *hash = hash_new(expected);
    hash_update(hash, content);
    struct digest actual;
    hash_finish(hash, &actual);
    if (!digest_equal(&actual, expected))
        return error_set(err, ERROR_CORRUPT, "%s has digest %s, expected %s", what, actual.text, expected->text);
    return true;
}
