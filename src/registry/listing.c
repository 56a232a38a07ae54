/* SPDX-License-Identifier: Apache-2.0 */
/* Catalog and tags, page by page. Registries ignore limits, lose prefixes, repeat pages and send names that are none;
   the listing ends all the same, and says whether it is complete. */
#include "registry/listing.h"

#include "base/json.h"
#include "base/map.h"
#include "registry/connection.h"
#include "registry/link.h"

#define PAGE_SIZE 1000
#define EMPTY_PAGES_MAX 3
/* A registry on object storage walks its whole tree for the catalog. */
#define CATALOG_TIMEOUT_MS (600LL * 1000)

struct paging {
    struct registry *registry;
    struct arena *arena;
    const char *member; /* "repositories" or "tags" */
    bool (*is_valid)(struct view name);
    bool (*is_hidden)(struct view name);
    size_t count_max;
    struct view scope;
    int64_t timeout_ms;
    struct registry_names *names;
    struct registry_listing listing;
    struct map seen;
    struct map pages;
};

static void stop(struct paging *paging, const char *reason)
{
    paging->listing.is_complete = false;
    paging->listing.incomplete_reason = arena_copy(paging->arena, view_text(reason));
}

static bool fetch_page(struct paging *paging, struct arena *scratch, const struct url *url,
    struct http_response *response, struct error *err)
{
    struct registry_request request = {.method = "GET",
        .url = *url,
        .accept = "application/json",
        .scope = paging->scope,
        .body_bytes_max = REGISTRY_JSON_BYTES_MAX,
        .timeout_ms = paging->timeout_ms};
    return registry_send(paging->registry, scratch, &request, response, NULL, err);
}

static bool is_success(const struct http_response *response)
{
    return response->status == 200;
}

static bool may_be_elsewhere(const struct http_response *response)
{
    return response->status == 400 || response->status == 404 || response->status == 405;
}

/* Hands out what is new on the page; false with `*is_full` for the limit, and with an error otherwise. */
static bool take_names(struct paging *paging, struct view body, size_t *new_count, bool *is_full, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, body, REGISTRY_JSON_BYTES_MAX, "listing", &root, err))
        return false;
    struct json list = json_member(root, paging->member);
    if (json_type(root) != JSON_OBJECT || (json_is_present(list) && json_type(list) != JSON_ARRAY))
        return error_set(err, ERROR_INVALID, "the listing has no list of %s", paging->member);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct view name = json_string(i.value);
        if (!paging->is_valid(name)) {
            paging->listing.skipped++;
            continue;
        }
        if (paging->is_hidden != NULL && paging->is_hidden(name))
            continue;
        if (map_get(&paging->seen, name) != NULL)
            continue;
        if (paging->seen.count == paging->count_max) {
            *is_full = true;
            return true;
        }
        name = arena_copy(paging->arena, name);
        map_set(&paging->seen, name, paging);
        (*new_count)++;
        if (!paging->names->name(paging->names, name, err))
            return false;
        paging->listing.count++;
    }
    return true;
}

/* The first page; some registries refuse any limit that is above their own. */
static bool first_page(
    struct paging *paging, struct arena *scratch, struct url *url, struct http_response *response, struct error *err)
{
    if (!fetch_page(paging, scratch, url, response, err))
        return false;
    if (response->status != 400)
        return true;
    url->has_query = false;
    url->query = view_text("");
    return fetch_page(paging, scratch, url, response, err);
}

/* The page that the link leads to, asked at the likeliest place first. False without an error in `*is_end`. */
static bool next_page(struct paging *paging, struct arena *scratch, const struct link_page *link, struct url *url,
    struct http_response *response, struct error *err)
{
    *url = link->url;
    if (!fetch_page(paging, scratch, url, response, err))
        return false;
    if (!link->has_other || !may_be_elsewhere(response))
        return true;
    *url = link->other;
    return fetch_page(paging, scratch, url, response, err);
}

static struct url keep_url(struct arena *arena, const struct url *url)
{
    struct url kept = *url;
    kept.host = arena_copy(arena, url->host);
    kept.path = arena_copy(arena, url->path);
    kept.query = arena_copy(arena, url->query);
    return kept;
}

