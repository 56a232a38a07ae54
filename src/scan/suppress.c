/* SPDX-License-Identifier: Apache-2.0 */
/* A language package inside a package of the distribution (python3-requests, a gem that comes with Ruby) is built, patched
   and versioned by the distribution: where its own advisories speak of the owner, these decide, and what a language's
   database says of the upstream version does not count. It is kept with its reason, never dropped. */
#include "scan/suppress.h"

#include "finding/rule.h"

void scan_owners_init(struct map *owners, struct arena *arena, const struct inventory *inventory)
{
    map_init(owners, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        struct inventory_package *installed = &inventory->packages[i];
        if (package_type_is_system(installed->package.type) && !installed->is_third_party)
            map_set(owners, installed->package.name, &installed->package);
    }
}

const struct package *scan_owner_of(const struct map *owners, const struct inventory_package *installed)
{
    return installed->owner.size == 0 ? NULL : map_get(owners, installed->owner);
}

bool scan_owner_decides(
    const struct lookup *lookup, struct arena *arena, const struct package *owner, bool *decides, struct error *err)
{
    struct query queries[QUERIES_MAX];
    size_t query_count = query_choose(arena, owner, queries);
    *decides = false;
    for (size_t i = 0; i < query_count && !*decides; i++) {
        struct lookup_match *found = NULL;
        size_t count = 0;
        if (rule_for_package(owner, &queries[i]) != MATCH_AFFECTED)
            continue;
        if (!lookup->find(lookup, arena, queries[i].ecosystem, queries[i].name, &found, &count, err))
            return error_wrap(err, "advisories for package \"%.*s\"", VIEW_PRINT(queries[i].name));
        for (size_t j = 0; j < count && !*decides; j++) {
            for (size_t k = 0; k < found[j].advisory.affected_count && !*decides; k++)
                *decides = ecosystem_matches(found[j].advisory.affected[k].ecosystem, owner->ecosystem);
        }
    }
    return true;
}

struct view scan_owner_reason(struct arena *arena, const struct package *owner)
{
    return arena_format(arena, "the files belong to package \"%.*s\" %.*s, for which the advisories of %.*s decide",
        VIEW_PRINT(owner->name), VIEW_PRINT(owner->version), VIEW_PRINT(owner->ecosystem));
}

/* Moves the findings of one package to the suppressed ones. */
static void suppress(
    struct arena *arena, struct scan_image *image, size_t package, const struct package *owner, size_t *capacity)
{
    struct finding_list *findings = &image->findings[package];
    struct view reason = scan_owner_reason(arena, owner);
    for (size_t i = 0; i < findings->count; i++) {
        struct suppression *suppression =
            arena_push(arena, (void **)&image->suppressions, &image->suppression_count, capacity, sizeof(*suppression));
        *suppression = (struct suppression){SUPPRESSION_OWNED, package, findings->items[i], reason};
    }
    findings->count = 0;
}

bool scan_suppress(const struct lookup *lookup, struct arena *arena, struct scan_image *image, struct error *err)
{
    struct map owners;
    struct map asked; /* whether they decide, by name */
    size_t capacity = 0;
    scan_owners_init(&owners, arena, &image->inventory);
    map_init(&asked, arena);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        const struct package *owner = scan_owner_of(&owners, &image->inventory.packages[i]);
        if (owner == NULL || image->findings[i].count == 0)
            continue;
        struct map_entry *entry = map_entry(&asked, owner->name);
        if (entry->value == NULL) {
            bool *decides = ARENA_NEW(arena, bool);
            entry->value = decides;
            if (!scan_owner_decides(lookup, arena, owner, decides, err))
                return false;
        }
        if (*(const bool *)entry->value)
            suppress(arena, image, i, owner, &capacity);
    }
    return true;
}

const char *suppression_kind_name(enum suppression_kind kind)
{
    static const char *const names[SUPPRESSION_KIND_COUNT] = {
        [SUPPRESSION_OWNED] = "owned",
        [SUPPRESSION_VEX] = "vex",
    };
    return names[kind];
}
