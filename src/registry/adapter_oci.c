/* SPDX-License-Identifier: Apache-2.0 */
/* Any registry of the OCI distribution protocol: the catalog, tags, and one HEAD a tag. It knows no push times. */
#include "base/memory.h"
#include "registry/adapter.h"

#include <stdlib.h>

extern const struct adapter_type adapter_oci;

struct oci_adapter {
    struct adapter base;
    struct registry *registry;
};

static bool oci_open(const struct registry_options *options, struct adapter **adapter, struct error *err)
{
    struct registry *registry = NULL;
    if (!registry_open(options, &registry, err))
        return false;
    struct oci_adapter *opened = memory_alloc(sizeof(*opened));
    *opened = (struct oci_adapter){.base = {&adapter_oci}, .registry = registry};
    *adapter = &opened->base;
    return true;
}

static void oci_close(struct adapter *adapter)
{
    struct oci_adapter *oci = (struct oci_adapter *)adapter;
    registry_close(oci->registry);
    free(oci);
}

static bool oci_repositories(struct adapter *adapter, struct arena *arena, struct registry_names *names,
    struct registry_listing *listing, struct error *err)
{
    return registry_repositories(((struct oci_adapter *)adapter)->registry, arena, names, listing, err);
}

/* Looks each tag up as it is listed. */
struct resolving {
    struct registry_names base;
    struct registry *registry;
    struct view repository;
    struct tag_entries *entries;
    size_t vanished;
};

static bool resolve_tag(struct registry_names *names, struct view name, struct error *err)
{
    struct resolving *resolving = (struct resolving *)names;
    struct tag_entry entry = {.tag = name};
    if (registry_resolve(resolving->registry, resolving->repository, name, &entry.digest, err))
        return resolving->entries->entry(resolving->entries, &entry, err);
    if (err->code != ERROR_NOT_FOUND)
        return false;
    resolving->vanished++;
    return true;
}

static bool oci_tags(struct adapter *adapter, struct arena *arena, struct view repository, struct tag_entries *entries,
    struct registry_listing *listing, struct error *err)
{
    struct registry *registry = ((struct oci_adapter *)adapter)->registry;
    struct resolving resolving = {
        .base = {resolve_tag}, .registry = registry, .repository = repository, .entries = entries};
    if (!registry_tags(registry, arena, repository, &resolving.base, listing, err))
        return false;
    listing->count -= resolving.vanished;
    return true;
}

static struct registry *oci_registry(struct adapter *adapter)
{
    return ((struct oci_adapter *)adapter)->registry;
}

const struct adapter_type adapter_oci = {
    .name = "oci",
    .title = "OCI registry",
    .open = oci_open,
    .close = oci_close,
    .repositories = oci_repositories,
    .tags = oci_tags,
    .registry = oci_registry,
};
