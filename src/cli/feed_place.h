/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about feeds share: which index they work on, and the lines that they print about its databases. */
#ifndef CLI_FEED_PLACE_H
#define CLI_FEED_PLACE_H

#include "cli/command.h"
#include "index/update.h"
#include "store/store.h"

/* The server's store and index, if the command works on them; else only an index. */
struct feed_place {
    struct store *store; /* NULL: the index of the user, for `scan` */
    const char *index;
};

void feed_place_done(struct feed_place *place);

/* `--index` names a folder; `--data`, $TIDEWAITER_DATA, or `prefers_server` mean the server's; else the user's. Where the server
   has no store yet, one that prefers it is ERROR_USAGE. */
bool feed_place_find(const struct command_call *call, struct arena *arena, bool prefers_server,
    struct feed_place *place, struct error *err) MUST_CHECK;

/* Tells the store, which queues the matching of what is stored. */
bool feed_place_publish(const struct feed_place *place, struct arena *arena, struct error *err) MUST_CHECK;

/* Prints a line for each result. */
struct feed_progress {
    FILE *out;
    struct error first_error;
    size_t count;
};
void feed_print_result(void *context, const struct update_result *result);

#endif
