/* SPDX-License-Identifier: Apache-2.0 */
/* What an organization, a registry or a repository had on a day, for trends: each vulnerability and package once over all images that
   the place shows that day. Written once a day (UTC) by a job and kept for DAYS_KEPT days. */
#ifndef STORE_DAILY_COUNTERS_H
#define STORE_DAILY_COUNTERS_H

#include "base/uuid.h"
#include "store/images.h"

#define DAYS_KEPT 400

struct day_counters {
    int64_t day_ms; /* its beginning */
    int64_t images; /* different ones that are scanned */
    struct tally tally; /* packages, and vulnerabilities by kind */
    struct view cursor;
};

/* Queues the job that counts today, unless today was counted. */
bool store_queue_count(struct store *store, bool *is_new, struct error *err) MUST_CHECK;

/* Counts today for all places of all organizations, and forgets what is too old. Again on the same day it replaces what it wrote. */
bool store_count_day(struct store *store, struct error *err) MUST_CHECK;

struct day_query {
    struct page_request page;
    struct uuid integration; /* empty text: the organization */
    struct view repository; /* of the integration; empty: the registry */
    int64_t from_ms; /* 0 = from the first */
    int64_t to_ms; /* days before this time; 0 = to the last */
};

/* Newest first. ERROR_NOT_FOUND if there is no such place. */
bool store_list_days(struct store *store, struct arena *arena, int64_t organization, const struct day_query *query,
    struct day_counters **rows, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

#endif
