/* SPDX-License-Identifier: Apache-2.0 */
/* Scan Now: single images that somebody wants scanned at once. A request belongs to the integration that covers its
   repository; its result is a project like any other that was imported by hand. Requests for one digest wait for the first
   of them, and find its result. */
#ifndef STORE_SCAN_REQUESTS_H
#define STORE_SCAN_REQUESTS_H

#include "base/uuid.h"
#include "image/reference.h"
#include "store/integrations.h"
#include "store/owners.h"
#include "store/store.h"

#define SCAN_REQUESTS_WAITING_MAX 1000 /* unfinished ones of an organization */
#define SCAN_REQUEST_KEPT_MS (INT64_C(90) * 24 * 3600 * 1000) /* after its end */

enum scan_request_state {
    SCAN_REQUEST_QUEUED,
    SCAN_REQUEST_PULLING, /* asked what the name stands for */
    SCAN_REQUEST_ANALYZING, /* layers are fetched and read in one go */
    SCAN_REQUEST_MATCHING,
    SCAN_REQUEST_DONE,
    SCAN_REQUEST_FAILED,
    SCAN_REQUEST_CANCELLED,
    SCAN_REQUEST_STATE_COUNT
};
const char *scan_request_state_name(enum scan_request_state state);
bool scan_request_state_is_final(enum scan_request_state state);

struct scan_request {
    int64_t id;
    struct uuid uuid;
    int64_t integration;
    struct uuid integration_uuid;
    struct view integration_name;
    struct view host;
    struct view repository;
    struct view tag; /* empty: a digest was asked for */
    struct digest digest; /* unset as long as nobody looked what the tag names */
    struct view who;
    struct view requester; /* UUID of a user; empty = a token */
    enum scan_request_state state;
    struct view error; /* why it failed, or why it is tried again */
    int64_t retries; /* by people */
    int64_t position; /* in the queue, from 1; 0 = it does not wait */
    struct uuid project; /* with the result; empty = none yet */
    int64_t created_ms;
    int64_t pulling_ms; /* 0 = not yet, here and below */
    int64_t analyzing_ms;
    int64_t matching_ms;
    int64_t finished_ms;
    struct view cursor;
};

/* The integration whose host and longest path cover the repository; `*found` is false if there is none. The names of Docker
   Hub's host are one. */
bool store_find_covering_integration(struct store *store, struct arena *arena, int64_t organization, struct view host,
    struct view repository, struct integration *integration, bool *found, struct error *err) MUST_CHECK;

struct scan_request_new {
    const struct integration *integration; /* that covers it */
    const struct reference *reference;
    struct view who;
    struct view requester;
};

/* Queues it ahead of all bulk work. An unfinished one for the same tag or digest serves: `*is_new` is false then. ERROR_LIMIT
   with SCAN_REQUESTS_WAITING_MAX unfinished ones. */
bool store_new_scan_request(struct store *store, int64_t organization, const struct scan_request_new *given,
    struct uuid *uuid, bool *is_new, struct error *err) MUST_CHECK;

bool store_find_scan_request(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct scan_request *request, struct error *err) MUST_CHECK;

struct scan_request_query {
    struct page_request page;
    bool unfinished_only; /* the queue */
    struct owner_filter owners; /* of the repository */
};

/* Newest first. */
bool store_list_scan_requests(struct store *store, struct arena *arena, int64_t organization,
    const struct scan_request_query *query, struct scan_request **items, size_t *count, bool *has_more,
    struct error *err) MUST_CHECK;

/* Ends it, whatever it does; those that waited for it are queued anew. ERROR_CONFLICT if it has ended. */
bool store_cancel_scan_request(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

/* Queues one that has ended anew: its tag may name something else now. One that has not goes on. */
bool store_retry_scan_request(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err) MUST_CHECK;

/* From the job that does it. All of these: ERROR_CANCELLED if the request has ended meanwhile.

   The next state, with its time; back to QUEUED with the reason for another attempt. */
bool store_move_scan_request(struct store *store, const struct scan_request *request, enum scan_request_state state,
    struct view reason, struct error *err) MUST_CHECK;

/* What the tag names. `*waits` tells that another request for the digest is being done: this one is queued anew when that
   ends, and its job is over. */
bool store_resolve_scan_request(struct store *store, const struct scan_request *request, const struct digest *digest,
    bool *waits, struct error *err) MUST_CHECK;

/* DONE with the project of the tag, or FAILED with the reason; those that wait for it are queued anew. */
bool store_end_scan_request(struct store *store, const struct scan_request *request, enum scan_request_state state,
    struct view reason, struct error *err) MUST_CHECK;

/* The tag under which a project stands for what was asked: that of the request, or the digest's own text. */
struct view scan_request_project_tag(const struct scan_request *request);

bool store_prune_scan_requests(struct store *store, struct error *err) MUST_CHECK;

#endif
