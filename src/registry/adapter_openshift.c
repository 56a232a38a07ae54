/* SPDX-License-Identifier: Apache-2.0 */
/* OpenShift's internal registry: the cluster's API lists image streams, whose tags keep a history with the moment of each
   move. Without the API's address the registry's catalog lists the streams that the token may see. */
#include "base/file.h"
#include "registry/vendor.h"

#define POD_TOKEN_FILE "/var/run/secrets/kubernetes.io/serviceaccount/token"
#define POD_TOKEN_BYTES_MAX (64u * 1024)

extern const struct adapter_type adapter_openshift;

struct openshift {
    struct adapter base;
    struct vendor_api api;
    struct registry_credentials credentials;
    struct secret *token;
    bool has_api;
};

static void openshift_close(struct adapter *adapter)
{
    struct openshift *openshift = (struct openshift *)adapter;
    vendor_api_done(&openshift->api);
    secret_free(openshift->token);
}

static bool read_pod_token(struct openshift *openshift, struct error *err)
{
    AUTO_BUFFER content;
    buffer_init(&content, POD_TOKEN_BYTES_MAX);
    bool is_read = file_read(POD_TOKEN_FILE, &content, err);
    if (is_read)
        openshift->token = secret_new(view_trim(buffer_view(&content)));
    secret_wipe(content.data, content.size);
    return is_read || error_wrap(err, "the token of this pod");
}

static bool open_parts(struct openshift *openshift, struct error *err)
{
    struct adapter *adapter = &openshift->base;
    const struct secret *given = adapter_secret(adapter, "token");
    struct view url = adapter_field(adapter, "api_url");
    if (given != NULL)
        openshift->token = secret_new(secret_view(given));
    else if (credential_is_on(adapter->options.fields, "ambient") && !read_pod_token(openshift, err))
        return false;
    if (openshift->token != NULL) {
        /* The registry looks at the password only. */
        openshift->credentials =
            (struct registry_credentials){.username = view_text("tidewaiter"), .password = openshift->token};
        adapter->options.credentials = &openshift->credentials;
        openshift->api.token = vendor_bearer(openshift->token);
    }
    openshift->has_api = url.size > 0;
    return registry_open(&adapter->options, &adapter->registry, err) &&
           (!openshift->has_api || vendor_api_open(&openshift->api, adapter, "OpenShift's API", url, err));
}

static bool openshift_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct openshift *openshift = (struct openshift *)adapter_new(&adapter_openshift, sizeof(*openshift), options);
    if (open_parts(openshift, err)) {
        *adapter = &openshift->base;
        return true;
    }
    adapter_close(&openshift->base);
    return false;
}

static bool take_streams(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "items")); json_next(&i);) {
        struct json metadata = json_member(i.value, "metadata");
        struct view name = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(json_member_string(metadata, "namespace")),
            VIEW_PRINT(json_member_string(metadata, "name")));
        if (!vendor_repository(pages->listing, name, err))
            return false;
    }
    vendor_next_value(
        pages, arena, "continue", json_member_string(json_member(root, "metadata"), "continue"), has_next);
    return true;
}

static bool list_streams(
    struct openshift *openshift, struct vendor_listing *listing, struct view space, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct vendor_pages pages = {.api = &openshift->api, .listing = listing, .page = take_streams};
    pages.request.target = arena_format(arena, "/apis/image.openshift.io/v1/%s%.*s%simagestreams?limit=500",
        space.size > 0 ? "namespaces/" : "", VIEW_PRINT(vendor_segment(arena, space)), space.size > 0 ? "/" : "");
    return vendor_walk(&pages, err);
}

static bool openshift_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct openshift *openshift = (struct openshift *)adapter;
    struct view space;
    bool has_named = false;
    if (!openshift->has_api)
        return error_set(err, ERROR_UNSUPPORTED, "the integration has no address of OpenShift's API");
    for (struct view rest = adapter_field(adapter, "namespaces"); credential_list_next(&rest, &space);) {
        has_named = true;
        if (!list_streams(openshift, listing, space, err))
            return error_wrap(err, "namespace \"%.*s\"", VIEW_PRINT(space));
    }
    return has_named || list_streams(openshift, listing, view_text(""), err);
}

/* The first item of a tag's history is what it is now. */
static bool openshift_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct openshift *openshift = (struct openshift *)adapter;
    struct json root;
    struct http_response response;
    struct view name = repository;
    struct view space = view_cut(&name, '/');
    if (!openshift->has_api)
        return vendor_protocol_tags(listing, repository, err);
    struct vendor_request request = {
        .target = arena_format(arena, "/apis/image.openshift.io/v1/namespaces/%.*s/imagestreams/%.*s",
            VIEW_PRINT(vendor_segment(arena, space)), VIEW_PRINT(vendor_segment(arena, name)))};
    if (!vendor_ask(&openshift->api, arena, &request, document, &root, &response, err))
        return false;
    for (struct json_iterator i = json_each(json_member(json_member(root, "status"), "tags")); json_next(&i);) {
        struct json_iterator items = json_each(json_member(i.value, "items"));
        if (!json_next(&items)) {
            vendor_skip(listing); /* an import that failed: there is no image */
            continue;
        }
        struct tag_entry entry = {.tag = json_member_string(i.value, "tag"),
            .digest = vendor_digest(json_member_string(items.value, "image")),
            .pushed_at_ms = vendor_time(json_member(items.value, "created")),
            .push_source = PUSH_SOURCE_TAG_MOVED};
        if (!vendor_tag(listing, &entry, err))
            return false;
    }
    return true;
}

const struct adapter_type adapter_openshift = {
    .name = "openshift",
    .title = "OpenShift internal registry",
    .has_catalog = true,
    .open = openshift_open,
    .close = openshift_close,
    .repositories = openshift_repositories,
    .tags = openshift_tags,
};
