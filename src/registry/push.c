/* SPDX-License-Identifier: Apache-2.0 */
/* Artifacts into a registry (OCI distribution spec 1.1, "Pushing blobs", "Pushing manifests"). A blob that fits into one
   piece is sent with the request that ends the upload, a larger one piece by piece: never more than a piece is held. */
#include "base/memory.h"
#include "registry/connection.h"

#include <stdlib.h>

enum { PIECE_BYTES = 8 << 20 };
#define PIECE_TIMEOUT_MS (10LL * 60 * 1000)

struct registry_push {
    struct blob_sink base;
    struct registry *registry;
    struct arena *arena; /* holds the reference */
    struct view repository;
    struct view name; /* tag or digest of the manifest */
    struct view scope;
    char *piece;
};

/* Where the next piece goes; the registry may say another place after each. */
struct upload {
    struct registry_push *push;
    struct arena *arena;
    struct url url;
};

static bool send_request(struct registry_push *push, struct arena *arena, struct registry_request *request,
    struct http_response *response, struct error *err)
{
    request->scope = push->scope;
    request->body_bytes_max = REGISTRY_JSON_BYTES_MAX;
    if (request->timeout_ms == 0)
        request->timeout_ms = REGISTRY_TIMEOUT_MS;
    return registry_send(push->registry, arena, request, response, NULL, err);
}

/* Only on the registry itself: our token goes with what is sent there. */
static bool follow(struct upload *upload, const struct http_response *response, struct error *err)
{
    struct view location = http_header(response, "location");
    const struct url *base = &upload->push->registry->base;
    struct url url;
    if (location.size == 0)
        return error_set(err, ERROR_SERVER, "the registry does not say where an upload goes");
    if (!url_resolve(upload->arena, &response->url, location, &url, err))
        return error_wrap(err, "the place for an upload");
    if (!view_equal_ignoring_case(url.host, base->host) || url.port != base->port || url.is_https != base->is_https)
        return error_set(err, ERROR_REFUSED, "the registry wants the upload at another host, %.*s",
            VIEW_PRINT(url_show(upload->arena, &url)));
    upload->url = url;
    return true;
}

static bool has_blob(struct registry_push *push, const struct digest *digest, bool *is_there, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct registry_request request = {.method = "HEAD"};
    struct view path = arena_format(arena, "%.*s/blobs/%s", VIEW_PRINT(push->repository), digest->text);
    if (!registry_url(push->registry, arena, path, &request.url, err) ||
        !send_request(push, arena, &request, &response, err))
        return false;
    *is_there = response.status == 200;
    return *is_there || response.status == 404 || registry_refusal(&response, "the blob cannot be asked for", err);
}

static bool begin(struct upload *upload, struct error *err)
{
    struct http_response response;
    struct registry_request request = {.method = "POST"};
    struct view path = arena_format(upload->arena, "%.*s/blobs/uploads/", VIEW_PRINT(upload->push->repository));
    if (!registry_url(upload->push->registry, upload->arena, path, &request.url, err) ||
        !send_request(upload->push, upload->arena, &request, &response, err))
        return false;
    if (response.status != 202)
        return registry_refusal(&response, "no upload can be begun", err);
    return follow(upload, &response, err);
}

static bool send_piece(struct upload *upload, struct view piece, uint64_t from, struct error *err)
{
    struct http_response response;
    const struct http_header headers[] = {
        {view_text("Content-Type"), view_text("application/octet-stream")},
        {view_text("Content-Range"), arena_format(upload->arena, "%llu-%llu", (unsigned long long)from,
                                         (unsigned long long)(from + piece.size - 1))},
    };
    struct registry_request request = {.method = "PATCH",
        .url = upload->url,
        .content = piece,
        .headers = headers,
        .header_count = 2,
        .timeout_ms = PIECE_TIMEOUT_MS};
    if (!send_request(upload->push, upload->arena, &request, &response, err))
        return false;
    if (response.status != 202)
        return registry_refusal(&response, "a piece of a blob was not taken", err);
    return follow(upload, &response, err);
}

static bool end(struct upload *upload, const struct digest *digest, struct view piece, struct error *err)
{
    static const struct http_header type = {VIEW_LITERAL("Content-Type"), VIEW_LITERAL("application/octet-stream")};
    struct http_response response;
    struct registry_request request = {.method = "PUT",
        .url = upload->url,
        .content = piece,
        .headers = &type,
        .header_count = 1,
        .timeout_ms = PIECE_TIMEOUT_MS};
    request.url.query = arena_format(upload->arena, "%.*s%sdigest=%s", VIEW_PRINT(upload->url.query),
        upload->url.query.size > 0 ? "&" : "", digest->text);
    request.url.has_query = true;
    if (!send_request(upload->push, upload->arena, &request, &response, err))
        return false;
    return response.status == 201 || response.status == 204 ||
           registry_refusal(&response, "the blob was not taken", err);
}

