/* SPDX-License-Identifier: Apache-2.0 */
#include "advisory/alias.h"

#include <stdlib.h>

struct alias_node {
    struct alias_node *parent; /* itself: a root */
    struct view name; /* of a root: the best name of the group */
    size_t size;
};

/* Smaller is better. */
static int rank_of(struct view id)
{
    if (view_starts_with(id, "CVE-"))
        return 0;
    return view_starts_with(id, "GHSA-") ? 2 : 1;
}

static struct view better_name(struct view a, struct view b)
{
    int difference = rank_of(a) - rank_of(b);
    if (difference == 0)
        difference = view_compare(a, b);
    return difference <= 0 ? a : b;
}

static struct alias_node *root_of(struct alias_node *node)
{
    while (node->parent != node) {
        node->parent = node->parent->parent;
        node = node->parent;
    }
    return node;
}

static struct alias_node *node_of(struct alias_groups *groups, struct view id)
{
    struct map_entry *entry = map_entry(&groups->nodes, id);
    if (entry->value == NULL) {
        struct alias_node *node = ARENA_NEW(groups->arena, struct alias_node);
        *node = (struct alias_node){node, id, 1};
        entry->value = node;
    }
    return root_of(entry->value);
}

static void join(struct alias_groups *groups, struct view a, struct view b)
{
    struct alias_node *left = node_of(groups, a);
    struct alias_node *right = node_of(groups, b);
    bool are_two_cves = rank_of(left->name) == 0 && rank_of(right->name) == 0;
    if (left == right || are_two_cves || left->size + right->size > ALIAS_GROUP_IDS_MAX)
        return;
    struct alias_node *larger = left->size >= right->size ? left : right;
    struct alias_node *smaller = larger == left ? right : left;
    larger->name = better_name(larger->name, smaller->name);
    larger->size += smaller->size;
    smaller->parent = larger;
}

/* CVEs first: what has no CVE of its own then joins whole groups. */
static void join_vulnerability(struct alias_groups *groups, const struct advisory *advisory)
{
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(groups->arena, advisory, &ids, &count);
    if (count == 1)
        join(groups, advisory->id, ids[0]);
}

static void join_aliases(struct alias_groups *groups, const struct advisory *advisory)
{
    struct view *ids;
    size_t count;
    advisory_vulnerabilities(groups->arena, advisory, &ids, &count);
    if (count != 1 || advisory->alias_count > ALIAS_RECORD_NAMES_MAX)
        return;
    for (size_t i = 0; i < advisory->alias_count; i++)
        join(groups, advisory->id, advisory->aliases[i]);
}

static int compare_advisories(const void *a, const void *b)
{
    return view_compare((*(const struct advisory *const *)a)->id, (*(const struct advisory *const *)b)->id);
}

void alias_groups_build(
    struct alias_groups *groups, struct arena *arena, const struct advisory *const *advisories, size_t count)
{
    const struct advisory **sorted = ARENA_ARRAY(arena, const struct advisory *, count);
    *groups = (struct alias_groups){.arena = arena};
    map_init(&groups->nodes, arena);
    for (size_t i = 0; i < count; i++)
        sorted[i] = advisories[i];
    if (count > 0)
        qsort(sorted, count, sizeof(struct advisory *), compare_advisories);
    for (size_t i = 0; i < count; i++)
        join_vulnerability(groups, sorted[i]);
    for (size_t i = 0; i < count; i++)
        join_aliases(groups, sorted[i]);
}

struct view alias_groups_name(const struct alias_groups *groups, struct view id)
{
    struct alias_node *node = map_get(&groups->nodes, id);
    return node == NULL ? id : root_of(node)->name;
}
