/* SPDX-License-Identifier: Apache-2.0 */
/* Deltas of feeds at an address: a list tells when each record was changed, and each can be fetched by itself. What did not
   change comes from the records that were kept. One thread. */
#ifndef INDEX_CHANGES_H
#define INDEX_CHANGES_H

#include "base/map.h"
#include "index/fetch.h"

enum {
    CHANGES_PERCENT_MAX = 20, /* of all records; more are better fetched as a whole */
    CHANGES_LISTED_MAX = 4 * 1000 * 1000,
    CHANGES_PARALLEL = 8, /* records that are asked for at once */
    CHANGES_ASKED_MIN = 8, /* as few cost one round trip, whatever the whole would cost */
    /* Bytes of the whole that come in the time that a single record takes: at 20 to 30 ms a round trip, CHANGES_PARALLEL at
       once, some 3 ms, in which 40 to 50 Mbit/s bring as many. */
    CHANGES_RECORD_COST = 16 * 1024,
    CHANGES_RECORD_MS = 60 * 1000, /* for one answer */
};

/* A database is made as a whole again after so long, in case a delta lost something. */
#define CHANGES_WHOLE_MS (INT64_C(30) * 24 * 60 * 60 * 1000)

struct change {
    struct view name; /* of its file */
    int64_t modified_ms; /* 0 = not told */
    bool is_gone;
};

struct changes {
    struct feed_sink sink; /* first: lets pass what did not change */
    const struct fetch *fetch;
    struct view ecosystem; /* empty for a feed without folders */
    struct map listed; /* id → struct change */
    int64_t since_ms; /* newer ones changed */
    size_t newer_count;
};

/* Reads the lists. `*has_list`: there is one, and what changed since is little enough to be fetched by itself. False only on
   cancel. */
bool changes_read(struct changes *changes, const struct fetch *fetch, struct view ecosystem, int64_t since_ms,
    bool *has_list, struct error *err) MUST_CHECK;

/* Whether the list says that the database is as new as it is. */
bool changes_are_none(const struct changes *changes, const struct index_database *known);

/* Whether the whole would come in less time than all that changed, by the size that the server tells. It is asked for that. */
bool changes_are_dear(const struct changes *changes);

/* Puts the kept records of the database into the intake, without those that changed or are gone. */
bool changes_replay(
    struct changes *changes, const char *folder, const struct index_database *known, struct error *err) MUST_CHECK;

/* Fetches what changed, several at once. `*is_unfit`: it stopped, since too much is missing, or the location has no single
   records. What cannot be understood is a gap. */
bool changes_fetch(struct changes *changes, bool *is_unfit, struct error *err) MUST_CHECK;

/* Counts in the intake what the list names and is not there. */
void changes_count_missing(const struct changes *changes);

#endif
