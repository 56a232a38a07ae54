/* SPDX-License-Identifier: Apache-2.0 */
/* A language package inside a package of the distribution (python3-requests, a gem that comes with Ruby) is built, patched
   and versioned by the distribution: where its own advisories speak of the owner, these decide, and what a language's
   database says of the upstream version does not count. It is kept with its reason, never dropped. */
#include "scan/suppress.h"

#include "base/map.h"
#include "finding/rule.h"

struct suppressor {
    struct arena *arena;
    const struct lookup *lookup;
    struct scan_image *image;
    struct map owners; /* name → struct owner */
    size_t capacity;
};

struct owner {
    const struct package *package;
    bool is_asked;
    bool has_advisories;
};

/* Whether an advisory for the release of this package names it, whatever its versions. */
static bool has_advisories(
    struct arena *arena, const struct lookup *lookup, const struct package *package, bool *has, struct error *err)
{
    struct query queries[QUERIES_MAX];
    size_t query_count = query_choose(arena, package, queries);
    *has = false;
    for (size_t i = 0; i < query_count && !*has; i++) {
        struct lookup_match *found = NULL;
        size_t count = 0;
        if (rule_for_package(package, &queries[i]) != MATCH_AFFECTED)
            continue;
        if (!lookup->find(lookup, arena, queries[i].ecosystem, queries[i].name, &found, &count, err))
            return error_wrap(err, "advisories for package \"%.*s\"", VIEW_PRINT(queries[i].name));
        for (size_t j = 0; j < count && !*has; j++) {
            for (size_t k = 0; k < found[j].advisory.affected_count && !*has; k++)
                *has = ecosystem_matches(found[j].advisory.affected[k].ecosystem, package->ecosystem);
        }
    }
    return true;
}

static void note_owners(struct suppressor *suppressor)
{
    const struct inventory *inventory = &suppressor->image->inventory;
    map_init(&suppressor->owners, suppressor->arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct inventory_package *installed = &inventory->packages[i];
        if (!package_type_is_system(installed->package.type) || installed->is_third_party)
            continue;
        struct owner *owner = ARENA_NEW(suppressor->arena, struct owner);
        owner->package = &installed->package;
        map_set(&suppressor->owners, installed->package.name, owner);
    }
}

/* Moves the findings of one package to the suppressed ones. */
static void suppress(struct suppressor *suppressor, size_t package, const struct owner *owner)
{
    struct scan_image *image = suppressor->image;
    struct finding_list *findings = &image->findings[package];
    struct view reason = arena_format(suppressor->arena,
        "the files belong to package \"%.*s\" %.*s, for which the advisories of %.*s decide",
        VIEW_PRINT(owner->package->name), VIEW_PRINT(owner->package->version), VIEW_PRINT(owner->package->ecosystem));
    for (size_t i = 0; i < findings->count; i++) {
        struct suppression *suppression = arena_push(suppressor->arena, (void **)&image->suppressions,
            &image->suppression_count, &suppressor->capacity, sizeof(*suppression));
        *suppression = (struct suppression){SUPPRESSION_OWNED, package, findings->items[i], reason};
    }
    findings->count = 0;
}

bool scan_suppress(const struct lookup *lookup, struct arena *arena, struct scan_image *image, struct error *err)
{
    struct suppressor suppressor = {.arena = arena, .lookup = lookup, .image = image};
    note_owners(&suppressor);
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        const struct inventory_package *installed = &image->inventory.packages[i];
        struct owner *owner = installed->owner.size == 0 ? NULL : map_get(&suppressor.owners, installed->owner);
        if (owner == NULL || image->findings[i].count == 0)
            continue;
        if (!owner->is_asked && !has_advisories(arena, lookup, owner->package, &owner->has_advisories, err))
            return false;
        owner->is_asked = true;
        if (owner->has_advisories)
            suppress(&suppressor, i, owner);
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
