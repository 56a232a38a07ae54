/* SPDX-License-Identifier: Apache-2.0 */
/* One use case: a connection that nobody else uses meanwhile, and one moment in time. For the files of this folder. */
#ifndef STORE_TRANSACTION_H
#define STORE_TRANSACTION_H

#include "store/database.h"
#include "store/store.h"

struct list_cache;

struct transaction {
    struct store *store;
    struct connection *connection;
    int64_t now_ms;
    bool is_write;
    struct list_cache *lists; /* NULL in one that writes: it may have changed what is kept there */
    bool has_queued; /* a job that may run at once: whoever watches is told after the commit */
};

bool transaction_read(struct store *store, struct transaction *transaction, struct error *err) MUST_CHECK;
bool transaction_write(struct store *store, struct transaction *transaction, struct error *err) MUST_CHECK;

/* Commits if `is_done`, else takes everything back; true only if it was committed. `err` is that of the failure. */
bool transaction_end(struct transaction *transaction, bool is_done, struct error *err) MUST_CHECK;

/* For work that is asked for often and mostly has nothing to do: one that writes is begun only if the query, of which $1 is the
   time, has a row. `*count` is then the work's, else 0. */
bool transaction_write_if_any(struct store *store, const char *sql,
    bool (*work)(struct transaction *transaction, size_t *count, struct error *err), size_t *count,
    struct error *err) MUST_CHECK;

#endif
