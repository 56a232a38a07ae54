/* SPDX-License-Identifier: Apache-2.0 */
/* What everybody who looks at results must know about their base: demo data, a weakened sandbox, old or missing feeds.
   Shown by GET /rest/self (the UI's banner) and /readyz. */
#ifndef API_NOTICE_H
#define API_NOTICE_H

#include "api/api.h"
#include "store/results.h"

#define NOTICES_MAX 4

struct notice {
    const char *kind; /* "demo-data" "sandbox" "feed-stale" "feed-missing" */
    struct view text;
};

struct notice_list {
    struct notice items[NOTICES_MAX];
    size_t count;
};

/* Older ones are stale: the age counts from the last check of a remote feed, else from the feed's own date. */
#define FEED_AGE_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

bool feed_is_stale(const struct feed_state *feed, int64_t now_ms);

/* Reads the feeds from the store. */
bool notices_read(const struct request *request, struct notice_list *notices, struct error *err) MUST_CHECK;

#endif
