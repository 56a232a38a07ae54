/* SPDX-License-Identifier: Apache-2.0 */
/* Google Artifact Registry: its API lists the Docker repositories of a project and their images; the registry's own tag
   list tells digests and times. Repositories of other locations than the host's own bear that location's host before their
   name. */
#include "registry/google.h"

#define HOST_END "-docker.pkg.dev"
#define PLACES_MAX 100

extern const struct adapter_type adapter_gar;

struct gar {
    struct adapter base;
    struct google google;
    struct vendor_api rest;
    struct view location; /* of the host */
};

static void gar_close(struct adapter *adapter)
{
    struct gar *gar = (struct gar *)adapter;
    vendor_api_done(&gar->rest);
    google_done(&gar->google);
}

static bool sign_in(struct vendor_api *api, struct secret **token, int64_t *valid_ms, struct error *err)
{
    AUTO_SECRET *bare = NULL;
    if (!google_token(&((struct gar *)api->adapter)->google, &bare, valid_ms, err))
        return false;
    *token = vendor_bearer(bare);
    return true;
}

static bool gar_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct gar *gar = (struct gar *)adapter_new(&adapter_gar, sizeof(*gar), options);
    struct view url = adapter_field(&gar->base, "api_url");
    struct view label = vendor_host_label(&gar->base, 0);
    gar->location = view_ends_with(label, "-docker") ? view_slice(label, 0, label.size - strlen("-docker")) : label;
    if (google_open(&gar->google, &gar->base, err) && registry_open(&gar->base.options, &gar->base.registry, err) &&
        vendor_api_open(&gar->rest, &gar->base, "Artifact Registry's API",
            url.size == 0 ? view_text("https://artifactregistry.googleapis.com/v1") : url, err)) {
        if (gar->base.options.sign_in != NULL)
            gar->rest.sign_in = sign_in;
        *adapter = &gar->base;
        return true;
    }
    adapter_close(&gar->base);
    return false;
}

static bool is_own(const struct gar *gar, struct view location)
{
    return view_equal(location, gar->location);
}

static bool gar_prepare(struct adapter *adapter, struct view repository, struct error *err)
{
    struct gar *gar = (struct gar *)adapter;
    struct view host = view_slice(repository, 0, view_find(repository, '/'));
    if (!view_ends_with(host, HOST_END))
        return true;
    struct view location = view_slice(host, 0, host.size - strlen(HOST_END));
    bool is_chosen = adapter_field(adapter, "locations").size > 0 && vendor_is_chosen(adapter, "locations", location);
    if ((!is_own(gar, location) && !is_chosen) || adapter->places.count == PLACES_MAX)
        return error_set(err, ERROR_NOT_FOUND, "registry \"%.*s\" is no part of this integration", VIEW_PRINT(host));
    struct registry_options options = adapter->options;
    options.host = arena_copy(adapter->arena, host);
    return adapter_add_place(adapter, host, &options, err);
}

struct images {
    struct vendor_pages base;
    struct view prefix; /* "[HOST/]PROJECT/REPOSITORY" */
};

/* dockerImages/IMAGE@sha256:…, IMAGE percent-encoded; "uri" has it in plain: HOST/PROJECT/REPOSITORY/IMAGE@DIGEST. */
static bool take_images(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct images *images = (struct images *)pages;
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "dockerImages")); json_next(&i);) {
        struct view rest = json_member_string(i.value, "uri");
        struct view uri = view_cut(&rest, '@');
        for (unsigned parts = 0; parts < 3; parts++)
            (void)view_cut(&uri, '/');
        struct view name = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(images->prefix), VIEW_PRINT(uri));
        if (!vendor_repository(pages->listing, name, err))
            return false;
    }
    vendor_next_value(pages, arena, "pageToken", json_member_string(root, "nextPageToken"), has_next);
    return true;
}

struct repositories {
    struct vendor_pages base;
    struct gar *gar;
    struct vendor_listing *listing;
    struct view project;
    struct view location;
};

