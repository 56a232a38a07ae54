/* SPDX-License-Identifier: Apache-2.0 */
/* The advisory index over real feeds: how long it takes to build, to open and to ask.
   usage: index_bench FEEDS (a folder with osv/ in it, or one laid out as OSV's bucket)
          index_bench read INDEX FEEDS (asks until SIGTERM, always the generation in force: how long the slowest wait) */
#include "feed/location.h"
#include "index/update.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { ECOSYSTEMS_MAX = 200, OPENS = 201, ROUNDS = 5, LATENCIES_MAX = 8000000, REOPEN_US = 20000, PAUSE_US = 20 };

struct key {
    struct view ecosystem;
    struct view name;
};

struct keys {
    struct feed_sink sink; /* first */
    struct arena *arena;
    struct key *items;
    size_t count;
    size_t capacity;
};

static double read_us(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

static void die(const struct error *err)
{
    fprintf(stderr, "index_bench: %s\n", err->message);
    exit(1);
}

static bool note_names(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    (void)err;
    struct keys *keys = (struct keys *)sink;
    for (size_t i = 0; i < advisory->affected_count; i++) {
        struct key *key = ARENA_PUSH(keys->arena, keys);
        key->ecosystem = arena_copy(keys->arena, advisory->affected[i].ecosystem);
        key->name = arena_copy(keys->arena, advisory->affected[i].name);
    }
    return true;
}

static bool ignore_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    (void)sink;
    (void)name;
    (void)reason;
    (void)err;
    return true;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static size_t list_ecosystems(struct arena *arena, const struct feed_location *location, struct view *names)
{
    size_t count = 0;
    DIR *directory = opendir(location->base.data);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL && count < ECOSYSTEMS_MAX;) {
        struct view path = arena_format(arena, "%s/%s/all.zip", location->base.data, entry->d_name);
        FILE *file = fopen(path.data, "r");
        if (file == NULL)
            continue;
        fclose(file);
        names[count++] = arena_copy(arena, view_text(entry->d_name));
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}

static void read_keys(const struct feed_location *location, const char *ecosystem, struct keys *keys)
{
    struct error err;
    struct view path = arena_format(keys->arena, "%s/%s/all.zip", location->base.data, ecosystem);
    int file = open(path.data, O_RDONLY);
    if (file < 0)
        return;
    AUTO_SOURCE *source = source_from_descriptor(file, true);
    if (!location->feed->records.read(source, &keys->sink, &err))
        die(&err);
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static void time_opening(const char *folder)
{
    double times[OPENS];
    for (int i = 0; i < OPENS; i++) {
        struct error err;
        struct index_generation *generation;
        double start = now_us();
        if (!index_open(folder, &generation, &err))
            die(&err);
        times[i] = now_us() - start;
        index_unref(generation);
    }
    qsort(times, OPENS, sizeof(times[0]), compare_numbers);
    printf("open            %.0f us (median of %d)\n", times[OPENS / 2], OPENS);
}

/* In time of this thread, since lookups wait for nothing and other programs may be running. */
struct asked {
    double us;
    size_t matches;
};

static struct asked ask(const struct index_generation *generation, const struct keys *keys, const char *suffix)
{
    struct error err;
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *names = arena_new();
    struct view *asked = ARENA_ARRAY(names, struct view, keys->count);
    for (size_t i = 0; i < keys->count; i++)
        asked[i] = arena_format(names, "%.*s%s", VIEW_PRINT(keys->items[i].name), suffix);
    const struct lookup *lookup = index_lookup(generation);
    struct asked result = {0, 0};
    double start = read_us(CLOCK_THREAD_CPUTIME_ID);
    for (size_t i = 0; i < keys->count; i++) {
        struct lookup_match *matches;
        size_t count;
        arena_reset(arena);
        if (!lookup->find(lookup, arena, keys->items[i].ecosystem, asked[i], &matches, &count, &err))
            die(&err);
        result.matches += count;
    }
    result.us = read_us(CLOCK_THREAD_CPUTIME_ID) - start;
    return result;
}

static void time_lookups(const char *folder, const struct keys *keys)
{
    struct error err;
    struct index_generation *generation;
    if (!index_open(folder, &generation, &err))
        die(&err);
    double start = now_us();
    struct keys first = *keys;
    first.count = keys->count > 0 ? 1 : 0;
    ask(generation, &first, "");
    printf("first lookup    %.0f us (compares the checksum of the database)\n", now_us() - start);
    ask(generation, keys, "");
    struct asked hits = {0, 0};
    struct asked misses = {0, 0};
    for (int i = 0; i < ROUNDS; i++) {
        struct asked hit = ask(generation, keys, "");
        struct asked miss = ask(generation, keys, "-none");
        hits = i == 0 || hit.us < hits.us ? hit : hits;
        misses = i == 0 || miss.us < misses.us ? miss : misses;
    }
    printf("hit             %.3f us a match, %.3f us a name with %.1f matches (%zu names, best of %d)\n",
        hits.us / (double)hits.matches, hits.us / (double)keys->count, (double)hits.matches / (double)keys->count,
        keys->count, ROUNDS);
    printf("miss            %.3f us\n", misses.us / (double)keys->count);
    index_unref(generation);
}

static void time_build(const struct feed_location *location, struct arena *arena, const char *folder)
{
    struct error err;
    struct view names[ECOSYSTEMS_MAX];
    uint64_t generation;
    size_t failed;
    struct index_update update = {
        .folder = folder, .locations = location, .location_count = 1, .ecosystems = names, .clock = clock_system()};
    update.ecosystem_count = list_ecosystems(arena, location, names);
    if (!sandbox_start(SANDBOX_REQUIRED, &update.sandbox, &err))
        die(&err);
    double start = now_us();
    if (!index_update(&update, &generation, &failed, &err))
        die(&err);
    double elapsed = now_us() - start;
    sandbox_stop(update.sandbox);
    struct index_generation *index;
    if (!index_open(folder, &index, &err))
        die(&err);
    size_t count;
    const struct index_database *databases = index_databases(index, &count);
    uint64_t records = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        records += databases[i].record_count;
        bytes += databases[i].size;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("build           %.2f s, %zu databases, %.0f records, %.1f MB, %zu failed, parent's peak %ld MB\n",
        elapsed / 1e6, count, (double)records, (double)bytes / 1e6, failed, usage.ru_maxrss / 1000);
    index_unref(index);
}

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
    (void)number;
    is_stopped = 1;
}

static void print_latencies(const char *what, double *us, size_t count)
{
    qsort(us, count, sizeof(us[0]), compare_numbers);
    if (count > 0)
        printf("%s %zu, median %.1f us, p99 %.1f us, longest %.0f us\n", what, count, us[count / 2],
            us[count - 1 - count / 100], us[count - 1]);
}

/* Lookups in the generation in force, which is opened again every 20 ms; the first lookup in one compares its checksum. */
static void read_until_stopped(const char *folder, const struct keys *keys)
{
    struct error err;
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *kept = arena_new();
    double *lookups = ARENA_ARRAY(kept, double, LATENCIES_MAX);
    double *openings = ARENA_ARRAY(kept, double, LATENCIES_MAX);
    size_t lookup_count = 0;
    size_t opening_count = 0;
    struct index_generation *generation = NULL;
    double opened = 0;
    signal(SIGTERM, stop);
    for (size_t i = 0; is_stopped == 0 && lookup_count < LATENCIES_MAX; i = (i + 7919) % keys->count) {
        struct lookup_match *matches;
        size_t count;
        double start = now_us();
        bool is_due = start - opened > REOPEN_US;
        if (is_due) {
            index_unref(generation);
            if (!index_open(folder, &generation, &err))
                die(&err);
            opened = start;
        }
        const struct lookup *lookup = index_lookup(generation);
        arena_reset(arena);
        if (!lookup->find(lookup, arena, keys->items[i].ecosystem, keys->items[i].name, &matches, &count, &err))
            die(&err);
        if (is_due)
            openings[opening_count++] = now_us() - start;
        else
            lookups[lookup_count++] = now_us() - start;
        usleep(PAUSE_US);
    }
    index_unref(generation);
    print_latencies("reader: lookups", lookups, lookup_count);
    print_latencies("reader: openings with the first lookup", openings, opening_count);
}

int main(int argc, char **argv)
{
    const struct sandbox_task tasks[] = {feed_task};
    sandbox_main(argc, argv, tasks, 1);
    struct error err;
    struct feed_location location;
    AUTO_ARENA *arena = arena_new();
    char folder[] = "/tmp/index_bench-XXXXXX";
    bool is_reader = argc == 4 && strcmp(argv[1], "read") == 0;
    if ((argc != 2 && !is_reader) || (!is_reader && mkdtemp(folder) == NULL)) {
        fprintf(stderr, "usage: index_bench FEEDS, or: index_bench read INDEX FEEDS\n");
        return 64;
    }
    if (!feed_location_find(arena, feed_named(view_text("osv")), view_text(argv[argc - 1]), NULL, &location, &err))
        die(&err);
    if (is_reader) {
        struct keys asked = {.sink = {.advisory = note_names, .gap = ignore_gap}, .arena = arena};
        read_keys(&location, "Debian", &asked);
        read_until_stopped(argv[2], &asked);
        return 0;
    }
    time_build(&location, arena, folder);
    time_opening(folder);
    struct keys keys = {.sink = {.advisory = note_names, .gap = ignore_gap}, .arena = arena};
    read_keys(&location, "Debian", &keys);
    time_lookups(folder, &keys);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
