/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of this process, and sums over the store, in Prometheus's text format 0.0.4. They tell nothing about a single organization, so that the
   page needs no session. Counting is lock-free. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "base/buffer.h"
#include "store/images.h"
#include "store/jobs.h"
#include "store/operation.h"
#include "store/results.h"

#include <stdatomic.h>

/* Upper bounds of the request time histogram; one more bucket holds the rest. */
#define METRICS_BUCKETS                                                                                                \
    {                                                                                                                  \
        1, 5, 20, 50, 100, 500, 1000, 5000                                                                             \
    }
#define METRICS_BUCKET_COUNT 8
#define METRICS_STATUS_CLASSES 5 /* 1xx … 5xx */
#define METRICS_ROUTES_MAX 512

struct api_metrics {
    _Atomic uint64_t
        requests[METRICS_ROUTES_MAX][METRICS_STATUS_CLASSES]; /* row METRICS_ROUTES_MAX - 1: no operation */
    _Atomic uint64_t duration_buckets[METRICS_BUCKET_COUNT + 1];
    _Atomic uint64_t duration_us;
    _Atomic uint64_t bytes_sent;
    _Atomic int64_t requests_in_flight;
    _Atomic int64_t connections;
    int64_t started_ms; /* wall clock */
};

/* `route` is an index into routes, or negative for requests that reached no operation. */
void metrics_count(struct api_metrics *metrics, int route, int status, int64_t duration_us, size_t bytes);

void metrics_write(const struct api_metrics *metrics, struct buffer *out);
void metrics_write_inventories(const struct inventory_totals *totals, struct buffer *out);

/* The lines in front of a metric: its help and its type. */
void metrics_write_head(struct buffer *out, const char *name, const char *type, const char *help);

/* How the installation fares. */
struct operation_metrics {
    const struct feed_state *feeds;
    size_t feed_count;
    int64_t generation;
    int64_t jobs[JOB_STATE_COUNT];
    struct sync_totals syncs;
    bool is_sandbox_weakened;
    int64_t now_ms;
};
void metrics_write_operation(const struct operation_metrics *operation, struct buffer *out);

#endif
