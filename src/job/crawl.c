/* SPDX-License-Identifier: Apache-2.0 */
#include "job/crawl.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "job/newest.h"
#include "store/registry_scans.h"

#include <pthread.h>
#include <stdlib.h>

#define LANES 2
#define QUEUE_MAX 64 /* repositories found but not begun */
#define WAKE_MS 200 /* how soon a request to stop is seen */

struct crawling {
    const struct crawl_options *options;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char *queue[QUEUE_MAX]; /* a ring of names, on the heap */
    size_t first;
    size_t queued;
    bool has_ended; /* no more will come */
    bool has_failed;
    struct error error;
    int64_t found;
};

struct tag_list {
    struct tag_entries entries;
    struct arena *arena;
    struct listed_tag *items;
    size_t count;
    size_t capacity;
    size_t unread; /* tags that could not be looked up */
};

struct note_taker {
    struct adapter_notes base;
    const struct crawl_options *options;
};

bool crawl_ends_by(const struct error *err)
{
    return err->code == ERROR_CANCELLED || (job_may_retry(err) && err->code != ERROR_CRASHED);
}

/* Told to people with the run: a step down of an adapter, and what is lost by it. */
static void take_note(struct adapter_notes *notes, struct view text)
{
    const struct crawl_options *options = ((struct note_taker *)notes)->options;
    struct error err;
    LOG(LOG_WARNING, "listing a registry", {"integration", options->connection->integration.name}, {"note", text});
    if (!store_note_sync_text(
            options->run->surroundings->store, options->run->job->organization, options->run_id, text, &err))
        LOG(LOG_ERROR, "could not keep a note", {"error", view_text(err.message)});
}

static void fail(struct crawling *crawling, const struct error *err)
{
    pthread_mutex_lock(&crawling->mutex);
    if (!crawling->has_failed)
        crawling->error = *err;
    crawling->has_failed = true;
    pthread_cond_broadcast(&crawling->changed);
    pthread_mutex_unlock(&crawling->mutex);
}

/* The mutex is held. */
static void wait_for_change(struct crawling *crawling)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WAKE_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_cond_timedwait(&crawling->changed, &crawling->mutex, &until);
}

/* Waits for room. False if the crawl has failed or was asked to stop. */
static bool put(struct crawling *crawling, struct view name, struct error *err)
{
    bool is_put = false;
    char *copy = memory_alloc(name.size + 1);
    memcpy(copy, name.data, name.size);
    copy[name.size] = '\0';
    pthread_mutex_lock(&crawling->mutex);
    while (crawling->queued == QUEUE_MAX && !crawling->has_failed && cancel_check(crawling->options->run->cancel, err))
        wait_for_change(crawling);
    if (crawling->has_failed) {
        *err = crawling->error;
    } else if (cancel_check(crawling->options->run->cancel, err)) {
        crawling->queue[(crawling->first + crawling->queued++) % QUEUE_MAX] = copy;
        copy = NULL;
        is_put = true;
        pthread_cond_broadcast(&crawling->changed);
    }
    pthread_mutex_unlock(&crawling->mutex);
    free(copy);
    return is_put;
}

/* NULL at the end. The caller frees the name. */
static char *take(struct crawling *crawling)
{
    char *name = NULL;
    pthread_mutex_lock(&crawling->mutex);
    while (crawling->queued == 0 && !crawling->has_ended && !crawling->has_failed)
        wait_for_change(crawling);
    if (crawling->queued > 0 && !crawling->has_failed) {
        name = crawling->queue[crawling->first];
        crawling->first = (crawling->first + 1) % QUEUE_MAX;
        crawling->queued--;
        pthread_cond_broadcast(&crawling->changed);
    }
    pthread_mutex_unlock(&crawling->mutex);
    return name;
}

static bool on_tag(struct tag_entries *entries, const struct tag_entry *entry, struct error *err)
{
    (void)err;
    struct tag_list *list = (struct tag_list *)entries;
    struct listed_tag *tag = ARENA_PUSH(list->arena, list);
    *tag = (struct listed_tag){
        .tag = arena_copy(list->arena, entry->tag),
        .digest = entry->digest,
        .pushed_ms = entry->pushed_at_ms,
        .push_source = view_text(push_source_name(entry->push_source)),
    };
    list->unread += !digest_is_set(&entry->digest);
    return true;
}

