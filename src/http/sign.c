/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sign.h"

#include "base/hex.h"
#include "base/json.h"
#include "base/memory.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <time.h>

#define AMZ_DATE_SIZE 17 /* YYYYMMDD'T'HHMMSS'Z' + NUL */
#define CANONICAL_BYTES_MAX (256u * 1024)

static void hmac(const EVP_MD *type, struct view key, struct view text, unsigned char *mac)
{
    unsigned size = 0;
    if (HMAC(type, key.size > 0 ? key.data : "", (int)key.size, (const unsigned char *)text.data, text.size, mac,
            &size) == NULL)
        memory_exhausted(0);
}

void sign_hmac_sha1(struct view key, struct view text, unsigned char mac[20])
{
    hmac(EVP_sha1(), key, text, mac);
}

void sign_hmac_sha256(struct view key, struct view text, unsigned char mac[32])
{
    hmac(EVP_sha256(), key, text, mac);
}

struct view base64_format(struct arena *arena, struct view bytes)
{
    size_t size = (bytes.size + 2) / 3 * 4;
    char *text = arena_alloc(arena, size + 1);
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)bytes.data, (int)bytes.size);
    return view_of(text, size);
}

struct view base64_format_url(struct arena *arena, struct view bytes)
{
    struct view standard = base64_format(arena, bytes);
    char *text = arena_text(arena, standard);
    size_t size = standard.size;
    while (size > 0 && text[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++)
        text[i] = (char)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]);
    return view_of(text, size);
}

static int base64_value(char c)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    c = (char)(c == '-' ? '+' : c == '_' ? '/' : c);
    const char *place = c == '\0' ? NULL : strchr(alphabet, c);
    return place == NULL ? -1 : (int)(place - alphabet);
}

bool base64_parse(struct arena *arena, struct view text, struct view *bytes)
{
    while (text.size > 0 && text.data[text.size - 1] == '=')
        text = view_slice(text, 0, text.size - 1);
    if (text.size % 4 == 1)
        return false;
    unsigned char *out = arena_alloc(arena, text.size / 4 * 3 + 3);
    size_t size = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = base64_value(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[size++] = (unsigned char)(bits >> count);
        }
    }
    *bytes = view_of(out, size);
    return true;
}

static struct view to_hex(struct arena *arena, const unsigned char *bytes, size_t count)
{
    char *text = arena_alloc(arena, count * 2 + 1);
    hex_write(text, bytes, count);
    return view_of(text, count * 2);
}

static struct view sha256_hex(struct arena *arena, struct view text)
{
    struct digest digest;
    digest_of(text, &digest);
    return view_from(arena_copy(arena, digest_view(&digest)), strlen("sha256:"));
}

static int compare_names(const void *left, const void *right)
{
    return view_compare(((const struct http_header *)left)->name, ((const struct http_header *)right)->name);
}

static int compare_views(const void *left, const void *right)
{
    return view_compare(*(const struct view *)left, *(const struct view *)right);
}

/* The parameters in the order of their bytes. They are percent-encoded already; one without a value gets its '='. */
static struct view canonical_query(struct arena *arena, const struct url *url)
{
    struct {
        struct view *items;
        size_t count;
        size_t capacity;
    } list = {0};
    AUTO_BUFFER text;
    buffer_init(&text, 2 * URL_BYTES_MAX);
    for (struct view rest = url->has_query ? url->query : view_text(""); rest.size > 0;) {
        struct view pair = view_cut(&rest, '&');
        bool has_value = view_find(pair, '=') < pair.size;
        *(struct view *)ARENA_PUSH(arena, &list) = has_value ? pair : arena_format(arena, "%.*s=", VIEW_PRINT(pair));
    }
    if (list.count > 1)
        qsort(list.items, list.count, sizeof(list.items[0]), compare_views);
    for (size_t i = 0; i < list.count; i++) {
        buffer_append_text(&text, i == 0 ? "" : "&");
        buffer_append(&text, list.items[i]);
    }
    return arena_copy(arena, buffer_view(&text));
}

