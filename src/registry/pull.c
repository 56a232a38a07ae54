/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests and blobs of one registry, and the blob source made of them. */
#include "base/memory.h"
#include "http/range.h"
#include "image/schema1.h"
#include "registry/resume.h"

#include <stdlib.h>

/* Never a part of the list: with less, Distribution converts what it has, and the digest is another one. */
#define ACCEPT_MANIFESTS                                                                                               \
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "                            \
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"

/* Asked for only when there is nothing else, because some registries then convert to it. */
#define ACCEPT_SCHEMA1                                                                                                 \
    ACCEPT_MANIFESTS                                                                                                   \
    ", application/vnd.docker.distribution.manifest.v1+prettyjws, "                                                    \
    "application/vnd.docker.distribution.manifest.v1+json"

static bool is_success(const struct http_response *response)
{
    return response->status >= 200 && response->status < 300;
}

static bool send_for_manifest(struct registry *registry, struct arena *arena, const char *method, const char *accept,
    struct view repository, struct view name, struct http_response *response, struct error *err)
{
    struct registry_request request = {
        .method = method, .accept = accept, .body_bytes_max = MANIFEST_BYTES_MAX, .timeout_ms = REGISTRY_TIMEOUT_MS};
    if (!repository_is_valid(repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(repository));
    request.scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository));
    struct view path = arena_format(arena, "%.*s/manifests/%.*s", VIEW_PRINT(repository), VIEW_PRINT(name));
    return registry_url(registry, arena, path, &request.url, err) &&
           registry_send(registry, arena, &request, response, NULL, err);
}

/* What the registry says the digest is; unset unless it is one that we can compute. */
static struct digest claimed_digest(const struct http_response *response)
{
    struct digest digest = {0};
    struct error ignored; /* absent or of another algorithm: then the body tells */
    if (!digest_parse(http_header(response, "docker-content-digest"), &digest, &ignored))
        return (struct digest){0};
    return digest;
}

static bool same_algorithm(const struct digest *a, const struct digest *b)
{
    return digest_is_set(a) && digest_is_set(b) && strncmp(a->text, b->text, strlen("sha256")) == 0;
}

/* Hashes the document and compares with what was asked for, or else with what was claimed. Of a signed document, only what
   was signed has the digest and is handed on. */
static bool check_document(const struct http_response *response, struct arena *arena, const struct digest *expected,
    struct view *document, struct digest *found, struct error *err)
{
    struct digest claimed = claimed_digest(response);
    if (!schema1_payload(arena, response->body, document, err))
        return false;
    if (digest_is_set(expected)) {
        *found = *expected;
        return digest_verify(*document, expected, "manifest", err);
    }
    struct digest computed;
    digest_of(*document, &computed);
    bool is_signed = document->data != response->body.data; /* some registries claim the digest of the whole */
    if (!is_signed && same_algorithm(&claimed, &computed) && !digest_equal(&claimed, &computed))
        return error_set(
            err, ERROR_CORRUPT, "manifest has digest %s, but the registry claims %s", computed.text, claimed.text);
    *found = computed;
    return true;
}

static bool fetch_manifest(struct registry *registry, struct arena *arena, const struct reference *reference,
    struct view *document, struct digest *found, struct error *err)
{
    struct http_response answer;
    struct http_response *response = &answer;
    bool has_digest = digest_is_set(&reference->digest);
    struct view name = has_digest ? digest_view(&reference->digest) : reference->tag;
    if (!send_for_manifest(registry, arena, "GET", ACCEPT_MANIFESTS, reference->repository, name, response, err))
        return false;
    bool may_be_schema1 =
        response->status == 406 || response->status == 415 || (response->status == 404 && !has_digest);
    if (may_be_schema1) {
        struct http_response old;
        if (!send_for_manifest(registry, arena, "GET", ACCEPT_SCHEMA1, reference->repository, name, &old, err))
            return false;
        if (is_success(&old))
            *response = old;
    }
    if (!is_success(response))
        return registry_refusal(response, "the manifest cannot be had", err);
    return check_document(response, arena, &reference->digest, document, found, err);
}

