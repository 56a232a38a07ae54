/* SPDX-License-Identifier: Apache-2.0 */
#include "secret/signature.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

/* No terminal is asked for the password of a key. */
static int no_password(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

static bool read_key(const char *path, bool is_private, EVP_PKEY **key, struct error *err)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return error_set_errno(err, errno, "could not open the key \"%s\"", path);
    EVP_PKEY *found = is_private ? PEM_read_PrivateKey(file, NULL, no_password, NULL)
                                 : PEM_read_PUBKEY(file, NULL, no_password, NULL);
    fclose(file);
    ERR_clear_error();
    if (found != NULL && EVP_PKEY_get_base_id(found) == EVP_PKEY_ED25519) {
        *key = found;
        return true;
    }
    EVP_PKEY_free(found);
    return error_set(err, ERROR_INVALID, "\"%s\" holds no %s; make one with: %s", path,
        is_private ? "Ed25519 private key in PEM form without a password" : "Ed25519 public key in PEM form",
        is_private ? "openssl genpkey -algorithm ed25519 -out KEY" : "openssl pkey -in KEY -pubout -out PUBLIC");
}

bool signature_make(
    const char *key_file, struct view message, unsigned char signature[SIGNATURE_BYTES], struct error *err)
{
    EVP_PKEY *key;
    size_t size = SIGNATURE_BYTES;
    if (!read_key(key_file, true, &key, err))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_made = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                   EVP_DigestSign(context, signature, &size, (const unsigned char *)message.data, message.size) == 1 &&
                   size == SIGNATURE_BYTES;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return is_made || error_set(err, ERROR_IO, "could not sign with the key \"%s\"", key_file);
}

bool signature_check(const char *public_key_file, struct view message, struct view signature, struct error *err)
{
    EVP_PKEY *key;
    if (!read_key(public_key_file, false, &key, err))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context != NULL && signature.size == SIGNATURE_BYTES &&
                   EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                   EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                       (const unsigned char *)message.data, message.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return is_good ||
           error_set(err, ERROR_REFUSED, "the signature was not made with the key of \"%s\"", public_key_file);
}