/* Puts the tags that projects stand for before the others, and tells how many they are. */
static bool part_projects(
    const struct crawl_options *options, struct tag_list *tags, struct view repository, size_t *kept, struct error *err)
{
    struct view *names;
    size_t count;
    struct map projects;
    *kept = 0;
    if (!options->keeps_projects)
        return true;
    map_init(&projects, tags->arena);
    if (!store_project_tags(options->run->surroundings->store, tags->arena, options->run->job->organization,
            options->connection->integration.id, repository, &names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        map_set(&projects, names[i], &projects);
    for (size_t i = 0; i < tags->count; i++) {
        if (map_get(&projects, tags->items[i].tag) == NULL)
            continue;
        struct listed_tag kept_tag = tags->items[i];
        tags->items[i] = tags->items[*kept];
        tags->items[(*kept)++] = kept_tag;
    }
    return true;
}

/* Keeps the first `kept` tags of a listing, and the newest of the others that are not too old. What was cut off is not "gone",
   so the listing then counts as incomplete. */
static bool keep_newest(const struct crawl_options *options, struct tag_list *tags, size_t kept)
{
    size_t listed = tags->count;
    tags->count = kept;
    for (size_t i = kept; i < listed; i++) {
        if (scope_has_age(options->scope, tags->items[i].pushed_ms))
            tags->items[tags->count++] = tags->items[i];
    }
    if (options->newest_tags > 0)
        tags->count = kept + newest_tags(tags->items + kept, tags->count - kept, (size_t)options->newest_tags);
    return tags->count < listed;
}

static bool record(const struct crawl_options *options, struct crawled *crawled, struct error *err)
{
    struct tag_list tags = {.entries = {on_tag}, .arena = crawled->arena};
    struct registry_listing listing;
    size_t changed, kept;
    if (!adapter_tags(crawled->adapter, crawled->arena, crawled->repository, &tags.entries, &listing, err) ||
        !part_projects(options, &tags, crawled->repository, &kept, err))
        return false;
    bool is_cut = keep_newest(options, &tags, kept);
    struct listing record = {
        .organization = options->run->job->organization,
        .integration = options->connection->integration.id,
        .run = options->run_id,
        .repository = crawled->repository,
        .tags = tags.items,
        .tag_count = tags.count,
        .is_complete = listing.is_complete && !is_cut,
    };
    if (tags.unread > 0) {
        struct error why;
        (void)error_set(&why, ERROR_SERVER, "%zu of its tags could not be looked up", tags.unread);
        options->visitor->unread(options->visitor, crawled->repository, &why);
    }
    fault_point(FAULT_SYNC_AFTER_LIST);
    crawled->tag_count = tags.count;
    crawled->is_complete = listing.is_complete;
    return store_record_listing(options->run->surroundings->store, &record, &changed, err);
}

static bool visit(struct crawling *crawling, struct connection *connection, struct view repository, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct crawl_options *options = crawling->options;
    struct crawled crawled = {.repository = repository, .arena = arena, .adapter = connection->adapter};
    bool is_listed = false;
    if (!cancel_check(options->run->cancel, err) ||
        !store_find_listing(options->run->surroundings->store, options->run->job->organization,
            options->connection->integration.id, options->run_id, repository, &is_listed, &crawled.tag_count, err))
        return false;
    crawled.is_fresh = !is_listed;
    crawled.is_complete = true;
    if (!is_listed) {
        fault_point(FAULT_CRAWL_BEFORE_LIST);
        if (!record(options, &crawled, err))
            return false;
        fault_point(FAULT_CRAWL_AFTER_RECORD);
    }
    return options->visitor->recorded(options->visitor, &crawled, err);
}

static void run_lane(struct crawling *crawling, struct connection *connection)
{
    for (char *name; (name = take(crawling)) != NULL; free(name)) {
        struct view repository = view_text(name);
        struct error why;
        if (visit(crawling, connection, repository, &why))
            continue;
        if (!crawl_ends_by(&why)) {
            crawling->options->visitor->unread(crawling->options->visitor, repository, &why);
            continue;
        }
        (void)error_wrap(&why, "repository \"%s\"", name);
        fail(crawling, &why);
    }
}

/* One lane, with a connection and an arena of its own. */
static void *lane_main(void *context)
{
    struct crawling *crawling = context;
    const struct crawl_options *options = crawling->options;
    AUTO_ARENA *arena = arena_new();
    struct connection connection = {0};
    struct note_taker notes = {{take_note}, options};
    struct job_run run = *options->run;
    struct error err;
    run.arena = arena;
    if (connection_open(&run, view_text(options->connection->integration.uuid.text), &connection, &err)) {
        adapter_take_notes(connection.adapter, &notes.base);
        run_lane(crawling, &connection);
    } else {
        fail(crawling, &err);
    }
    connection_done(&connection);
    return NULL;
}

struct finding {
    struct registry_names names;
    struct crawling *crawling;
    bool is_cut;
};

static bool on_repository(struct registry_names *names, struct view name, struct error *err)
{
    struct finding *finding = (struct finding *)names;
    struct crawling *crawling = finding->crawling;
    const struct crawl_options *options = crawling->options;
    if (!scope_has_repository(options->scope, name))
        return true;
    if (options->repositories_max > 0 && crawling->found >= options->repositories_max) {
        finding->is_cut = true;
        return true;
    }
    crawling->found++;
    options->visitor->found(options->visitor);
    return put(crawling, name, err);
}

static bool find_repositories(struct crawling *crawling, struct crawl_result *result, struct error *err)
{
    const struct crawl_options *options = crawling->options;
    struct finding finding = {.names = {on_repository}, .crawling = crawling};
    struct note_taker notes = {{take_note}, options};
    struct registry_listing listing;
    adapter_take_notes(options->connection->adapter, &notes.base);
    bool is_listed =
        adapter_repositories(options->connection->adapter, options->run->arena, &finding.names, &listing, err);
    adapter_take_notes(options->connection->adapter, NULL);
    if (!is_listed)
        return false;
    *result = (struct crawl_result){.is_complete = listing.is_complete, .reason = listing.incomplete_reason};
    return true;
}

static void end(struct crawling *crawling)
{
    pthread_mutex_lock(&crawling->mutex);
    crawling->has_ended = true;
    pthread_cond_broadcast(&crawling->changed);
    pthread_mutex_unlock(&crawling->mutex);
}

static void init(struct crawling *crawling)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&crawling->mutex, NULL) != 0 || pthread_cond_init(&crawling->changed, &attributes) != 0)
        memory_exhausted(0);
    pthread_condattr_destroy(&attributes);
}

static void done(struct crawling *crawling)
{
    for (; crawling->queued > 0; crawling->queued--) {
        free(crawling->queue[crawling->first]);
        crawling->first = (crawling->first + 1) % QUEUE_MAX;
    }
    pthread_cond_destroy(&crawling->changed);
    pthread_mutex_destroy(&crawling->mutex);
}

bool crawl(const struct crawl_options *options, struct crawl_result *result, struct error *err)
{
    struct crawling crawling = {.options = options};
    struct error why;
    pthread_t lanes[LANES];
    size_t started = 0;
    init(&crawling);
    while (started < LANES && pthread_create(&lanes[started], NULL, lane_main, &crawling) == 0)
        started++;
    bool is_found = started > 0 ? find_repositories(&crawling, result, &why)
                                : error_set(&why, ERROR_IO, "no thread could be started for the listing");
    if (!is_found)
        fail(&crawling, &why);
    end(&crawling);
    for (size_t i = 0; i < started; i++)
        pthread_join(lanes[i], NULL);
    bool has_failed = crawling.has_failed;
    if (has_failed)
        *err = crawling.error;
    done(&crawling);
    return !has_failed;
}
