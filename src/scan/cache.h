/* SPDX-License-Identifier: Apache-2.0 */
/* Where layer records are kept: a folder for the command line, the store for the server. Thread-safe. */
#ifndef SCAN_CACHE_H
#define SCAN_CACHE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

struct layer_cache {
    /* The stored record of a blob, into the arena; `*found` is empty if there is none. */
    bool (*get)(struct layer_cache *cache, struct arena *arena, const struct digest *blob, struct view *found,
        struct error *err);
    /* Keeps a record for ever. Called only after the blob's digest matched and the child exited with success. */
    bool (*put)(struct layer_cache *cache, const struct digest *blob, struct view stored, struct error *err);
};

#endif
