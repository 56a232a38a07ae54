/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may do something in a minute. The minute of a caller begins with the first call and all that is over the
   limit waits for its end. The table has a fixed size: in a full bucket the caller with the fewest calls is forgotten, so that
   many strangers cannot push out one who is over the limit. Any thread; the time is passed in. */
#ifndef API_RATE_LIMIT_H
#define API_RATE_LIMIT_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

#define RATE_MINUTE_MS (INT64_C(60) * 1000)
#define RATE_BUCKETS 512
#define RATE_BUCKET_SIZE 8

struct rate_limit;

/* `calls_max` 0 = no limit. Release with rate_limit_free. */
struct rate_limit *rate_limit_new(unsigned calls_max);
void rate_limit_free(struct rate_limit *limit); /* NULL is fine */

/* Counts a call; false if it is one too many, and `*wait_s` says in how many whole seconds (1 … 60) another may be made. NULL
   has no limit. */
bool rate_limit_take(struct rate_limit *limit, struct view caller, int64_t now_ms, int *wait_s);

/* The same without counting. */
bool rate_limit_check(struct rate_limit *limit, struct view caller, int64_t now_ms, int *wait_s);

#endif
