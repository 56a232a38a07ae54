/* SPDX-License-Identifier: Apache-2.0 */
/* JFrog Artifactory: one query (AQL) tells all manifests of a repository key with digests and times. Every key is a registry
   of its own below /api/docker/KEY, which works whatever host names and ports were set up for it; its repositories bear the
   key before their name. */
#include "registry/vendor.h"

#define KEYS_MAX 1000
#define PAGE_SIZE 1000

extern const struct adapter_type adapter_artifactory;

struct artifactory {
    struct adapter base;
    struct vendor_api api;
    struct registry_credentials credentials;
    struct view root; /* host and path of the API */
    bool has_keys; /* the places are there */
};

static void artifactory_close(struct adapter *adapter)
{
    vendor_api_done(&((struct artifactory *)adapter)->api);
}

static bool artifactory_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct artifactory *artifactory =
        (struct artifactory *)adapter_new(&adapter_artifactory, sizeof(*artifactory), options);
    struct view url = adapter_field(&artifactory->base, "api_url");
    const struct secret *token = adapter_secret(&artifactory->base, "access_token");
    *adapter = &artifactory->base;
    if (token != NULL) {
        artifactory->credentials.registry_token = token;
        artifactory->base.options.credentials = &artifactory->credentials;
    }
    if (!adapter_connect(&artifactory->base, &artifactory->base.options, err))
        return false;
    if (url.size == 0)
        url = vendor_own_url(&artifactory->base, "/artifactory");
    artifactory->api.token = token == NULL ? vendor_basic(&artifactory->base) : vendor_bearer(token);
    if (vendor_api_open(&artifactory->api, &artifactory->base, "Artifactory's API", url, err))
        return true;
    adapter_close(&artifactory->base);
    return false;
}

static bool add_key(struct artifactory *artifactory, struct view key, struct error *err)
{
    struct arena *arena = artifactory->base.arena;
    const struct url *base = &artifactory->api.base;
    struct registry_options options = artifactory->base.options;
    if (artifactory->base.places.count == KEYS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d repository keys", KEYS_MAX);
    options.host = url_authority(arena, base);
    options.path_prefix = arena_format(arena, "%.*s/api/docker/%.*s", VIEW_PRINT(base->path), VIEW_PRINT(key));
    return adapter_add_place(&artifactory->base, key, &options, err);
}

/* Keys of the types: virtual ones show what others hold, so they count only where there is nothing else. */
static bool add_keys_of(struct artifactory *artifactory, struct json root, bool wants_virtual, struct error *err)
{
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct view key = json_member_string(i.value, "key");
        struct view type = json_member_string(i.value, "type");
        bool is_virtual = view_equal_ignoring_case(type, view_text("virtual"));
        if (view_equal_ignoring_case(type, view_text("remote"))) /* what was fetched is below KEY-cache */
            key = arena_format(artifactory->base.arena, "%.*s-cache", VIEW_PRINT(key));
        if (is_virtual != wants_virtual || !repository_is_valid(key))
            continue;
        if (!add_key(artifactory, key, err))
            return false;
    }
    return true;
}

static bool read_keys(struct artifactory *artifactory, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = view_text("/api/repositories?packageType=docker")};
    struct view key;
    if (artifactory->has_keys)
        return true;
    for (struct view rest = adapter_field(&artifactory->base, "repository_keys"); credential_list_next(&rest, &key);) {
        if (!add_key(artifactory, key, err))
            return false;
        artifactory->has_keys = true;
    }
    if (artifactory->has_keys)
        return true;
    if (!vendor_ask(&artifactory->api, arena, &request, document, &root, &response, err) ||
        !add_keys_of(artifactory, root, false, err) ||
        (artifactory->base.places.count == 0 && !add_keys_of(artifactory, root, true, err)))
        return false;
    artifactory->has_keys = true;
    return true;
}

/* Where the API tells no keys, names are those of the registry at the integration's own host. */
static bool artifactory_prepare(struct adapter *adapter, struct view repository, struct error *err)
{
    struct artifactory *artifactory = (struct artifactory *)adapter;
    struct error ignored; /* told by the listing */
    (void)repository;
    (void)err;
    (void)read_keys(artifactory, &ignored);
    artifactory->has_keys = true;
    return true;
}

