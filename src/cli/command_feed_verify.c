/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/feed_place.h"
#include "index/mend.h"

enum { LINE_BYTES_MAX = 8 * 1024 };

struct report {
    struct arena *arena;
    FILE *out;
};

static void print_result(void *context, const struct mend_result *result)
{
    static const char *const outcomes[] = {
        [MEND_INTACT] = "whole",
        [MEND_BUILT] = "was damaged, built again from its records",
        [MEND_LOST] = "DAMAGED",
    };
    struct report *report = context;
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    text_append_printable(&line, index_database_name(report->arena, result->database));
    buffer_append_format(&line, ": %s", outcomes[result->outcome]);
    if (result->damage.code != ERROR_NONE) {
        buffer_append_text(&line, " (");
        text_append_printable(&line, view_text(result->damage.message));
        buffer_append_byte(&line, ')');
    }
    if (result->outcome == MEND_LOST && result->why.code != ERROR_NONE) {
        buffer_append_text(&line, "; it cannot be built again: ");
        text_append_printable(&line, view_text(result->why.message));
    }
    if (!result->has_records)
        buffer_append_text(&line, digest_is_set(&result->database->records) ? "; its kept records are damaged"
                                                                            : "; no records were kept for it");
    fprintf(report->out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(feed_place_done) struct feed_place place = {.store = NULL};
    struct report report = {arena, call_output(call)};
    size_t lost = 0;
    if (!feed_place_find(call, arena, false, &place, err))
        return -1;
    struct index_mending mending = {
        .folder = place.index,
        .only_looks = call_has_option(call, "no-rebuild"),
        .clock = clock_system(),
        .done = print_result,
        .context = &report,
    };
    if (!mending.only_looks && !sandbox_start(SANDBOX_REQUIRED, &mending.sandbox, err))
        return -1;
    bool is_done = index_mend(&mending, &lost, err);
    sandbox_stop(mending.sandbox);
    if (!is_done || !feed_place_publish(&place, arena, err))
        return -1;
    if (lost == 0)
        return 0;
    error_set(err, ERROR_CORRUPT, "%zu database%s damaged; fetch %s again: tidewaiter feed update", lost,
        lost == 1 ? " is" : "s are", lost == 1 ? "it" : "them");
    return -1;
}

static const struct option options[] = {
    {"no-rebuild", NULL, "only tell", false},
    {"data", "DIR", "the index of the server with this folder", false},
    {"index", "DIR", "this index (default: tidewaiter/index in the user's cache folder)", false},
    OPTIONS_END,
};

const struct command command_feed_verify = {
    .name = "feed verify",
    .arguments = "",
    .summary = "Compare every byte of the index with its sha256 and build damaged files again",
    .details =
        "A damaged or missing database is built from the records that were kept beside it when its feed was read. Exit\n"
        "status 0 if everything is whole in the end.",
    .options = options,
    .run = run,
};