bool registry_manifest(struct registry *registry, struct arena *arena, const struct reference *reference,
    struct view *document, struct digest *found, struct error *err)
{
    struct view content;
    struct digest digest;
    if (!digest_is_set(&reference->digest) && !tag_is_valid(reference->tag))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a tag", VIEW_PRINT(reference->tag));
    bool is_fetched = fetch_manifest(registry, arena, reference, &content, &digest, err);
    if (!is_fetched && err->code == ERROR_CORRUPT) /* once more from the start: a proxy may have had a bad copy */
        is_fetched = fetch_manifest(registry, arena, reference, &content, &digest, err);
    if (!is_fetched) {
        struct view shown = reference_format(arena, reference);
        return error_wrap(err, "%.*s", VIEW_PRINT(shown));
    }
    *document = content;
    *found = digest;
    return true;
}

bool registry_resolve(
    struct registry *registry, struct view repository, struct view tag, struct digest *digest, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct reference reference = {.host = registry->base.host, .repository = repository, .tag = tag};
    struct view document;
    if (!tag_is_valid(tag))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a tag", VIEW_PRINT(tag));
    if (!send_for_manifest(registry, arena, "HEAD", ACCEPT_MANIFESTS, repository, tag, &response, err) ||
        (response.status == 404 &&
            !send_for_manifest(registry, arena, "HEAD", ACCEPT_SCHEMA1, repository, tag, &response, err)))
        return error_wrap(err, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(tag));
    struct digest claimed = claimed_digest(&response);
    if (is_success(&response) && digest_is_set(&claimed)) {
        *digest = claimed;
        return true;
    }
    bool is_answer = response.status == 401 || response.status == 403 || response.status == 404 ||
                     response.status == 429 || response.status >= 500;
    if (!is_answer)
        return registry_manifest(registry, arena, &reference, &document, digest, err);
    (void)registry_refusal(&response, "the tag cannot be looked up", err);
    return error_wrap(err, "%.*s:%.*s", VIEW_PRINT(repository), VIEW_PRINT(tag));
}

/* Lookups under way at once. What is not plainly found or gone is asked again, alone and with all patience. */
struct resolving {
    struct http_batch base;
    struct registry *registry;
    struct view repository;
    const struct secret *authorization;
    struct registry_lookup *items;
    size_t count;
    size_t next;
    size_t *sent; /* the items in the order in which they were sent */
    size_t sent_count;
    bool must_stop; /* one needs more than a lookup: perhaps all do */
};

static bool next_lookup(struct http_batch *batch, struct arena *arena, struct http_request *request)
{
    static const struct http_header accept = {VIEW_LITERAL("Accept"), VIEW_LITERAL(ACCEPT_MANIFESTS)};
    struct resolving *resolving = (struct resolving *)batch;
    struct error ignored; /* names were checked: the URL is one */
    while (resolving->next < resolving->count && resolving->items[resolving->next].is_done)
        resolving->next++;
    if (resolving->must_stop || resolving->next == resolving->count)
        return false;
    struct view path = arena_format(arena, "%.*s/manifests/%.*s", VIEW_PRINT(resolving->repository),
        VIEW_PRINT(resolving->items[resolving->next].tag));
    *request = (struct http_request){.method = "HEAD",
        .headers = &accept,
        .header_count = 1,
        .authorization = resolving->authorization,
        .timeout_ms = REGISTRY_TIMEOUT_MS};
    if (!registry_url(resolving->registry, arena, path, &request->url, &ignored))
        return false;
    resolving->sent[resolving->sent_count++] = resolving->next++;
    return true;
}

static bool take_lookup(struct http_batch *batch, size_t index, const struct http_response *response, struct error *err)
{
    struct resolving *resolving = (struct resolving *)batch;
    struct registry_lookup *item = &resolving->items[resolving->sent[index]];
    struct digest claimed = {0};
    (void)err;
    if (response != NULL)
        claimed = claimed_digest(response);
    if (response != NULL && response->status == 200 && digest_is_set(&claimed)) {
        item->digest = claimed;
        item->is_done = true;
    } else if (response == NULL || response->status != 404) { /* 404: gone, or of schema 1; asked alone afterwards */
        resolving->must_stop = true;
    }
    return true;
}

