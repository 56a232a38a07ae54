/* SPDX-License-Identifier: Apache-2.0 */
/* What an organization, a registry or a repository had on a day, for trends: each image, vulnerability and package once over all
   scanned images that the place shows. A job counts the present day (UTC) again and again, so a past day is as it was when it
   ended; days are kept for DAYS_KEPT days. */
#ifndef STORE_DAILY_COUNTERS_H
#define STORE_DAILY_COUNTERS_H

#include "base/uuid.h"
#include "store/images.h"
#include "store/owners.h"

#define DAYS_KEPT 400

struct day_counters {
    int64_t day_ms; /* its beginning */
    int64_t counted_ms;
    int64_t images; /* different ones that are scanned */
    bool has_kev; /* a feed told what is known to be exploited */
    bool has_exploits; /* that, or what has a public exploit */
    struct tally tally; /* packages, and vulnerabilities by kind */
    struct view cursor;
};

#define JOB_COUNT "count"

/* Queues the job that counts the present day, unless one waits. */
bool store_queue_count(struct store *store, bool *is_new, struct error *err) MUST_CHECK;

/* Counts the present day for all places of all organizations, and forgets what is too old. ERROR_LIMIT if the store gave out more
   than PLACE_KEYS_MAX keys. */
bool store_count_day(struct store *store, struct error *err) MUST_CHECK;

struct day_query {
    struct page_request page;
    struct uuid integration; /* empty text: the organization */
    struct view repository; /* of the integration; empty: the registry */
    struct owner_filter owners; /* who is limited to teams sees their repositories only, and no day of more than one */
    int64_t from_ms; /* 0 = from the first */
    int64_t to_ms; /* days that begin before this time; 0 = to the last */
};

/* Newest first. ERROR_NOT_FOUND if there is no such place. */
bool store_list_days(struct store *store, struct arena *arena, int64_t organization, const struct day_query *query,
    struct day_counters **rows, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

#endif
