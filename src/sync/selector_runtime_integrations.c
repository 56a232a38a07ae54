/* SPDX-License-Identifier: Apache-2.0 */
/* RuntimeIntegrations: what `providerName` reported as running within the last `intervalHours` hours. */
#include "sync/reader.h"

enum { INTERVAL_HOURS_MAX = 8760, PROVIDER_BYTES_MAX = 255 };
static const int64_t hour_ms = INT64_C(60) * 60 * 1000;

static void read(struct selector_reader *reader, struct json parameters, struct selector *selector)
{
    static const char *const known[] = {"intervalHours", "providerName", NULL};
    document_check_members(&reader->document, parameters, known);
    selector->text = document_text(&reader->document, parameters, "providerName", true, PROVIDER_BYTES_MAX);
    selector->number = document_integer(&reader->document, parameters, "intervalHours", 1, INTERVAL_HOURS_MAX);
}

static void write(const struct selector *selector, struct json_writer *writer)
{
    json_pair(writer, "providerName", selector->text);
    json_pair_integer(writer, "intervalHours", selector->number);
}

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    for (size_t i = 0; i < tag->running_count; i++) {
        const struct running_image *running = &tag->running[i];
        if (view_equal(running->provider, selector->text) &&
            running->seen_ms >= input->now_ms - selector->number * hour_ms)
            selection->is_selected = true;
    }
    selection->reason = selection->is_selected ? SELECTION_RUNNING : SELECTION_NOT_RUNNING;
}

const struct selector_kind selector_runtime_integrations = {
    .type = "RuntimeIntegrations",
    .read = read,
    .write = write,
    .decide = decide,
};
