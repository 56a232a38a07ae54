/* SPDX-License-Identifier: Apache-2.0 */
/* What registries and the APIs of their vendors answer, for every type of registry: listings end, and every name, tag and
   time that comes out of them is one. This file stands in for http/client.h: the answers are the input's.
   An input is "TYPE HOST", lines "FIELD=VALUE", an empty line, then answers with a NUL byte between: a status, lines
   "header: value", an empty line, a body. After the last one everything is 404.
   Fuzzes: src/registry/ */
#include "tests/fuzz/fuzz.h"

#include "base/json.h"
#include "base/memory.h"
#include "image/reference.h"
#include "registry/adapter.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define HEADERS_MAX 8
#define REPOSITORIES_MAX 20
#define NOW_MS INT64_C(1795295207000)

static struct view answers; /* that were not given yet */

static int64_t now(const struct clock *clock)
{
    (void)clock;
    return NOW_MS;
}

static const struct clock fixed_clock = {now, now};

/* -- In place of http/client.h -- */

struct http_client {
    struct http_attempt last;
};

struct http_client *http_client_new(const struct http_client_options *options)
{
    struct http_client *client = memory_alloc(sizeof(*client));
    (void)options;
    *client = (struct http_client){.last = {.stage = HTTP_STAGE_ANSWERED}};
    return client;
}

void http_client_free(struct http_client *client)
{
    free(client);
}

const struct http_attempt *http_last_attempt(const struct http_client *client)
{
    return &client->last;
}

bool http_client_wait(
    struct http_client *client, const struct http_response *response, unsigned attempt, struct error *err)
{
    (void)client;
    (void)response;
    (void)attempt;
    (void)err;
    return true;
}

struct view http_header(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < response->header_count; i++) {
        if (view_is(response->headers[i].name, name))
            return response->headers[i].value;
    }
    return view_text("");
}

static void take_answer(struct arena *arena, const struct http_request *request, struct http_response *response)
{
    struct view rest = view_cut(&answers, '\0');
    struct http_header *headers = ARENA_ARRAY(arena, struct http_header, HEADERS_MAX);
    struct view line = view_cut(&rest, '\n');
    int64_t status = 404;
    *response = (struct http_response){.url = request->url, .headers = headers};
    if (view_to_integer(line, &status) && (status < 100 || status > 599))
        status = 404;
    response->status = (int)status;
    for (line = view_cut(&rest, '\n'); line.size > 0; line = view_cut(&rest, '\n')) {
        struct view name = view_cut(&line, ':');
        if (response->header_count < HEADERS_MAX)
            headers[response->header_count++] =
                (struct http_header){arena_copy(arena, name), arena_copy(arena, view_trim(line))};
    }
    response->body = arena_copy(arena, rest);
}

bool http_fetch(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct error *err)
{
    (void)client;
    (void)err;
    FUZZ_CHECK(request->url.host.size > 0 && request->url.path.size > 0);
    take_answer(arena, request, response);
    return true;
}

bool http_open(struct http_client *client, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct source **body, struct error *err)
{
    (void)client;
    (void)arena;
    (void)request;
    (void)response;
    (void)body;
    return error_set(err, ERROR_UNREACHABLE, "listing opens no stream");
}

bool http_fetch_batch(
    struct http_client *client, struct http_batch *batch, unsigned parallel, bool *is_stopped, struct error *err)
{
    (void)client;
    (void)parallel;
    *is_stopped = false;
    for (size_t i = 0;; i++) {
        AUTO_ARENA *arena = arena_new();
        struct http_request request;
        struct http_response response;
        if (!batch->next(batch, arena, &request))
            return true;
        take_answer(arena, &request, &response);
        if (!batch->answer(batch, i, &response, err))
            return false;
    }
}

/* -- The listing -- */

