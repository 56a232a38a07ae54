/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/cache_dir.h"
#include "cli/command.h"
#include "index/index.h"

#include <inttypes.h>

enum { LINE_BYTES_MAX = 8 * 1024, JSON_OUT_BYTES_MAX = 256 * 1024 * 1024 };

struct status {
    struct arena *arena;
    const struct index_generation *index;
    const struct index_database *databases;
    size_t count;
    struct error *damage; /* for each database, with --verify; code ERROR_NONE = whole */
    bool is_verified;
    int64_t now_ms;
    FILE *out;
};

static int64_t age_seconds(const struct status *status, const struct index_database *database)
{
    int64_t since_ms = database->is_remote ? database->checked_ms : database->date_ms;
    return (status->now_ms - since_ms) / 1000;
}

/* Records without a readable date tell no age. */
static bool has_age(const struct index_database *database)
{
    return database->is_remote || database->date_ms != 0;
}

/* "3 min", "5 h", "12 d" */
static void append_age(struct buffer *line, int64_t seconds)
{
    int64_t value = seconds < 0        ? 0
                    : seconds < 3600   ? seconds / 60
                    : seconds < 172800 ? seconds / 3600
                                       : seconds / 86400;
    buffer_append_format(line, "%" PRId64 " %s", value, seconds < 3600 ? "min" : seconds < 172800 ? "h" : "d");
}

static void pad_to(struct buffer *line, size_t width)
{
    while (line->size < width)
        buffer_append_byte(line, ' ');
    buffer_append_byte(line, ' ');
}

