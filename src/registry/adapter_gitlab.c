/* SPDX-License-Identifier: Apache-2.0 */
/* GitLab: its REST API lists the registry repositories of groups and projects; the registry's own API tells digests and
   the moment at which each tag was published. Older registries have no such API: then digests are looked up, and there is
   no push time, since the REST API's created_at is the build's. */
#include "registry/connection.h"
#include "registry/vendor.h"

extern const struct adapter_type adapter_gitlab;

struct gitlab {
    struct adapter base;
    struct vendor_api rest;
    struct vendor_api registry; /* /gitlab/v1 at the registry's host */
    bool knows_registry; /* whether it has that API */
    bool has_registry;
};

static void gitlab_close(struct adapter *adapter)
{
    vendor_api_done(&((struct gitlab *)adapter)->rest);
}

static bool gitlab_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct gitlab *gitlab = (struct gitlab *)adapter_new(&adapter_gitlab, sizeof(*gitlab), options);
    const struct secret *token = adapter_secret(&gitlab->base, "password");
    *adapter = &gitlab->base;
    if (!adapter_connect(&gitlab->base, &gitlab->base.options, err))
        return false;
    gitlab->rest.token_header = "private-token";
    if (token != NULL)
        gitlab->rest.token = secret_new(secret_view(token));
    gitlab->registry.registry = gitlab->base.registry;
    if (vendor_api_open(
            &gitlab->registry, &gitlab->base, "GitLab's registry API", vendor_own_url(&gitlab->base, ""), err))
        return true;
    adapter_close(&gitlab->base);
    return false;
}

/* GitLab is where the user said, or where the registry gets its tokens from. */
static bool open_rest(struct gitlab *gitlab, struct error *err)
{
    struct view text = adapter_field(&gitlab->base, "api_url");
    struct arena *arena = gitlab->base.arena;
    struct url realm;
    if (gitlab->rest.adapter != NULL)
        return true;
    if (text.size == 0) {
        if (!registry_ping(gitlab->base.registry, err))
            return false;
        if (gitlab->base.registry->realm.size == 0)
            return error_set(
                err, ERROR_UNSUPPORTED, "the registry names no token service, so GitLab's address must be given");
        if (!url_parse(arena, gitlab->base.registry->realm, &realm, err))
            return false;
        realm.path = view_text("");
        text = url_show(arena, &realm);
    }
    while (text.size > 0 && text.data[text.size - 1] == '/')
        text = view_slice(text, 0, text.size - 1);
    bool is_whole = view_ends_with(text, "/api/v4");
    return vendor_api_open(&gitlab->rest, &gitlab->base, "GitLab's API",
        is_whole ? text : arena_format(arena, "%.*s/api/v4", VIEW_PRINT(text)), err);
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_repositories(pages->listing, root, "path", view_text(""), err);
}

/* `kind`: "groups" or "projects"; `id`: a number or a path. */
static bool list_below(
    struct gitlab *gitlab, struct vendor_listing *listing, const char *kind, struct view id, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct vendor_pages pages = {.api = &gitlab->rest, .listing = listing, .page = take_repositories};
    pages.request.target =
        arena_format(arena, "/%s/%.*s/registry/repositories?per_page=100", kind, VIEW_PRINT(vendor_segment(arena, id)));
    return vendor_walk(&pages, err) || error_wrap(err, "%s \"%.*s\"", kind, VIEW_PRINT(id));
}

struct projects {
    struct vendor_pages base;
    struct gitlab *gitlab;
};

static bool take_projects(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct projects *projects = (struct projects *)pages;
    vendor_next_link(pages, arena, response, has_next);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        int64_t id;
        struct error why;
        if (view_is(json_member_string(i.value, "container_registry_access_level"), "disabled"))
            continue;
        if (!json_integer(json_member(i.value, "id"), &id)) {
            vendor_skip(pages->listing);
            continue;
        }
        if (list_below(projects->gitlab, pages->listing, "projects", arena_format(arena, "%lld", (long long)id), &why))
            continue;
        /* A project whose registry is off or closed to the token does not end the listing. */
        if (why.code != ERROR_NOT_FOUND && why.code != ERROR_DENIED) {
            *err = why;
            return false;
        }
        vendor_incomplete(pages->listing, why.message);
    }
    return true;
}

static bool list_named(
    struct gitlab *gitlab, struct vendor_listing *listing, const char *field, bool *has_named, struct error *err)
{
    struct view id;
    for (struct view rest = adapter_field(&gitlab->base, field); credential_list_next(&rest, &id);) {
        *has_named = true;
        if (!list_below(gitlab, listing, field, id, err))
            return false;
    }
    return true;
}

static bool gitlab_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct gitlab *gitlab = (struct gitlab *)adapter;
    bool has_named = false;
    if (!open_rest(gitlab, err) || !list_named(gitlab, listing, "groups", &has_named, err) ||
        !list_named(gitlab, listing, "projects", &has_named, err))
        return false;
    if (has_named)
        return true;
    struct projects projects = {.base = {.api = &gitlab->rest, .listing = listing, .page = take_projects}};
    projects.gitlab = gitlab;
    projects.base.request.target = view_text("/projects?membership=true&per_page=100&simple=false");
    return vendor_walk(&projects.base, err);
}

/* The registry tells by 200 or 404 whether it has its own API. */
static bool find_registry_api(struct gitlab *gitlab, struct view scope, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct http_response response;
    struct vendor_request request = {.target = view_text("/gitlab/v1/"), .scope = scope};
    if (gitlab->knows_registry)
        return true;
    if (!vendor_send(&gitlab->registry, arena, &request, &response, err))
        return false;
    gitlab->knows_registry = true;
    gitlab->has_registry = response.status == 200;
    if (!gitlab->has_registry)
        adapter_note(&gitlab->base,
            "GitLab's registry has no API of its own (HTTP status %d): digests are looked up, there are no push times",
            response.status);
    return true;
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "name",
        .digest = "digest",
        .time = "published_at",
        .read_time = vendor_time,
        .source = PUSH_SOURCE_TAG_MOVED};
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_tags(pages->listing, root, &fields, err);
}

static bool gitlab_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct gitlab *gitlab = (struct gitlab *)adapter;
    struct view scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository));
    if (!find_registry_api(gitlab, scope, err))
        return false;
    if (!gitlab->has_registry)
        return vendor_protocol_tags(listing, repository, err);
    struct vendor_pages pages = {.api = &gitlab->registry, .listing = listing, .page = take_tags};
    pages.request.scope = scope;
    pages.request.target = arena_format(arena, "/gitlab/v1/repositories/%.*s/tags/list/?n=100", VIEW_PRINT(repository));
    return vendor_walk(&pages, err);
}

const struct adapter_type adapter_gitlab = {
    .name = "gitlab",
    .published = "gitlab-cr",
    .title = "GitLab container registry",
    .has_catalog = true,
    .open = gitlab_open,
    .close = gitlab_close,
    .repositories = gitlab_repositories,
    .tags = gitlab_tags,
};
