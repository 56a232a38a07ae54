/* SPDX-License-Identifier: Apache-2.0 */
#include "http/route.h"

#include "http/url.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* Encrypted keys would need a person at every start. */
static int no_password(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

static X509 *next_certificate(BIO *bio)
{
    return PEM_read_bio_X509(bio, NULL, no_password, NULL);
}

/* Reads every certificate; the first one is kept. */
static bool read_certificates(struct view pem, const char *what, X509 **first, struct error *err)
{
    if (pem.size > HTTP_ROUTE_PEM_BYTES_MAX)
        return error_set(
            err, ERROR_LIMIT, "the %s has %zu bytes, the limit is %u", what, pem.size, HTTP_ROUTE_PEM_BYTES_MAX);
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = bio == NULL ? NULL : next_certificate(bio);
    *first = certificate;
    while (certificate != NULL) {
        certificate = next_certificate(bio);
        X509_free(certificate);
    }
    bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    if (*first != NULL && is_at_end)
        return true;
    X509_free(*first);
    *first = NULL;
    return error_set(
        err, ERROR_INVALID, "the %s is not a list of certificates in PEM form (-----BEGIN CERTIFICATE-----)", what);
}

bool http_check_authorities(struct view pem, struct error *err)
{
    X509 *first = NULL;
    bool is_good = read_certificates(pem, "certificate authority", &first, err);
    X509_free(first);
    return is_good;
}

bool http_check_certificate(struct view pem, const struct secret *key, struct error *err)
{
    X509 *first = NULL;
    EVP_PKEY *private = NULL;
    if (!read_certificates(pem, "client certificate", &first, err))
        return false;
    struct view text = secret_view(key);
    BIO *bio = BIO_new_mem_buf(text.size > 0 ? text.data : "", (int)text.size);
    bool is_good = true;
    if (key != NULL && (bio == NULL || (private = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL)) == NULL))
        is_good = error_set(err, ERROR_INVALID, "the client key is not an unencrypted private key in PEM form");
    else if (key != NULL && X509_check_private_key(first, private) != 1)
        is_good = error_set(err, ERROR_INVALID, "the client key does not belong to the client certificate");
    ERR_clear_error();
    EVP_PKEY_free(private);
    BIO_free(bio);
    X509_free(first);
    return is_good;
}

bool http_check_proxy(struct view proxy, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct url url;
    return url_parse(arena, proxy, &url, err) ||
           error_wrap(err, "the proxy is written http://HOST:PORT; user name and password go into \"proxy_login\"");
}
