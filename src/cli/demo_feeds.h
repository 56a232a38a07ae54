/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's advisories: a folder that the user names, else the public feed, else the small built-in set, said loudly. */
#ifndef CLI_DEMO_FEEDS_H
#define CLI_DEMO_FEEDS_H

#include "index/index.h"
#include "sandbox/sandbox.h"
#include "scan/scan.h"
#include "store/store.h"

#include <stdio.h>

struct demo_feeds {
    const char *summary; /* one line for people */
    bool is_demo; /* the built-in set is used */
    bool is_stale; /* older than a gate would accept */
    const struct lookup *lookup; /* the built-in set; NULL: the index */
    struct feed_state *states;
    size_t state_count;
    int64_t generation;
    struct digest digest; /* of the index's list; empty for the built-in set */
};

/* Fills the index in the folder, or chooses the built-in set. `from` is a folder or NULL; a folder that cannot be used is
   an error, since the user named it. */
bool demo_feeds_prepare(struct demo_feeds *demo, struct arena *arena, const char *from, const char *index, FILE *out,
    struct error *err) MUST_CHECK;

/* Tells the store which generation is in force. That of the built-in set follows the store's own, and lacks one advisory. */
bool demo_feeds_publish(struct demo_feeds *demo, struct store *store, struct error *err) MUST_CHECK;

/* The next generation of the built-in set, which has it: a feed commit that changes one name. */
bool demo_feeds_add_held_back(struct demo_feeds *demo, struct store *store, struct error *err) MUST_CHECK;

#endif
