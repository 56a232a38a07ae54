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

#endif