/* "a;b;c" into `names`, and "a:value\n…" into `lines`. */
static void append_headers(struct buffer *names, struct buffer *lines, const struct http_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(names, i == 0 ? "" : ";");
        buffer_append(names, headers[i].name);
        buffer_append(lines, headers[i].name);
        buffer_append_byte(lines, ':');
        buffer_append(lines, view_trim(headers[i].value));
        buffer_append_byte(lines, '\n');
    }
}

static void signing_key(
    const struct aws_keys *keys, const struct aws_request *request, struct view day, unsigned char key[32])
{
    struct view parts[] = {view_text("AWS4"), secret_view(keys->secret_access_key)};
    struct view steps[] = {day, request->region, request->service, view_text("aws4_request")};
    AUTO_SECRET *start = secret_join(parts, 2);
    sign_hmac_sha256(secret_view(start), steps[0], key);
    for (size_t i = 1; i < sizeof(steps) / sizeof(steps[0]); i++) {
        unsigned char next[32];
        sign_hmac_sha256(view_of(key, 32), steps[i], next);
        memcpy(key, next, sizeof(next));
        secret_wipe(next, sizeof(next));
    }
}

static struct view amz_date(struct arena *arena, int64_t wall_ms)
{
    char *text = arena_alloc(arena, AMZ_DATE_SIZE);
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL || strftime(text, AMZ_DATE_SIZE, "%Y%m%dT%H%M%SZ", &parts) == 0)
        return view_text("19700101T000000Z");
    return view_text(text);
}

