/* SPDX-License-Identifier: Apache-2.0 */
#include "index/id_set.h"

#include "base/memory.h"
#include "base/uuid.h"

#include <assert.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <stdlib.h>

enum { SLOTS_MIN = 1024 };

static_assert(sizeof(struct id_hash) == crypto_shorthash_siphashx24_BYTES, "a hash fills a slot");

void id_set_init(struct id_set *set)
{
    *set = (struct id_set){.slots = NULL};
    random_bytes(set->key, sizeof(set->key));
}

void id_set_done(struct id_set *set)
{
    free(set->slots);
    set->slots = NULL;
    set->slot_count = 0;
    set->count = 0;
}

void id_set_clear(struct id_set *set)
{
    id_set_done(set);
}

static struct id_hash hash_of(const struct id_set *set, struct view id)
{
    struct id_hash hash;
    crypto_shorthash_siphashx24((unsigned char *)&hash, (const unsigned char *)id.data, id.size, set->key);
    if (hash.low == 0 && hash.high == 0)
        hash.high = 1;
    return hash;
}

static struct id_hash *slot_of(struct id_hash *slots, size_t slot_count, struct id_hash hash)
{
    size_t i = hash.low & (slot_count - 1);
    while ((slots[i].low != 0 || slots[i].high != 0) && (slots[i].low != hash.low || slots[i].high != hash.high))
        i = (i + 1) & (slot_count - 1);
    return &slots[i];
}

static void grow(struct id_set *set)
{
    size_t slot_count = set->slot_count == 0 ? SLOTS_MIN : set->slot_count * 2;
    struct id_hash *slots = memory_alloc(slot_count * sizeof(*slots));
    memset(slots, 0, slot_count * sizeof(*slots));
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i].low != 0 || set->slots[i].high != 0)
            *slot_of(slots, slot_count, set->slots[i]) = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
}

bool id_set_add(struct id_set *set, struct view id)
{
    if (set->count >= set->slot_count / 4 * 3)
        grow(set);
    struct id_hash hash = hash_of(set, id);
    struct id_hash *slot = slot_of(set->slots, set->slot_count, hash);
    if (slot->low == hash.low && slot->high == hash.high)
        return false;
    *slot = hash;
    set->count++;
    return true;
}

bool id_set_has(const struct id_set *set, struct view id)
{
    if (set->slot_count == 0)
        return false;
    struct id_hash hash = hash_of(set, id);
    const struct id_hash *slot = slot_of(set->slots, set->slot_count, hash);
    return slot->low == hash.low && slot->high == hash.high;
}
