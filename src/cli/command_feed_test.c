/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/text.h"
#include "cli/feed_sources.h"

#include <inttypes.h>

enum { LINE_BYTES_MAX = 8 * 1024 };

struct test {
    struct arena *arena;
    FILE *out;
    const struct view *ecosystems;
    size_t ecosystem_count;
    size_t asked;
    size_t failed;
    struct error first_error;
};

/* "osv/Debian: https://…/all.zip, 5,123,456 bytes, Last-Modified …, ETag …" */
static void print(
    const struct test *test, struct view name, const struct feed_probe *probe, const struct error *failure)
{
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
    text_append_printable(&line, name);
    buffer_append_text(&line, ": ");
    text_append_printable(&line, probe->place);
    if (failure != NULL) {
        buffer_append_text(&line, ", FAILED: ");
        text_append_printable(&line, view_text(failure->message));
    } else if (probe->is_absent) {
        buffer_append_text(&line, ", not there");
    } else {
        buffer_append_text(&line, ", ");
        if (probe->size >= 0)
            text_append_count(&line, (uint64_t)probe->size);
        buffer_append_text(&line, probe->size >= 0 ? " bytes" : "there");
        buffer_append_text(&line, probe->last_modified.size > 0 ? ", last modified " : "");
        text_append_printable(&line, probe->last_modified);
        buffer_append_text(&line, probe->etag.size > 0 ? ", ETag " : "");
        text_append_printable(&line, probe->etag);
    }
    fprintf(test->out, "%.*s\n", VIEW_PRINT(buffer_view(&line)));
    fflush(test->out);
}

static bool ask(
    struct test *test, const struct feed_location *location, struct view name, const struct feed_request *request)
{
    struct feed_probe probe;
    struct error failure;
    bool is_answered = feed_location_probe(location, test->arena, request, &probe, &failure);
    test->asked++;
    if (!is_answered && test->failed++ == 0)
        test->first_error = failure;
    print(test, name, &probe, is_answered ? NULL : &failure);
    return is_answered && !probe.is_absent;
}

static int year_now(void)
{
    char text[TIME_TEXT_SIZE];
    int64_t year = 0;
    time_format(clock_system()->wall_ms(clock_system()), text);
    (void)view_to_integer(view_of(text, 4), &year);
    return (int)year;
}

/* All files of a feed without folders, up to the first one that is missing after one that is there. */
static void ask_files(struct test *test, const struct feed_location *location)
{
    struct view *names;
    size_t count;
    struct error failure;
    const struct feed_file *file = &location->feed->records;
    bool has_any = false, is_there = false;
    bool may_miss = (file->parts != NULL && file->first_number == 0) || file->repositories != NULL;
    struct view name = view_text(location->feed->name);
    if (!feed_location_files(location, test->arena, year_now(), &names, &count, &failure)) {
        struct feed_probe probe = {.place = location->base, .size = -1};
        test->asked++;
        test->first_error = test->failed++ == 0 ? failure : test->first_error;
        print(test, name, &probe, &failure);
        return;
    }
    for (size_t i = 0; i < count && (is_there || !has_any || may_miss) && (has_any || i < 2 || may_miss); i++) {
        struct feed_request request = {
            .file = &location->feed->records, .name = arena_text(test->arena, names[i]), .ecosystem = view_text("")};
        is_there = ask(test, location, name, &request);
        has_any = has_any || is_there;
    }
}

static void ask_feed(struct test *test, const struct feed_location *location)
{
    if (!feed_has_folders(location->feed)) {
        ask_files(test, location);
        return;
    }
    for (size_t i = 0; i < test->ecosystem_count; i++) {
        struct error failure;
        struct view ecosystem;
        struct view name = arena_format(test->arena, "%s/%.*s", location->feed->name, VIEW_PRINT(test->ecosystems[i]));
        if (!feed_location_ecosystem(location, test->arena, test->ecosystems[i], &ecosystem, &failure)) {
            struct feed_probe probe = {.place = location->base, .size = -1};
            test->asked++;
            test->first_error = test->failed++ == 0 ? failure : test->first_error;
            print(test, name, &probe, &failure);
            continue;
        }
        struct feed_request request = {.ecosystem = ecosystem, .file = &location->feed->records};
        ask(test, location, name, &request);
    }
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(feed_sources_done) struct feed_sources sources = {.arena = arena};
    struct view names[FEED_ECOSYSTEMS_MAX] = {view_text("Debian")};
    struct test test = {.arena = arena, .out = call_output(call), .ecosystems = names};
    test.ecosystem_count = feed_named_ecosystems(call, names);
    if (test.ecosystem_count == 0)
        test.ecosystem_count = 1; /* any will do to see the address */
    if (!feed_sources_find(call, &sources, err))
        return -1;
    for (size_t i = 0; i < sources.count; i++)
        ask_feed(&test, &sources.locations[i]);
    if (test.failed == 0)
        return 0;
    error_set(err, test.first_error.code, "%zu of %zu files could not be asked for: %s", test.failed, test.asked,
        test.first_error.message);
    return -1;
}

static const struct option options[] = {
    {"from", "DIR|URL", "a folder or mirror, as \"feed update\" takes it", false},
    {"ecosystem", "NAME", "ask for this one (default: Debian)", true},
    {"feed", "NAME", "only this feed: osv, debian, kev … (default: all)", true},
    OPTIONS_END,
};

const struct command command_feed_test = {
    .name = "feed test",
    .arguments = "",
    .summary = "Ask whether the feeds can be reached, and what would be fetched; stores nothing",
    .details =
        "Prints a line for each file: its address, size, date and ETag, as the server tells them, or why there was no\n"
        "answer. Proxy and certificates are those of \"feed update\".",
    .options = options,
    .run = run,
};