bool sign_aws(struct arena *arena, const struct aws_keys *keys, const struct aws_request *request,
    struct aws_signature *signature, struct error *err)
{
    struct http_header headers[SIGN_HEADERS_MAX + 3];
    size_t count = request->header_count;
    struct view date = amz_date(arena, request->wall_ms);
    struct view day = view_slice(date, 0, strlen("YYYYMMDD"));
    if (count > SIGN_HEADERS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d headers are to be signed", SIGN_HEADERS_MAX);
    for (size_t i = 0; i < count; i++)
        headers[i] = request->headers[i];
    headers[count++] = (struct http_header){view_text("host"), url_authority(arena, request->url)};
    headers[count++] = (struct http_header){view_text("x-amz-date"), date};
    if (keys->session_token != NULL)
        headers[count++] = (struct http_header){view_text("x-amz-security-token"), secret_view(keys->session_token)};
    qsort(headers, count, sizeof(headers[0]), compare_names);
    AUTO_BUFFER names;
    AUTO_BUFFER lines;
    AUTO_BUFFER canonical;
    buffer_init(&names, CANONICAL_BYTES_MAX);
    buffer_init(&lines, CANONICAL_BYTES_MAX);
    buffer_init(&canonical, CANONICAL_BYTES_MAX);
    append_headers(&names, &lines, headers, count);
    struct view path = request->url->path.size == 0 ? view_text("/") : request->url->path;
    buffer_append_format(&canonical, "%s\n%.*s\n%.*s\n", request->method, VIEW_PRINT(path),
        VIEW_PRINT(canonical_query(arena, request->url)));
    buffer_append(&canonical, buffer_view(&lines));
    buffer_append_format(
        &canonical, "\n%.*s\n%.*s", VIEW_PRINT(buffer_view(&names)), VIEW_PRINT(sha256_hex(arena, request->body)));
    secret_wipe(lines.data, lines.size);
    if (!buffer_check(&canonical, "the request to be signed", err) || !buffer_check(&names, "signed headers", err))
        return false;
    digest_of(buffer_view(&canonical), &signature->canonical);
    secret_wipe(canonical.data, canonical.size);
    struct view scope = arena_format(arena, "%.*s/%.*s/%.*s/aws4_request", VIEW_PRINT(day), VIEW_PRINT(request->region),
        VIEW_PRINT(request->service));
    struct view text = arena_format(arena, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%s", VIEW_PRINT(date), VIEW_PRINT(scope),
        signature->canonical.text + strlen("sha256:"));
    unsigned char key[32];
    unsigned char mac[32];
    signing_key(keys, request, day, key);
    sign_hmac_sha256(view_of(key, sizeof(key)), text, mac);
    secret_wipe(key, sizeof(key));
    signature->date = date;
    signature->authorization = secret_new(arena_format(arena,
        "AWS4-HMAC-SHA256 Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s", VIEW_PRINT(keys->access_key_id),
        VIEW_PRINT(scope), VIEW_PRINT(buffer_view(&names)), VIEW_PRINT(to_hex(arena, mac, sizeof(mac)))));
    return true;
}

static EVP_PKEY *read_key(const struct secret *key)
{
    struct view pem = secret_view(key);
    if (pem.size == 0 || pem.size > SIGN_KEY_BYTES_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    if (bio == NULL)
        memory_exhausted(0);
    /* An empty password, so that an encrypted key fails rather than asks at the terminal. */
    EVP_PKEY *read = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
    BIO_free(bio);
    if (read != NULL && EVP_PKEY_get_base_id(read) != EVP_PKEY_RSA) {
        EVP_PKEY_free(read);
        return NULL;
    }
    return read;
}

bool sign_rs256(
    struct arena *arena, const struct secret *key, struct view text, struct view *signature, struct error *err)
{
    EVP_PKEY *private_key = read_key(key);
    if (private_key == NULL)
        return error_set(
            err, ERROR_INVALID, "the private key is none: an RSA key in PEM form, without a password, is wanted");
    size_t size = (size_t)EVP_PKEY_get_size(private_key);
    unsigned char *bytes = arena_alloc(arena, size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_signed = context != NULL && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, private_key) == 1 &&
                     EVP_DigestSign(context, bytes, &size, (const unsigned char *)text.data, text.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(private_key);
    if (!is_signed)
        return error_set(err, ERROR_INVALID, "the private key cannot sign");
    *signature = view_of(bytes, size);
    return true;
}

static struct view jwt_part(struct arena *arena, struct buffer *json)
{
    return base64_format_url(arena, buffer_view(json));
}

bool sign_jwt(struct arena *arena, const struct secret *key, const struct jwt_claims *claims, struct secret **token,
    struct error *err)
{
    AUTO_BUFFER header;
    AUTO_BUFFER body;
    buffer_init(&header, CANONICAL_BYTES_MAX);
    buffer_init(&body, CANONICAL_BYTES_MAX);
    struct json_writer writer;
    json_writer_init(&writer, &header);
    json_begin_object(&writer);
    json_pair_text(&writer, "alg", "RS256");
    json_pair_text(&writer, "typ", "JWT");
    json_pair_optional(&writer, "kid", claims->key_id);
    json_end_object(&writer);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    json_pair(&writer, "iss", claims->issuer);
    json_pair_optional(&writer, "scope", claims->scope);
    json_pair(&writer, "aud", claims->audience);
    json_pair_integer(&writer, "iat", claims->wall_ms / 1000);
    json_pair_integer(&writer, "exp", claims->wall_ms / 1000 + claims->lifetime_s);
    json_end_object(&writer);
    if (!buffer_check(&header, "the header of a token", err) || !buffer_check(&body, "the claims of a token", err))
        return false;
    struct view text =
        arena_format(arena, "%.*s.%.*s", VIEW_PRINT(jwt_part(arena, &header)), VIEW_PRINT(jwt_part(arena, &body)));
    struct view signature;
    if (!sign_rs256(arena, key, text, &signature, err))
        return false;
    struct view parts[] = {text, view_text("."), base64_format_url(arena, signature)};
    *token = secret_join(parts, 3);
    return true;
}
