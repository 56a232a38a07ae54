/* SPDX-License-Identifier: Apache-2.0 */
/* Brings an index up to date: fetches the files of feeds for some ecosystems, reads them through the sandbox, builds
   their databases and puts the new generation in force. What cannot be fetched, is cut short or malformed, or lost too much
   leaves the last good database where it is. One thread; the caller owns everything that is passed in. */
#ifndef INDEX_UPDATE_H
#define INDEX_UPDATE_H

#include "feed/location.h"
#include "index/builder.h"

enum update_outcome {
    UPDATE_BUILT,
    UPDATE_UNCHANGED,
    UPDATE_ABSENT, /* the location does not have this feed about vulnerabilities */
    UPDATE_FAILED
};

struct update_result {
    const struct feed *feed;
    struct view ecosystem; /* empty: the feed is about vulnerabilities */
    enum update_outcome outcome;
    const struct index_database *database; /* what is in force for it now; NULL = nothing */
    struct error error; /* of UPDATE_FAILED */
};

struct index_update {
    const char *folder; /* of the index */
    const struct feed_location *locations; /* of the feeds; advisories come first */
    size_t location_count;
    const struct view *ecosystems; /* as people write them */
    size_t ecosystem_count;
    bool accepts_loss; /* also builds a database that lost more than a fifth of its records */
    struct sandbox *sandbox;
    const struct cancel *cancel; /* may be NULL */
    const struct clock *clock;

    /* Told as soon as an ecosystem is done; may be NULL. Valid during the call. */
    void (*done)(void *context, const struct update_result *result);
    void *context;
};

/* One commit for all of it. Fails if the index cannot be written, or on cancel; then nothing changed. What failed is told by
   `done` and counted in `*failed`; the others are committed. `*generation` is the one in force (0 = none). */
bool index_update(
    const struct index_update *update, uint64_t *generation, size_t *failed, struct error *err) MUST_CHECK;

#endif
