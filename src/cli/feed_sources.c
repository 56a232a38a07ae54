/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_sources.h"

size_t feed_named_ecosystems(const struct command_call *call, struct view names[FEED_ECOSYSTEMS_MAX])
{
    size_t count = 0;
    while (count < FEED_ECOSYSTEMS_MAX && call_option_at(call, "ecosystem", (int)count, &names[count]))
        count++;
    return count;
}

/* Feeds come from addresses that the operator configured, so those may be anywhere; where they redirect to may not. */
static struct http_client *client_new(struct arena *arena, struct view address, struct outbound_policy *policy)
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

bool feed_sources_find(const struct command_call *call, struct feed_sources *sources, struct error *err)
{
    if (!check_names(call, err))
        return false;
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
            sources->clients[sources->count] = client_new(arena, location->base, policy);
        location->client = sources->clients[sources->count++];
    }
    return true;
}

void feed_sources_done(struct feed_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++)
        http_client_free(sources->clients[i]);
}
