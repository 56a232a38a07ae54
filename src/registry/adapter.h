/* SPDX-License-Identifier: Apache-2.0 */
/* A type of registry as sync sees it. The generic one speaks the OCI distribution protocol; others list by an API of
   their vendor, which is faster or knows push times, and pull by the protocol all the same. One file adapter_TYPE.c and
   one row in adapters.def. An adapter's instance belongs to one thread at a time. */
#ifndef REGISTRY_ADAPTER_H
#define REGISTRY_ADAPTER_H

#include "registry/registry.h"

/* Where a push time comes from: they do not mean the same, so people are shown which one it is. */
enum push_source {
    PUSH_SOURCE_NONE, /* unknown: the store uses when it first saw the tag */
    PUSH_SOURCE_TAG_MOVED, /* when this tag began to point at this digest */
    PUSH_SOURCE_TAG_UPDATED, /* when the tag was last written, perhaps with the same digest */
    PUSH_SOURCE_DIGEST_PUSHED, /* when the manifest arrived; a later tag does not change it */
    PUSH_SOURCE_COUNT
};

struct tag_entry {
    struct view tag;
    struct digest digest; /* of the manifest or index that the tag points at */
    int64_t pushed_at_ms; /* 0 = unknown */
    enum push_source push_source;
};

struct tag_entries {
    /* False stops with the error that it set. The entry's views are valid during the call only. */
    bool (*entry)(struct tag_entries *entries, const struct tag_entry *entry, struct error *err);
};

struct adapter;

struct adapter_type {
    const char *name; /* the API's integration_type: "oci" */
    const char *title; /* "OCI registry" */

    bool (*open)(const struct registry_options *options, struct adapter **adapter, struct error *err);
    void (*close)(struct adapter *adapter);

    /* Each repository once; names are valid repository names. */
    bool (*repositories)(struct adapter *adapter, struct arena *arena, struct registry_names *names,
        struct registry_listing *listing, struct error *err);

    /* Each tag of a repository once, with its digest. A tag that vanished meanwhile is left out. */
    bool (*tags)(struct adapter *adapter, struct arena *arena, struct view repository, struct tag_entries *entries,
        struct registry_listing *listing, struct error *err);

    /* To ping and pull by the protocol; borrowed from the adapter. */
    struct registry *(*registry)(struct adapter *adapter);
};

/* Instances embed this first. */
struct adapter {
    const struct adapter_type *type;
};

/* The type of that name, NULL if there is none. */
const struct adapter_type *adapter_find(struct view name);

/* All types in alphabetical order; NULL from `index` = count on. */
const struct adapter_type *adapter_at(size_t index);

static inline bool MUST_CHECK adapter_open(const struct adapter_type *type, const struct registry_options *options,
    struct adapter **adapter, struct error *err)
{
    return type->open(options, adapter, err);
}

static inline void adapter_close(struct adapter *adapter)
{
    if (adapter != NULL)
        adapter->type->close(adapter);
}

static inline void adapter_cleanup(struct adapter **adapter)
{
    adapter_close(*adapter);
}
#define AUTO_ADAPTER CLEANUP(adapter_cleanup) struct adapter

static inline bool MUST_CHECK adapter_repositories(struct adapter *adapter, struct arena *arena,
    struct registry_names *names, struct registry_listing *listing, struct error *err)
{
    return adapter->type->repositories(adapter, arena, names, listing, err);
}

static inline bool MUST_CHECK adapter_tags(struct adapter *adapter, struct arena *arena, struct view repository,
    struct tag_entries *entries, struct registry_listing *listing, struct error *err)
{
    return adapter->type->tags(adapter, arena, repository, entries, listing, err);
}

static inline struct registry *adapter_registry(struct adapter *adapter)
{
    return adapter->type->registry(adapter);
}

#endif