/* As much as there is, up to a whole piece. */
static bool fill_piece(struct registry_push *push, struct source *content, struct view *piece, struct error *err)
{
    size_t filled = 0;
    for (size_t got = 1; got > 0 && filled < PIECE_BYTES; filled += got) {
        if (!source_read(content, push->piece + filled, PIECE_BYTES - filled, &got, err))
            return false;
    }
    *piece = view_of(push->piece, filled);
    return true;
}

static bool send_blob(
    struct upload *upload, const struct digest *digest, uint64_t size, struct source *content, struct error *err)
{
    uint64_t sent = 0;
    struct view piece;
    if (!begin(upload, err))
        return false;
    for (;;) {
        if (!fill_piece(upload->push, content, &piece, err))
            return false;
        if (sent + piece.size > size || (piece.size < PIECE_BYTES && sent + piece.size != size))
            return error_set(err, ERROR_CORRUPT, "the blob does not have the size that was promised");
        bool is_last = sent + piece.size == size;
        if (is_last && sent == 0)
            return end(upload, digest, piece, err);
        if (!send_piece(upload, piece, sent, err))
            return false;
        sent += piece.size;
        if (is_last)
            return end(upload, digest, view_text(""), err);
    }
}

static bool push_blob(
    struct blob_sink *sink, const struct digest *digest, uint64_t size, struct source *content, struct error *err)
{
    struct registry_push *push = (struct registry_push *)sink;
    AUTO_ARENA *arena = arena_new();
    struct upload upload = {.push = push, .arena = arena};
    bool is_there;
    return (has_blob(push, digest, &is_there, err) && (is_there || send_blob(&upload, digest, size, content, err))) ||
           error_wrap(
               err, "%.*s/%.*s@%s", VIEW_PRINT(push->registry->address), VIEW_PRINT(push->repository), digest->text);
}

static bool push_manifest(struct blob_sink *sink, struct view document, struct view media_type, struct error *err)
{
    struct registry_push *push = (struct registry_push *)sink;
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct digest digest, stored;
    struct error ignored;
    const struct http_header type = {view_text("Content-Type"), media_type};
    struct registry_request request = {.method = "PUT", .content = document, .headers = &type, .header_count = 1};
    struct view path = arena_format(arena, "%.*s/manifests/%.*s", VIEW_PRINT(push->repository), VIEW_PRINT(push->name));
    if (!registry_url(push->registry, arena, path, &request.url, err) ||
        !send_request(push, arena, &request, &response, err))
        return error_wrap(err, "%.*s", VIEW_PRINT(push->registry->address));
    if (response.status != 201)
        return registry_refusal(&response, "the manifest was not taken", err);
    digest_of(document, &digest);
    bool is_told = digest_parse(http_header(&response, "docker-content-digest"), &stored, &ignored);
    if (is_told && view_starts_with(digest_view(&stored), "sha256:") && !digest_equal(&digest, &stored))
        return error_set(err, ERROR_CORRUPT, "the registry stored another manifest, %s", stored.text);
    return true;
}

static void push_close(struct blob_sink *sink)
{
    struct registry_push *push = (struct registry_push *)sink;
    arena_free(push->arena);
    free(push->piece);
    free(push);
}

bool registry_blob_sink(
    struct registry *registry, const struct reference *reference, struct blob_sink **sink, struct error *err)
{
    static const struct blob_sink_type type = {push_blob, push_manifest, push_close};
    if (!repository_is_valid(reference->repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(reference->repository));
    if (digest_is_set(&reference->digest) || !tag_is_valid(reference->tag))
        return error_set(err, ERROR_INVALID, "an artifact goes under a tag, not under a digest");
    struct registry_push *push = memory_alloc(sizeof(*push));
    *push = (struct registry_push){.base = {&type}, .registry = registry, .arena = arena_new()};
    push->piece = memory_alloc(PIECE_BYTES);
    push->repository = arena_copy(push->arena, reference->repository);
    push->name = arena_copy(push->arena, reference->tag);
    push->scope = arena_format(push->arena, "repository:%.*s:pull,push", VIEW_PRINT(push->repository));
    *sink = &push->base;
    return true;
}
