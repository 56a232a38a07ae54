/* SPDX-License-Identifier: Apache-2.0 */
/* Which record ids came already: 16 bytes for each, by a 128-bit hash whose key is random in each process, so that a feed
   can neither make two ids meet nor slow it down. One thread. */
#ifndef INDEX_ID_SET_H
#define INDEX_ID_SET_H

#include "base/view.h"

struct id_set {
    struct id_hash *slots; /* a power of two; at most three quarters used */
    size_t slot_count;
    size_t count;
    unsigned char key[16];
};

struct id_hash {
    uint64_t low;
    uint64_t high; /* both 0 = free */
};

void id_set_init(struct id_set *set);
void id_set_done(struct id_set *set);
void id_set_clear(struct id_set *set);

/* True if it is new. */
bool id_set_add(struct id_set *set, struct view id);
bool id_set_has(const struct id_set *set, struct view id);

#endif