static void print_database(const struct status *status, size_t i)
{
    enum { NAME_END = 28, RECORDS_END = 38, GAPS_END = 45, DATE_END = 66, AGE_END = 73, COMPLETE_END = 83 };
    const struct index_database *database = &status->databases[i];
    char date[TIME_TEXT_SIZE];
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    text_append_printable(&line, index_database_name(status->arena, database));
    pad_to(&line, NAME_END);
    text_append_count(&line, database->record_count);
    pad_to(&line, RECORDS_END);
    text_append_count(&line, database->gap_count);
    pad_to(&line, GAPS_END);
    time_format(database->date_ms, date);
    buffer_append_text(&line, database->date_ms == 0 ? "unknown" : date);
    pad_to(&line, DATE_END);
    if (has_age(database))
        append_age(&line, age_seconds(status, database));
    else
        buffer_append_text(&line, "unknown");
    pad_to(&line, AGE_END);
    buffer_append_text(&line, database->is_complete ? "yes" : "NO");
    pad_to(&line, COMPLETE_END);
    text_append_printable(&line, database->source);
    fprintf(status->out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
}

static void print_note(
    const struct status *status, const struct index_database *database, const char *what, struct view text)
{
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    text_append_printable(&line, index_database_name(status->arena, database));
    buffer_append_text(&line, what);
    text_append_printable(&line, text);
    fprintf(status->out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
}

static void print_alarm(const struct status *status, const struct index_database *database)
{
    char since[TIME_TEXT_SIZE];
    time_format(database->alarm_ms, since);
    struct view what = arena_format(status->arena, " is NOT UP TO DATE since %s, the last good one serves: ", since);
    print_note(status, database, what.data, database->alarm);
}

static void print_table(const struct status *status)
{
    char created[TIME_TEXT_SIZE];
    time_format(index_created_ms(status->index), created);
    fprintf(status->out, "Generation %" PRIu64 " of %s\n\n", index_number(status->index), created);
    fprintf(
        status->out, "FEED                         RECORDS   GAPS   NEWEST RECORD        AGE    COMPLETE  SOURCE\n");
    for (size_t i = 0; i < status->count; i++)
        print_database(status, i);
    for (size_t i = 0; i < status->count; i++) {
        const struct index_database *database = &status->databases[i];
        if (!database->is_complete)
            print_note(status, database, " is not complete: ", database->incomplete_reason);
        if (database->alarm.size > 0)
            print_alarm(status, database);
        if (database->gap_count > 0)
            print_note(status, database, " has gaps, listed by ", view_text("--format json"));
        if (status->is_verified && status->damage[i].code != ERROR_NONE)
            print_note(status, database, " is DAMAGED: ", view_text(status->damage[i].message));
    }
    if (status->is_verified)
        fprintf(status->out, "The sha256 of every database was compared.\n");
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    json_pair_text(writer, name, text);
}

static void write_gaps(const struct status *status, size_t i, struct json_writer *writer)
{
    struct error err;
    struct index_gap *gaps;
    size_t count;
    if (!index_gaps(status->index, i, status->arena, &gaps, &count, &err)) {
        json_pair_text(writer, "error", err.message);
        return;
    }
    json_key(writer, "gaps");
    json_begin_array(writer);
    for (size_t j = 0; j < count; j++) {
        json_begin_object(writer);
        json_pair(writer, "name", gaps[j].name);
        json_pair(writer, "reason", gaps[j].reason);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_database(const struct status *status, size_t i, struct json_writer *writer)
{
    const struct index_database *database = &status->databases[i];
    json_begin_object(writer);
    json_pair(writer, "name", index_database_name(status->arena, database));
    json_pair(writer, "feed", database->feed);
    json_pair(writer, "ecosystem", database->ecosystem);
    json_pair_integer(writer, "records", (int64_t)database->record_count);
    json_pair_integer(writer, "gap_count", (int64_t)database->gap_count);
    if (database->date_ms != 0)
        write_time(writer, "date", database->date_ms);
    write_time(writer, "checked_at", database->checked_ms);
    if (has_age(database))
        json_pair_integer(writer, "age_seconds", age_seconds(status, database));
    json_pair(writer, "source", database->source);
    json_pair_boolean(writer, "is_remote", database->is_remote);
    json_pair_boolean(writer, "is_complete", database->is_complete);
    json_pair_optional(writer, "incomplete_reason", database->incomplete_reason);
    json_pair_optional(writer, "alarm", database->alarm);
    if (database->alarm.size > 0)
        write_time(writer, "alarm_at", database->alarm_ms);
    json_pair_boolean(writer, "is_demo", database->is_demo);
    json_pair(writer, "digest", digest_view(&database->digest));
    json_pair_integer(writer, "size", (int64_t)database->size);
    if (status->is_verified)
        json_pair_boolean(writer, "is_intact", status->damage[i].code == ERROR_NONE);
    write_gaps(status, i, writer);
    json_end_object(writer);
}

static bool print_json(const struct status *status, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, JSON_OUT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair_integer(&writer, "generation", (int64_t)index_number(status->index));
    write_time(&writer, "created_at", index_created_ms(status->index));
    json_key(&writer, "databases");
    json_begin_array(&writer);
    for (size_t i = 0; i < status->count; i++)
        write_database(status, i, &writer);
    json_end_array(&writer);
    json_end_object(&writer);
    buffer_append_byte(&text, '\n');
    if (!buffer_check(&text, "the report", err))
        return false;
    fwrite(text.data, 1, text.size, status->out);
    return true;
}

/* Exit status of damage if there is any; the report names each. */
static int verify(struct status *status)
{
    int exit_status = 0;
    status->is_verified = true;
    for (size_t i = 0; i < status->count; i++) {
        status->damage[i].code = ERROR_NONE;
        if (!index_verify(status->index, i, &status->damage[i]))
            exit_status = error_exit_status(status->damage[i].code);
    }
    return exit_status;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_INDEX *index = NULL;
    const struct clock *clock = clock_system();
    const char *folder = call_option_text(call, "index");
    struct view format = call_option(call, "format");
    if (format.size > 0 && !view_is(format, "table") && !view_is(format, "json")) {
        error_set(err, ERROR_USAGE, "\"--format\" is table or json");
        return -1;
    }
    if ((folder == NULL && !cache_dir_find(arena, "index", &folder, err)) || !index_open(folder, &index, err))
        return -1;
    struct status status = {.arena = arena, .index = index, .now_ms = clock->wall_ms(clock), .out = call_output(call)};
    status.databases = index_databases(index, &status.count);
    status.damage = ARENA_ARRAY(arena, struct error, status.count);
    int exit_status = call_has_option(call, "verify") ? verify(&status) : 0;
    if (view_is(format, "json"))
        return print_json(&status, err) ? exit_status : -1;
    print_table(&status);
    return exit_status;
}

static const struct option options[] = {
    {"index", "DIR", "where the index is (default: tidewaiter/index in the user's cache folder)", false},
    {"format", "table|json", "how to print it (default: table)", false},
    {"verify", NULL, "read every database and compare its sha256", false},
    OPTIONS_END,
};

const struct command command_feed_status = {
    .name = "feed status",
    .arguments = "",
    .summary = "Show the advisories that are in use: age, completeness, gaps, source",
    .details = "The age counts from the newest record for a folder, from the last successful check for a URL.",
    .options = options,
    .run = run,
};
