/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from text to pointers, inside an arena. Keys are borrowed: they must live as long as the map (copy them
   into the same arena if unsure). Insertion order is kept for iteration, so results are deterministic. One thread. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/view.h"

struct map_entry {
    struct view key;
    void *value;
    uint64_t hash;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; /* in order of insertion; walk entries[0 … count-1] */
    size_t count;
    size_t capacity;
    uint32_t *slots; /* index into entries + 1; 0 = empty */
    size_t slot_count;
};

void map_init(struct map *map, struct arena *arena);

/* The value for `key`, NULL if it is absent. */
void *map_get(const struct map *map, struct view key);

/* The entry for `key`, made with value NULL if it is absent. Valid until the next map_entry call. */
struct map_entry *map_entry(struct map *map, struct view key);

/* Sets the value; returns true if the key is new. */
bool map_set(struct map *map, struct view key, void *value);

#endif
