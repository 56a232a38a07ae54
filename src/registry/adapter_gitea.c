/* SPDX-License-Identifier: Apache-2.0 */
/* Gitea and Forgejo: the packages API lists an owner's versions with their times, one item a tag; digests are looked up at
   the registry. Without named owners the catalog lists repositories. */
#include "base/map.h"
#include "registry/vendor.h"

extern const struct adapter_type adapter_gitea;

/* Times of one owner's versions, asked once and kept: the API cannot be asked by package. */
struct gitea {
    struct adapter base;
    struct vendor_api api;
    struct arena *kept; /* of `owner` */
    struct view owner;
    struct map times; /* int64_t by "name:version" */
};

#define VERSIONS_MAX 200000

static void gitea_close(struct adapter *adapter)
{
    struct gitea *gitea = (struct gitea *)adapter;
    vendor_api_done(&gitea->api);
    arena_free(gitea->kept);
}

static bool gitea_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct gitea *gitea = (struct gitea *)adapter_new(&adapter_gitea, sizeof(*gitea), options);
    struct view url = adapter_field(&gitea->base, "api_url");
    const struct secret *token = adapter_secret(&gitea->base, "password");
    *adapter = &gitea->base;
    if (!adapter_connect(&gitea->base, &gitea->base.options, err))
        return false;
    if (url.size == 0)
        url = vendor_own_url(&gitea->base, "/api/v1");
    if (token != NULL) {
        struct view parts[] = {view_text("token "), secret_view(token)};
        gitea->api.token = secret_join(parts, 2);
    }
    if (vendor_api_open(&gitea->api, &gitea->base, "Gitea's API", url, err))
        return true;
    adapter_close(&gitea->base);
    return false;
}

struct versions {
    struct vendor_pages base;
    struct gitea *gitea;
    size_t count;
};

static bool take_versions(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct versions *versions = (struct versions *)pages;
    struct gitea *gitea = versions->gitea;
    (void)response;
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct view name = json_member_string(i.value, "name");
        struct view version = json_member_string(i.value, "version");
        if (pages->listing != NULL) {
            struct view repository = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(gitea->owner), VIEW_PRINT(name));
            if (!vendor_repository(pages->listing, repository, err))
                return false;
        }
        if (++versions->count > VERSIONS_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d versions of packages", VERSIONS_MAX);
        int64_t *time_ms = ARENA_NEW(gitea->kept, int64_t);
        *time_ms = vendor_time(json_member(i.value, "created_at"));
        map_set(&gitea->times, arena_format(gitea->kept, "%.*s:%.*s", VIEW_PRINT(name), VIEW_PRINT(version)), time_ms);
    }
    if (json_count(root) > 0)
        vendor_next_number(pages, arena, "page", has_next);
    return true;
}

static bool read_owner(struct gitea *gitea, struct vendor_listing *listing, struct view owner, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    arena_free(gitea->kept);
    gitea->kept = arena_new();
    gitea->owner = arena_copy(gitea->kept, owner);
    map_init(&gitea->times, gitea->kept);
    struct versions versions = {.base = {.api = &gitea->api, .listing = listing, .page = take_versions}};
    versions.gitea = gitea;
    versions.base.request.target =
        arena_format(arena, "/packages/%.*s?type=container&limit=50", VIEW_PRINT(vendor_segment(arena, owner)));
    if (vendor_walk(&versions.base, err))
        return true;
    gitea->owner = view_text("");
    return error_wrap(err, "owner \"%.*s\"", VIEW_PRINT(owner));
}

static bool gitea_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct gitea *gitea = (struct gitea *)adapter;
    struct view owner;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "owners"); credential_list_next(&rest, &owner);) {
        has_named = true;
        if (!read_owner(gitea, listing, owner, err))
            return false;
    }
    return has_named ||
           error_set(err, ERROR_UNSUPPORTED, "Gitea's API lists packages by owner, and the integration names none");
}

static bool gitea_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    struct gitea *gitea = (struct gitea *)adapter;
    struct view name = repository;
    struct view owner = view_cut(&name, '/');
    if (!view_equal(owner, gitea->owner) && !read_owner(gitea, NULL, owner, err))
        return false;
    for (size_t i = 0; i < gitea->times.count; i++) {
        struct view key = gitea->times.entries[i].key;
        struct view package = view_cut(&key, ':');
        if (!view_equal(package, name) || view_starts_with(key, "sha256:"))
            continue;
        struct tag_entry entry = {.tag = key,
            .pushed_at_ms = *(const int64_t *)gitea->times.entries[i].value,
            .push_source = PUSH_SOURCE_TAG_UPDATED};
        if (!vendor_tag(listing, &entry, err))
            return false;
    }
    return true;
}

const struct adapter_type adapter_gitea = {
    .name = "gitea",
    .title = "Gitea or Forgejo",
    .has_catalog = true,
    .open = gitea_open,
    .close = gitea_close,
    .repositories = gitea_repositories,
    .tags = gitea_tags,
};
