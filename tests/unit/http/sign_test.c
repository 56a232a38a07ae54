/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sign.h"
#include "tests/unit/test.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* The vectors were computed with botocore 1.29.27 and with a second, independent implementation, which agree. */
#define AT_MS 1767323045000LL /* 2026-01-02T03:04:05Z */

struct vector {
    const char *url;
    const char *service;
    const char *target; /* NULL: none */
    const char *type;
    const char *body;
    const char *session; /* NULL: none */
    const char *signed_headers;
    const char *signature;
    const char *canonical; /* NULL: not given */
};

static const struct vector vectors[] = {
    {"https://api.ecr.eu-west-1.amazonaws.com/", "ecr", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        "application/x-amz-json-1.1", "{}", NULL, "content-type;host;x-amz-date;x-amz-target",
        "410b4a629d28fc8103515157591eaf7a694230d1230ed4251f6af21b87f129dc",
        "sha256:1c19425e6f92a09949cb22184e5ca35f65a8925ca6ab9277b708e04d476e8fde"},
    {"https://api.ecr.eu-west-1.amazonaws.com/", "ecr", "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
        "application/x-amz-json-1.1", "{\"repositoryName\":\"team/app\",\"maxResults\":1000}", "SESSIONTOKEN",
        "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
        "0732f43752edbcbc66390803d823d302218ad23f93520850318e77141b4ab6e3", NULL},
    {"https://sts.eu-west-1.amazonaws.com/", "sts", NULL, "application/x-www-form-urlencoded; charset=utf-8",
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fscan&"
        "RoleSessionName=scanner&ExternalId=ext-1&DurationSeconds=3600",
        NULL, "content-type;host;x-amz-date", "024320035b4fe33f9703deef968b18cbd5aee3c03e52002d8b58b8bcfd8d6e25", NULL},
};

static void signs_requests_to_aws_as_botocore_does(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_SECRET *secret_key = secret_new(view_text("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *vector = &vectors[i];
        AUTO_SECRET *session = vector->session == NULL ? NULL : secret_new(view_text(vector->session));
        struct aws_keys keys = {view_text("AKIDEXAMPLE"), secret_key, session};
        struct http_header headers[] = {{view_text("x-amz-target"), view_text(vector->target)},
            {view_text("content-type"), view_text(vector->type)}};
        struct url url;
        struct error err;
        assert_true(url_parse(arena, view_text(vector->url), &url, &err));
        bool has_target = vector->target != NULL;
        struct aws_request request = {.method = "POST",
            .url = &url,
            .headers = has_target ? headers : headers + 1,
            .header_count = has_target ? 2 : 1,
            .body = view_text(vector->body),
            .region = view_text("eu-west-1"),
            .service = view_text(vector->service),
            .wall_ms = AT_MS};
        struct aws_signature signature;
        assert_true(sign_aws(arena, &keys, &request, &signature, &err));
        struct view wanted = arena_format(arena,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/%s/aws4_request, SignedHeaders=%s, Signature=%s",
            vector->service, vector->signed_headers, vector->signature);
        assert_true(view_is(signature.date, "20260102T030405Z"));
        assert_string_equal(secret_view(signature.authorization).data, wanted.data);
        if (vector->canonical != NULL)
            assert_string_equal(signature.canonical.text, vector->canonical);
        secret_free(signature.authorization);
    }
}

/* AWS's documentation: parameters in the order of their bytes, an empty value keeps its '='. */
static void orders_the_parameters_of_a_query(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    AUTO_SECRET *secret_key = secret_new(view_text("k"));
    struct aws_keys keys = {view_text("AKIDEXAMPLE"), secret_key, NULL};
    struct aws_signature signatures[2];
    static const char *const urls[] = {"https://h.example/p?b=2&a=1&empty", "https://h.example/p?a=1&b=2&empty="};
    for (size_t i = 0; i < 2; i++) {
        struct url url;
        struct error err;
        assert_true(url_parse(arena, view_text(urls[i]), &url, &err));
        struct aws_request request = {
            .method = "GET", .url = &url, .region = view_text("r"), .service = view_text("s"), .wall_ms = AT_MS};
        assert_true(sign_aws(arena, &keys, &request, &signatures[i], &err));
    }
    assert_true(secret_equal(signatures[0].authorization, signatures[1].authorization));
    secret_free(signatures[0].authorization);
    secret_free(signatures[1].authorization);
}

static void refuses_more_headers_than_it_signs(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct http_header headers[SIGN_HEADERS_MAX + 1];
    struct url url;
    struct error err;
    struct aws_signature signature;
    assert_true(url_parse(arena, view_text("https://h.example/"), &url, &err));
    struct aws_request request = {
        .method = "GET", .url = &url, .headers = headers, .header_count = SIGN_HEADERS_MAX + 1};
    assert_false(sign_aws(arena, &(struct aws_keys){0}, &request, &signature, &err));
    assert_int_equal(err.code, ERROR_LIMIT);
}

static struct secret *pem_of(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(bio, &bytes);
    struct secret *pem = secret_new(view_of(bytes, (size_t)size));
    BIO_free(bio);
    return pem;
}

static void makes_tokens_that_the_public_key_confirms(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    EVP_PKEY *key = EVP_RSA_gen(2048);
    AUTO_SECRET *pem = pem_of(key);
    struct jwt_claims claims = {.key_id = view_text("key-1"),
        .issuer = view_text("scan@acme.example"),
        .scope = view_text("https://scope.example/"),
        .audience = view_text("https://oauth2.example/token"),
        .wall_ms = AT_MS,
        .lifetime_s = 3600};
    struct secret *token = NULL;
    struct error err;
    assert_true(sign_jwt(arena, pem, &claims, &token, &err));
    struct view rest = secret_view(token);
    struct view signed_text = view_slice(rest, 0, view_find_last(rest, '.'));
    struct view header;
    struct view body;
    struct view signature;
    assert_true(base64_parse(arena, view_cut(&rest, '.'), &header));
    assert_true(base64_parse(arena, view_cut(&rest, '.'), &body));
    assert_true(base64_parse(arena, rest, &signature));
    assert_true(view_is(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"key-1\"}"));
    assert_true(view_is(body,
        "{\"iss\":\"scan@acme.example\",\"scope\":\"https://scope.example/\",\"aud\":\"https://oauth2.example/token\","
        "\"iat\":1767323045,\"exp\":1767326645}"));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.size,
                         (const unsigned char *)signed_text.data, signed_text.size),
        1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    secret_free(token);
}