/* Errors of a single tag; others would meet every tag. */
static bool is_about_the_tag(const struct error *err)
{
    return err->code == ERROR_DENIED || err->code == ERROR_SERVER || err->code == ERROR_CORRUPT ||
           err->code == ERROR_INVALID || err->code == ERROR_LIMIT || err->code == ERROR_UNSUPPORTED;
}

static bool resolve_alone(struct registry *registry, struct view repository, struct registry_lookup *item,
    struct error *why, struct error *err)
{
    struct error failure;
    item->is_done = true;
    if (registry_resolve(registry, repository, item->tag, &item->digest, &failure))
        return true;
    item->digest = (struct digest){0};
    item->is_gone = failure.code == ERROR_NOT_FOUND;
    if (item->is_gone)
        return true;
    if (!is_about_the_tag(&failure)) {
        *err = failure;
        return false;
    }
    if (why->code == ERROR_NONE)
        *why = failure;
    return true;
}

/* As many as go at once; those that were sent without success are asked alone afterwards. */
static bool resolve_batch(struct resolving *resolving, struct arena *arena, struct error *why, struct error *err)
{
    bool is_stopped = false;
    struct registry_request request = {
        .scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(resolving->repository))};
    resolving->next = resolving->sent_count = 0;
    resolving->must_stop = false;
    if (!registry_authorize(resolving->registry, &request, &resolving->authorization, err) ||
        !http_fetch_batch(
            resolving->registry->client, &resolving->base, resolving->registry->parallel, &is_stopped, err))
        return false;
    for (size_t i = 0; i < resolving->sent_count; i++) {
        struct registry_lookup *item = &resolving->items[resolving->sent[i]];
        if (!item->is_done && !resolve_alone(resolving->registry, resolving->repository, item, why, err))
            return false;
    }
    return true;
}

bool registry_resolve_all(struct registry *registry, struct view repository, struct registry_lookup *items,
    size_t count, struct error *why, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    *why = (struct error){.code = ERROR_NONE};
    if (!repository_is_valid(repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(repository));
    for (size_t i = 0; i < count; i++) {
        if (!tag_is_valid(items[i].tag))
            return error_set(err, ERROR_INVALID, "\"%.*s\" is not a tag", VIEW_PRINT(items[i].tag));
    }
    struct resolving resolving = {.base = {next_lookup, take_lookup},
        .registry = registry,
        .repository = repository,
        .items = items,
        .count = count,
        .sent = ARENA_ARRAY(arena, size_t, count)};
    /* The first one alone: it learns what the registry wants to see. */
    if (count > 0 && !items[0].is_done && !resolve_alone(registry, repository, &items[0], why, err))
        return false;
    for (size_t done = 0; done < count;) {
        if (!resolve_batch(&resolving, arena, why, err))
            return false;
        for (done = 0; done < count && items[done].is_done; done++)
            ;
    }
    return true;
}

/* What came for a blob from an offset on. */
enum rest {
    REST_ALL, /* the whole blob: ranges are not known there */
    REST_PART, /* as asked for */
    REST_EMPTY, /* the blob had ended at the offset; the digest tells whether that is so */
    REST_WRONG /* another part, or none: ranges do not work there */
};

static enum rest judge_rest(const struct http_response *response, const struct blob_place *place, uint64_t offset)
{
    struct view header = http_header(response, "content-range");
    struct content_range range;
    uint64_t size = offset;
    if (response->status == 416) {
        bool ends_here = !content_range_read_size(header, &size) || size == offset;
        return place->size == UINT64_MAX && ends_here ? REST_EMPTY : REST_WRONG;
    }
    if (response->status != 206)
        return REST_ALL;
    bool is_ours = content_range_read(header, &range) && range.first == offset &&
                   (range.size == UINT64_MAX || place->size == UINT64_MAX || range.size == place->size);
    return is_ours ? REST_PART : REST_WRONG;
}

static bool send_for_blob(struct registry *registry, struct arena *arena, const struct blob_place *place,
    uint64_t offset, struct http_response *response, struct source **body, struct error *err)
{
    struct registry_request request = {.method = "GET"};
    struct view repository = place->repository;
    if (offset > 0)
        request.range = arena_format(arena, "bytes=%llu-", (unsigned long long)offset);
    request.scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository));
    struct view path = arena_format(arena, "%.*s/blobs/%s", VIEW_PRINT(repository), place->digest.text);
    if (!registry_url(registry, arena, path, &request.url, err) ||
        !registry_send(registry, arena, &request, response, body, err))
        return false;
    /* A signed storage URL may have run out while it was made: once more, from the registry. */
    bool has_expired = response->status == 403 && response->left_origin;
    return !has_expired || registry_send(registry, arena, &request, response, body, err);
}

