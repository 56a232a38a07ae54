/* SPDX-License-Identifier: Apache-2.0 */
/* GitHub's container registry: GitHub's API lists an owner's packages and, as their versions, digests with tags. The
   registry has no catalog. A version's time is when the digest arrived. */
#include "registry/vendor.h"

extern const struct adapter_type adapter_ghcr;

struct ghcr {
    struct adapter base;
    struct vendor_api api;
};

static void ghcr_close(struct adapter *adapter)
{
    vendor_api_done(&((struct ghcr *)adapter)->api);
}

static bool ghcr_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct ghcr *ghcr = (struct ghcr *)adapter_new(&adapter_ghcr, sizeof(*ghcr), options);
    struct view url = adapter_field(&ghcr->base, "api_url");
    const struct secret *token = adapter_secret(&ghcr->base, "password");
    *adapter = &ghcr->base;
    if (!adapter_connect(&ghcr->base, &ghcr->base.options, err))
        return false;
    ghcr->api.accept = "application/vnd.github+json";
    if (token != NULL)
        ghcr->api.token = vendor_bearer(token);
    if (vendor_api_open(
            &ghcr->api, &ghcr->base, "GitHub's API", url.size == 0 ? view_text("https://api.github.com") : url, err))
        return true;
    adapter_close(&ghcr->base);
    return false;
}

static struct http_header version_header(void)
{
    return (struct http_header){view_text("X-GitHub-Api-Version"), view_text("2022-11-28")};
}

struct packages {
    struct vendor_pages base;
    struct view owner;
};

static bool take_packages(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct packages *packages = (struct packages *)pages;
    vendor_next_link(pages, arena, response, has_next);
    return vendor_take_repositories(pages->listing, root, "name", packages->owner, err);
}

/* Registry names are in lower case, owners need not be. */
static struct view lower_case(struct arena *arena, struct view text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    return view_of(copy, text.size);
}

static const char *const kinds[] = {"orgs", "users"};

static bool list_owner(struct ghcr *ghcr, struct vendor_listing *listing, struct view owner, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    bool is_listed = false;
    for (size_t i = 0; i < 2 && !is_listed; i++) {
        struct packages packages = {.base = {.api = &ghcr->api, .listing = listing, .page = take_packages}};
        packages.owner = lower_case(arena, owner);
        packages.base.request.target = arena_format(arena, "/%s/%.*s/packages?package_type=container&per_page=100",
            kinds[i], VIEW_PRINT(vendor_segment(arena, owner)));
        packages.base.request.headers[0] = version_header();
        is_listed = vendor_walk(&packages.base, err);
        if (!is_listed && err->code != ERROR_NOT_FOUND)
            break;
    }
    return is_listed || error_wrap(err, "owner \"%.*s\"", VIEW_PRINT(owner));
}

static bool ghcr_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    struct ghcr *ghcr = (struct ghcr *)adapter;
    struct view owner;
    bool has_named = false;
    for (struct view rest = adapter_field(adapter, "owners"); credential_list_next(&rest, &owner);) {
        has_named = true;
        if (!list_owner(ghcr, listing, owner, err))
            return false;
    }
    if (has_named)
        return true;
    owner = adapter_field(adapter, "username");
    if (owner.size == 0)
        return error_set(err, ERROR_UNSUPPORTED, "GitHub lists packages by owner, and the integration names none");
    return list_owner(ghcr, listing, owner, err);
}

static bool take_versions(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    vendor_next_link(pages, arena, response, has_next);
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        struct json container = json_member(json_member(i.value, "metadata"), "container");
        struct digest digest = vendor_digest(json_member_string(i.value, "name"));
        for (struct json_iterator tag = json_each(json_member(container, "tags")); json_next(&tag);) {
            struct tag_entry entry = {.tag = json_string(tag.value),
                .digest = digest,
                .pushed_at_ms = vendor_time(json_member(i.value, "created_at")),
                .push_source = PUSH_SOURCE_DIGEST_PUSHED};
            if (!vendor_tag(pages->listing, &entry, err))
                return false;
        }
    }
    return true;
}

static bool ghcr_tags(
    struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct ghcr *ghcr = (struct ghcr *)adapter;
    struct view name = repository;
    struct view owner = view_cut(&name, '/');
    bool is_listed = false;
    for (size_t i = 0; i < 2 && !is_listed; i++) {
        struct vendor_pages pages = {.api = &ghcr->api, .listing = listing, .page = take_versions};
        pages.request.target =
            arena_format(arena, "/%s/%.*s/packages/container/%.*s/versions?state=active&per_page=100", kinds[i],
                VIEW_PRINT(vendor_segment(arena, owner)), VIEW_PRINT(vendor_segment(arena, name)));
        pages.request.headers[0] = version_header();
        is_listed = vendor_walk(&pages, err);
        if (!is_listed && err->code != ERROR_NOT_FOUND)
            break;
    }
    return is_listed;
}

const struct adapter_type adapter_ghcr = {
    .name = "ghcr",
    .published = "github-cr",
    .title = "GitHub Container Registry",
    .open = ghcr_open,
    .close = ghcr_close,
    .repositories = ghcr_repositories,
    .tags = ghcr_tags,
};
