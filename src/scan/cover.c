/* SPDX-License-Identifier: Apache-2.0 */
/* Which packages no feed speaks of. */
#include "scan/scan.h"

#include "base/map.h"

static const struct feed_state *feed_for(const struct feed_state *feeds, size_t count, struct view ecosystem)
{
    for (size_t i = 0; i < count && ecosystem.size > 0; i++) {
        if (view_equal(ecosystem_base(feeds[i].ecosystem), ecosystem_base(ecosystem)))
            return &feeds[i];
    }
    return NULL;
}

bool scan_is_covered(const struct feed_state *feeds, size_t feed_count, struct view ecosystem)
{
    return feed_for(feeds, feed_count, ecosystem) != NULL;
}

static bool has_release(const struct feed_state *feed, struct view ecosystem)
{
    for (size_t i = 0; i < feed->release_count; i++) {
        if (ecosystem_matches(feed->releases[i], ecosystem))
            return true;
    }
    return false;
}

static struct view distribution_name(const struct distro *distro)
{
    if (distro->pretty_name.size > 0)
        return distro->pretty_name;
    return distro->name.size > 0 ? distro->name : distro->id;
}

/* A distribution without advisories that could be read is another matter than one that nothing names. */
static void add_without_ecosystem(struct arena *arena, struct inventory *inventory)
{
    struct view name = distribution_name(&inventory->distro);
    if (name.size > 0)
        gap_add(arena, &inventory->gaps, GAP_UNSUPPORTED_DISTRIBUTION, name,
            "there is no feed of advisories for this distribution");
    else
        gap_add(arena, &inventory->gaps, GAP_UNKNOWN_DISTRIBUTION, name,
            "no release file tells which distribution these packages belong to");
}

/* Packages of a distribution that nothing names, or that its release file calls just "linux". Under that name stands in
   advisories what is about the kernel. */
static bool is_nameless(const struct package *package)
{
    return package->ecosystem.size == 0 ||
           (package_type_is_system(package->type) && view_is(ecosystem_base(package->ecosystem), "Linux"));
}

/* Why the packages of an ecosystem cannot be matched; NULL if they can. */
static const char *explain_missing_cover(
    struct arena *arena, const struct feed_state *feeds, size_t count, struct view ecosystem, enum gap_kind *kind)
{
    const struct feed_state *feed = feed_for(feeds, count, ecosystem);
    if (feed == NULL) {
        *kind = GAP_NO_FEED;
        struct view base = ecosystem_base(ecosystem);
        return arena_format(arena, "no advisories for %.*s; try: tidewaiter feed update --ecosystem \"%.*s\"",
            VIEW_PRINT(ecosystem), VIEW_PRINT(base))
            .data;
    }
    if (!has_release(feed, ecosystem)) {
        *kind = GAP_UNSUPPORTED_DISTRIBUTION;
        return arena_format(
            arena, "feed \"%.*s\" has no advisory for %.*s", VIEW_PRINT(feed->name), VIEW_PRINT(ecosystem))
            .data;
    }
    return NULL;
}

/* What is listed but cannot be looked up: one gap for third-party packages, one for each type without advisories. */
static bool is_without_advisories(const struct inventory_package *installed)
{
    return installed->is_third_party ||
           (installed->package.ecosystem.size == 0 && !package_type_is_system(installed->package.type) &&
               package_type_ecosystem(installed->package.type).size == 0);
}

static void add_without_advisories(
    struct arena *arena, struct map *seen, const struct inventory_package *installed, struct inventory *inventory)
{
    const char *type = package_type_name(installed->package.type);
    struct view key = arena_format(arena, "%s %d", type, installed->is_third_party);
    if (!map_set(seen, key, inventory))
        return;
    const char *reason = installed->is_third_party
                             ? "packages that are not the distribution's: its advisories do not cover them"
                             : "no advisories are published by the names of these packages";
    gap_add(arena, &inventory->gaps, GAP_NO_ADVISORIES, view_text(type), reason);
}

void scan_cover_gaps(
    struct arena *arena, const struct feed_state *feeds, size_t count, int64_t now_ms, struct inventory *inventory)
{
    struct map seen, types;
    map_init(&seen, arena);
    map_init(&types, arena);
    for (size_t i = 0; i < inventory->package_count; i++) {
        struct view ecosystem = inventory->packages[i].package.ecosystem;
        enum gap_kind kind;
        if (is_without_advisories(&inventory->packages[i])) {
            add_without_advisories(arena, &types, &inventory->packages[i], inventory);
            continue;
        }
        bool is_unnamed = is_nameless(&inventory->packages[i].package);
        if (!map_set(&seen, is_unnamed ? view_text("") : ecosystem, inventory))
            continue;
        if (is_unnamed) {
            add_without_ecosystem(arena, inventory);
            continue;
        }
        const char *reason = explain_missing_cover(arena, feeds, count, ecosystem, &kind);
        if (reason != NULL)
            gap_add(arena, &inventory->gaps, kind, ecosystem, reason);
        const char *end = distro_end_of_life(ecosystem, now_ms);
        if (end != NULL)
            gap_add(arena, &inventory->gaps, GAP_END_OF_LIFE, ecosystem,
                arena_format(arena, "security updates without a contract ended on %s", end).data);
    }
}

void scan_add_missing_platforms(struct arena *arena, int64_t count, struct gap_list *gaps)
{
    if (count == 0)
        return;
    struct view reason = arena_format(
        arena, "%lld of the index's manifests %s not in the registry", (long long)count, count == 1 ? "is" : "are");
    gap_add(arena, gaps, GAP_MISSING_PLATFORM, view_text(""), reason.data);
}
