/* SPDX-License-Identifier: Apache-2.0 */
/* A type of registry as sync sees it. The generic one speaks the OCI distribution protocol; others list by an API of
   their vendor, which is faster or knows push times, and pull by the protocol all the same. Where the vendor's API fails,
   the protocol's catalog and tag lists are asked instead, then the repositories that the user named; each step down is
   told to whoever takes notes, with what is lost by it. One file adapter_TYPE.c and one row in adapters.def. An adapter's
   instance belongs to one thread at a time. */
#ifndef REGISTRY_ADAPTER_H
#define REGISTRY_ADAPTER_H

#include "registry/credential.h"
#include "registry/registry.h"

/* Where a push time comes from: they do not mean the same, so people are shown which one it is. */
enum push_source {
    PUSH_SOURCE_NONE, /* unknown: the store uses when it first saw the tag */
    PUSH_SOURCE_TAG_MOVED, /* when this tag began to point at this digest */
    PUSH_SOURCE_TAG_UPDATED, /* when the tag was last written, perhaps with the same digest */
    PUSH_SOURCE_DIGEST_PUSHED, /* when the manifest arrived; a later tag does not change it */
    PUSH_SOURCE_COUNT
};

/* "tag-moved" …; empty for PUSH_SOURCE_NONE. */
const char *push_source_name(enum push_source source);

struct tag_entry {
    struct view tag;
    struct digest digest; /* of the manifest or index that the tag points at; unset: it could not be read this time */
    int64_t pushed_at_ms; /* 0 = unknown */
    enum push_source push_source;
};

struct tag_entries {
    /* False stops with the error that it set. The entry's views are valid during the call only. */
    bool (*entry)(struct tag_entries *entries, const struct tag_entry *entry, struct error *err);
};

/* Told what went on beside the result: "the Harbor API refused …; asking the catalog instead". */
struct adapter_notes {
    void (*note)(struct adapter_notes *notes, struct view text);
};

struct adapter;
struct vendor_listing;

struct adapter_type {
    const char *name; /* "oci" */
    const char *published; /* the API's integration_type where that is another word: "docker-hub"; NULL: `name` */
    const char *title; /* "OCI registry" */
    bool has_catalog; /* the protocol's catalog lists what a normal user may see */

    /* Closes again what it made if it fails. */
    bool (*open)(const struct registry_options *options, struct adapter **adapter, struct error *err);
    void (*close)(struct adapter *adapter); /* what is beside the base; may be NULL */

    /* Makes the place (adapter_add_place) that the repository belongs to, if there is one and it is not there yet. NULL: all
       repositories are in the one registry. */
    bool (*prepare)(struct adapter *adapter, struct view repository, struct error *err);

    /* Hands all repositories to the listing (vendor.h). NULL: by the catalog. */
    bool (*repositories)(struct adapter *adapter, struct vendor_listing *listing, struct error *err);

    /* Hands all tags of a repository to the listing; tags without a digest are looked up afterwards. `repository` is the
       name that `repositories` gave. NULL: by the protocol. */
    bool (*tags)(struct adapter *adapter, struct view repository, struct vendor_listing *listing, struct error *err);
};

/* A part of the integration that is another registry: repositories "PREFIX/name" are "name" there. */
struct adapter_place {
    struct view prefix;
    struct registry *registry;
};

/* Instances embed this first; made by adapter_new (vendor.h). */
struct adapter {
    const struct adapter_type *type;
    struct arena *arena; /* lives as long as the adapter */
    struct registry_options options;
    struct outbound_policy policy; /* the caller's, with the hosts that the user named as own ones */
    struct registry *registry;
    struct http_client *client; /* for the vendor's APIs */
    struct adapter_notes *notes; /* NULL: nobody listens */
    unsigned api_failures; /* of tag listings in a row */
    struct {
        struct adapter_place *items;
        size_t count;
        size_t capacity;
    } places;
};

/* The type of that name, NULL if there is none. */
const struct adapter_type *adapter_find(struct view name);

/* The same by either of its names. */
const struct adapter_type *adapter_find_published(struct view name);

/* What the API calls the type of that name. */
struct view adapter_published(struct view name);

/* All types in alphabetical order; NULL from `index` = count on. */
const struct adapter_type *adapter_at(size_t index);

/* Connects to nothing yet. What `options` borrows must outlive the adapter. */
static inline bool MUST_CHECK adapter_open(const struct adapter_type *type, const struct registry_options *options,
    struct adapter **adapter, struct error *err)
{
    struct adapter *opened = NULL;
    if (!type->open(options, &opened, err))
        return false;
    *adapter = opened;
    return true;
}

void adapter_close(struct adapter *adapter); /* NULL is fine */

static inline void adapter_cleanup(struct adapter **adapter)
{
    adapter_close(*adapter);
}
#define AUTO_ADAPTER CLEANUP(adapter_cleanup) struct adapter

/* Borrowed; NULL ends it. */
void adapter_take_notes(struct adapter *adapter, struct adapter_notes *notes);

/* Each repository once; names are valid repository names. What the user named in the field "repositories" is listed where
   nothing else lists it. Fails only where no way was left, with the first way's reason. */
bool adapter_repositories(struct adapter *adapter, struct arena *arena, struct registry_names *names,
    struct registry_listing *listing, struct error *err) MUST_CHECK;

/* Each tag of a repository once, with its digest. A tag that vanished meanwhile is left out; one that could not be read has
   an unset digest, and a note tells why. */
bool adapter_tags(struct adapter *adapter, struct arena *arena, struct view repository, struct tag_entries *entries,
    struct registry_listing *listing, struct error *err) MUST_CHECK;

/* To ping and pull by the protocol; borrowed from the adapter. */
struct registry *adapter_registry(struct adapter *adapter);

/* The same for one repository, with the name that it has there. ERROR_NOT_FOUND for a name that the integration cannot
   have. */
bool adapter_locate(struct adapter *adapter, struct view repository, struct registry **registry, struct view *name,
    struct error *err) MUST_CHECK;

#endif