static void refuses_keys_that_are_not_rsa(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    AUTO_SECRET *elliptic = pem_of(key);
    AUTO_SECRET *nonsense = secret_new(view_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    AUTO_SECRET *empty = secret_new(view_text(""));
    const struct secret *keys[] = {elliptic, nonsense, empty};
    for (size_t i = 0; i < 3; i++) {
        struct view signature;
        struct error err;
        assert_false(sign_rs256(arena, keys[i], view_text("text"), &signature, &err));
        assert_int_equal(err.code, ERROR_INVALID);
    }
    EVP_PKEY_free(key);
}

/* RFC 2202 and RFC 4231, test case 2. */
static void computes_hmacs(void **state)
{
    (void)state;
    unsigned char mac[32];
    sign_hmac_sha1(view_text("Jefe"), view_text("what do ya want for nothing?"), mac);
    assert_memory_equal(mac, "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c\x25\x9a\x7c\x79", 20);
    sign_hmac_sha256(view_text("Jefe"), view_text("what do ya want for nothing?"), mac);
    assert_memory_equal(mac,
        "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e\x6a\x04\x24\x26\x08\x95\x75\xc7\x5a\x00\x3f\x08\x9d\x27\x39\x83\x9d\xec\x58\xb9"
        "\x64\xec\x38\x43",
        32);
}

/* RFC 4648 §10. */
static void reads_and_writes_base64(void **state)
{
    (void)state;
    AUTO_ARENA *arena = arena_new();
    struct view bytes;
    assert_true(view_is(base64_format(arena, view_text("fooba")), "Zm9vYmE="));
    assert_true(view_is(base64_format_url(arena, view_of("\xfb\xff\xfe\xff", 4)), "-__-_w"));
    assert_true(base64_parse(arena, view_text("Zm9vYmE="), &bytes) && view_is(bytes, "fooba"));
    assert_true(base64_parse(arena, view_text("-__-_w"), &bytes) && view_equal(bytes, view_of("\xfb\xff\xfe\xff", 4)));
    assert_true(base64_parse(arena, view_text(""), &bytes) && bytes.size == 0);
    assert_false(base64_parse(arena, view_text("Zm9v!"), &bytes));
    assert_false(base64_parse(arena, view_text("Zm9vY"), &bytes));
    assert_false(base64_parse(arena, view_of("Zm\0v", 4), &bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_requests_to_aws_as_botocore_does),
        cmocka_unit_test(orders_the_parameters_of_a_query),
        cmocka_unit_test(refuses_more_headers_than_it_signs),
        cmocka_unit_test(makes_tokens_that_the_public_key_confirms),
        cmocka_unit_test(refuses_keys_that_are_not_rsa),
        cmocka_unit_test(computes_hmacs),
        cmocka_unit_test(reads_and_writes_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
