/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_place.h"
#include "store/results.h"

#include <inttypes.h>

enum { ECOSYSTEMS_MAX = 200 };

static size_t named_ecosystems(const struct command_call *call, struct view names[ECOSYSTEMS_MAX])
{
    size_t count = 0;
    while (count < ECOSYSTEMS_MAX && call_option_at(call, "ecosystem", (int)count, &names[count]))
        count++;
    return count;
}

struct sources {
    struct arena *arena;
    struct feed_location *locations; /* of the feeds that are wanted */
    size_t count;
    struct http_client **clients; /* NULL where it is a folder */
};

static const char nothing_stored[] =
    "no images are stored yet, so name the ecosystems: --ecosystem Debian --ecosystem Alpine …";

/* Without --ecosystem: those of the stored images. */
static bool stored_ecosystems(
    const struct feed_place *place, struct arena *arena, struct index_update *request, struct error *err)
{
    struct view *stored = NULL;
    if (request->ecosystem_count > 0)
        return true;
    if (place->store != NULL && !store_ecosystems(place->store, arena, &stored, &request->ecosystem_count, err))
        return false;
    request->ecosystems = stored;
    return request->ecosystem_count > 0 || error_set(err, ERROR_USAGE, "%s", nothing_stored);
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
            sources->clients[sources->count] = feed_client_new(arena, location->base, policy);
        location->client = sources->clients[sources->count++];
    }
    return true;
}

static void sources_done(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        http_client_free(sources->clients[i]);
}

static int update(const struct index_update *update, const struct feed_progress *progress, struct error *err)
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
    struct feed_progress progress = {.out = call_output(call)};
    struct index_update request = {
        .ecosystems = names,
        .ecosystem_count = named_ecosystems(call, names),
        .accepts_loss = call_has_option(call, "allow-loss"),
        .clock = clock_system(),
        .done = feed_print_result,
        .context = &progress,
    };
    CLEANUP(feed_place_done) struct feed_place place = {.store = NULL};
    if (!feed_place_find(call, arena, !call_has_option(call, "ecosystem"), &place, err) ||
        !stored_ecosystems(&place, arena, &request, err))
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
    if (!feed_place_publish(&place, arena, &why) && status >= 0) {
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
