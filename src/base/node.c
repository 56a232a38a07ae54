/* SPDX-License-Identifier: Apache-2.0 */
#include "base/node.h"

/* Members of a map that are searched one by one. */
#define MEMBERS_WITHOUT_INDEX 16

const struct node *node_first(const struct node *node)
{
    return node == NULL ? NULL : node->first;
}

struct node *node_find(const struct node *map, struct view key)
{
    if (map == NULL || map->type != NODE_MAP)
        return NULL;
    if (map->index != NULL)
        return map_get(map->index, key);
    for (struct node *child = map->first; child != NULL; child = child->next) {
        if (view_equal(child->key, key))
            return child;
    }
    return NULL;
}

const struct node *node_member(const struct node *map, const char *name)
{
    return node_find(map, view_text(name));
}

struct view node_text(const struct node *node)
{
    return node == NULL ? view_text("") : node->text;
}

struct view node_member_text(const struct node *map, const char *name)
{
    return node_text(node_member(map, name));
}

static void index_child(struct map *index, struct node *child)
{
    struct map_entry *entry = map_entry(index, child->key);
    if (entry->value == NULL)
        entry->value = child;
}

struct node *node_add(struct arena *arena, struct node *parent, enum node_type type, struct view key)
{
    struct node *child = ARENA_NEW(arena, struct node);
    child->type = type;
    child->key = key;
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
    if (parent->type != NODE_MAP || parent->count < MEMBERS_WITHOUT_INDEX)
        return child;
    if (parent->index != NULL) {
        index_child(parent->index, child);
        return child;
    }
    parent->index = ARENA_NEW(arena, struct map);
    map_init(parent->index, arena);
    for (struct node *member = parent->first; member != NULL; member = member->next)
        index_child(parent->index, member);
    return child;
}
