/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/adapter.h"

#include "base/map.h"
#include "registry/listing.h"
#include "registry/vendor.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ADAPTER(kind) extern const struct adapter_type adapter_##kind;
#include "registry/adapters.def"
#undef ADAPTER

static const struct adapter_type *const adapters[] = {
#define ADAPTER(kind) &adapter_##kind,
#include "registry/adapters.def"
#undef ADAPTER
};

/* A vendor's API that failed for so many repositories in a row is not asked for further ones. */
#define API_FAILURES_MAX 3
#define LOOKUPS_AT_ONCE 1000

const struct adapter_type *adapter_at(size_t index)
{
    return index < sizeof(adapters) / sizeof(adapters[0]) ? adapters[index] : NULL;
}

const struct adapter_type *adapter_find(struct view name)
{
    for (size_t i = 0; adapter_at(i) != NULL; i++) {
        if (view_is(name, adapter_at(i)->name))
            return adapter_at(i);
    }
    return NULL;
}

const struct adapter_type *adapter_find_published(struct view name)
{
    for (size_t i = 0; adapter_at(i) != NULL; i++) {
        const char *published = adapter_at(i)->published;
        if (published != NULL && view_is(name, published))
            return adapter_at(i);
    }
    return adapter_find(name);
}

struct view adapter_published(struct view name)
{
    const struct adapter_type *type = adapter_find(name);
    return type == NULL || type->published == NULL ? name : view_text(type->published);
}

const char *push_source_name(enum push_source source)
{
    static const char *const names[] = {
        [PUSH_SOURCE_NONE] = "",
        [PUSH_SOURCE_TAG_MOVED] = "tag-moved",
        [PUSH_SOURCE_TAG_UPDATED] = "tag-updated",
        [PUSH_SOURCE_DIGEST_PUSHED] = "digest-pushed",
    };
    static_assert(sizeof(names) / sizeof(names[0]) == PUSH_SOURCE_COUNT, "a name for each source");
    return names[source];
}

/* What is handed over on the way to the caller. */
struct vendor_listing {
    struct adapter *adapter;
    struct arena *arena;
    struct registry_names *names; /* of repositories, else NULL */
    struct tag_entries *entries; /* of tags, else NULL */
    struct registry_listing listing;
    struct map seen;
    size_t count_max;
    bool has_failed; /* the caller's callback set the error: no other way is tried */
    struct {
        struct tag_entry *items;
        size_t count;
        size_t capacity;
    } unresolved; /* tags whose digest is not known yet */
};

static void begin_listing(struct vendor_listing *listing, struct adapter *adapter, struct arena *arena)
{
    *listing = (struct vendor_listing){.adapter = adapter, .arena = arena, .listing.is_complete = true};
    map_init(&listing->seen, arena);
}

void vendor_skip(struct vendor_listing *listing)
{
    listing->listing.skipped++;
}

void vendor_incomplete(struct vendor_listing *listing, const char *reason)
{
    if (!listing->listing.is_complete)
        return;
    listing->listing.is_complete = false;
    listing->listing.incomplete_reason = arena_copy(listing->arena, view_text(reason));
}

size_t vendor_progress(const struct vendor_listing *listing)
{
    return listing->listing.count + listing->unresolved.count + listing->listing.skipped;
}

/* False if it was seen or there are too many. */
static bool is_new(struct vendor_listing *listing, struct view *name)
{
    if (map_get(&listing->seen, *name) != NULL)
        return false;
    if (listing->seen.count >= listing->count_max) {
        vendor_incomplete(listing, "there are more names than are accepted");
        return false;
    }
    *name = arena_copy(listing->arena, *name);
    map_set(&listing->seen, *name, listing);
    return true;
}

bool vendor_repository(struct vendor_listing *listing, struct view name, struct error *err)
{
    if (!repository_is_valid(name)) {
        vendor_skip(listing);
        return true;
    }
    if (!is_new(listing, &name))
        return true;
    if (!listing->names->name(listing->names, name, err)) {
        listing->has_failed = true;
        return false;
    }
    listing->listing.count++;
    return true;
}

static bool hand_over(struct vendor_listing *listing, const struct tag_entry *entry, struct error *err)
{
    if (!listing->entries->entry(listing->entries, entry, err)) {
        listing->has_failed = true;
        return false;
    }
    listing->listing.count++;
    return true;
}