/* One page: takes its names and finds the next. `*is_end` ends the walk. */
static bool walk_page(
    struct paging *paging, struct url *url, struct link_page *link, bool *is_end, unsigned *empty, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct http_response response;
    bool is_first = paging->pages.count == 0;
    size_t new_count = 0;
    bool is_full = false;
    *is_end = true;
    if (is_first ? !first_page(paging, scratch, url, &response, err)
                 : !next_page(paging, scratch, link, url, &response, err))
        return false;
    if (!is_success(&response))
        return registry_refusal(&response, "the listing was refused", err);
    if (!take_names(paging, response.body, &new_count, &is_full, err))
        return false;
    *empty = new_count == 0 ? *empty + 1 : 0;
    map_set(&paging->pages, url_format(paging->arena, url), paging);
    struct view target = link_next(registry_header_list(scratch, &response, "link"));
    if (is_full)
        stop(paging, "there are more names than are accepted");
    else if (target.size == 0)
        return true;
    else if (*empty >= EMPTY_PAGES_MAX)
        stop(paging, "several pages brought nothing new");
    else if (paging->pages.count >= REGISTRY_PAGES_MAX)
        stop(paging, "there are more pages than are accepted");
    else {
        struct link_page next;
        if (!link_follow(scratch, url, target, &next, err))
            return false;
        *url = keep_url(paging->arena, url);
        link->url = keep_url(paging->arena, &next.url);
        link->other = keep_url(paging->arena, &next.other);
        link->has_other = next.has_other;
        bool is_loop = map_get(&paging->pages, url_format(scratch, &link->url)) != NULL &&
                       (!link->has_other || map_get(&paging->pages, url_format(scratch, &link->other)) != NULL);
        if (is_loop)
            stop(paging, "the pages lead in a circle");
        else
            *is_end = false;
    }
    return true;
}

static bool walk(struct paging *paging, struct view path, struct registry_listing *listing, struct error *err)
{
    struct url url;
    struct link_page link = {0};
    unsigned empty = 0;
    paging->listing.is_complete = true;
    map_init(&paging->seen, paging->arena);
    map_init(&paging->pages, paging->arena);
    if (!registry_url(paging->registry, paging->arena, path, &url, err))
        return false;
    for (bool is_end = false; !is_end;) {
        if (!walk_page(paging, &url, &link, &is_end, &empty, err))
            return false;
    }
    *listing = paging->listing;
    return true;
}

bool registry_repositories(struct registry *registry, struct arena *arena, struct registry_names *names,
    struct registry_listing *listing, struct error *err)
{
    struct paging paging = {.registry = registry,
        .arena = arena,
        .member = "repositories",
        .is_valid = repository_is_valid,
        .count_max = REGISTRY_REPOSITORIES_MAX,
        .scope = view_text("registry:catalog:*"),
        .timeout_ms = CATALOG_TIMEOUT_MS,
        .names = names};
    struct view path = arena_format(arena, "_catalog?n=%d", PAGE_SIZE);
    return walk(&paging, path, listing, err) ||
           error_wrap(err, "repositories of %.*s", VIEW_PRINT(registry_address(registry)));
}

bool listing_hides_tag(struct view tag)
{
    if (!view_starts_with(tag, "sha256-") || tag.size < 7 + 64)
        return false;
    for (size_t i = 7; i < 7 + 64; i++) {
        char c = tag.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
    }
    struct view end = view_from(tag, 7 + 64);
    return end.size == 0 || view_is(end, ".sig") || view_is(end, ".att") || view_is(end, ".sbom");
}

bool registry_tags(struct registry *registry, struct arena *arena, struct view repository, struct registry_names *names,
    struct registry_listing *listing, struct error *err)
{
    if (!repository_is_valid(repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(repository));
    struct paging paging = {.registry = registry,
        .arena = arena,
        .member = "tags",
        .is_valid = tag_is_valid,
        .is_hidden = listing_hides_tag,
        .count_max = REGISTRY_TAGS_MAX,
        .scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository)),
        .timeout_ms = REGISTRY_TIMEOUT_MS,
        .names = names};
    struct view path = arena_format(arena, "%.*s/tags/list?n=%d", VIEW_PRINT(repository), PAGE_SIZE);
    return walk(&paging, path, listing, err) ||
           error_wrap(err, "tags of %.*s/%.*s", VIEW_PRINT(registry_address(registry)), VIEW_PRINT(repository));
}
