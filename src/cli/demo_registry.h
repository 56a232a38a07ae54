/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's own registry: the real docker-registry on loopback, filled with the images that were made for it. */
#ifndef CLI_DEMO_REGISTRY_H
#define CLI_DEMO_REGISTRY_H

#include "base/arena.h"
#include "cli/child.h"
#include "store/integrations.h"

struct demo_registry {
    struct arena *arena; /* borrowed */
    const char *state; /* folder of the demo */
    const char *images; /* folder of the layouts and their list */
    struct child server;
    int port;
    size_t image_count;
    size_t pushed_count; /* 0 if the registry had everything from the last start */
};

/* Waits until the images are there; `wait_ms` at most. ERROR_NOT_FOUND if making them failed, with where to look. */
bool demo_images_wait(struct demo_registry *registry, int64_t wait_ms, struct error *err) MUST_CHECK;

/* Starts the server and pushes what it does not have yet. */
bool demo_registry_start(struct demo_registry *registry, struct error *err) MUST_CHECK;
/* How many repositories the user's own registry lists. */
bool demo_registry_count(
    struct arena *arena, const struct integration_address *address, size_t *count, struct error *err) MUST_CHECK;
void demo_registry_stop(struct demo_registry *registry);

#endif
