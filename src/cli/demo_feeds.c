/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_feeds.h"

#include "feed/demo.h"
#include "index/update.h"
#include "job/worker.h"
#include "scan/feeds.h"
#include "store/results.h"

/* The limit of a gate's default. */
#define FEED_AGE_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)

/* The public feed is asked once: the demo goes on without it. */
enum { PUBLIC_TRIES = 1 };

/* What is known beside the advisories is welcome, but the demo goes on without it. */
static void remember_error(void *context, const struct update_result *result)
{
    if (result->outcome == UPDATE_FAILED && !result->feed->is_about_vulnerabilities)
        *(struct error *)context = result->error;
}

/* Builds the index for the ecosystems of the demo's images. */
static bool update_index(struct arena *arena, const char *from, const char *index, struct error *err)
{
    uint64_t generation;
    size_t failed = 0;
    struct error why = {.code = ERROR_NONE};
    struct feed_location *locations = ARENA_ARRAY(arena, struct feed_location, feed_count);
    struct http_client_options options = {.tries_max = PUBLIC_TRIES};
    AUTO_HTTP_CLIENT *client = from == NULL ? http_client_new(&options) : NULL;
    size_t location_count = 0;
    for (size_t i = 0; i < feed_count; i++) {
        if (from == NULL && feeds[i]->records.first_year > 0)
            continue; /* hundreds of megabytes: too much to wait for */
        if (!feed_location_find(arena, feeds[i], view_text(from), client, &locations[location_count++], err))
            return false;
    }
    struct index_update update = {
        .folder = index,
        .locations = locations,
        .location_count = location_count,
        .ecosystems = demo_ecosystems,
        .ecosystem_count = demo_ecosystem_count,
        .clock = clock_system(),
        .done = remember_error,
        .context = &why,
    };
    if (!sandbox_start(SANDBOX_REQUIRED, &update.sandbox, err))
        return false;
    bool is_updated = index_update(&update, &generation, &failed, err);
    sandbox_stop(update.sandbox);
    if (is_updated && why.code != ERROR_NONE) {
        *err = why;
        return false;
    }
    return is_updated;
}

static bool use_index(struct demo_feeds *demo, struct arena *arena, const char *index, struct error *err)
{
    AUTO_INDEX *generation = NULL;
    int64_t now_ms = clock_system()->wall_ms(clock_system());
    struct view text = view_text("");
    if (!index_open(index, &generation, err))
        return false;
    feeds_of_index(arena, generation, &demo->states, &demo->state_count);
    demo->generation = (int64_t)index_number(generation);
    demo->digest = *index_digest(generation);
    for (size_t i = 0; i < demo->state_count; i++) {
        const struct feed_state *state = &demo->states[i];
        char date[TIME_TEXT_SIZE];
        time_format(state->date_ms, date);
        text = arena_format(arena, "%.*s%s%.*s of %.10s (%llu records)", VIEW_PRINT(text), i == 0 ? "" : ", ",
            VIEW_PRINT(state->name), date, (unsigned long long)state->records);
        demo->is_stale =
            demo->is_stale || now_ms - (state->is_remote ? state->checked_ms : state->date_ms) > FEED_AGE_MS_MAX;
    }
    demo->summary = text.data;
    return true;
}

static void use_demo_set(struct demo_feeds *demo, struct arena *arena)
{
    demo->lookup = demo_lookup_before();
    demo->is_demo = true;
    demo->state_count = demo_ecosystem_count;
    demo->states = ARENA_ARRAY(arena, struct feed_state, demo_ecosystem_count);
    for (size_t i = 0; i < demo_ecosystem_count; i++) {
        struct view base = demo_ecosystems[i];
        struct feed_state *state = &demo->states[i];
        *state = (struct feed_state){
            .name = arena_format(arena, "%s/%.*s", DEMO_FEED, VIEW_PRINT(base)),
            .ecosystem = base,
            .date_ms = DEMO_DATE_MS,
            .checked_ms = DEMO_DATE_MS,
            .is_demo = true,
        };
        state->releases = ARENA_ARRAY(arena, struct view, demo_advisory_count);
        for (size_t j = 0; j < demo_advisory_count; j++) {
            if (!view_equal(ecosystem_base(demo_advisories[j].ecosystem), base))
                continue;
            state->releases[state->release_count++] = demo_advisories[j].ecosystem;
            state->records++;
        }
    }
    demo->summary =
        arena_format(arena, "DEMO DATA, %zu well-known vulnerabilities built into the program", demo_advisory_count)
            .data;
}

bool demo_feeds_prepare(
    struct demo_feeds *demo, struct arena *arena, const char *from, const char *index, FILE *out, struct error *err)
{
    *demo = (struct demo_feeds){.summary = ""};
    if (update_index(arena, from, index, err))
        return use_index(demo, arena, index, err);
    if (from != NULL)
        return error_wrap(err, "advisories from \"%s\"", from);
    fprintf(out,
        "\n!! The public advisory feed cannot be reached: %s\n"
        "!! Counts below come from a small built-in set and are far too low. FEEDS=DIR gives real ones.\n\n",
        err->message);
    fflush(out);
    use_demo_set(demo, arena);
    return true;
}

bool demo_feeds_publish(struct demo_feeds *demo, struct store *store, struct error *err)
{
    const struct demo_advisory *held_back = demo_advisory_held_back();
    struct index_name name = {ecosystem_base(held_back->ecosystem), held_back->package};
    const struct index_delta delta = {.names = &name, .name_count = 1};
    struct generation_new given = {.feeds = demo->states, .feed_count = demo->state_count};
    if (!store_read_generation(store, &given.since, err))
        return false;
    if (demo->is_demo) {
        demo->generation = given.since.number + 1;
        given.delta = given.since.number > 0 ? &delta : NULL;
    }
    given.number = demo->generation;
    given.digest = demo->digest;
    return store_set_generation(store, &given, err);
}

bool demo_feeds_add_held_back(struct demo_feeds *demo, struct store *store, struct error *err)
{
    demo->lookup = demo_lookup();
    return demo_feeds_publish(demo, store, err);
}
