/* SPDX-License-Identifier: Apache-2.0 */
#include "api/web.h"

#include <stdlib.h>

/* Addresses that never belong to the UI, so that a mistyped one is an error and not a page. */
static const char *const api_prefixes[] = {
    "/rest", "/openapi", "/session", "/healthz", "/readyz", "/metrics", "/hooks", "/harbor", "/admission", "/assets"};

static int compare_path(const void *key, const void *file)
{
    return view_compare(*(const struct view *)key, view_text(((const struct web_file *)file)->path));
}

static const struct web_file *find_file(struct view path)
{
    return bsearch(&path, web_files, web_file_count, sizeof(web_files[0]), compare_path);
}

static bool is_api_path(struct view path)
{
    for (size_t i = 0; i < sizeof(api_prefixes) / sizeof(api_prefixes[0]); i++) {
        size_t size = strlen(api_prefixes[i]);
        if (view_starts_with(path, api_prefixes[i]) && (path.size == size || path.data[size] == '/'))
            return true;
    }
    return false;
}

/* Whether a list such as "gzip, br;q=0.5" accepts the word; "word;q=0" refuses it. */
static bool accepts(struct view list, const char *word)
{
    while (list.size > 0) {
        struct view item = view_cut(&list, ',');
        struct view name = view_trim(view_cut(&item, ';'));
        if (!view_equal_ignoring_case(name, view_text(word)))
            continue;
        item = view_trim(item);
        return !(view_starts_with(item, "q=0") && view_find_text(item, view_text(".")) == item.size);
    }
    return false;
}

bool web_serve(const struct request *request, struct response *response)
{
    const struct web_file *file = find_file(view_is(request->path, "/") ? view_text("/index.html") : request->path);
    if (file == NULL && !is_api_path(request->path) && accepts(request_header(request, "Accept"), "text/html"))
        file = find_file(view_text("/index.html"));
    if (file == NULL)
        return false;
    response->status = 200;
    response->content_type = file->content_type;
    response->cache_control = file->is_immutable ? "public, max-age=31536000, immutable" : "no-cache";
    response->borrowed_body = file->identity;
    response->etag = arena_format(request->arena, "\"%s\"", file->sha256);
    if (file->gzip.size > 0) {
        response_header(response, "Vary", view_text("Accept-Encoding"));
        if (accepts(request_header(request, "Accept-Encoding"), "gzip")) {
            response->borrowed_body = file->gzip;
            response->etag = arena_format(request->arena, "\"%s-gzip\"", file->sha256);
            response_header(response, "Content-Encoding", view_text("gzip"));
        }
    }
    return true;
}
