/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/test.h"

#include "http/jwt.h"
#include "http/sign.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define NOW_S 1795169472
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"key-1\",\"typ\":\"JWT\"}"
#define CLAIMS                                                                                                         \
    "{\"aud\":\"https://scan.example.com\",\"azp\":\"1\",\"email\":\"push@acme.example\",\"email_verified\":true,"     \
    "\"exp\":1795173072,\"iat\":1795169472,\"iss\":\"https://accounts.google.com\",\"sub\":\"1\"}"

static const struct jwt_expected expected = {.issuer = VIEW_LITERAL("https://accounts.google.com"),
    .audience = VIEW_LITERAL("https://scan.example.com"),
    .email = VIEW_LITERAL("push@acme.example"),
    .wall_ms = NOW_S * INT64_C(1000)};

struct signer {
    struct secret *pem;
    struct view modulus;
    struct view exponent;
};

static struct view coded_number(struct arena *arena, EVP_PKEY *key, const char *name)
{
    BIGNUM *number = NULL;
    assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
    unsigned char *bytes = arena_alloc(arena, 2048);
    int size = BN_bn2bin(number, bytes);
    BN_free(number);
    return base64_format_url(arena, view_of(bytes, (size_t)size));
}

static void make_signer(struct arena *arena, unsigned bits, struct signer *signer)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(bio, &bytes);
    *signer = (struct signer){
        secret_new(view_of(bytes, (size_t)size)), coded_number(arena, key, "n"), coded_number(arena, key, "e")};
    BIO_free(bio);
    EVP_PKEY_free(key);
}

static struct view make_token(struct arena *arena, const struct signer *signer, const char *header, const char *claims)
{
    struct error err;
    struct view signature;
    struct view coded_header = base64_format_url(arena, view_text(header));
    struct view coded_claims = base64_format_url(arena, view_text(claims));
    struct view text = arena_format(arena, "%.*s.%.*s", VIEW_PRINT(coded_header), VIEW_PRINT(coded_claims));
    assert_ok(sign_rs256(arena, signer->pem, text, &signature, &err), &err);
    struct view coded = base64_format_url(arena, signature);
    return arena_format(arena, "%.*s.%.*s", VIEW_PRINT(text), VIEW_PRINT(coded));
}

/* `more` are further members of the key, with a comma before them. */
static struct view key_set(struct arena *arena, const struct signer *signer, const char *id, const char *more)
{
    return arena_format(arena,
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"other\",\"n\":\"AQAB\",\"e\":\"AQAB\"},"
        "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%.*s\",\"e\":\"%.*s\"%s}]}",
        id, VIEW_PRINT(signer->modulus), VIEW_PRINT(signer->exponent), more);
}

/* The claims with `old` replaced by `new`, which may be longer. */
static const char *changed(struct arena *arena, const char *text, const char *old, const char *new)
{
    const char *place = strstr(text, old);
    assert_non_null(place);
    return arena_format(arena, "%.*s%s%s", (int)(place - text), text, new, place + strlen(old)).data;
}

struct fixture {
    struct arena *arena;
    struct signer signer;
    struct view keys;
};

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture.arena = arena_new();
    make_signer(fixture.arena, 2048, &fixture.signer);
    fixture.keys = key_set(fixture.arena, &fixture.signer, "key-1", ",\"alg\":\"RS256\",\"use\":\"sig\"");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    secret_free(fixture.signer.pem);
    arena_free(fixture.arena);
    return 0;
}

static bool is_accepted(const char *header, const char *claims, struct error *err)
{
    struct view token = make_token(fixture.arena, &fixture.signer, header, claims);
    return jwt_check(token, fixture.keys, &expected, err);
}

static void accepts_what_the_issuer_signed_for_us(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new;
    } rows[] = {
        {"\"sub\"", "\"sub\""},
        {"https://accounts", "accounts"},
        {"\"https://scan.example.com\"", "[\"other\",\"https://scan.example.com\"]"},
        {"1795173072", "1795169413"}, /* just over, within the skew */
        {"\"sub\"", "\"nbf\":1795169531,\"sub\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        assert_ok(is_accepted(HEADER, changed(fixture.arena, CLAIMS, rows[i].old, rows[i].new), &err), &err);
    }
}

static void refuses_claims_that_are_not_ours(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new;
    } rows[] = {
        {"https://accounts.google.com", "https://accounts.example.com"},
        {"https://accounts.google.com", "http://accounts.google.com"},
        {"https://scan.example.com", "https://scan.example.com/"},
        {"\"https://scan.example.com\"", "{\"a\":\"https://scan.example.com\"}"},
        {"\"aud\"", "\"audience\""},
        {"push@acme.example", "pull@acme.example"},
        {"\"email_verified\":true", "\"email_verified\":false"},
        {"\"email_verified\":true", "\"email_verified\":\"true\""},
        {"1795173072", "1795169412"},
        {"1795173072", "\"1795173072\""},
        {"\"exp\"", "\"expires\""},
        {"\"sub\"", "\"nbf\":1795169533,\"sub\""},
        {"\"sub\"", "\"nbf\":\"soon\",\"sub\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err;
        if (is_accepted(HEADER, changed(fixture.arena, CLAIMS, rows[i].old, rows[i].new), &err))
            fail_msg("%s was accepted", rows[i].new);
        assert_int_equal(err.code, ERROR_DENIED);
    }
}

