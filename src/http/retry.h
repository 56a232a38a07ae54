/* SPDX-License-Identifier: Apache-2.0 */
/* When to ask again: back-off and Retry-After (RFC 9110 §10.2.3). Pure; time and chance are passed in. */
#ifndef HTTP_RETRY_H
#define HTTP_RETRY_H

#include "base/view.h"

/* 408, 429, 500, 502, 503, 504. */
bool retry_is_worthwhile(int status);

/* 1, 2, 4, 8 … s for attempt 0, 1, 2, 3 …, at most 64 s, moved by up to 20 % either way: `chance` is any number. */
int64_t retry_backoff_ms(unsigned attempt, uint32_t chance);

/* Seconds or an HTTP date, at most one hour; -1 if the value says nothing. */
#define RETRY_AFTER_MS_MAX (3600LL * 1000)
int64_t retry_after_ms(struct view value, int64_t wall_ms);

/* Docker Hub's X-Retry-After: a Unix time in seconds. */
int64_t retry_at_ms(struct view value, int64_t wall_ms);

/* What a server says is left of its limit. */
struct rate_headers {
    struct view limit; /* "100;w=21600" or "100" */
    struct view remaining; /* "76;w=21600" or "76" */
    struct view reset; /* seconds from now, or a Unix time; empty where the window is in the others */
};

struct rate_limit {
    int64_t limit;
    int64_t remaining;
    int64_t window_ms; /* until the count starts anew; at most a day */
};

/* False unless all three are known. */
bool rate_limit_read(const struct rate_headers *headers, int64_t wall_ms, struct rate_limit *limit);

#endif
