/* SPDX-License-Identifier: Apache-2.0 */
/* What the store tells of the whole installation, for /metrics: numbers only, nothing of an organization. */
#include "api/metrics.h"

#include "store/integrations.h"

#include <inttypes.h>

void metrics_write_head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_append_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and line break are escaped. */
static void append_label(struct buffer *out, struct view value)
{
    for (size_t i = 0; i < value.size; i++) {
        char byte = value.data[i];
        if (byte == '\\' || byte == '"')
            buffer_append_byte(out, '\\');
        if (byte == '\n')
            buffer_append_text(out, "\\n");
        else
            buffer_append_byte(out, byte);
    }
}

static void append_feed(struct buffer *out, const char *name, const struct feed_state *feed, int64_t value)
{
    buffer_append_format(out, "%s{feed=\"", name);
    append_label(out, feed->name);
    buffer_append_format(out, "\"} %" PRId64 "\n", value);
}

static void write_feeds(const struct feed_state *feeds, size_t count, int64_t now_ms, struct buffer *out)
{
    static const char age[] = "tidewaiter_feed_age_seconds", records[] = "tidewaiter_feed_records",
                      complete[] = "tidewaiter_feed_complete", checked[] = "tidewaiter_feed_checked_timestamp_seconds",
                      alarm[] = "tidewaiter_feed_alarm";
    metrics_write_head(
        out, age, "gauge", "Since the last good check of a remote feed, else since the feed's own date.");
    for (size_t i = 0; i < count; i++) {
        int64_t since_ms = feeds[i].is_remote ? feeds[i].checked_ms : feeds[i].date_ms;
        append_feed(out, age, &feeds[i], (now_ms - since_ms) / 1000);
    }
    metrics_write_head(out, records, "gauge", "Advisories of the feed that are in force.");
    for (size_t i = 0; i < count; i++)
        append_feed(out, records, &feeds[i], (int64_t)feeds[i].records);
    metrics_write_head(out, complete, "gauge", "1 if nothing of the feed is missing.");
    for (size_t i = 0; i < count; i++)
        append_feed(out, complete, &feeds[i], feeds[i].is_complete);
    metrics_write_head(out, checked, "gauge", "When the source of the feed was last known to have nothing newer.");
    for (size_t i = 0; i < count; i++)
        append_feed(out, checked, &feeds[i], feeds[i].checked_ms / 1000);
    metrics_write_head(out, alarm, "gauge", "1 if a newer state of the feed was refused or could not be fetched.");
    for (size_t i = 0; i < count; i++)
        append_feed(out, alarm, &feeds[i], feeds[i].alarm.size > 0);
}

static void write_jobs(const int64_t counts[JOB_STATE_COUNT], struct buffer *out)
{
    static const char name[] = "tidewaiter_jobs";
    metrics_write_head(out, name, "gauge", "Jobs of the queue by state; ended ones are kept for seven days.");
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        buffer_append_format(
            out, "%s{state=\"%s\"} %" PRId64 "\n", name, job_state_name((enum job_state)state), counts[state]);
}

static void write_number(struct buffer *out, const char *name, const char *help, int64_t value)
{
    metrics_write_head(out, name, "gauge", help);
    buffer_append_format(out, "%s %" PRId64 "\n", name, value);
}

void metrics_write_operation(const struct operation_metrics *operation, struct buffer *out)
{
    write_feeds(operation->feeds, operation->feed_count, operation->now_ms, out);
    write_number(out, "tidewaiter_index_generation", "Generation of the advisory index that is in force.",
        operation->generation);
    write_jobs(operation->jobs, out);
    write_number(out, "tidewaiter_integrations", "Connected registries.", operation->syncs.integrations);
    write_number(out, "tidewaiter_integrations_failing", "Registries whose last sync, or look at due projects, failed.",
        operation->syncs.failing);
    write_number(out, "tidewaiter_syncs_running", "Sync runs at work.", operation->syncs.running);
    write_number(
        out, "tidewaiter_syncs_holding", "Registries whose deletions wait for approval.", operation->syncs.holding);
    write_number(out, "tidewaiter_images_pending", "Rows of the lists of images that wait for their scan.",
        operation->syncs.images_pending);
    write_number(out, "tidewaiter_images_failed", "Rows of the lists of images that could not be scanned.",
        operation->syncs.images_failed);
    write_number(out, "tidewaiter_sandbox_weakened", "1 if the kernel lacks part of the sandbox.",
        operation->is_sandbox_weakened);
}
