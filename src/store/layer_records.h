/* SPDX-License-Identifier: Apache-2.0 */
/* Layer records in the store: the first part in the row, further parts of a large one in rows of their own, so that neither
   reading nor writing holds a large record in memory. */
#ifndef STORE_LAYER_RECORDS_H
#define STORE_LAYER_RECORDS_H

#include "store/store.h"

/* The members of a cache that is the first member of the store. */
bool layer_records_get(struct layer_cache *cache, struct arena *arena, const struct digest *blob, struct view *found,
    struct error *err) MUST_CHECK;
bool layer_records_put(
    struct layer_cache *cache, const struct digest *blob, struct view stored, struct error *err) MUST_CHECK;

#endif
