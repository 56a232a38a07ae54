/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a sync run: a row for each tag or project that changed, none for what did not. For the files of this
   folder. */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/transaction.h"

struct journal_entry {
    int64_t run; /* 0: nothing is written down */
    int64_t repository;
    const char *change; /* "new" */
    struct view tag;
    struct view digest; /* empty if there is none */
    struct view previous_digest;
    const char *reason; /* NULL: what happened says it all */
    const char *clock; /* NULL: time played no part */
};

/* Beyond SYNC_CHANGES_MAX rows of a run it only counts. */
bool journal_add(struct transaction *transaction, const struct journal_entry *entry, struct error *err) MUST_CHECK;

#endif
