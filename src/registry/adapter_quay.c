/* SPDX-License-Identifier: Apache-2.0 */
/* Quay: its API lists repositories of a namespace and tags with the moment at which each began to point at its digest. It
   takes OAuth tokens of applications, not robot accounts; public repositories need none. Without it the catalog and the
   protocol list what the robot sees, without push times. */
#include "registry/vendor.h"

extern const struct adapter_type adapter_quay;

struct quay {
    struct adapter base;
    struct vendor_api api;
};

static void quay_close(struct adapter *adapter)
{
    vendor_api_done(&((struct quay *)adapter)->api);
}

static bool quay_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct quay *quay = (struct quay *)adapter_new(&adapter_quay, sizeof(*quay), options);
    struct view url = adapter_field(&quay->base, "api_url");
    *adapter = &quay->base;
    if (!adapter_connect(&quay->base, &quay->base.options, err))
        return false;
    if (url.size == 0)
        url = vendor_own_url(&quay->base, "/api/v1");
    if (adapter_secret(&quay->base, "oauth_token") != NULL)
        quay->api.token = vendor_bearer(adapter_secret(&quay->base, "oauth_token"));
    if (vendor_api_open(&quay->api, &quay->base, "Quay's API", url, err))
        return true;
    adapter_close(&quay->base);
    return false;
}

/* Quay answers API requests only to what looks like its own scripts. */
static struct http_header script_header(void)
{
    return (struct http_header){view_text("X-Requested-With"), view_text("XMLHttpRequest")};
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "repositories")); json_next(&i);) {
        struct view kind = json_member_string(i.value, "kind");
        struct view name = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(json_member_string(i.value, "namespace")),
            VIEW_PRINT(json_member_string(i.value, "name")));
        if (kind.size > 0 && !view_is(kind, "image"))
            continue;
        if (!vendor_repository(pages->listing, name, err))
            return false;
    }
    vendor_next_value(pages, arena, "next_page", json_member_string(root, "next_page"), has_next);
    return true;
}

static bool list_namespace(struct quay *quay, struct vendor_listing *listing, struct view space, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct vendor_pages pages = {.api = &quay->api, .listing = listing, .page = take_repositories};
    pages.request.target =
        arena_format(arena, "/repository?namespace=%.*s&last_modified=true", VIEW_PRINT(vendor_segment(arena, space)));
    pages.request.headers[0] = script_header();
    return vendor_walk(&pages, err) || error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(space));
}

static bool quay_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct quay *quay = (struct quay *)adapter;
    struct view space;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "namespaces"); credential_list_next(&rest, &space);) {
        has_named = true;
        if (!list_namespace(quay, listing, space, err))
            return false;
    }
    if (has_named)
        return true;
    /* A robot account is named NAMESPACE+ROBOT. */
    struct view username = adapter_field(adapter, "username");
    space = view_slice(username, 0, view_find(username, '+'));
    if (space.size > 0)
        return list_namespace(quay, listing, space, err);
    return error_set(err, ERROR_UNSUPPORTED, "Quay's API lists by namespace, and the integration names none");
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "name",
        .digest = "manifest_digest",
        .time = "start_ts",
        .read_time = vendor_time_seconds,
        .source = PUSH_SOURCE_TAG_MOVED};
    (void)response;
    if (json_boolean(json_member(root, "has_additional")))
        vendor_next_number(pages, arena, "page", has_next);
    return vendor_take_tags(pages->listing, json_member(root, "tags"), &fields, err);
}

static bool quay_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct quay *quay = (struct quay *)adapter;
    struct vendor_pages pages = {.api = &quay->api, .listing = listing, .page = take_tags};
    pages.request.target =
        arena_format(arena, "/repository/%.*s/tag/?onlyActiveTags=true&limit=100", VIEW_PRINT(repository));
    pages.request.headers[0] = script_header();
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_quay = {
    .name = "quay",
    .published = "quay-cr",
    .title = "Quay",
    .has_catalog = true,
    .open = quay_open,
    .close = quay_close,
    .repositories = quay_repositories,
    .tags = quay_tags,
};
