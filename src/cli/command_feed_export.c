/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_artifact.h"
#include "cli/feed_place.h"
#include "index/artifact.h"

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(feed_place_done) struct feed_place place = {.store = NULL};
    CLEANUP(feed_artifact_done) struct feed_artifact artifact = {.sink = NULL};
    struct digest digest;
    if (!feed_place_find(call, arena, false, &place, err))
        return -1;
    struct artifact_export export = {.folder = place.index, .sign_key = call_option_text(call, "sign-key")};
    if (!feed_artifact_create(arena, call, call_argument(call, 0), &artifact, err) ||
        !artifact_write(&export, artifact.sink, &digest, err))
        return -1;
    fprintf(call_output(call), "%s%s\n", digest.text, export.sign_key == NULL ? "" : ", signed");
    return 0;
}

static const struct option options[] = {
    {"sign-key", "FILE", "sign the list of records with this Ed25519 private key (PEM)", false},
    {"data", "DIR", "the index of the server with this folder", false},
    {"index", "DIR", "this index (default: tidewaiter/index in the user's cache folder)", false},
    {"ca-file", "FILE", "certificates to trust beside the system's (PEM)", false},
    OPTIONS_END,
};

const struct command command_feed_export = {
    .name = "feed export",
    .arguments = "PLACE",
    .summary = "Write the records of all feeds for other machines, or push them to a registry",
    .details =
        "PLACE is one of\n" FEED_ARTIFACT_DETAILS "\n"
        "What is written are the normalized records that the index was built from, with their sha256; \"feed import\" builds\n"
        "another index from them. The same generation of the index gives the same bytes. Prints the digest of the artifact.\n"
        "\n"
        "A key to sign with: openssl genpkey -algorithm ed25519 -out KEY; its public half for --verify-key of the import:\n"
        "openssl pkey -in KEY -pubout -out PUBLIC.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