/* projects/P/locations/L/repositories/NAME */
static bool list_images(
    const struct repositories *repositories, struct arena *arena, struct view resource, struct error *err)
{
    struct images images = {
        .base = {.api = repositories->base.api, .listing = repositories->listing, .page = take_images}};
    struct view name = view_from(resource, view_find_last(resource, '/') + 1);
    struct view plain = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(repositories->project), VIEW_PRINT(name));
    images.prefix =
        is_own(repositories->gar, repositories->location)
            ? plain
            : arena_format(arena, "%.*s" HOST_END "/%.*s", VIEW_PRINT(repositories->location), VIEW_PRINT(plain));
    images.base.request.target = arena_format(arena, "/%.*s/dockerImages?pageSize=1000", VIEW_PRINT(resource));
    return vendor_walk(&images.base, err) || error_wrap(err, "repository \"%.*s\"", VIEW_PRINT(plain));
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct repositories *repositories = (struct repositories *)pages;
    struct view below = arena_format(arena, "projects/%.*s/locations/%.*s/repositories/",
        VIEW_PRINT(repositories->project), VIEW_PRINT(repositories->location));
    (void)response;
    for (struct json_iterator i = json_each(json_member(root, "repositories")); json_next(&i);) {
        struct view resource = json_member_string(i.value, "name");
        if (!view_is(json_member_string(i.value, "format"), "DOCKER"))
            continue;
        if (!view_equal(view_slice(resource, 0, below.size), below) ||
            view_find(view_from(resource, below.size), '/') < resource.size - below.size) {
            vendor_skip(repositories->listing);
            continue;
        }
        if (!list_images(repositories, arena, resource, err))
            return false;
    }
    vendor_next_value(pages, arena, "pageToken", json_member_string(root, "nextPageToken"), has_next);
    return true;
}

static bool list_location(
    struct gar *gar, struct vendor_listing *listing, struct view project, struct view location, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct repositories repositories = {.base = {.api = &gar->rest, .page = take_repositories},
        .gar = gar,
        .listing = listing,
        .project = project,
        .location = location};
    repositories.base.request.target = arena_format(arena, "/projects/%.*s/locations/%.*s/repositories?pageSize=1000",
        VIEW_PRINT(vendor_segment(arena, project)), VIEW_PRINT(vendor_segment(arena, location)));
    return vendor_walk(&repositories.base, err) ||
           error_wrap(err, "project \"%.*s\" in %.*s", VIEW_PRINT(project), VIEW_PRINT(location));
}

static bool list_project(struct gar *gar, struct vendor_listing *listing, struct view project, struct error *err)
{
    struct view location;
    bool has_named = false;
    for (struct view rest = adapter_field(&gar->base, "locations"); credential_list_next(&rest, &location);) {
        has_named = true;
        if (!list_location(gar, listing, project, location, err))
            return false;
    }
    return has_named || list_location(gar, listing, project, gar->location, err);
}

static bool gar_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct gar *gar = (struct gar *)adapter;
    struct view project;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "projects"); credential_list_next(&rest, &project);) {
        has_named = true;
        if (!list_project(gar, listing, project, err))
            return false;
    }
    if (has_named)
        return true;
    if (gar->google.project.size == 0)
        return error_set(err, ERROR_UNSUPPORTED, "the integration names no project to look in");
    return list_project(gar, listing, gar->google.project, err);
}

static bool gar_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    struct vendor_api api = {0};
    struct view name;
    if (!adapter_locate(adapter, repository, &api.registry, &name, err) ||
        !vendor_api_open(&api, adapter, "Google's registry", registry_address(api.registry), err))
        return false;
    return google_list(&api, listing, name, NULL, err);
}

const struct adapter_type adapter_gar = {
    .name = "gar",
    .published = "google-artifact-cr",
    .title = "Google Artifact Registry",
    .has_catalog = true,
    .open = gar_open,
    .close = gar_close,
    .prepare = gar_prepare,
    .repositories = gar_repositories,
    .tags = gar_tags,
};
