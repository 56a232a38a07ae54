/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_place.h"
#include "cli/feed_sources.h"
#include "store/results.h"

#include <inttypes.h>

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
    struct view names[FEED_ECOSYSTEMS_MAX];
    CLEANUP(feed_sources_done) struct feed_sources sources = {.arena = arena};
    struct feed_progress progress = {.out = call_output(call)};
    struct index_update request = {
        .ecosystems = names,
        .ecosystem_count = feed_named_ecosystems(call, names),
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
    if (!feed_sources_find(call, &sources, err))
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
    {"from", "DIR|URL", "a folder or mirror laid out as OSV's bucket, or a folder with osv/, debian/, kev/ …", false},
    {"ecosystem", "NAME", "what to fetch: Debian, Alpine, npm … (default: what the stored images need)", true},
    {"feed", "NAME", "only this feed: osv, debian, kev … (default: all)", true},
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
        "Takes the advisories of the ecosystems from OSV (osv) and from distributions that publish more than that: Debian's\n"
        "security tracker (debian), the security databases of Alpine, Wolfi, Chainguard and Azure Linux (alpine, wolfi, chainguard, azure)\n"
        "archives of Ubuntu (ubuntu), updates of Amazon Linux and Oracle Linux (amazon, oracle) and Red Hat's VEX files (redhat);\n"
        "and what is known of vulnerabilities whatever package has them: CISA's list of known exploited ones (kev), the scores of\n"
        "EPSS (epss), public exploits in Exploit-DB and Metasploit (exploitdb, metasploit), and ratings, dates and descriptions\n"
        "of the National Vulnerability Database (nvd), which rate findings whose advisories do not.\n"
        "\n"
        "Prints one line for each ecosystem: records, gaps (records that could not be read), the date of the newest record, and\n"
        "whether the feed is complete. A feed that cannot be fetched, is cut short or malformed, or lost more than a fifth of its\n"
        "records is refused; the last good one stays in use and the exit status tells.\n"
        "\n"
        "From an address, osv and redhat are brought up to date by the records that changed since; the whole is fetched from time\n"
        "to time, and when too many changed.\n"
        "\n"
        "Without --from each feed comes from its public address (\"tidewaiter feed test\" shows them all). A mirror or a folder has\n"
        "the files of each feed but osv in a subfolder of its name; where they are missing, what is known stays.",
    .options = options,
    .run = run,
};
