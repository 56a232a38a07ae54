/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/download.h"

#include "base/memory.h"
#include "http/range.h"

#include <inttypes.h>
#include <stdlib.h>

enum { REQUEST_MS = 60 * 60 * 1000 };

struct download {
    struct source source; /* first */
    struct http_client *client;
    struct arena *arena; /* holds the texts */
    struct view address;
    struct view validator;
    struct source *body; /* NULL: it broke */
    uint64_t position;
    uint64_t resumed_at;
    unsigned resumes; /* since DOWNLOAD_PROGRESS_BYTES came */
};

struct view download_validator(struct view etag, struct view last_modified)
{
    return etag.size > 0 && !view_starts_with(etag, "W/") ? etag : last_modified;
}

/* Failures of a connection; others would come again. */
static bool is_broken_off(const struct error *err)
{
    return err->code == ERROR_UNREACHABLE || err->code == ERROR_TIMEOUT || err->code == ERROR_CORRUPT;
}

/* Only the rest of the same file will do: an answer with all of it says that the file changed. */
static bool ask_for_rest(struct download *download, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct content_range range;
    struct source *body = NULL;
    struct http_header headers[] = {
        {view_text("Range"), arena_format(arena, "bytes=%" PRIu64 "-", download->position)},
        {view_text("If-Range"), download->validator},
    };
    struct http_request request = {.method = "GET", .headers = headers, .header_count = 2, .timeout_ms = REQUEST_MS};
    if (!url_parse(arena, download->address, &request.url, err) ||
        !http_open(download->client, arena, &request, &response, &body, err))
        return false;
    bool is_rest = response.status == 206 && content_range_read(http_header(&response, "content-range"), &range) &&
                   range.first == download->position;
    if (is_rest) {
        download->body = body;
        return true;
    }
    source_close(body);
    return error_set(err, ERROR_SERVER,
        "the connection broke after %" PRIu64 " bytes, and the rest of the same file was not to be had (status %d)",
        download->position, response.status);
}

/* `err` tells why the body broke off, and why it could not be resumed if that fails. */
static bool resume(struct download *download, struct error *err)
{
    source_close(download->body);
    download->body = NULL;
    if (download->position - download->resumed_at >= DOWNLOAD_PROGRESS_BYTES)
        download->resumes = 0;
    download->resumed_at = download->position;
    while (download->validator.size > 0 && is_broken_off(err) && download->resumes < DOWNLOAD_RESUMES_MAX) {
        if (!http_client_wait(download->client, NULL, download->resumes++, err))
            return false;
        if (ask_for_rest(download, err))
            return true;
    }
    return false;
}

static bool download_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct download *download = (struct download *)source;
    while (download->body == NULL || !source_read(download->body, bytes, size, got, err)) {
        if (download->body == NULL)
            return error_set(err, ERROR_UNREACHABLE, "the connection broke");
        if (!resume(download, err))
            return false;
    }
    download->position += *got;
    return true;
}

static void download_close(struct source *source)
{
    struct download *download = (struct download *)source;
    source_close(download->body);
    arena_free(download->arena);
    free(download);
}

struct source *download_new(
    struct http_client *client, const struct url *url, struct view validator, struct source *body)
{
    static const struct source_type type = {"download", download_read, download_close};
    struct download *download = memory_alloc(sizeof(*download));
    struct arena *arena = arena_new();
    *download = (struct download){
        .source = {&type},
        .client = client,
        .arena = arena,
        .address = url_format(arena, url),
        .validator = arena_copy(arena, validator),
        .body = body,
    };
    return &download->source;
}