static void refuses_other_algorithms_whatever_the_header_says(void **state)
{
    (void)state;
    static const char *const headers[] = {"{\"alg\":\"none\",\"kid\":\"key-1\"}",
        "{\"alg\":\"HS256\",\"kid\":\"key-1\"}", "{\"alg\":\"RS512\",\"kid\":\"key-1\"}", "{\"kid\":\"key-1\"}",
        "{\"alg\":\"RS256\",\"kid\":\"key-1\",\"crit\":[\"exp\"]}"};
    struct error err;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_fails(is_accepted(headers[i], CLAIMS, &err), &err, ERROR_DENIED);
}

static void refuses_signatures_of_others(void **state)
{
    (void)state;
    struct error err;
    struct signer forger;
    make_signer(fixture.arena, 2048, &forger);
    struct view forged = make_token(fixture.arena, &forger, HEADER, CLAIMS);
    assert_fails(jwt_check(forged, fixture.keys, &expected, &err), &err, ERROR_DENIED);
    struct view token = make_token(fixture.arena, &fixture.signer, HEADER, CLAIMS);
    char *broken = arena_text(fixture.arena, token);
    broken[token.size / 2] = broken[token.size / 2] == 'A' ? 'B' : 'A';
    assert_false(jwt_check(view_of(broken, token.size), fixture.keys, &expected, &err));
    secret_free(forger.pem);
}

static void says_when_the_set_has_no_such_key(void **state)
{
    (void)state;
    struct error err;
    struct view token = make_token(fixture.arena, &fixture.signer, HEADER, CLAIMS);
    const struct view sets[] = {key_set(fixture.arena, &fixture.signer, "key-2", ""),
        key_set(fixture.arena, &fixture.signer, "key-1", ",\"use\":\"enc\""),
        key_set(fixture.arena, &fixture.signer, "key-1", ",\"alg\":\"RS512\""), view_text("{\"keys\":[]}"),
        view_text("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"key-1\"},7]}")};
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        assert_fails(jwt_check(token, sets[i], &expected, &err), &err, ERROR_NOT_FOUND);
}

static void refuses_keys_that_are_too_short(void **state)
{
    (void)state;
    struct error err;
    struct signer weak;
    make_signer(fixture.arena, 1024, &weak);
    struct view token = make_token(fixture.arena, &weak, HEADER, CLAIMS);
    struct view keys = key_set(fixture.arena, &weak, "key-1", "");
    assert_fails(jwt_check(token, keys, &expected, &err), &err, ERROR_NOT_FOUND);
    secret_free(weak.pem);
}

static void looks_at_a_bounded_number_of_keys(void **state)
{
    (void)state;
    struct error err;
    AUTO_BUFFER text;
    buffer_init(&text, JWK_SET_BYTES_MAX);
    buffer_append_text(&text, "{\"keys\":[");
    for (int i = 0; i < JWK_SET_KEYS_MAX; i++)
        buffer_append_text(&text, "{\"kty\":\"RSA\",\"kid\":\"x\"},");
    struct view whole = key_set(fixture.arena, &fixture.signer, "key-1", "");
    buffer_append(&text, view_from(whole, strlen("{\"keys\":[")));
    struct view token = make_token(fixture.arena, &fixture.signer, HEADER, CLAIMS);
    assert_fails(jwt_check(token, buffer_view(&text), &expected, &err), &err, ERROR_NOT_FOUND);
}

static void refuses_what_is_no_token_or_no_set(void **state)
{
    (void)state;
    static const char *const tokens[] = {"", ".", "..", "a.b", "a.b.c.d", "!.b.c", "YQ.YQ.YQ", "e30.e30."};
    struct error err;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        assert_false(jwt_check(view_text(tokens[i]), fixture.keys, &expected, &err));
    char *large = arena_alloc(fixture.arena, JWT_BYTES_MAX + 1);
    memset(large, 'a', JWT_BYTES_MAX + 1);
    assert_fails(jwt_check(view_of(large, JWT_BYTES_MAX + 1), fixture.keys, &expected, &err), &err, ERROR_LIMIT);
    struct view token = make_token(fixture.arena, &fixture.signer, HEADER, CLAIMS);
    assert_fails(jwt_check(token, view_text("{}"), &expected, &err), &err, ERROR_INVALID);
    assert_false(jwt_check(token, view_text("<html>"), &expected, &err));
    char *set = arena_alloc(fixture.arena, JWK_SET_BYTES_MAX + 1);
    memset(set, ' ', JWK_SET_BYTES_MAX + 1);
    assert_fails(jwt_check(token, view_of(set, JWK_SET_BYTES_MAX + 1), &expected, &err), &err, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_the_issuer_signed_for_us),
        cmocka_unit_test(refuses_claims_that_are_not_ours),
        cmocka_unit_test(refuses_other_algorithms_whatever_the_header_says),
        cmocka_unit_test(refuses_signatures_of_others),
        cmocka_unit_test(says_when_the_set_has_no_such_key),
        cmocka_unit_test(refuses_keys_that_are_too_short),
        cmocka_unit_test(looks_at_a_bounded_number_of_keys),
        cmocka_unit_test(refuses_what_is_no_token_or_no_set),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
