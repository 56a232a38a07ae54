/* SPDX-License-Identifier: Apache-2.0 */
/* Scaleway: its API lists namespaces, images and tags of a region; the secret key is the registry's password. */
#include "base/map.h"
#include "registry/vendor.h"

extern const struct adapter_type adapter_scaleway;

struct scaleway {
    struct adapter base;
    struct vendor_api api;
    struct registry_credentials credentials;
    struct map images; /* char * id by repository */
    bool has_images;
};

static void scaleway_close(struct adapter *adapter)
{
    vendor_api_done(&((struct scaleway *)adapter)->api);
}

static bool scaleway_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct scaleway *scaleway = (struct scaleway *)adapter_new(&adapter_scaleway, sizeof(*scaleway), options);
    struct view url = adapter_field(&scaleway->base, "api_url");
    struct view region = adapter_field(&scaleway->base, "region");
    const struct secret *key = adapter_secret(&scaleway->base, "secret_key");
    *adapter = &scaleway->base;
    scaleway->credentials = (struct registry_credentials){.username = view_text("nologin"), .password = key};
    if (key != NULL)
        scaleway->base.options.credentials = &scaleway->credentials;
    if (!adapter_connect(&scaleway->base, &scaleway->base.options, err))
        return false;
    map_init(&scaleway->images, scaleway->base.arena);
    scaleway->api.token_header = "x-auth-token";
    if (key != NULL)
        scaleway->api.token = secret_new(secret_view(key));
    if (region.size == 0)
        region = vendor_host_label(&scaleway->base, 1); /* rg.REGION.scw.cloud */
    if (url.size == 0)
        url = view_text("https://api.scaleway.com");
    url = arena_format(scaleway->base.arena, "%.*s/registry/v1/regions/%.*s", VIEW_PRINT(url),
        VIEW_PRINT(vendor_segment(scaleway->base.arena, region)));
    if (vendor_api_open(&scaleway->api, &scaleway->base, "Scaleway's API", url, err))
        return true;
    adapter_close(&scaleway->base);
    return false;
}

struct images {
    struct vendor_pages base;
    struct scaleway *scaleway;
    struct view space;
};

static bool take_images(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct images *images = (struct images *)pages;
    struct scaleway *scaleway = images->scaleway;
    struct json list = json_member(root, "images");
    (void)response;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct view name = arena_format(scaleway->base.arena, "%.*s/%.*s", VIEW_PRINT(images->space),
            VIEW_PRINT(json_member_string(i.value, "name")));
        struct view id = json_member_string(i.value, "id");
        if (pages->listing != NULL && !vendor_repository(pages->listing, name, err))
            return false;
        if (id.size > 0 && scaleway->images.count < REGISTRY_REPOSITORIES_MAX)
            map_set(&scaleway->images, name, arena_text(scaleway->base.arena, id));
    }
    if (json_count(list) > 0)
        vendor_next_number(pages, arena, "page", has_next);
    return true;
}

struct namespaces {
    struct vendor_pages base;
    struct scaleway *scaleway;
    struct vendor_listing *listing;
};

static bool take_namespaces(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct namespaces *namespaces = (struct namespaces *)pages;
    struct json list = json_member(root, "namespaces");
    (void)response;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct images images = {.base = {.api = pages->api, .listing = namespaces->listing, .page = take_images}};
        images.scaleway = namespaces->scaleway;
        images.space = json_member_string(i.value, "name");
        struct view id = json_member_string(i.value, "id");
        if (id.size == 0 || !vendor_is_chosen(&images.scaleway->base, "namespaces", images.space))
            continue;
        images.base.request.target =
            arena_format(arena, "/images?namespace_id=%.*s&page_size=100", VIEW_PRINT(vendor_segment(arena, id)));
        if (!vendor_walk(&images.base, err))
            return error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(images.space));
    }
    if (json_count(list) > 0)
        vendor_next_number(pages, arena, "page", has_next);
    return true;
}

static bool read_images(struct scaleway *scaleway, struct vendor_listing *listing, struct error *err)
{
    struct namespaces namespaces = {.base = {.api = &scaleway->api, .page = take_namespaces}};
    namespaces.scaleway = scaleway;
    namespaces.listing = listing;
    namespaces.base.request.target = view_text("/namespaces?page_size=100");
    scaleway->has_images = vendor_walk(&namespaces.base, err);
    return scaleway->has_images;
}

static bool scaleway_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    return read_images((struct scaleway *)adapter, listing, err);
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "name",
        .digest = "digest",
        .time = "updated_at",
        .read_time = vendor_time,
        .source = PUSH_SOURCE_TAG_UPDATED};
    struct json list = json_member(root, "tags");
    (void)response;
    if (json_count(list) > 0)
        vendor_next_number(pages, arena, "page", has_next);
    return vendor_take_tags(pages->listing, list, &fields, err);
}

static bool scaleway_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct scaleway *scaleway = (struct scaleway *)adapter;
    if (!scaleway->has_images && !read_images(scaleway, NULL, err))
        return false;
    const char *id = map_get(&scaleway->images, repository);
    if (id == NULL)
        return error_set(err, ERROR_NOT_FOUND, "Scaleway's API knows no such image");
    struct vendor_pages pages = {.api = &scaleway->api, .listing = listing, .page = take_tags};
    pages.request.target =
        arena_format(arena, "/images/%.*s/tags?page_size=100", VIEW_PRINT(vendor_segment(arena, view_text(id))));
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_scaleway = {
    .name = "scaleway",
    .title = "Scaleway Container Registry",
    .open = scaleway_open,
    .close = scaleway_close,
    .repositories = scaleway_repositories,
    .tags = scaleway_tags,
};
