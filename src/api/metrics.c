/* SPDX-License-Identifier: Apache-2.0 */
#include "api/metrics.h"

#include "api/router.h"
#include "base/file.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static_assert(ROUTE_COUNT < METRICS_ROUTES_MAX, "each operation has a row");

static const int bucket_ms[METRICS_BUCKET_COUNT] = METRICS_BUCKETS;

void metrics_count(struct api_metrics *metrics, int route, int status, int64_t duration_us, size_t bytes)
{
    int row = route < 0 ? METRICS_ROUTES_MAX - 1 : route;
    int class = status / 100 - 1;
    assert(row < METRICS_ROUTES_MAX && class >= 0 && class < METRICS_STATUS_CLASSES);
    atomic_fetch_add(&metrics->requests[row][class], 1);
    int bucket = 0;
    while (bucket < METRICS_BUCKET_COUNT && duration_us > bucket_ms[bucket] * INT64_C(1000))
        bucket++;
    atomic_fetch_add(&metrics->duration_buckets[bucket], 1);
    atomic_fetch_add(&metrics->duration_us, (uint64_t)duration_us);
    atomic_fetch_add(&metrics->bytes_sent, bytes);
}

static void write_requests(const struct api_metrics *metrics, struct buffer *out)
{
    static const char name[] = "tidewaiter_http_requests_total";
    metrics_write_head(out, name, "counter", "Requests answered, by operation and class of the status.");
    for (int row = 0; row < METRICS_ROUTES_MAX; row++) {
        const char *operation = row < ROUTE_COUNT ? routes[row].name : "none";
        for (int class = 0; class < METRICS_STATUS_CLASSES; class ++) {
            uint64_t count = atomic_load(&metrics->requests[row][class]);
            if (count > 0)
                buffer_append_format(
                    out, "%s{operation=\"%s\",status=\"%dxx\"} %" PRIu64 "\n", name, operation, class + 1, count);
        }
    }
}

static void write_durations(const struct api_metrics *metrics, struct buffer *out)
{
    static const char name[] = "tidewaiter_http_request_duration_seconds";
    uint64_t total = 0;
    metrics_write_head(out, name, "histogram", "Time from the request line to the answer.");
    for (int i = 0; i < METRICS_BUCKET_COUNT; i++) {
        total += atomic_load(&metrics->duration_buckets[i]);
        buffer_append_format(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bucket_ms[i] / 1000.0, total);
    }
    total += atomic_load(&metrics->duration_buckets[METRICS_BUCKET_COUNT]);
    buffer_append_format(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, total);
    buffer_append_format(out, "%s_sum %.6f\n", name, (double)atomic_load(&metrics->duration_us) / 1e6);
    buffer_append_format(out, "%s_count %" PRIu64 "\n", name, total);
}

/* Resident memory, from the kernel; nothing if it does not tell. */
static void write_memory(struct buffer *out)
{
    struct error ignored;
    AUTO_BUFFER statm;
    int64_t pages;
    buffer_init(&statm, 4096);
    if (!file_read("/proc/self/statm", &statm, &ignored))
        return;
    struct view rest = buffer_view(&statm); /* total and resident pages, and more */
    view_cut(&rest, ' ');
    if (!view_to_integer(view_cut(&rest, ' '), &pages))
        return;
    metrics_write_head(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
    buffer_append_format(
        out, "process_resident_memory_bytes %lld\n", (long long)pages * (long long)sysconf(_SC_PAGESIZE));
}

void metrics_write(const struct api_metrics *metrics, struct buffer *out)
{
    metrics_write_head(out, "tidewaiter_build_info", "gauge", "The version of this program.");
    buffer_append_format(out, "tidewaiter_build_info{version=\"%s\"} 1\n", TIDEWAITER_VERSION);
    metrics_write_head(
        out, "process_start_time_seconds", "gauge", "Start time of the process since the epoch in seconds.");
    buffer_append_format(out, "process_start_time_seconds %.3f\n", (double)metrics->started_ms / 1000.0);
    write_memory(out);
    metrics_write_head(out, "tidewaiter_http_connections", "gauge", "Open connections.");
    buffer_append_format(out, "tidewaiter_http_connections %" PRId64 "\n", atomic_load(&metrics->connections));
    metrics_write_head(out, "tidewaiter_http_requests_in_flight", "gauge", "Requests that are not answered yet.");
    buffer_append_format(
        out, "tidewaiter_http_requests_in_flight %" PRId64 "\n", atomic_load(&metrics->requests_in_flight));
    metrics_write_head(out, "tidewaiter_http_sent_bytes_total", "counter", "Bytes of answer bodies.");
    buffer_append_format(out, "tidewaiter_http_sent_bytes_total %" PRIu64 "\n", atomic_load(&metrics->bytes_sent));
    write_requests(metrics, out);
    write_durations(metrics, out);
}

void metrics_write_inventories(const struct inventory_totals *totals, struct buffer *out)
{
    metrics_write_head(out, "tidewaiter_scanned_images", "gauge", "Different images whose packages are known.");
    buffer_append_format(out, "tidewaiter_scanned_images %" PRId64 "\n", totals->images);
    metrics_write_head(out, "tidewaiter_unattributed_files", "gauge",
        "Programs, libraries and Java archives of scanned images that no package accounts for.");
    buffer_append_format(out, "tidewaiter_unattributed_files %" PRId64 "\n", totals->unattributed);
}