bool registry_blob_open_at(struct registry *registry, const struct blob_place *place, uint64_t offset,
    struct source **content, uint64_t *first, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct source *body = NULL;
    struct view repository = place->repository;
    if (!repository_is_valid(repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(repository));
    if (!send_for_blob(registry, arena, place, offset, &response, &body, err))
        return false;
    enum rest rest = offset > 0 ? judge_rest(&response, place, offset) : REST_ALL;
    if (rest == REST_WRONG) {
        source_close(body);
        body = NULL;
        if (!send_for_blob(registry, arena, place, 0, &response, &body, err))
            return false;
        rest = REST_ALL;
    }
    AUTO_SOURCE *opened = body;
    *first = rest == REST_ALL ? 0 : offset;
    if (rest == REST_EMPTY) {
        *content = source_from_memory(view_text(""));
        return true;
    }
    if (response.status != 200 && rest == REST_ALL) {
        if (is_success(&response))
            return error_set(err, ERROR_INVALID, "the registry sent another part of the blob than was asked for");
        return registry_refusal(&response, "the blob cannot be had", err);
    }
    *content = opened;
    opened = NULL;
    return true;
}

bool registry_blob(struct registry *registry, struct view repository, const struct descriptor *descriptor,
    struct source **content, struct error *err)
{
    struct blob_place place = {repository, descriptor->digest, descriptor->size};
    struct source *opened = NULL;
    uint64_t first;
    if (!registry_blob_open_at(registry, &place, 0, &opened, &first, err))
        return error_wrap(
            err, "%.*s/%.*s@%s", VIEW_PRINT(registry->address), VIEW_PRINT(repository), descriptor->digest.text);
    *content = registry_resuming_source(registry, &place, opened);
    return true;
}

struct registry_blobs {
    struct blob_source base;
    struct registry *registry;
    struct arena *arena; /* holds the reference */
    struct reference reference;
};

static bool source_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct view *document, struct digest *found, struct error *err)
{
    struct registry_blobs *blobs = (struct registry_blobs *)source;
    struct reference reference = blobs->reference;
    if (digest_is_set(digest)) {
        reference.tag = view_text("");
        reference.digest = *digest;
    }
    return registry_manifest(blobs->registry, arena, &reference, document, found, err);
}

static bool source_open(
    struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err)
{
    struct registry_blobs *blobs = (struct registry_blobs *)source;
    return registry_blob(blobs->registry, blobs->reference.repository, descriptor, content, err);
}

static void blobs_close(struct blob_source *source)
{
    struct registry_blobs *blobs = (struct registry_blobs *)source;
    arena_free(blobs->arena);
    free(blobs);
}

bool registry_blob_source(
    struct registry *registry, const struct reference *reference, struct blob_source **source, struct error *err)
{
    static const struct blob_source_type type = {
        .name = "registry", .manifest = source_manifest, .open = source_open, .close = blobs_close};
    if (!repository_is_valid(reference->repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(reference->repository));
    struct registry_blobs *blobs = memory_alloc(sizeof(*blobs));
    *blobs = (struct registry_blobs){.base = {&type}, .registry = registry, .arena = arena_new()};
    blobs->reference = *reference;
    blobs->reference.host = arena_copy(blobs->arena, reference->host);
    blobs->reference.repository = arena_copy(blobs->arena, reference->repository);
    blobs->reference.tag = arena_copy(blobs->arena, reference->tag);
    *source = &blobs->base;
    return true;
}
