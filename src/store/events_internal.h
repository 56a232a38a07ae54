/* SPDX-License-Identifier: Apache-2.0 */
/* Events as other use cases record them, in the transaction of the change itself. For the files of this folder. */
#ifndef STORE_EVENTS_INTERNAL_H
#define STORE_EVENTS_INTERNAL_H

#include "base/digest.h"
#include "store/events.h"
#include "store/transaction.h"

struct event_new {
    int64_t generation;
    enum event_cause cause;
    enum event_change change;
    int64_t vulnerability;
    int64_t package;
    int64_t snapshot;
    struct view before;
    struct view after;
    int64_t added;
    int64_t removed;
    struct view detail;
    int64_t occasion; /* tells apart what happens to a snapshot more than once in a generation */
};

/* What is recorded already stays as it is, but the counts of an event that sums up grow. */
bool events_add(struct transaction *transaction, const struct event_new *event, struct error *err) MUST_CHECK;

/* Tells of each finished snapshot of a digest that has images and is not told yet what came and what went, compared with the
   project's snapshot before. */
bool events_of_digest(struct transaction *transaction, struct arena *arena, int64_t repository,
    const struct digest *digest, struct error *err) MUST_CHECK;

#endif
