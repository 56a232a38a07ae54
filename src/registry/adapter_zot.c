/* SPDX-License-Identifier: Apache-2.0 */
/* zot: its search extension (GraphQL) lists repositories, and tags with digests and times. The extension may be left out or
   switched off: then the protocol lists, without push times. */
#include "registry/vendor.h"

#define PAGE_SIZE 100

extern const struct adapter_type adapter_zot;

struct zot {
    struct adapter base;
    struct vendor_api api;
    bool has_no_times; /* an older zot does not know the fields */
};

static bool zot_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct zot *zot = (struct zot *)adapter_new(&adapter_zot, sizeof(*zot), options);
    *adapter = &zot->base;
    if (!adapter_connect(&zot->base, &zot->base.options, err))
        return false;
    zot->api.registry = zot->base.registry;
    if (vendor_api_open(&zot->api, &zot->base, "zot's search", vendor_own_url(&zot->base, ""), err))
        return true;
    adapter_close(&zot->base);
    return false;
}

/* What a page asks for; the offset of the next one is put in by `set_query`. */
struct query {
    struct vendor_pages base;
    struct view before; /* the offset */
    struct view after;
    bool lacks_field; /* "Cannot query field": asked for something that this zot does not know */
};

static void set_query(struct query *query, struct arena *arena, size_t page)
{
    struct view text =
        arena_format(arena, "%.*s%zu%.*s", VIEW_PRINT(query->before), (page - 1) * PAGE_SIZE, VIEW_PRINT(query->after));
    query->base.request.target =
        arena_format(arena, "/v2/_zot/ext/search?query=%.*s", VIEW_PRINT(vendor_segment(arena, text)));
}

/* GraphQL's own errors come with status 200. */
static bool check_errors(struct query *query, struct json root, struct error *err)
{
    struct json_iterator errors = json_each(json_member(root, "errors"));
    if (!json_next(&errors))
        return true;
    struct view message = json_member_string(errors.value, "message");
    query->lacks_field = view_find_text(message, view_text("Cannot query field")) < message.size;
    return error_set(err, ERROR_UNSUPPORTED, "zot's search refuses the question");
}

/* A full page that brought something new has another one behind it. */
static void next_page(struct query *query, struct arena *arena, size_t count, size_t before, bool *has_next)
{
    *has_next = count >= PAGE_SIZE && vendor_progress(query->base.listing) > before;
    if (*has_next)
        set_query(query, arena, query->base.number + 1);
}

static bool take_repositories(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    struct query *query = (struct query *)pages;
    size_t before = vendor_progress(pages->listing);
    struct json repositories = json_member(json_member(json_member(root, "data"), "GlobalSearch"), "Repos");
    (void)response;
    if (!check_errors(query, root, err) ||
        !vendor_take_repositories(pages->listing, repositories, "Name", view_text(""), err))
        return false;
    next_page(query, arena, json_count(repositories), before, has_next);
    return true;
}

static bool zot_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct zot *zot = (struct zot *)adapter;
    struct query query = {.base = {.api = &zot->api, .listing = listing, .page = take_repositories},
        .before = view_text("{GlobalSearch(query:\"\",requestedPage:{limit:100,offset:"),
        .after = view_text(",sortBy:RELEVANCE}){Repos{Name LastUpdated Size}}}")};
    query.base.request.scope = view_text("registry:catalog:*");
    set_query(&query, arena, 1);
    return vendor_walk(&query.base, err);
}

static bool take_tags(struct vendor_pages *pages, struct arena *arena, struct json root,
    const struct http_response *response, bool *has_next, struct error *err)
{
    static const struct vendor_tag_fields fields = {.tag = "Tag",
        .digest = "Digest",
        .time = "TaggedTimestamp",
        .other_time = "PushTimestamp",
        .read_time = vendor_time,
        .source = PUSH_SOURCE_TAG_MOVED};
    struct query *query = (struct query *)pages;
    size_t before = vendor_progress(pages->listing);
    struct json results = json_member(json_member(json_member(root, "data"), "ImageList"), "Results");
    (void)response;
    if (!check_errors(query, root, err) || !vendor_take_tags(pages->listing, results, &fields, err))
        return false;
    next_page(query, arena, json_count(results), before, has_next);
    return true;
}

static bool zot_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct zot *zot = (struct zot *)adapter;
    for (;;) {
        struct query query = {.base = {.api = &zot->api, .listing = listing, .page = take_tags},
            .before = arena_format(
                arena, "{ImageList(repo:\"%.*s\",requestedPage:{limit:100,offset:", VIEW_PRINT(repository)),
            .after = arena_format(arena, ",sortBy:UPDATE_TIME}){Results{RepoName Tag Digest%s}}}",
                zot->has_no_times ? "" : " PushTimestamp TaggedTimestamp")};
        query.base.request.scope = arena_format(arena, "repository:%.*s:pull", VIEW_PRINT(repository));
        set_query(&query, arena, 1);
        if (vendor_walk(&query.base, err))
            return true;
        if (!query.lacks_field || zot->has_no_times)
            return false;
        zot->has_no_times = true;
        adapter_note(adapter, "this zot does not know when tags were pushed: there are no push times");
    }
}

const struct adapter_type adapter_zot = {
    .name = "zot",
    .title = "zot",
    .has_catalog = true,
    .open = zot_open,
    .repositories = zot_repositories,
    .tags = zot_tags,
};
