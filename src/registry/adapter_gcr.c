/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts named gcr.io, which Artifact Registry serves: one tag list tells a repository's digests, tags and times, and the
   names below it. So repositories are found by walking down from the projects. */
#include "base/map.h"
#include "registry/google.h"

#define NAMES_MAX 100000
#define DEPTH_MAX 16

extern const struct adapter_type adapter_gcr;

struct gcr {
    struct adapter base;
    struct google google;
    struct vendor_api api;
};

static void gcr_close(struct adapter *adapter)
{
    google_done(&((struct gcr *)adapter)->google);
}

static bool gcr_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct gcr *gcr = (struct gcr *)adapter_new(&adapter_gcr, sizeof(*gcr), options);
    if (google_open(&gcr->google, &gcr->base, err) && registry_open(&gcr->base.options, &gcr->base.registry, err) &&
        vendor_api_open(&gcr->api, &gcr->base, "Google's registry", vendor_own_url(&gcr->base, ""), err)) {
        gcr->api.registry = gcr->base.registry;
        *adapter = &gcr->base;
        return true;
    }
    adapter_close(&gcr->base);
    return false;
}

/* Names still to be asked; every name is asked once, so that a circle of children ends. */
struct walk {
    struct google_children base;
    struct arena *arena;
    struct vendor_listing *listing;
    struct map seen;
    size_t next; /* of `seen`, which keeps the order */
    struct view name; /* being asked */
};

static size_t depth_of(struct view name)
{
    size_t depth = 0;
    for (size_t i = 0; i < name.size; i++)
        depth += name.data[i] == '/';
    return depth;
}

static bool take_child(struct google_children *children, struct view name, struct error *err)
{
    struct walk *walk = (struct walk *)children;
    struct view full = arena_format(walk->arena, "%.*s/%.*s", VIEW_PRINT(walk->name), VIEW_PRINT(name));
    if (!repository_is_valid(full) || depth_of(full) > DEPTH_MAX) {
        vendor_skip(walk->listing);
        return true;
    }
    if (walk->seen.count >= NAMES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d names", NAMES_MAX);
    map_set(&walk->seen, full, walk);
    return true;
}

static bool gcr_repositories(struct adapter *adapter, struct vendor_listing *listing, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct gcr *gcr = (struct gcr *)adapter;
    struct walk walk = {.base = {.child = take_child}, .arena = arena, .listing = listing};
    struct view item;
    map_init(&walk.seen, arena);
    for (struct view rest = adapter_field(adapter, "projects"); credential_list_next(&rest, &item);)
        map_set(&walk.seen, item, &walk);
    if (walk.seen.count == 0 && gcr->google.project.size > 0)
        map_set(&walk.seen, gcr->google.project, &walk);
    if (walk.seen.count == 0)
        return error_set(err, ERROR_UNSUPPORTED, "the integration names no project to look in");
    for (; walk.next < walk.seen.count; walk.next++) {
        walk.name = walk.seen.entries[walk.next].key;
        walk.base.has_images = false;
        if (!google_list(&gcr->api, listing, walk.name, &walk.base, err) ||
            (walk.base.has_images && !vendor_repository(listing, walk.name, err)))
            return error_wrap(err, "names below \"%.*s\"", VIEW_PRINT(walk.name));
    }
    return true;
}

static bool gcr_tags(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err)
{
    return google_list(&((struct gcr *)adapter)->api, listing, repository, NULL, err);
}

const struct adapter_type adapter_gcr = {
    .name = "gcr",
    .title = "Google Container Registry",
    .has_catalog = true,
    .open = gcr_open,
    .close = gcr_close,
    .repositories = gcr_repositories,
    .tags = gcr_tags,
};
