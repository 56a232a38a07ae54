/* SPDX-License-Identifier: Apache-2.0 */
/* Docker Hub: the Hub's API lists namespaces, repositories and tags with digests and push times, a hundred at a time; the
   registry itself has no catalog. Its abuse protection answers with empty lists, so an empty one is never taken for
   "everything is gone". */
#include "registry/vendor.h"

extern const struct adapter_type adapter_dockerhub;

struct dockerhub {
    struct adapter base;
    struct vendor_api api;
};

/* A personal or organization access token, or a password, for a token of about ten minutes. */
static bool sign_in(struct vendor_api *api, struct secret **token, int64_t *valid_ms, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_BUFFER json;
    struct json_writer writer;
    buffer_init(&json, VENDOR_JSON_BYTES_MAX);
    json_writer_init(&writer, &json);
    json_begin_object(&writer);
    json_pair(&writer, "identifier", adapter_field(api->adapter, "username"));
    json_pair(&writer, "secret", secret_view(adapter_secret(api->adapter, "password")));
    json_end_object(&writer);
    AUTO_SECRET *body = secret_new(buffer_view(&json));
    secret_wipe(json.data, json.size);
    struct vendor_token_request request = {.method = "POST",
        .url = arena_format(arena, "%.*s/auth/token", VIEW_PRINT(url_show(arena, &api->base))),
        .body = body,
        .body_type = "application/json",
        .member = "access_token"};
    struct secret *bare = NULL;
    if (!vendor_obtain(api->adapter, &request, &bare, valid_ms, err))
        return false;
    *token = vendor_bearer(bare);
    secret_free(bare);
    return true;
}

static void dockerhub_close(struct adapter *adapter)
{
    vendor_api_done(&((struct dockerhub *)adapter)->api);
}

static bool dockerhub_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct dockerhub *hub = (struct dockerhub *)adapter_new(&adapter_dockerhub, sizeof(*hub), options);
    struct view url = adapter_field(&hub->base, "api_url");
    *adapter = &hub->base;
    if (!adapter_connect(&hub->base, &hub->base.options, err))
        return false;
    if (adapter_secret(&hub->base, "password") != NULL)
        hub->api.sign_in = sign_in;
    if (vendor_api_open(&hub->api, &hub->base, "Docker Hub's API",
            url.size == 0 ? view_text("https://hub.docker.com/v2") : url, err))
        return true;
    adapter_close(&hub->base);
    return false;
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)response;
    struct json results = json_member(root, "results");
    for (struct json_iterator i = json_each(results); json_next(&i);) {
        struct view name = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(json_member_string(i.value, "namespace")),
            VIEW_PRINT(json_member_string(i.value, "name")));
        if (!vendor_repository(pages->listing, name, err))
            return false;
    }
    if (json_count(results) == 0 && pages->number == 1)
        vendor_incomplete(pages->listing, "Docker Hub shows an empty namespace, which may be its abuse protection");
    pages->request.target = json_member_string(root, "next");
    *has_next = pages->request.target.size > 0;
    return true;
}

static bool list_namespace(struct dockerhub *hub, struct vendor_listing *listing, struct view space, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct vendor_pages pages = {.api = &hub->api, .listing = listing, .page = take_repositories};
    pages.request.target = arena_format(arena, "/repositories/%.*s/?page=1&page_size=100&ordering=last_updated",
        VIEW_PRINT(vendor_segment(arena, space)));
    return vendor_walk(&pages, err) || error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(space));
}

/* Those of the user and of the user's organizations. */
static bool list_own_namespaces(struct dockerhub *hub, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = view_text("/repositories/namespaces")};
    struct view username = adapter_field(&hub->base, "username");
    bool has_user = false;
    if (username.size == 0)
        return error_set(err, ERROR_UNSUPPORTED,
            "Docker Hub cannot be listed as a whole: name the namespaces, or give a user name and token");
    if (!vendor_ask(&hub->api, arena, &request, document, &root, &response, err))
        return false;
    for (struct json_iterator i = json_each(json_member(root, "namespaces")); json_next(&i);) {
        struct view space = json_string(i.value);
        has_user = has_user || view_equal(space, username);
        if (space.size > 0 && !list_namespace(hub, listing, arena_copy(arena, space), err))
            return false;
    }
    return has_user || list_namespace(hub, listing, username, err);
}

static bool dockerhub_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct dockerhub *hub = (struct dockerhub *)adapter;
    struct view space;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "namespaces"); credential_list_next(&rest, &space);) {
        has_named = true;
        if (!list_namespace(hub, listing, space, err))
            return false;
    }
    return has_named || list_own_namespaces(hub, listing, err);
}

/* The digest of the index or image; of the only image where the list entry has none; else it is looked up. */
static struct digest digest_of_tag(struct json tag)
{
    struct digest digest = vendor_digest(json_member_string(tag, "digest"));
    struct json images = json_member(tag, "images");
    struct json_iterator first = json_each(images);
    if (!digest_is_set(&digest) && json_count(images) == 1 && json_next(&first))
        digest = vendor_digest(json_member_string(first.value, "digest"));
    return digest;
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)arena;
    (void)response;
    struct json results = json_member(root, "results");
    for (struct json_iterator i = json_each(results); json_next(&i);) {
        struct tag_entry entry = {.tag = json_member_string(i.value, "name"),
            .digest = digest_of_tag(i.value),
            .pushed_at_ms = vendor_time(json_member(i.value, "tag_last_pushed")),
            .push_source = PUSH_SOURCE_TAG_UPDATED};
        if (entry.pushed_at_ms == 0)
            entry.pushed_at_ms = vendor_time(json_member(i.value, "last_updated"));
        if (!vendor_tag(pages->listing, &entry, err))
            return false;
    }
    if (json_count(results) == 0 && pages->number == 1)
        vendor_incomplete(pages->listing, "Docker Hub shows no tags at all, which may be its abuse protection");
    pages->request.target = json_member_string(root, "next");
    *has_next = pages->request.target.size > 0;
    return true;
}

static bool dockerhub_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct dockerhub *hub = (struct dockerhub *)adapter;
    struct vendor_pages pages = {.api = &hub->api, .listing = listing, .page = take_tags};
    struct view name = repository;
    struct view space = view_cut(&name, '/');
    if (name.size == 0) {
        name = space;
        space = view_text("library");
    }
    pages.request.target = arena_format(arena, "/namespaces/%.*s/repositories/%.*s/tags?page=1&page_size=100",
        VIEW_PRINT(vendor_segment(arena, space)), VIEW_PRINT(vendor_segment(arena, name)));
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_dockerhub = {
    .name = "dockerhub",
    .published = "docker-hub",
    .title = "Docker Hub",
    .open = dockerhub_open,
    .close = dockerhub_close,
    .repositories = dockerhub_repositories,
    .tags = dockerhub_tags,
};