bool vendor_tag(struct vendor_listing *listing, const struct tag_entry *entry, struct error *err)
{
    struct tag_entry taken = *entry;
    if (!tag_is_valid(entry->tag)) {
        vendor_skip(listing);
        return true;
    }
    if (listing_hides_tag(entry->tag) || !is_new(listing, &taken.tag))
        return true;
    if (taken.pushed_at_ms == 0)
        taken.push_source = PUSH_SOURCE_NONE;
    if (digest_is_set(&taken.digest))
        return hand_over(listing, &taken, err);
    *(struct tag_entry *)ARENA_PUSH(listing->arena, &listing->unresolved) = taken;
    return true;
}

void adapter_take_notes(struct adapter *adapter, struct adapter_notes *notes)
{
    adapter->notes = notes;
}

void adapter_note(struct adapter *adapter, const char *format, ...)
{
    if (adapter->notes == NULL)
        return;
    char text[2 * ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    adapter->notes->note(adapter->notes, view_text(text));
}

/* Whether another way of listing may do better. Patience, a request to stop and our own machine are the same there. */
static bool may_step_down(const struct vendor_listing *listing, const struct error *err)
{
    return !listing->has_failed && err->code != ERROR_RATE_LIMITED && err->code != ERROR_CANCELLED &&
           err->code != ERROR_IO;
}

struct registry *adapter_registry(struct adapter *adapter)
{
    return adapter->registry;
}

bool adapter_locate(
    struct adapter *adapter, struct view repository, struct registry **registry, struct view *name, struct error *err)
{
    const struct adapter_place *found = NULL;
    if (adapter->type->prepare != NULL && !adapter->type->prepare(adapter, repository, err))
        return false;
    for (size_t i = 0; i < adapter->places.count; i++) {
        const struct adapter_place *place = &adapter->places.items[i];
        bool is_below = repository.size > place->prefix.size + 1 && repository.data[place->prefix.size] == '/' &&
                        view_equal(view_slice(repository, 0, place->prefix.size), place->prefix);
        if (is_below && (found == NULL || place->prefix.size > found->prefix.size))
            found = place;
    }
    *name = found == NULL ? repository : view_from(repository, found->prefix.size + 1);
    *registry = found == NULL ? adapter->registry : found->registry;
    return true;
}

/* Names of the protocol's listings, into ours. */
struct forwarding {
    struct registry_names base;
    struct vendor_listing *listing;
    struct view prefix; /* put before each repository */
};

static bool forward_repository(struct registry_names *names, struct view name, struct error *err)
{
    struct forwarding *forwarding = (struct forwarding *)names;
    if (forwarding->prefix.size > 0)
        name = arena_format(forwarding->listing->arena, "%.*s/%.*s", VIEW_PRINT(forwarding->prefix), VIEW_PRINT(name));
    return vendor_repository(forwarding->listing, name, err);
}

static bool forward_tag(struct registry_names *names, struct view name, struct error *err)
{
    struct tag_entry entry = {.tag = name};
    return vendor_tag(((struct forwarding *)names)->listing, &entry, err);
}

static void merge(struct vendor_listing *listing, const struct registry_listing *more)
{
    listing->listing.skipped += more->skipped;
    if (!more->is_complete && listing->listing.is_complete) {
        listing->listing.is_complete = false;
        listing->listing.incomplete_reason = more->incomplete_reason;
    }
}

static bool list_by_catalog(struct vendor_listing *listing, struct error *err)
{
    struct adapter *adapter = listing->adapter;
    struct registry_listing more;
    struct forwarding forwarding = {.base = {forward_repository}, .listing = listing};
    for (size_t i = 0; i < adapter->places.count; i++) {
        forwarding.prefix = adapter->places.items[i].prefix;
        if (!registry_repositories(adapter->places.items[i].registry, listing->arena, &forwarding.base, &more, err))
            return false;
        merge(listing, &more);
    }
    if (adapter->places.count > 0)
        return true;
    if (!registry_repositories(adapter->registry, listing->arena, &forwarding.base, &more, err))
        return false;
    merge(listing, &more);
    return true;
}

/* The repositories that the user named; `*any` tells whether there are some. */
static bool list_as_named(struct vendor_listing *listing, bool *any, struct error *err)
{
    struct view item;
    for (struct view rest = adapter_field(listing->adapter, "repositories"); credential_list_next(&rest, &item);) {
        *any = true;
        if (!vendor_repository(listing, item, err))
            return false;
    }
    return true;
}

/* Vendor's API, catalog, list; `why` gets the first reason, which is the telling one. */
static bool list_repositories(struct vendor_listing *listing, struct error *err)
{
    struct adapter *adapter = listing->adapter;
    const struct adapter_type *type = adapter->type;
    struct error first = {.code = ERROR_NONE};
    struct error why;
    bool has_named = false;
    if (type->repositories != NULL) {
        if (type->repositories(adapter, listing, &first))
            return list_as_named(listing, &has_named, err);
        if (!may_step_down(listing, &first))
            return error_set(err, first.code, "%s", first.message);
    }
    if (type->has_catalog) {
        if (type->repositories != NULL)
            adapter_note(adapter, "%s; the catalog is asked instead", first.message);
        if (list_by_catalog(listing, &why))
            return list_as_named(listing, &has_named, err);
        if (first.code == ERROR_NONE)
            first = why;
        if (!may_step_down(listing, &why))
            return error_set(err, why.code, "%s", why.message);
    } else {
        why = first;
    }
    if (!list_as_named(listing, &has_named, err))
        return false;
    if (!has_named) {
        *err = first;
        return type->has_catalog && type->repositories != NULL
                   ? error_wrap(err, "neither the vendor's API nor the catalog lists repositories")
                   : false;
    }
    adapter_note(adapter, "%s; only the repositories that the integration names are looked at", why.message);
    return true;
}

bool adapter_repositories(struct adapter *adapter, struct arena *arena, struct registry_names *names,
    struct registry_listing *listing, struct error *err)
{
    struct vendor_listing filling;
    begin_listing(&filling, adapter, arena);
    filling.names = names;
    filling.count_max = REGISTRY_REPOSITORIES_MAX;
    if (!list_repositories(&filling, err))
        return false;
    *listing = filling.listing;
    return true;
}

/* Looks up what the listing had no digest for. */
static bool resolve_rest(struct vendor_listing *listing, struct view repository, struct error *err)
{
    struct view name;
    struct registry *registry = NULL;
    struct registry_lookup *items = ARENA_ARRAY(listing->arena, struct registry_lookup, LOOKUPS_AT_ONCE);
    if (listing->unresolved.count > 0 && !adapter_locate(listing->adapter, repository, &registry, &name, err))
        return false;
    for (size_t start = 0; start < listing->unresolved.count; start += LOOKUPS_AT_ONCE) {
        struct error why;
        size_t count = listing->unresolved.count - start;
        count = count > LOOKUPS_AT_ONCE ? LOOKUPS_AT_ONCE : count;
        for (size_t i = 0; i < count; i++)
            items[i] = (struct registry_lookup){.tag = listing->unresolved.items[start + i].tag};
        if (!registry_resolve_all(registry, name, items, count, &why, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            struct tag_entry entry = listing->unresolved.items[start + i];
            entry.digest = items[i].digest;
            if (!items[i].is_gone && !hand_over(listing, &entry, err))
                return false;
        }
        if (why.code != ERROR_NONE)
            adapter_note(listing->adapter, "a tag could not be read: %s", why.message);
    }
    return true;
}

bool vendor_protocol_tags(struct vendor_listing *listing, struct view repository, struct error *err)
{
    struct registry *registry = NULL;
    struct view name;
    struct registry_listing more;
    struct forwarding forwarding = {.base = {forward_tag}, .listing = listing};
    if (!adapter_locate(listing->adapter, repository, &registry, &name, err) ||
        !registry_tags(registry, listing->arena, name, &forwarding.base, &more, err))
        return false;
    merge(listing, &more);
    return true;
}

static bool list_tags(struct vendor_listing *listing, struct view repository, struct error *err)
{
    struct adapter *adapter = listing->adapter;
    struct error why;
    if (adapter->type->tags != NULL && adapter->api_failures < API_FAILURES_MAX) {
        if (adapter->type->tags(adapter, repository, listing, &why)) {
            adapter->api_failures = 0;
            return true;
        }
        if (!may_step_down(listing, &why))
            return error_set(err, why.code, "%s", why.message);
        adapter->api_failures++;
        adapter_note(adapter, "tags of %.*s: %s; the registry is asked tag by tag, which tells no push times%s",
            VIEW_PRINT(repository), why.message,
            adapter->api_failures == API_FAILURES_MAX ? ", for this and all further repositories" : "");
        /* What the API did not finish is no longer the listing that counts. */
        listing->listing.is_complete = true;
        listing->listing.incomplete_reason = view_text("");
    }
    return vendor_protocol_tags(listing, repository, err);
}

bool adapter_tags(struct adapter *adapter, struct arena *arena, struct view repository, struct tag_entries *entries,
    struct registry_listing *listing, struct error *err)
{
    struct vendor_listing filling;
    if (!repository_is_valid(repository))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not a repository name", VIEW_PRINT(repository));
    begin_listing(&filling, adapter, arena);
    filling.entries = entries;
    filling.count_max = REGISTRY_TAGS_MAX;
    if (!list_tags(&filling, repository, err) || !resolve_rest(&filling, repository, err))
        return false;
    *listing = filling.listing;
    return true;
}
