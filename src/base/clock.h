/* SPDX-License-Identifier: Apache-2.0 */
/* Time is passed in, so that tests choose it. Wall time is for what people see and for schedules, monotonic time for
   deadlines. Times at the edges are RFC 3339 in UTC. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/error.h"
#include "base/view.h"

#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *clock); /* milliseconds since 1970-01-01T00:00:00Z */
    int64_t (*monotonic_ms)(const struct clock *clock); /* milliseconds since some fixed moment */
};

/* The machine's clocks; never NULL. */
const struct clock *clock_system(void);

/* A clock that stands still until it is moved, for tests. */
struct clock_manual {
    struct clock clock;
    int64_t now_ms;
};
void clock_manual_init(struct clock_manual *manual, int64_t now_ms);

/* "2026-11-21T22:30:00Z" + NUL; milliseconds are cut off. */
#define TIME_TEXT_SIZE 21
void time_format(int64_t wall_ms, char text[TIME_TEXT_SIZE]);

/* RFC 3339 with 0 to 9 fraction digits and `Z` or an offset; milliseconds since 1970. Years 0001 to 9999. */
bool time_parse(struct view text, int64_t *wall_ms, struct error *err) MUST_CHECK;

#endif
