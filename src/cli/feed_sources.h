/* SPDX-License-Identifier: Apache-2.0 */
/* The feeds that a command is about (--feed, --from, --ecosystem), and where they are. */
#ifndef CLI_FEED_SOURCES_H
#define CLI_FEED_SOURCES_H

#include "cli/command.h"
#include "feed/location.h"

enum { FEED_ECOSYSTEMS_MAX = 200 };

struct feed_sources {
    struct arena *arena;
    struct feed_location *locations; /* of the feeds that are wanted */
    size_t count;
    struct http_client **clients; /* NULL where it is a folder */
};

/* What --ecosystem names; how many. */
size_t feed_named_ecosystems(const struct command_call *call, struct view names[FEED_ECOSYSTEMS_MAX]);

/* Sets all but the arena. Those without folders lie beside the advisories. */
bool feed_sources_find(const struct command_call *call, struct feed_sources *sources, struct error *err) MUST_CHECK;
void feed_sources_done(struct feed_sources *sources);

#endif
