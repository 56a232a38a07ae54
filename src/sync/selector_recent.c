/* SPDX-License-Identifier: Apache-2.0 */
/* Recent: at most `maxAgeDays` days of 24 hours old, to the millisecond. */
#include "sync/reader.h"

enum { AGE_DAYS_MAX = 36500 };
static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;

static void read(struct selector_reader *reader, struct json parameters, struct selector *selector)
{
    static const char *const known[] = {"maxAgeDays", NULL};
    document_check_members(&reader->document, parameters, known);
    selector->number = document_integer(&reader->document, parameters, "maxAgeDays", 1, AGE_DAYS_MAX);
}

static void write(const struct selector *selector, struct json_writer *writer)
{
    json_pair_integer(writer, "maxAgeDays", selector->number);
}

static void decide(const struct selector *selector, const struct selection_input *input, const struct observed_tag *tag,
    struct selection *selection)
{
    int64_t time_ms;
    if (!selection_clock_of(tag, &time_ms, &selection->clock)) {
        selection->reason = SELECTION_NO_PUSH_TIME;
        return;
    }
    selection->is_selected = time_ms >= input->now_ms - selector->number * day_ms;
    selection->reason = selection->is_selected ? SELECTION_RECENT : SELECTION_TOO_OLD;
}

const struct selector_kind selector_recent = {.type = "Recent", .read = read, .write = write, .decide = decide};
