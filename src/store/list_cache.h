/* SPDX-License-Identifier: Apache-2.0 */
/* The packed rows that lists look through (store/list_scan.h, store/image_tallies.h), kept in memory from one request to the next:
   about 120 bytes an image. A request asks the store only which of them have changed since, by their versions, so that what it
   sees is what its transaction sees; no commit has to tell anybody, not even that of another process. Safe for all threads.
   For the files of this folder. */
#ifndef STORE_LIST_CACHE_H
#define STORE_LIST_CACHE_H

#include "store/transaction.h"

#define LIST_CACHE_COPIES_MAX 64 /* organizations at a time; the one that was not asked for the longest makes room */

struct list_cache;

struct list_chunk {
    int64_t id;
    struct view keys;
    struct view texts; /* empty for keys of images */
};

/* Packed rows as one transaction sees them, rising; they stay as they are until it is released. */
struct list_copy {
    const struct list_chunk *const *chunks;
    size_t count;
};

struct list_cache *list_cache_new(void);
void list_cache_free(struct list_cache *cache); /* NULL is fine; when nobody holds a copy any more */

/* The rows of image_keys, or those of list_keys and list_texts of an organization, which are `first` to `last`. NULL in `copy` where
   only the store itself can tell: in a transaction that writes, in one that began before what others have read since, and where rows are to be packed. */
bool list_cache_images(struct transaction *transaction, const struct list_copy **copy, struct error *err) MUST_CHECK;
bool list_cache_rows(struct transaction *transaction, int64_t organization, int64_t first, int64_t last,
    const struct list_copy **copy, struct error *err) MUST_CHECK;

void list_copy_release(const struct list_copy *copy); /* NULL is fine */

#endif
