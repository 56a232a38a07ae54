/* SPDX-License-Identifier: Apache-2.0 */
/* Sonatype Nexus 3: its components API lists images, tags, digests and times of a Docker repository, in pages whose size the
   server sets; it cannot be asked by image, so what it told of one repository is kept. Every Nexus repository is a registry
   below /repository/NAME; its images bear the name before their own. */
#include "registry/vendor.h"

#define NAMES_MAX 1000
#define COMPONENTS_MAX 100000

extern const struct adapter_type adapter_nexus;

struct component {
    struct view image;
    struct tag_entry tag;
};

struct nexus {
    struct adapter base;
    struct vendor_api api;
    bool has_names; /* the places are there */
    struct arena *kept; /* of the components */
    struct view name; /* of the Nexus repository whose components are kept */
    struct {
        struct component *items;
        size_t count;
        size_t capacity;
    } components;
};

static void nexus_close(struct adapter *adapter)
{
    struct nexus *nexus = (struct nexus *)adapter;
    vendor_api_done(&nexus->api);
    arena_free(nexus->kept);
}

static bool nexus_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct nexus *nexus = (struct nexus *)adapter_new(&adapter_nexus, sizeof(*nexus), options);
    struct view url = adapter_field(&nexus->base, "api_url");
    *adapter = &nexus->base;
    if (!adapter_connect(&nexus->base, &nexus->base.options, err))
        return false;
    if (url.size == 0)
        url = vendor_own_url(&nexus->base, "");
    nexus->api.token = vendor_basic(&nexus->base);
    if (vendor_api_open(&nexus->api, &nexus->base, "Nexus's API", url, err))
        return true;
    adapter_close(&nexus->base);
    return false;
}

static bool add_name(struct nexus *nexus, struct view name, struct error *err)
{
    struct arena *arena = nexus->base.arena;
    struct registry_options options = nexus->base.options;
    if (nexus->base.places.count == NAMES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d repositories of Nexus", NAMES_MAX);
    options.host = url_authority(arena, &nexus->api.base);
    options.path_prefix =
        arena_format(arena, "%.*s/repository/%.*s", VIEW_PRINT(nexus->api.base.path), VIEW_PRINT(name));
    return adapter_add_place(&nexus->base, name, &options, err);
}

static bool read_names(struct nexus *nexus, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct http_response response;
    struct vendor_request request = {.target = view_text("/service/rest/v1/repositories")};
    struct view name;
    if (nexus->has_names)
        return true;
    for (struct view rest = adapter_field(&nexus->base, "repository_names"); credential_list_next(&rest, &name);) {
        if (!add_name(nexus, name, err))
            return false;
        nexus->has_names = true;
    }
    if (nexus->has_names)
        return true;
    if (!vendor_ask(&nexus->api, arena, &request, document, &root, &response, err))
        return false;
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        name = json_member_string(i.value, "name");
        /* Groups show what their members hold. */
        if (!view_is(json_member_string(i.value, "format"), "docker") ||
            view_is(json_member_string(i.value, "type"), "group") || !repository_is_valid(name))
            continue;
        if (!add_name(nexus, name, err))
            return false;
    }
    nexus->has_names = true;
    return true;
}

static bool nexus_prepare(struct adapter *adapter, struct view repository, struct error *err)
{
    struct nexus *nexus = (struct nexus *)adapter;
    struct error ignored; /* told by the listing */
    (void)repository;
    (void)err;
    (void)read_names(nexus, &ignored);
    nexus->has_names = true;
    return true;
}

struct components {
    struct vendor_pages base;
    struct nexus *nexus;
};

/* The manifest's file is v2/IMAGE/manifests/TAG; a version that is a digest is an untagged manifest. */
static bool take_component(struct nexus *nexus, struct json item, struct error *err)
{
    struct view image = json_member_string(item, "name");
    struct view version = json_member_string(item, "version");
    struct json_iterator assets = json_each(json_member(item, "assets"));
    if (image.size == 0 || version.size == 0 || view_starts_with(version, "sha256:"))
        return true;
    if (nexus->components.count == COMPONENTS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d components", COMPONENTS_MAX);
    struct component *component = ARENA_PUSH(nexus->kept, &nexus->components);
    component->image = arena_copy(nexus->kept, image);
    component->tag.tag = arena_copy(nexus->kept, version);
    component->tag.push_source = PUSH_SOURCE_TAG_UPDATED;
    if (json_next(&assets)) {
        component->tag.digest = vendor_digest(json_member_string(json_member(assets.value, "checksum"), "sha256"));
        component->tag.pushed_at_ms = vendor_time(json_member(assets.value, "lastModified"));
        if (component->tag.pushed_at_ms == 0)
            component->tag.pushed_at_ms = vendor_time(json_member(assets.value, "blobCreated"));
    }
    return true;
}

static bool take_components(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "items")); json_next(&i);) {
        if (!take_component(((struct components *)pages)->nexus, i.value, err))
            return false;
    }
    vendor_next_value(pages, arena, "continuationToken", json_member_string(root, "continuationToken"), has_next);
    return true;
}

static bool read_components(struct nexus *nexus, struct view name, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct components components = {.base = {.api = &nexus->api, .page = take_components}, .nexus = nexus};
    arena_free(nexus->kept);
    nexus->kept = arena_new();
    nexus->components.items = NULL;
    nexus->components.count = nexus->components.capacity = 0;
    nexus->name = view_text("");
    components.base.request.target =
        arena_format(arena, "/service/rest/v1/components?repository=%.*s", VIEW_PRINT(vendor_segment(arena, name)));
    if (!vendor_walk(&components.base, err))
        return error_wrap(err, "repository \"%.*s\" of Nexus", VIEW_PRINT(name));
    nexus->name = arena_copy(nexus->kept, name);
    return true;
}

static bool nexus_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct nexus *nexus = (struct nexus *)adapter;
    if (!read_names(nexus, err))
        return false;
    for (size_t i = 0; i < adapter->places.count; i++) {
        struct view prefix = adapter->places.items[i].prefix;
        if (!read_components(nexus, prefix, err))
            return false;
        for (size_t k = 0; k < nexus->components.count; k++) {
            struct view name =
                arena_format(arena, "%.*s/%.*s", VIEW_PRINT(prefix), VIEW_PRINT(nexus->components.items[k].image));
            if (!vendor_repository(listing, name, err))
                return false;
        }
    }
    return true;
}

static bool nexus_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    struct nexus *nexus = (struct nexus *)adapter;
    struct registry *registry;
    struct view image;
    if (!adapter_locate(adapter, repository, &registry, &image, err))
        return false;
    if (registry == adapter->registry)
        return vendor_protocol_tags(listing, repository, err);
    struct view name = view_slice(repository, 0, repository.size - image.size - 1);
    if (!view_equal(nexus->name, name) && !read_components(nexus, name, err))
        return false;
    for (size_t i = 0; i < nexus->components.count; i++) {
        const struct component *component = &nexus->components.items[i];
        if (view_equal(component->image, image) && !vendor_tag(listing, &component->tag, err))
            return false;
    }
    return true;
}

const struct adapter_type adapter_nexus = {
    .name = "nexus",
    .published = "nexus-cr",
    .title = "Sonatype Nexus 3",
    .has_catalog = true,
    .open = nexus_open,
    .close = nexus_close,
    .prepare = nexus_prepare,
    .repositories = nexus_repositories,
    .tags = nexus_tags,
};
