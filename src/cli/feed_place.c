/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_place.h"

#include "base/text.h"
#include "cli/cache_dir.h"
#include "daemon/data_dir.h"
#include "job/advisories.h"
#include "scan/feeds.h"
#include "store/results.h"

#include <stdlib.h>

enum { LINE_BYTES_MAX = 8 * 1024 };

static void append_date(struct buffer *line, int64_t date_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(date_ms, text);
    buffer_append_text(line, date_ms == 0 ? "unknown date" : "newest of ");
    buffer_append_text(line, date_ms == 0 ? "" : text);
}

/* "Debian: 11,345 records, no gaps, newest of 2026-08-21T00:00:00Z, complete" */
static void append_database(struct buffer *line, const struct index_database *database)
{
    text_append_count(line, database->record_count);
    buffer_append_text(line, " records, ");
    if (database->gap_count == 0)
        buffer_append_text(line, "no gaps, ");
    else {
        text_append_count(line, database->gap_count);
        buffer_append_text(line, " gaps, ");
    }
    append_date(line, database->date_ms);
    buffer_append_text(line, database->is_complete ? ", complete" : ", not complete: ");
    text_append_printable(line, database->incomplete_reason);
}

void feed_print_result(void *context, const struct update_result *result)
{
    struct feed_progress *progress = context;
    if (result->outcome == UPDATE_ABSENT && result->database == NULL)
        return;
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    if (result->feed->only_ecosystem != NULL)
        buffer_append_format(&line, "%s/", result->feed->name);
    text_append_printable(&line, result->ecosystem.size > 0 ? result->ecosystem : view_text(result->feed->name));
    buffer_append_text(&line, ": ");
    progress->count++;
    if (result->outcome == UPDATE_ABSENT)
        buffer_append_text(&line, "not there, what is known stays");
    else if (result->outcome == UPDATE_FAILED) {
        if (progress->first_error.code == ERROR_NONE)
            progress->first_error = result->error;
        buffer_append_text(&line, result->database == NULL ? "failed: " : "failed, the last good one stays: ");
        text_append_printable(&line, view_text(result->error.message));
    } else {
        buffer_append_text(&line, result->outcome == UPDATE_UNCHANGED ? "unchanged, " : "");
        append_database(&line, result->database);
    }
    fprintf(progress->out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
    fflush(progress->out);
}

static const char nothing_stored[] = "no images are stored yet, so name the ecosystems: --ecosystem Debian "
                                     "--ecosystem Alpine …";

void feed_place_done(struct feed_place *place)
{
    store_close(place->store);
}

bool feed_place_find(const struct command_call *call, struct arena *arena, bool prefers_server,
    struct feed_place *place, struct error *err)
{
    const char *directory;
    const char *environment = getenv("TIDEWAITER_DATA");
    bool is_server = call_has_option(call, "data") || (environment != NULL && environment[0] != '\0') || prefers_server;
    place->index = call_option_text(call, "index");
    if (place->index != NULL)
        return true;
    if (!is_server)
        return cache_dir_find(arena, "index", &place->index, err);
    if (!data_dir_find(arena, call_option_text(call, "data"), &directory, err))
        return false;
    place->index = data_dir_index(arena, directory);
    struct store_options opening = {data_dir_store(arena, directory), clock_system(), true};
    if (store_open(&opening, &place->store, err))
        return data_dir_make(place->index, err);
    if (err->code != ERROR_NOT_FOUND)
        return false;
    if (prefers_server)
        return error_set(err, ERROR_USAGE, "%s", nothing_stored);
    return data_dir_make(directory, err) && data_dir_make(place->index, err);
}

bool feed_place_publish(const struct feed_place *place, struct arena *arena, struct error *err)
{
    AUTO_INDEX *index = NULL;
    struct feed_state *states;
    size_t count;
    if (place->store == NULL)
        return true;
    if (!index_open(place->index, &index, err))
        return err->code == ERROR_NOT_FOUND;
    feeds_of_index(arena, index, &states, &count);
    return advisories_set_generation(place->store, arena, index, states, count, err);
}
