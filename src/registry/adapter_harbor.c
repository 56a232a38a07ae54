/* SPDX-License-Identifier: Apache-2.0 */
/* Harbor: its REST API lists projects, repositories and artifacts with tags and push times. The catalog is for system
   administrators only and is not asked. A project's own robot account may not list projects: then the user names them. */
#include "registry/vendor.h"

extern const struct adapter_type adapter_harbor;

struct harbor {
    struct adapter base;
    struct vendor_api api;
};

static void harbor_close(struct adapter *adapter)
{
    vendor_api_done(&((struct harbor *)adapter)->api);
}

static bool harbor_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct harbor *harbor = (struct harbor *)adapter_new(&adapter_harbor, sizeof(*harbor), options);
    struct view url = adapter_field(&harbor->base, "api_url");
    *adapter = &harbor->base;
    if (!adapter_connect(&harbor->base, &harbor->base.options, err))
        return false;
    if (url.size == 0)
        url = vendor_own_url(&harbor->base, "/api/v2.0");
    harbor->api.token = vendor_basic(&harbor->base);
    if (vendor_api_open(&harbor->api, &harbor->base, "Harbor's API", url, err))
        return true;
    adapter_close(&harbor->base);
    return false;
}

/* Names that are all digits would be taken for ids. */
static struct http_header name_header(void)
{
    return (struct http_header){view_text("X-Is-Resource-Name"), view_text("true")};
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_repositories(pages->listing, root, "name", view_text(""), err);
}

static bool list_project(struct harbor *harbor, struct vendor_listing *listing, struct view project, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct vendor_pages pages = {.api = &harbor->api, .listing = listing, .page = take_repositories};
    pages.request.target = arena_format(
        arena, "/projects/%.*s/repositories?page_size=100&page=1", VIEW_PRINT(vendor_segment(arena, project)));
    pages.request.headers[0] = name_header();
    return vendor_walk(&pages, err) || error_wrap(err, "project \"%.*s\"", VIEW_PRINT(project));
}

struct projects {
    struct vendor_pages pages;
    struct harbor *harbor;
};

static bool take_projects(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct projects *projects = (struct projects *)pages;
    vendor_next_link(pages, arena, response, has_next);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct view name = json_member_string(i.value, "name");
        if (name.size == 0)
            vendor_skip(pages->listing);
        else if (!list_project(projects->harbor, pages->listing, name, err))
            return false;
    }
    return true;
}

static bool harbor_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct harbor *harbor = (struct harbor *)adapter;
    struct view project;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "projects"); credential_list_next(&rest, &project);) {
        has_named = true;
        if (!list_project(harbor, listing, project, err))
            return false;
    }
    if (has_named)
        return true;
    struct projects projects = {.pages = {.api = &harbor->api, .listing = listing, .page = take_projects}};
    projects.harbor = harbor;
    projects.pages.request.target = view_text("/projects?page_size=100&page=1");
    return vendor_walk(&projects.pages, err) ||
           error_wrap(err, "listing projects (a project's robot account may not: name its projects)");
}

static bool take_artifacts(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_link(pages, arena, response, has_next);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct digest digest = vendor_digest(json_member_string(i.value, "digest"));
        for (struct json_iterator tag = json_each(json_member(i.value, "tags")); json_next(&tag);) {
            struct tag_entry entry = {.tag = json_member_string(tag.value, "name"),
                .digest = digest,
                .pushed_at_ms = vendor_time(json_member(tag.value, "push_time")),
                .push_source = PUSH_SOURCE_TAG_UPDATED};
            if (entry.pushed_at_ms == 0) {
                entry.pushed_at_ms = vendor_time(json_member(i.value, "push_time"));
                entry.push_source = PUSH_SOURCE_DIGEST_PUSHED;
            }
            if (!vendor_tag(pages->listing, &entry, err))
                return false;
        }
    }
    return true;
}

/* The repository is encoded twice: once for the proxy before Harbor, once for its router. */
static bool harbor_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct harbor *harbor = (struct harbor *)adapter;
    struct vendor_pages pages = {.api = &harbor->api, .listing = listing, .page = take_artifacts};
    struct view name = repository;
    struct view project = view_cut(&name, '/');
    pages.request.target = arena_format(arena,
        "/projects/%.*s/repositories/%.*s/artifacts?page_size=100&with_tag=true&q=tags%%3D*&sort=-push_time&page=1",
        VIEW_PRINT(vendor_segment(arena, project)), VIEW_PRINT(vendor_segment(arena, vendor_segment(arena, name))));
    pages.request.headers[0] = name_header();
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_harbor = {
    .name = "harbor",
    .published = "harbor-cr",
    .title = "Harbor",
    .open = harbor_open,
    .close = harbor_close,
    .repositories = harbor_repositories,
    .tags = harbor_tags,
};