struct query {
    struct vendor_pages base;
    struct view key;
    struct view image; /* whose tags are wanted; empty: the images */
};

static void set_query(struct query *query, struct arena *arena, size_t offset)
{
    struct view path = query->image.size == 0
                           ? view_text("")
                           : arena_format(arena, "\"path\":{\"$match\":\"%.*s/*\"},", VIEW_PRINT(query->image));
    query->base.request.body = arena_format(arena,
        "items.find({\"repo\":\"%.*s\",%.*s\"$or\":[{\"name\":\"manifest.json\"},{\"name\":\"list.manifest.json\"}]})"
        ".include(\"repo\",\"path\",\"name\",\"created\",\"modified\",\"updated\",\"sha256\",\"size\")"
        ".sort({\"$asc\":[\"path\"]}).offset(%zu).limit(%d)",
        VIEW_PRINT(query->key), VIEW_PRINT(path), offset, PAGE_SIZE);
}

/* "team/app/1.4.2" is tag 1.4.2 of team/app; "team/app/sha256:…" or "sha256__…" is a platform's manifest. */
static bool take_item(struct query *query, struct arena *arena, struct json item, struct error *err)
{
    struct vendor_listing *listing = query->base.listing;
    struct view path = json_member_string(item, "path");
    size_t cut = view_find_last(path, '/');
    struct view image = view_slice(path, 0, cut);
    struct view tag = view_from(path, cut + 1);
    if (cut == path.size) {
        vendor_skip(listing);
        return true;
    }
    if (view_starts_with(tag, "sha256:") || view_starts_with(tag, "sha256__"))
        return true;
    if (query->image.size == 0)
        return vendor_repository(
            listing, arena_format(arena, "%.*s/%.*s", VIEW_PRINT(query->key), VIEW_PRINT(image)), err);
    struct tag_entry entry = {.tag = tag,
        .digest = vendor_digest(json_member_string(item, "sha256")),
        .pushed_at_ms = vendor_time(json_member(item, "modified")),
        .push_source = PUSH_SOURCE_TAG_UPDATED};
    return !view_equal(image, query->image) || vendor_tag(listing, &entry, err);
}

static bool take_items(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct query *query = (struct query *)pages;
    struct json results = json_member(root, "results");
    (void)response;
    if (json_type(results) != JSON_ARRAY)
        return error_set(err, ERROR_UNSUPPORTED, "the answer has no results");
    for (struct json_iterator i = json_each(results); json_next(&i);) {
        if (!take_item(query, arena, i.value, err))
            return false;
    }
    *has_next = json_count(results) >= PAGE_SIZE;
    if (*has_next)
        set_query(query, arena, pages->number * PAGE_SIZE);
    return true;
}

static bool run_query(struct artifactory *artifactory, struct query *query, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    query->base.api = &artifactory->api;
    query->base.page = take_items;
    query->base.request.method = "POST";
    query->base.request.target = view_text("/api/search/aql");
    query->base.request.body_type = "text/plain";
    set_query(query, arena, 0);
    return vendor_walk(&query->base, err);
}

static bool artifactory_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct artifactory *artifactory = (struct artifactory *)adapter;
    if (!read_keys(artifactory, err))
        return false;
    for (size_t i = 0; i < adapter->places.count; i++) {
        struct query query = {.base = {.listing = listing}, .key = adapter->places.items[i].prefix};
        if (!run_query(artifactory, &query, err))
            return error_wrap(err, "repository key \"%.*s\"", VIEW_PRINT(query.key));
    }
    return true;
}

static bool artifactory_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    struct registry *registry;
    struct query query = {.base = {.listing = listing}};
    if (!adapter_locate(adapter, repository, &registry, &query.image, err))
        return false;
    if (registry == adapter->registry)
        return vendor_protocol_tags(listing, repository, err);
    query.key = view_slice(repository, 0, repository.size - query.image.size - 1);
    return run_query((struct artifactory *)adapter, &query, err);
}

const struct adapter_type adapter_artifactory = {
    .name = "artifactory",
    .published = "artifactory-cr",
    .title = "JFrog Artifactory",
    .has_catalog = true,
    .open = artifactory_open,
    .close = artifactory_close,
    .prepare = artifactory_prepare,
    .repositories = artifactory_repositories,
    .tags = artifactory_tags,
};
