/* SPDX-License-Identifier: Apache-2.0 */
/* DigitalOcean: its API lists registries, repositories and tags; the token is user name and password of the registry. */
#include "registry/vendor.h"

extern const struct adapter_type adapter_digitalocean;

struct digitalocean {
    struct adapter base;
    struct vendor_api api;
    struct registry_credentials credentials;
};

static void digitalocean_close(struct adapter *adapter)
{
    vendor_api_done(&((struct digitalocean *)adapter)->api);
}

static bool digitalocean_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct digitalocean *ocean = (struct digitalocean *)adapter_new(&adapter_digitalocean, sizeof(*ocean), options);
    struct view url = adapter_field(&ocean->base, "api_url");
    const struct secret *token = adapter_secret(&ocean->base, "token");
    *adapter = &ocean->base;
    if (token != NULL) {
        ocean->credentials = (struct registry_credentials){.username = secret_view(token), .password = token};
        ocean->base.options.credentials = &ocean->credentials;
        ocean->api.token = vendor_bearer(token);
    }
    if (!adapter_connect(&ocean->base, &ocean->base.options, err))
        return false;
    if (vendor_api_open(&ocean->api, &ocean->base, "DigitalOcean's API",
            url.size == 0 ? view_text("https://api.digitalocean.com/v2") : url, err))
        return true;
    adapter_close(&ocean->base);
    return false;
}

/* links.pages.next is the URL of the next page. */
static void next_page(struct vendor_pages *pages, struct json root, bool *has_next)
{
    pages->request.target = json_member_string(json_member(json_member(root, "links"), "pages"), "next");
    *has_next = pages->request.target.size > 0;
}

struct repositories {
    struct vendor_pages base;
    struct view registry;
};

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)arena;
    (void)response;
    next_page(pages, root, has_next);
    return vendor_take_repositories(
        pages->listing, json_member(root, "repositories"), "name", ((struct repositories *)pages)->registry, err);
}

/* Accounts with a single registry know the older paths only. */
static bool list_registry(
    struct digitalocean *ocean, struct vendor_listing *listing, struct view registry, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    static const char *const roots[] = {"registries", "registry"};
    bool is_listed = false;
    for (size_t i = 0; i < 2 && !is_listed; i++) {
        struct repositories repositories = {
            .base = {.api = &ocean->api, .listing = listing, .page = take_repositories}, .registry = registry};
        repositories.base.request.target = arena_format(
            arena, "/%s/%.*s/repositoriesV2?per_page=100", roots[i], VIEW_PRINT(vendor_segment(arena, registry)));
        is_listed = vendor_walk(&repositories.base, err);
        if (!is_listed && err->code != ERROR_NOT_FOUND)
            break;
    }
    return is_listed || error_wrap(err, "registry \"%.*s\"", VIEW_PRINT(registry));
}

static bool list_account(struct digitalocean *ocean, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = view_text("/registries")};
    if (!vendor_ask(&ocean->api, arena, &request, document, &root, &response, err))
        return false;
    for (struct json_iterator i = json_each(json_member(root, "registries")); json_next(&i);) {
        struct view name = json_member_string(i.value, "name");
        if (name.size > 0 && !list_registry(ocean, listing, name, err))
            return false;
    }
    return true;
}

static bool digitalocean_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct digitalocean *ocean = (struct digitalocean *)adapter;
    struct view registry;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "registries"); credential_list_next(&rest, &registry);) {
        has_named = true;
        if (!list_registry(ocean, listing, registry, err))
            return false;
    }
    return has_named || list_account(ocean, listing, err);
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "tag",
        .digest = "manifest_digest",
        .time = "updated_at",
        .read_time = vendor_time,
        .source = PUSH_SOURCE_TAG_UPDATED};
    (void)arena;
    (void)response;
    next_page(pages, root, has_next);
    return vendor_take_tags(pages->listing, json_member(root, "tags"), &fields, err);
}

static bool digitalocean_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct digitalocean *ocean = (struct digitalocean *)adapter;
    static const char *const roots[] = {"registries", "registry"};
    struct view name = repository;
    struct view registry = view_cut(&name, '/');
    bool is_listed = false;
    for (size_t i = 0; i < 2 && !is_listed; i++) {
        struct vendor_pages pages = {.api = &ocean->api, .listing = listing, .page = take_tags};
        pages.request.target = arena_format(arena, "/%s/%.*s/repositories/%.*s/tags?per_page=100", roots[i],
            VIEW_PRINT(vendor_segment(arena, registry)), VIEW_PRINT(vendor_segment(arena, name)));
        is_listed = vendor_walk(&pages, err);
        if (!is_listed && err->code != ERROR_NOT_FOUND)
            break;
    }
    return is_listed;
}

const struct adapter_type adapter_digitalocean = {
    .name = "digitalocean",
    .published = "digitalocean-cr",
    .title = "DigitalOcean Container Registry",
    .open = digitalocean_open,
    .close = digitalocean_close,
    .repositories = digitalocean_repositories,
    .tags = digitalocean_tags,
};
