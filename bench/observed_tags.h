/* SPDX-License-Identifier: Apache-2.0 */
/* A SQLite store with one integration whose registry has many tags, for benchmarks. */
#ifndef BENCH_OBSERVED_TAGS_H
#define BENCH_OBSERVED_TAGS_H

#include "store/accounts.h"
#include "store/integrations.h"

enum { TAGS_DEFAULT = 1000000, TAGS_OF_REPOSITORY = 500 };

struct tag_store {
    struct arena *arena;
    struct store *store;
    struct account account;
    struct integration integration;
};

/* The store in `folder`, which is made with `tags` observed tags if it does not exist, and left for the next time. */
bool tag_store_open(struct tag_store *tags, const char *folder, int64_t tag_count, struct error *err);
void tag_store_close(struct tag_store *tags);

/* A run that lists the same tags as every run before. */
bool tag_store_sync(struct tag_store *tags, int64_t tag_count, struct error *err);

/* What the process used of the processor: less disturbed by others than the time that passed. */
int64_t cpu_ms(void);

#endif
