/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* Position in `slots` of the key or of the free place where it belongs. */
static size_t find_slot(const struct map *map, struct view key, uint64_t hash)
{
    size_t mask = map->slot_count - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        if (map->slots[i] == 0)
            return i;
        const struct map_entry *entry = &map->entries[map->slots[i] - 1];
        if (entry->hash == hash && view_equal(entry->key, key))
            return i;
    }
}

static void grow(struct map *map)
{
    map->slot_count = map->slot_count == 0 ? 16 : map->slot_count * 2;
    map->slots = ARENA_ARRAY(map->arena, uint32_t, map->slot_count);
    for (size_t i = 0; i < map->count; i++)
        map->slots[find_slot(map, map->entries[i].key, map->entries[i].hash)] = (uint32_t)(i + 1);
}

void *map_get(const struct map *map, struct view key)
{
    if (map->slot_count == 0)
        return NULL;
    uint32_t slot = map->slots[find_slot(map, key, view_hash(key))];
    return slot == 0 ? NULL : map->entries[slot - 1].value;
}

static struct map_entry *entry_for(struct map *map, struct view key, bool *is_new)
{
    if ((map->count + 1) * 4 > map->slot_count * 3)
        grow(map);
    uint64_t hash = view_hash(key);
    size_t slot = find_slot(map, key, hash);
    *is_new = map->slots[slot] == 0;
    if (!*is_new)
        return &map->entries[map->slots[slot] - 1];
    struct map_entry *entry =
        arena_push(map->arena, (void **)&map->entries, &map->count, &map->capacity, sizeof(map->entries[0]));
    entry->key = key;
    entry->hash = hash;
    map->slots[slot] = (uint32_t)map->count;
    return entry;
}

struct map_entry *map_entry(struct map *map, struct view key)
{
    bool is_new;
    return entry_for(map, key, &is_new);
}

bool map_set(struct map *map, struct view key, void *value)
{
    bool is_new;
    entry_for(map, key, &is_new)->value = value;
    return is_new;
}
