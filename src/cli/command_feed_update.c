/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/cache_dir.h"
#include "cli/command.h"
#include "daemon/data_dir.h"
#include "index/update.h"
#include "job/advisories.h"
#include "scan/feeds.h"
#include "store/results.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ECOSYSTEMS_MAX = 200, LINE_BYTES_MAX = 8 * 1024 };

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

struct progress {
    FILE *out;
    struct error first_error;
    size_t count;
};

static void print_result(void *context, const struct update_result *result)
{
    struct progress *progress = context;
    if (result->outcome == UPDATE_ABSENT && result->database == NULL)
        return;
    AUTO_BUFFER line;
    buffer_init(&line, LINE_BYTES_MAX);
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

static size_t named_ecosystems(const struct command_call *call, struct view names[ECOSYSTEMS_MAX])
{
    size_t count = 0;
    while (count < ECOSYSTEMS_MAX && call_option_at(call, "ecosystem", (int)count, &names[count]))
        count++;
    return count;
}

/* Feeds come from addresses that the operator configured, so those may be anywhere; where they redirect to may not. */
static struct http_client *make_client(struct arena *arena, struct view address, struct outbound_policy *policy)
{
    struct error ignored;
    struct url url;
    struct http_client_options options = {.policy = policy};
    if (url_parse(arena, address, &url, &ignored)) {
        struct view *authority = ARENA_NEW(arena, struct view);
        *authority = url_authority(arena, &url);
        *policy = (struct outbound_policy){.allowed = authority, .allowed_count = 1};
    }
    return http_client_new(&options);
}

struct sources {
    struct arena *arena;
    struct feed_location *locations; /* of the feeds that are wanted */
    size_t count;
    struct http_client **clients; /* NULL where it is a folder */
};

static const char nothing_stored[] =
    "no images are stored yet, so name the ecosystems: --ecosystem Debian --ecosystem Alpine …";

/* The server's store and index, if the command works on them; else only an index. */
struct place {
    struct store *store; /* NULL: the index of the user, for `scan` */
    const char *index;
};

static void place_done(struct place *place)
{
    store_close(place->store);
}

/* `--index` names a folder; `--data`, $TIDEWAITER_DATA, or the lack of --ecosystem mean the server's; else the user's. */
static bool find_place(const struct command_call *call, struct arena *arena, struct place *place, struct error *err)
{
    const char *directory;
    const char *environment = getenv("TIDEWAITER_DATA");
    bool is_server = call_has_option(call, "data") || (environment != NULL && environment[0] != '\0') ||
                     !call_has_option(call, "ecosystem");
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
    if (!call_has_option(call, "ecosystem"))
        return error_set(err, ERROR_USAGE, "%s", nothing_stored);
    return data_dir_make(directory, err) && data_dir_make(place->index, err);
}

/* Without --ecosystem: those of the stored images. */
static bool stored_ecosystems(
    const struct place *place, struct arena *arena, struct index_update *request, struct error *err)
{
    struct view *stored = NULL;
    if (request->ecosystem_count > 0)
        return true;
    if (place->store != NULL && !store_ecosystems(place->store, arena, &stored, &request->ecosystem_count, err))
        return false;
    request->ecosystems = stored;
    return request->ecosystem_count > 0 || error_set(err, ERROR_USAGE, "%s", nothing_stored);
}

/* Tells the store, which queues the matching of what is stored. */
static bool publish(const struct place *place, struct arena *arena, struct error *err)
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

/* All of them without --feed. */
static bool is_wanted(const struct command_call *call, const struct feed *feed)
{
    struct view name;
    for (int i = 0; call_option_at(call, "feed", i, &name); i++) {
        if (view_is(name, feed->name))
            return true;
    }
    return !call_has_option(call, "feed");
}

static bool check_names(const struct command_call *call, struct error *err)
{
    struct view name;
    for (int i = 0; call_option_at(call, "feed", i, &name); i++) {
        if (feed_named(name) == NULL)
            return error_set(err, ERROR_USAGE, "there is no feed \"%.*s\"", VIEW_PRINT(name));
    }
    return true;
}

/* Where the feeds are. Those about vulnerabilities lie beside the advisories. */
static bool find_feeds(const struct command_call *call, struct sources *sources, struct error *err)
{
    struct arena *arena = sources->arena;
    sources->locations = ARENA_ARRAY(arena, struct feed_location, feed_count);
    sources->clients = ARENA_ARRAY(arena, struct http_client *, feed_count);
    for (size_t i = 0; i < feed_count; i++) {
        if (!is_wanted(call, feeds[i]))
            continue;
        struct feed_location *location = &sources->locations[sources->count];
        struct outbound_policy *policy = ARENA_NEW(arena, struct outbound_policy);
        if (!feed_location_find(arena, feeds[i], call_option(call, "from"), NULL, location, err))
            return false;
        if (location->is_remote)
            sources->clients[sources->count] = make_client(arena, location->base, policy);
        location->client = sources->clients[sources->count++];
    }
    return true;
}

static void sources_done(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        http_client_free(sources->clients[i]);
}

static int update(const struct index_update *update, const struct progress *progress, struct error *err)
{
    uint64_t generation;
    size_t failed;
    if (!index_update(update, &generation, &failed, err))
        return -1;
    if (generation > 0)
        fprintf(
            progress->out, "Generation %" PRIu64 " of the index in \"%s\" is in force.\n", generation, update->folder);
    if (failed == 0)
        return 0;
    error_set(err, progress->first_error.code, "%zu of %zu feeds could not be updated: %s", failed, progress->count,
        progress->first_error.message);
    return -1;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct view names[ECOSYSTEMS_MAX];
    CLEANUP(sources_done) struct sources sources = {.arena = arena};
    struct progress progress = {.out = call_output(call)};
    struct index_update request = {
        .ecosystems = names,
        .ecosystem_count = named_ecosystems(call, names),
        .accepts_loss = call_has_option(call, "allow-loss"),
        .clock = clock_system(),
        .done = print_result,
        .context = &progress,
    };
    CLEANUP(place_done) struct place place = {.store = NULL};
    if (!find_place(call, arena, &place, err) || !stored_ecosystems(&place, arena, &request, err))
        return -1;
    request.folder = place.index;
    if (!check_names(call, err) || !find_feeds(call, &sources, err))
        return -1;
    request.locations = sources.locations;
    request.location_count = sources.count;
    if (!sandbox_start(SANDBOX_REQUIRED, &request.sandbox, err))
        return -1;
    int status = update(&request, &progress, err);
    sandbox_stop(request.sandbox);
    struct error why;
    if (!publish(&place, arena, &why) && status >= 0) {
        *err = why;
        return -1;
    }
    return status;
}

static const struct option options[] = {
    {"from", "DIR|URL", "a folder or mirror laid out as OSV's bucket, or a folder with osv/, kev/, epss/, nvd/", false},
    {"ecosystem", "NAME", "what to fetch: Debian, Alpine, npm … (default: what the stored images need)", true},
    {"feed", "NAME", "only this feed: osv, kev, epss, nvd (default: all)", true},
    {"data", "DIR", "the server's folder: its index is updated and its images are matched again", false},
    {"index", "DIR", "only this index (default with --ecosystem: tidewaiter/index in the user's cache folder)", false},
    {"allow-loss", NULL, "accept a feed that lost more than a fifth of its records", false},
    OPTIONS_END,
};

const struct command command_feed_update = {
    .name = "feed update",
    .arguments = "",
    .summary = "Fetch advisories and put a new generation of the index in force",
    .details =
        "Takes the advisories of the ecosystems, and what is known of vulnerabilities whatever package has them: CISA's list of\n"
        "known exploited ones (kev), the scores of EPSS (epss), and ratings, dates and descriptions of the National Vulnerability\n"
        "Database (nvd), which rate findings whose advisories do not.\n"
        "\n"
        "Prints one line for each ecosystem: records, gaps (records that could not be read), the date of the newest record, and\n"
        "whether the feed is complete. A feed that cannot be fetched, is cut short or malformed, or lost more than a fifth of its\n"
        "records is refused; the last good one stays in use and the exit status tells.\n"
        "\n"
        "Without --from, advisories come from https://osv-vulnerabilities.storage.googleapis.com, kev from\n"
        "https://www.cisa.gov/sites/default/files/feeds, epss from https://epss.empiricalsecurity.com and nvd, one file for\n"
        "each year, from https://nvd.nist.gov/feeds/json/cve/2.0. A mirror has them in folders kev/, epss/ and nvd/ below its\n"
        "address, a folder beside osv/; where they are missing, what is known stays.",
    .options = options,
    .run = run,
};
