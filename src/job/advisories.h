/* SPDX-License-Identifier: Apache-2.0 */
/* The advisories that a job matches against: the current generation of the index, or the demo's built-in set. */
#ifndef JOB_ADVISORIES_H
#define JOB_ADVISORIES_H

#include "job/worker.h"
#include "scan/scan.h"
#include "store/results.h"

struct advisories {
    struct index_generation *index; /* NULL: none, or the demo's set */
    const struct lookup *lookup; /* NULL: nothing to match against yet */
    struct feed_state *feeds;
    size_t feed_count;
    int64_t generation; /* 0 = nothing yet */
};

/* An index that does not exist yet is no error: then there are no feeds. Zero `advisories` first. A
   generation that the store has not heard of becomes current there, which queues a match of the packages that lag behind. */
bool advisories_open(const struct job_surroundings *surroundings, struct arena *arena, struct advisories *advisories,
    struct error *err) MUST_CHECK;

/* Makes a generation of the index current in the store, with what changed since the store's own. ERROR_CONFLICT if a later one is
   current. */
bool advisories_set_generation(struct store *store, struct arena *arena, const struct index_generation *index,
    const struct feed_state *feeds, size_t feed_count, struct error *err) MUST_CHECK;

/* At the start of a process: makes the index's generation current in the store, if it is not. */
bool advisories_announce(const struct job_surroundings *surroundings, struct error *err) MUST_CHECK;

void advisories_done(struct advisories *advisories);

/* All findings of one package; none if it has no version or no feed covers it. Where advisories decide for the owner of its
   files, what was found is suppressed. */
bool advisories_match(const struct advisories *advisories, struct arena *arena, const struct lagging_package *lagging,
    int64_t now_ms, struct package_answer *answer, struct error *err) MUST_CHECK;

#endif