/* A key of this run, for types that sign with one: the value "KEY". */
static struct view signing_key(void)
{
    static char text[4096];
    if (text[0] == '\0') {
        EVP_PKEY *key = EVP_RSA_gen(2048);
        BIO *bio = BIO_new(BIO_s_mem());
        FUZZ_CHECK(key != NULL && bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
        FUZZ_CHECK(BIO_read(bio, text, sizeof(text) - 1) > 0);
        BIO_free(bio);
        EVP_PKEY_free(key);
    }
    return view_text(text);
}

/* The same as the key file of a service account: the value "KEY" of key_json. */
static struct view key_file(struct arena *arena)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, 16384);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair_text(&writer, "type", "service_account");
    json_pair_text(&writer, "client_email", "scanner@acme.iam.gserviceaccount.com");
    json_pair_text(&writer, "private_key_id", "1");
    json_pair(&writer, "private_key", signing_key());
    json_end_object(&writer);
    return arena_copy(arena, buffer_view(&text));
}

static struct view value_of(struct arena *arena, const struct credential_field *field, struct view text)
{
    if (!view_is(text, "KEY"))
        return text;
    return strcmp(field->name, "key_json") == 0 ? key_file(arena) : signing_key();
}

struct crawl {
    struct registry_names names;
    struct tag_entries entries;
    struct adapter_notes notes;
    struct arena *arena;
    struct view repositories[REPOSITORIES_MAX];
    size_t count;
};

static bool on_repository(struct registry_names *names, struct view name, struct error *err)
{
    struct crawl *crawl = (struct crawl *)names;
    (void)err;
    FUZZ_CHECK(repository_is_valid(name));
    if (crawl->count < REPOSITORIES_MAX)
        crawl->repositories[crawl->count++] = arena_copy(crawl->arena, name);
    return true;
}

static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    struct digest digest;
    (void)entries;
    FUZZ_CHECK(tag_is_valid(entry->tag) && entry->pushed_at_ms >= 0 && entry->push_source < PUSH_SOURCE_COUNT);
    FUZZ_CHECK(!digest_is_set(&entry->digest) || digest_parse(digest_view(&entry->digest), &digest, err));
    return true;
}

static void on_note(struct adapter_notes *notes, struct view text)
{
    (void)notes;
    FUZZ_CHECK(text.size > 0);
}

static void crawl_adapter(const struct adapter_type *type, const struct registry_options *options)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ADAPTER *adapter = NULL;
    struct registry_listing listing;
    struct error err;
    struct crawl crawl = {{on_repository}, {on_tag}, {on_note}, .arena = arena};
    if (!adapter_open(type, options, &adapter, &err))
        return;
    adapter_take_notes(adapter, &crawl.notes);
    (void)!adapter_repositories(adapter, arena, &crawl.names, &listing, &err);
    for (size_t i = 0; i < crawl.count; i++)
        (void)!adapter_tags(adapter, arena, crawl.repositories[i], &crawl.entries, &listing, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    struct view rest = view_of(data, size);
    struct view host = view_cut(&rest, '\n');
    const struct adapter_type *type = adapter_find(view_cut(&host, ' '));
    struct credential_set fields = {.count = 0};
    struct secret *values[CREDENTIAL_FIELDS_MAX];
    if (type == NULL)
        return 0;
    for (struct view line = view_cut(&rest, '\n'); line.size > 0; line = view_cut(&rest, '\n')) {
        const struct credential_field *field = credential_field_find(view_text(type->name), view_cut(&line, '='));
        if (field == NULL || fields.count == CREDENTIAL_FIELDS_MAX)
            continue;
        values[fields.count] = secret_new(value_of(arena, field, line));
        fields.items[fields.count] = (struct credential_value){field, values[fields.count]};
        fields.count++;
    }
    answers = rest;
    struct registry_credentials credentials = {
        .username = credential_text(&fields, "username"), .password = credential_secret(&fields, "password")};
    struct registry_options options = {.host = host,
        .credentials = credentials.password == NULL ? NULL : &credentials,
        .fields = &fields,
        .tries_max = 1,
        .clock = &fixed_clock};
    crawl_adapter(type, &options);
    while (fields.count > 0)
        secret_free(values[--fields.count]);
    return 0;
}
