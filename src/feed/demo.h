/* SPDX-License-Identifier: Apache-2.0 */
/* A small built-in set of well-known vulnerabilities of Debian 11, Debian 12 and Alpine 3.20, so that `tidewaiter demo`
   can show findings on a machine that reaches no feed. It exists only for the demo: `serve` and `scan` never load it, and
   every view of it says DEMO DATA, since it covers next to nothing. Immutable; shared by threads. */
#ifndef FEED_DEMO_H
#define FEED_DEMO_H

#include "advisory/lookup.h"

#define DEMO_FEED "demo"

/* The day on which the set was checked against public feeds: 2026-08-21T00:00:00Z. */
#define DEMO_DATE_MS INT64_C(1787270400000)

/* Ecosystems of the set: "Alpine", "Debian". */
extern const struct view demo_ecosystems[];
extern const size_t demo_ecosystem_count;

const struct lookup *demo_lookup(void);

/* The rows of demo_advisories.def. */
struct demo_advisory {
    struct view ecosystem;
    struct view package;
    struct view vulnerability;
    struct view advisory;
    struct view fixed; /* empty: no fixed version */
    struct view vector;
};
extern const struct demo_advisory demo_advisories[];
extern const size_t demo_advisory_count;

/* The same without one advisory, and that advisory: with it the demo shows what a feed that changes does to stored images. */
const struct lookup *demo_lookup_before(void);
const struct demo_advisory *demo_advisory_held_back(void);

#endif
