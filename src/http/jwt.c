/* SPDX-License-Identifier: Apache-2.0 */
#include "http/jwt.h"

#include "base/arena.h"
#include "base/json.h"
#include "base/memory.h"
#include "http/sign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

/* Base64 of the bytes of a number, the highest first (RFC 7518 §6.3.1). */
static BIGNUM *read_number(struct arena *arena, struct view coded)
{
    struct view bytes;
    return base64_parse(arena, coded, &bytes) && bytes.size > 0 && bytes.size <= JWK_BITS_MAX / 8
               ? BN_bin2bn((const unsigned char *)bytes.data, (int)bytes.size, NULL)
               : NULL;
}

static EVP_PKEY *make_key(const BIGNUM *modulus, const BIGNUM *exponent)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (builder == NULL || context == NULL)
        memory_exhausted(0);
    OSSL_PARAM *values = OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
                                 OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent) == 1
                             ? OSSL_PARAM_BLD_to_param(builder)
                             : NULL;
    bool is_made = values != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
                   EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, values) == 1;
    OSSL_PARAM_free(values);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return is_made ? key : NULL;
}

/* NULL for a key that is none of ours: another kind, too short, or with an exponent that makes forging easy. */
static EVP_PKEY *read_key(struct arena *arena, struct json item)
{
    CLEANUP(free_number) BIGNUM *modulus = read_number(arena, json_member_string(item, "n"));
    CLEANUP(free_number) BIGNUM *exponent = read_number(arena, json_member_string(item, "e"));
    if (modulus == NULL || exponent == NULL || BN_num_bits(modulus) < JWK_BITS_MIN || BN_num_bits(exponent) > 64 ||
        !BN_is_odd(exponent) || BN_is_one(exponent))
        return NULL;
    return make_key(modulus, exponent);
}

/* Members that are absent say nothing against it (RFC 7517 §4). */
static bool is_for_signatures(struct json item)
{
    struct view use = json_member_string(item, "use");
    struct view algorithm = json_member_string(item, "alg");
    return view_is(json_member_string(item, "kty"), "RSA") && (use.size == 0 || view_is(use, "sig")) &&
           (algorithm.size == 0 || view_is(algorithm, "RS256"));
}

static bool find_key(struct arena *arena, struct view keys, struct view id, EVP_PKEY **key, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    size_t count = 0;
    if (!json_parse(document, keys, JWK_SET_BYTES_MAX, "key set", &root, err))
        return false;
    struct json list = json_member(root, "keys");
    if (json_type(list) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "the key set has no \"keys\"");
    for (struct json_iterator i = json_each(list); json_next(&i) && count < JWK_SET_KEYS_MAX; count++) {
        if (!view_equal(json_member_string(i.value, "kid"), id) || !is_for_signatures(i.value))
            continue;
        *key = read_key(arena, i.value);
        if (*key != NULL)
            return true;
    }
    return error_set(err, ERROR_NOT_FOUND, "the issuer has no such key");
}

static bool is_signed(EVP_PKEY *key, struct view text, struct view signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                   EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                       (const unsigned char *)text.data, text.size) == 1;
    EVP_MD_CTX_free(context);
    return is_good;
}

static bool parse_part(struct arena *arena, struct json_document *document, struct view coded, const char *what,
    struct json *root, struct error *err)
{
    struct view text;
    if (!base64_parse(arena, coded, &text))
        return error_set(err, ERROR_INVALID, "the %s is not base64", what);
    return json_parse(document, text, JWT_BYTES_MAX, what, root, err);
}

/* RFC 7515 §4.1.11: what "crit" names must be understood, and nothing is. */
static bool read_header(struct arena *arena, struct view coded, struct view *id, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!parse_part(arena, document, coded, "header of the token", &root, err))
        return false;
    if (!view_is(json_member_string(root, "alg"), "RS256") || json_is_present(json_member(root, "crit")))
        return error_set(err, ERROR_DENIED, "the token is not signed by RS256");
    *id = arena_copy(arena, json_member_string(root, "kid"));
    return true;
}

static bool is_issuer(struct view found, struct view expected)
{
    static const struct view scheme = VIEW_LITERAL("https://");
    return view_equal(found, expected) ||
           (view_starts_with(expected, "https://") && view_equal(found, view_from(expected, scheme.size)));
}

/* A text, or one of several (RFC 7519 §4.1.3). */
static bool is_for(struct json audience, struct view expected)
{
    if (json_type(audience) == JSON_STRING)
        return view_equal(json_string(audience), expected);
    bool is_found = false;
    for (struct json_iterator i = json_each(audience); json_next(&i) && !is_found;)
        is_found = json_type(audience) == JSON_ARRAY && view_equal(json_string(i.value), expected);
    return is_found;
}

static bool is_current(struct json claims, int64_t now_s)
{
    int64_t expires = 0;
    int64_t starts = now_s;
    if (!json_integer(json_member(claims, "exp"), &expires) || expires <= now_s - JWT_SKEW_S)
        return false;
    struct json not_before = json_member(claims, "nbf");
    return !json_is_present(not_before) || (json_integer(not_before, &starts) && starts <= now_s + JWT_SKEW_S);
}

static bool check_claims(struct arena *arena, struct view coded, const struct jwt_expected *expected, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json claims;
    if (!parse_part(arena, document, coded, "claims of the token", &claims, err))
        return false;
    if (!is_issuer(json_member_string(claims, "iss"), expected->issuer))
        return error_set(err, ERROR_DENIED, "the token is of another issuer");
    if (!is_for(json_member(claims, "aud"), expected->audience))
        return error_set(err, ERROR_DENIED, "the token is for another audience");
    if (!view_equal(json_member_string(claims, "email"), expected->email) ||
        !json_boolean(json_member(claims, "email_verified")))
        return error_set(err, ERROR_DENIED, "the token is of another account");
    return is_current(claims, expected->wall_ms / 1000) ||
           error_set(err, ERROR_DENIED, "the token is over, or not valid yet");
}

bool jwt_check(struct view token, struct view keys, const struct jwt_expected *expected, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(free_key) EVP_PKEY *key = NULL;
    struct view id, signature;
    if (token.size > JWT_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the token has more than %u bytes", JWT_BYTES_MAX);
    struct view rest = token;
    struct view header = view_cut(&rest, '.');
    struct view claims = view_cut(&rest, '.');
    if (header.size == 0 || claims.size == 0 || rest.size == 0 || view_find(rest, '.') < rest.size ||
        !base64_parse(arena, rest, &signature))
        return error_set(err, ERROR_INVALID, "the token has not three parts");
    if (!read_header(arena, header, &id, err) || !find_key(arena, keys, id, &key, err))
        return false;
    struct view text = view_slice(token, 0, header.size + 1 + claims.size);
    return is_signed(key, text, signature) ? check_claims(arena, claims, expected, err)
                                           : error_set(err, ERROR_DENIED, "the token's signature is wrong");
}
