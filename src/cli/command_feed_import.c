/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_artifact.h"
#include "cli/feed_place.h"
#include "index/artifact.h"

#include <inttypes.h>

static bool read_artifact(struct command_call *call, struct arena *arena, struct artifact_import *import,
    uint64_t *generation, struct error *err)
{
    CLEANUP(feed_artifact_done) struct feed_artifact artifact = {.source = NULL};
    return feed_artifact_open(arena, call, import->sandbox, call_argument(call, 0), &artifact, err) &&
           artifact_read(import, artifact.source, generation, err);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(feed_place_done) struct feed_place place = {.store = NULL};
    struct feed_progress progress = {.out = call_output(call)};
    uint64_t generation;
    if (!feed_place_find(call, arena, false, &place, err))
        return -1;
    struct artifact_import import = {
        .folder = place.index,
        .verify_key = call_option_text(call, "verify-key"),
        .accepts_loss = call_has_option(call, "allow-loss"),
        .accepts_older = call_has_option(call, "allow-older"),
        .clock = clock_system(),
        .done = feed_print_result,
        .context = &progress,
    };
    if (!sandbox_start(SANDBOX_REQUIRED, &import.sandbox, err))
        return -1;
    bool is_read = read_artifact(call, arena, &import, &generation, err);
    sandbox_stop(import.sandbox);
    if (!is_read) {
        error_wrap(err, "nothing was imported");
        return -1;
    }
    fprintf(progress.out, "Generation %" PRIu64 " of the index in \"%s\" is in force%s.\n", generation, place.index,
        import.verify_key == NULL ? "; no signature was asked for (--verify-key)" : ", signed as wanted");
    return feed_place_publish(&place, arena, err) ? 0 : -1;
}

static const struct option options[] = {
    {"verify-key", "FILE", "refuse what is not signed with this Ed25519 key (public, PEM)", false},
    {"data", "DIR", "the server's folder: its index is updated and its images are matched again", false},
    {"index", "DIR", "only this index (default: tidewaiter/index in the user's cache folder)", false},
    {"allow-loss", NULL, "accept a feed that lost more than a fifth of its records", false},
    {"allow-older", NULL, "accept feeds that were checked before those that are here", false},
    {"ca-file", "FILE", "certificates to trust beside the system's (PEM)", false},
    OPTIONS_END,
};

const struct command command_feed_import = {
    .name = "feed import",
    .arguments = "PLACE",
    .summary = "Build the index from what \"feed export\" wrote, from disk or a registry",
    .details =
        "PLACE is one of\n" FEED_ARTIFACT_DETAILS "\n"
        "All of it comes into force or nothing: what is damaged, cut short, not signed as --verify-key wants, older than\n"
        "what is here, or has lost more than a fifth of its records is refused, and the last good feeds serve. Feeds that\n"
        "are here and not in it stay.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
