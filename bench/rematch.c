/* SPDX-License-Identifier: Apache-2.0 */
/* What a feed commit costs a store with many images: synthetic images over shared layers, and advisories of which some
   change. Counters and events are compared with what is counted here from the findings alone.
   usage: rematch_bench [IMAGES LAYERS PACKAGES]        (default: 110000 20000 300000) */
#include "base/map.h"
#include "base/memory.h"
#include "index/builder.h"
#include "job/advisories.h"
#include "job/kind.h"
#include "scan/feeds.h"
#include "store/accounts.h"
#include "store/image_tallies.h"
#include "store/integrations.h"
#include "store/matching.h"
#include "store/packed.h"
#include "store/results.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    VERSIONS_PER_NAME = 3,
    NAMES_WITH_ADVISORIES_PERCENT = 25,
    ADVISORIES_PER_NAME = 4,
    LAYERS_PER_IMAGE = 6,
    PACKAGES_PER_LAYER_MAX = 60,
    BASE_LAYERS = 200, /* the lowest layer is one of these */
    CHANGED_NAMES = 2000,
};

static struct error err;

#define MUST(call)                                                                                                     \
    do {                                                                                                               \
        if (!(call)) {                                                                                                 \
            fprintf(stderr, "rematch_bench: %s: %s\n", #call, err.message);                                            \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

struct bench {
    char folder[64];
    const char *index;
    struct store_options options;
    struct arena *arena;
    int64_t images;
    int64_t layers;
    int64_t packages;
};

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* On a busy machine the time of this process says more than the clock. */
static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Of this program alone: getrusage would tell the peak of the process that it was forked from. */
static long peak_mb(void)
{
    char line[256];
    long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        sscanf(line, "VmHWM: %ld", &kilobytes);
    if (file != NULL)
        fclose(file);
    return kilobytes / 1024;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t value = a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + UINT64_C(0x2545f4914f6cdd1d));
    value ^= value >> 29;
    value *= UINT64_C(0xbf58476d1ce4e5b9);
    return value ^ value >> 32;
}

static int64_t name_count(const struct bench *bench)
{
    return bench->packages / VERSIONS_PER_NAME;
}

/* Packages 0, 1, 2 are versions of name 0, and so on. */
static struct package make_package(struct arena *arena, int64_t number)
{
    struct view name = arena_format(arena, "name%lld", (long long)(number / VERSIONS_PER_NAME));
    struct view version = arena_format(arena, "%lld.0-1", (long long)(number % VERSIONS_PER_NAME));
    return (struct package){.type = PACKAGE_DEB,
        .name = name,
        .version = version,
        .arch = view_text("amd64"),
        .source_name = name,
        .source_version = version,
        .ecosystem = view_text("Debian:12")};
}

/* Which names other advisories speak of in a generation: 2 changes a part of all, 3 the first CHANGED_NAMES. */
static bool is_changed(int64_t name, uint64_t generation)
{
    return generation == 2 ? name % 100 == 0
                           : generation == 3 && name * NAMES_WITH_ADVISORIES_PERCENT / 100 < CHANGED_NAMES;
}

static void add_advisory(
    const struct bench *bench, struct index_builder *builder, int64_t name, int64_t which, uint64_t generation)
{
    (void)bench;
    AUTO_ARENA *arena = arena_new();
    uint64_t bits = mix((uint64_t)(name * ADVISORIES_PER_NAME + which), 5);
    int64_t fixed = (int64_t)(bits % VERSIONS_PER_NAME) + 1;
    /* Of what changes, a third is fixed later, so that more versions have it, and a third is rated otherwise. */
    if (is_changed(name, generation) && which == 0)
        fixed = fixed % VERSIONS_PER_NAME + 1;
    bool is_worse = is_changed(name, generation) && which == 1;
    struct severity_rating rating = {.type = view_text("CVSS_V3"),
        .score = view_text(is_worse || bits % 3 == 0 ? "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
                                                     : "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N")};
    struct range_event events[] = {
        {EVENT_INTRODUCED, view_text("0")}, {EVENT_FIXED, arena_format(arena, "%lld.0-1", (long long)fixed)}};
    struct range range = {.type = RANGE_ECOSYSTEM, .events = events, .event_count = 2};
    struct affected affected = {.ecosystem = view_text("Debian:12"),
        .name = arena_format(arena, "name%lld", (long long)name),
        .ranges = &range,
        .range_count = 1};
    struct advisory advisory = {
        .id = arena_format(arena, "CVE-2026-%07lld", (long long)(name * ADVISORIES_PER_NAME + which)),
        .summary = view_text("a made-up vulnerability"),
        .modified_ms = 1000,
        .ratings = &rating,
        .rating_count = 1,
        .affected = &affected,
        .affected_count = 1};
    MUST(index_builder_add(builder, &advisory, &err));
}

/* A score for each vulnerability, and for as many that no package has; on another day nearly all have another one. */
static void add_scores(const struct bench *bench, struct index_builder *builder, uint64_t day)
{
    struct index_database info = {.checked_ms = 1, .source = view_text("bench"), .is_complete = true};
    MUST(index_builder_begin(builder, view_text("epss"), view_text(""), &err));
    for (int64_t i = 0; i < name_count(bench) * ADVISORIES_PER_NAME; i++) {
        char id[32];
        snprintf(id, sizeof(id), "CVE-2026-%07lld", (long long)i);
        const struct vulnerability_facts facts = {.has_epss = true,
            .epss_score = (double)(mix((uint64_t)i, day) % 100000) / 1e5,
            .epss_percentile = (double)(mix((uint64_t)i, day + 1000) % 100000) / 1e5,
            .epss_date_ms = (int64_t)day * 24 * 60 * 60 * 1000};
        MUST(index_builder_add_facts(builder, view_text(id), &facts, &err));
    }
    MUST(index_builder_finish(builder, false, &info, &err));
}

static void build_index(const struct bench *bench, uint64_t generation, uint64_t day)
{
    AUTO_INDEX_BUILDER *builder = NULL;
    uint64_t number;
    struct index_database info = {.checked_ms = 1, .source = view_text("bench"), .is_complete = true};
    MUST(index_builder_new(bench->index, clock_system(), &builder, &err));
    MUST(index_builder_begin(builder, view_text("osv"), view_text("Debian"), &err));
    for (int64_t name = 0; name < name_count(bench); name++) {
        for (int64_t i = 0; i < ADVISORIES_PER_NAME && mix((uint64_t)name, 1) % 100 < NAMES_WITH_ADVISORIES_PERCENT;
             i++)
            add_advisory(bench, builder, name, i, generation);
    }
    MUST(index_builder_finish(builder, false, &info, &err));
    add_scores(bench, builder, day);
    double start = now_s();
    MUST(index_builder_commit(builder, &number, &err));
    printf("index: generation %llu with what changed in %.2f s\n", (unsigned long long)number, now_s() - start);
}

/* The packages of a layer. Popular packages are in many layers. */
static size_t layer_packages(const struct bench *bench, int64_t layer, int64_t packages[PACKAGES_PER_LAYER_MAX])
{
    size_t count = 10 + (size_t)(mix((uint64_t)layer, 2) % (PACKAGES_PER_LAYER_MAX - 10));
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = mix((uint64_t)layer, 100 + i);
        packages[i] = (int64_t)(bits >> 8) % (bits % 4 == 0 ? bench->packages / 100 + 1 : bench->packages);
    }
    return count;
}

static int compare_keys(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Positions of the packages of an image, sorted, each once. */
static size_t image_packages(const struct bench *bench, int64_t image, int64_t *packages)
{
    size_t count = 0;
    size_t kept = 0;
    for (int i = 0; i < LAYERS_PER_IMAGE; i++) {
        uint64_t bits = mix((uint64_t)image, 7 + (uint64_t)i);
        int64_t layer = (int64_t)(bits >> 4) % (i == 0 ? BASE_LAYERS : bench->layers);
        count += layer_packages(bench, layer, packages + count);
    }
    qsort(packages, count, sizeof(*packages), compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || packages[i] != packages[kept - 1])
            packages[kept++] = packages[i];
    }
    return kept;
}

/* The images of each package, rising: those of package p stand from starts[p] to starts[p + 1]. */
struct holders {
    uint32_t *images;
    size_t *starts;
};

struct filling {
    struct bench *bench;
    struct transaction transaction;
    int64_t organization;
    int64_t integration;
    int64_t snapshot;
    int64_t *package_ids;
    struct tally_chunk *tallies;
    struct holders holders;
};

static void fill_packages(struct filling *filling)
{
    struct matching matching;
    struct bench *bench = filling->bench;
    filling->package_ids = memory_alloc((size_t)bench->packages * sizeof(int64_t));
    for (int64_t i = 0; i < bench->packages; i++) {
        AUTO_ARENA *arena = arena_new();
        struct stored_package stored;
        struct package package = make_package(arena, i);
        MUST(matching_begin(&matching, &filling->transaction, arena, &err));
        MUST(matching_package(&matching, &package, NULL, &stored, &err));
        filling->package_ids[i] = stored.id;
    }
}

static void fill_image(struct filling *filling, int64_t image, const int64_t *positions, size_t count)
{
    struct connection *connection = filling->transaction.connection;
    char text[96];
    struct uuid uuid;
    int64_t *keys = memory_alloc(count * sizeof(*keys) + 1);
    AUTO_BUFFER packed;
    buffer_init(&packed, PACKED_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        keys[i] = filling->package_ids[positions[i]];
    packed_write_keys(&packed, keys, count);
    free(keys);
    snprintf(text, sizeof(text), "sha256:%064lld", (long long)image);
    uuid_new(&uuid);
    MUST(RUN(connection, &err,
        "INSERT INTO images (id, config_digest, layers_hash, layers, platform, created_ms) VALUES ($1, $2, $2, '', 'linux/amd64', 0)",
        SQL_INTEGER(image), SQL_WORD(text)));
    MUST(RUN(connection, &err, "INSERT INTO image_access (organization_id, image_id, granted_ms) VALUES ($1, $2, 0)",
        SQL_INTEGER(filling->organization), SQL_INTEGER(image)));
    MUST(RUN(connection, &err,
        "INSERT INTO inventories (image_id, distribution, distribution_id, distribution_version, ecosystems, package_count, "
        "gap_count, hiding_gap_count, package_ids, entries, scanned_ms) VALUES ($1, 'Debian', 'debian', '12', 'Debian:12', $2, 0, "
        "0, $3, $4, 1)",
        SQL_INTEGER(image), SQL_INTEGER(count), SQL_BYTES(buffer_view(&packed)), SQL_BYTES(view_text("x"))));
    const struct tally tally = {.packages = (int64_t)count};
    MUST(tally_chunk_set(filling->tallies, image, &tally, &err));
    MUST(RUN(connection, &err,
        "INSERT INTO snapshot_images (uuid, organization_id, integration_id, snapshot_id, is_current, reference, search_text, "
        "manifest, platform, is_image, artifact_type, state, error, image_id, layers_fetched, layers_shared, created_ms, "
        "scanned_ms) VALUES ($1, $2, $3, $4, 1, $5, $5, $5, 'linux/amd64', 1, '', 1, '', $6, 1, 1, 1, 1)",
        SQL_WORD(uuid.text), SQL_INTEGER(filling->organization), SQL_INTEGER(filling->integration),
        SQL_INTEGER(filling->snapshot), SQL_WORD(text), SQL_INTEGER(image)));
}

/* First how many images each package has, then which. */
static void find_holders(struct filling *filling, int64_t *positions)
{
    const struct bench *bench = filling->bench;
    struct holders *holders = &filling->holders;
    holders->starts = memory_alloc(((size_t)bench->packages + 2) * sizeof(size_t));
    memset(holders->starts, 0, ((size_t)bench->packages + 2) * sizeof(size_t));
    for (int64_t image = 1; image <= bench->images; image++) {
        size_t count = image_packages(bench, image, positions);
        for (size_t i = 0; i < count; i++)
            holders->starts[positions[i] + 2]++;
    }
    for (int64_t i = 2; i <= bench->packages; i++)
        holders->starts[i + 1] += holders->starts[i];
    holders->images = memory_alloc(holders->starts[bench->packages + 1] * sizeof(uint32_t) + 1);
    for (int64_t image = 1; image <= bench->images; image++) {
        size_t count = image_packages(bench, image, positions);
        for (size_t i = 0; i < count; i++)
            holders->images[holders->starts[positions[i] + 1]++] = (uint32_t)image;
    }
}

static void fill_sets(struct filling *filling)
{
    const struct holders *holders = &filling->holders;
    for (int64_t package = 0; package < filling->bench->packages; package++) {
        AUTO_ARENA *arena = arena_new();
        for (size_t i = holders->starts[package]; i < holders->starts[package + 1];) {
            int64_t chunk = holders->images[i] / MEMBERS_CHUNK;
            struct view members = {NULL, 0};
            for (; i < holders->starts[package + 1] && holders->images[i] / MEMBERS_CHUNK == chunk; i++)
                members = members_with(arena, members, holders->images[i] % MEMBERS_CHUNK);
            MUST(RUN(filling->transaction.connection, &err,
                "INSERT INTO package_images (package_id, chunk, members) VALUES ($1, $2, $3)",
                SQL_INTEGER(filling->package_ids[package]), SQL_INTEGER(chunk), SQL_BYTES(members)));
        }
    }
}

/* A registry with one tag; all images are rows of its snapshot. */
static void fill_frame(struct filling *filling, struct store *store)
{
    struct account account;
    struct integration integration;
    struct arena *arena = filling->bench->arena;
    struct integration_new given = {.name = view_text("bench"),
        .type = view_text("oci"),
        .address = {.host = view_text("registry.test")},
        .who = view_text("bench")};
    MUST(store_ensure_admin(store, arena, &account, &err));
    MUST(store_add_integration(store, arena, account.organization, &given, &integration, &err));
    enum import_result result;
    const struct import import = {.organization = account.organization,
        .integration = integration.id,
        .repository = view_text("team/app"),
        .tag = view_text("1"),
        .kind = MANIFEST_IMAGE,
        .digest = {"sha256:0000000000000000000000000000000000000000000000000000000000000000"},
        .lane = JOB_LANE_BULK};
    MUST(store_import(store, &import, &result, &err));
    filling->organization = account.organization;
    filling->integration = integration.id;
}

static void fill(struct bench *bench)
{
    AUTO_STORE *store = NULL;
    bool found = false;
    struct filling filling = {.bench = bench};
    int64_t *positions = memory_alloc((size_t)LAYERS_PER_IMAGE * PACKAGES_PER_LAYER_MAX * sizeof(int64_t));
    int64_t packages = 0;
    MUST(store_open(&bench->options, &store, &err));
    fill_frame(&filling, store);
    MUST(transaction_write(store, &filling.transaction, &err));
    MUST(LOOKUP(
        filling.transaction.connection, &filling.snapshot, &found, &err, "SELECT min(id) FROM snapshots", SQL_NONE));
    MUST(RUN(filling.transaction.connection, &err, "DELETE FROM jobs", SQL_NONE));
    fill_packages(&filling);
    filling.tallies = tally_chunk_new(bench->arena, &filling.transaction);
    for (int64_t image = 1; image <= bench->images; image++) {
        size_t count = image_packages(bench, image, positions);
        packages += (int64_t)count;
        fill_image(&filling, image, positions, count);
    }
    MUST(tally_chunk_finish(filling.tallies, &err));
    find_holders(&filling, positions);
    fill_sets(&filling);
    MUST(transaction_end(&filling.transaction, true, &err));
    printf("store: %lld images of %lld packages on average\n", (long long)bench->images,
        (long long)(packages / bench->images));
    free(filling.holders.images);
    free(filling.holders.starts);
    free(filling.package_ids);
    free(positions);
}

/* One run of the job, in a process of its own, whose memory counts. */
static int rematch(const struct bench *bench)
{
    AUTO_STORE *store = NULL;
    struct job_run run = {.arena = bench->arena};
    struct job_surroundings surroundings = {.index_folder = bench->index};
    MUST(store_open(&bench->options, &store, &err));
    surroundings.store = store;
    run.surroundings = &surroundings;
    double start = now_s();
    double start_cpu = cpu_s();
    MUST(advisories_announce(&surroundings, &err));
    double marked = now_s();
    double marked_cpu = cpu_s();
    MUST(job_kind_named(view_text("rematch"))->run(&run, &err));
    printf(
        "  %.3f s (%.3f s of CPU): %.3f s (%.3f) to mark what lags, %.3f s (%.3f) to match and count; at most %ld MB, "
        "mapped files included\n",
        now_s() - start, cpu_s() - start_cpu, marked - start, marked_cpu - start_cpu, now_s() - marked,
        cpu_s() - marked_cpu, peak_mb());
    return 0;
}

static void run_rematch(const struct bench *bench, const char *what)
{
    printf("%s\n", what);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char image[32], layers[32], packages[32];
        snprintf(image, sizeof(image), "%lld", (long long)bench->images);
        snprintf(layers, sizeof(layers), "%lld", (long long)bench->layers);
        snprintf(packages, sizeof(packages), "%lld", (long long)bench->packages);
        execl("/proc/self/exe", "rematch_bench", image, layers, packages, bench->folder, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "rematch_bench: the run failed\n");
        exit(1);
    }
}

/* Findings by (package, vulnerability), as severity * 16 + fix state. */
struct snapshot {
    struct arena *arena;
    struct map findings;
    size_t changes; /* since an earlier one */
};

struct finding_key {
    int64_t package;
    int64_t vulnerability;
};

static void read_findings(struct connection *connection, struct snapshot *snapshot)
{
    AUTO_ROWS rows = {0};
    snapshot->arena = arena_new();
    map_init(&snapshot->findings, snapshot->arena);
    MUST(QUERY(connection, &rows, &err,
        "SELECT package_id, vulnerability_id, severity, fix_state FROM package_findings", SQL_NONE));
    while (rows_next(&rows)) {
        struct finding_key *key = ARENA_NEW(snapshot->arena, struct finding_key);
        *key = (struct finding_key){rows_integer(&rows, 0), rows_integer(&rows, 1)};
        int64_t *value = ARENA_NEW(snapshot->arena, int64_t);
        *value = rows_integer(&rows, 2) * 16 + rows_integer(&rows, 3);
        map_set(&snapshot->findings, view_of(key, sizeof(*key)), value);
    }
    MUST(rows_finish(&rows, &err));
}

/* Events that a change between two states must have left, apart from other fixed versions, which show in no column. */
static size_t count_changes(const struct snapshot *before, const struct snapshot *after)
{
    size_t changes = 0;
    for (size_t i = 0; i < before->findings.count; i++) {
        const int64_t *old = before->findings.entries[i].value;
        const int64_t *now = map_get(&after->findings, before->findings.entries[i].key);
        changes += now == NULL || *old / 16 != *now / 16;
    }
    for (size_t i = 0; i < after->findings.count; i++)
        changes += map_get(&before->findings, after->findings.entries[i].key) == NULL;
    return changes;
}

struct counted {
    int64_t by_severity[SEVERITY_COUNT];
    int64_t fixable;
    int64_t findings;
};

struct by_package {
    struct finding_key *items; /* vulnerability and severity * 16 + fix state, by package */
    size_t *starts;
};

static struct by_package group(const struct snapshot *snapshot, int64_t package_max)
{
    struct by_package grouped;
    grouped.starts = calloc((size_t)package_max + 2, sizeof(size_t));
    grouped.items = memory_alloc((snapshot->findings.count + 1) * sizeof(struct finding_key));
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < snapshot->findings.count; i++) {
            struct finding_key key;
            memcpy(&key, snapshot->findings.entries[i].key.data, sizeof(key));
            if (pass == 0)
                grouped.starts[key.package + 1]++;
            else
                grouped.items[grouped.starts[key.package]++] =
                    (struct finding_key){key.vulnerability, *(const int64_t *)snapshot->findings.entries[i].value};
        }
        for (int64_t i = 0; pass == 0 && i <= package_max; i++)
            grouped.starts[i + 1] += grouped.starts[i];
    }
    return grouped; /* starts[p] is now the end of p, so that p begins at starts[p - 1] */
}

static struct counted count_image(
    struct arena *arena, const struct by_package *findings, const int64_t *keys, size_t count)
{
    struct counted counted = {0};
    struct map worst;
    map_init(&worst, arena);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = findings->starts[keys[i] - 1]; k < findings->starts[keys[i]]; k++) {
            const struct finding_key *item = &findings->items[k];
            struct map_entry *entry = map_entry(&worst, view_of(&item->package, sizeof(item->package)));
            int64_t *value = entry->value;
            if (value == NULL)
                entry->value = value = ARENA_ARRAY(arena, int64_t, 2);
            if (item->vulnerability / 16 > value[0])
                value[0] = item->vulnerability / 16;
            value[1] |= item->vulnerability % 16 == FIX_AVAILABLE;
            counted.findings++;
        }
    }
    for (size_t i = 0; i < worst.count; i++) {
        const int64_t *value = worst.entries[i].value;
        counted.by_severity[value[0]]++;
        counted.fixable += value[1];
    }
    return counted;
}

static bool is_same(const struct tally *tally, const struct counted *counted)
{
    bool is_equal = tally->findings == counted->findings &&
                    tally_count(tally, (struct kind_filter){.fixable = KIND_WITH_FIX}) == counted->fixable;
    for (int severity = 0; severity < SEVERITY_COUNT && is_equal; severity++)
        is_equal =
            tally_count(tally, (struct kind_filter){.severities = 1u << severity}) == counted->by_severity[severity];
    return is_equal;
}

/* Counts every image anew and compares. */
static void check_counters(struct transaction *transaction, const struct snapshot *snapshot)
{
    AUTO_ROWS rows = {0};
    AUTO_ARENA *scratch = arena_new();
    bool found;
    int64_t package_max = 0;
    int64_t images = 0;
    struct tally_chunk *tallies = tally_chunk_new(scratch, transaction);
    MUST(LOOKUP(transaction->connection, &package_max, &found, &err, "SELECT max(id) FROM packages", SQL_NONE));
    struct by_package findings = group(snapshot, package_max);
    MUST(QUERY(transaction->connection, &rows, &err, "SELECT image_id, package_ids FROM inventories ORDER BY image_id",
        SQL_NONE));
    for (; rows_next(&rows); images++) {
        AUTO_ARENA *arena = arena_new();
        int64_t *keys;
        size_t count;
        struct tally *tally = NULL;
        MUST(packed_read_keys(arena, rows_view(&rows, 1), &keys, &count, &err));
        struct counted counted = count_image(arena, &findings, keys, count);
        MUST(tally_chunk_find(tallies, rows_integer(&rows, 0), &tally, &err));
        if (tally == NULL || !is_same(tally, &counted)) {
            fprintf(stderr, "rematch_bench: the counters of image %lld are wrong\n", (long long)rows_integer(&rows, 0));
            exit(1);
        }
    }
    MUST(rows_finish(&rows, &err));
    free(findings.items);
    free(findings.starts);
    printf("  the counters of all %lld images are right\n", (long long)images);
}

/* Compares counters and events with the findings; `before` is NULL after the first import, which makes no single event. */
static struct snapshot check(const struct bench *bench, const struct snapshot *before, int64_t generation)
{
    AUTO_STORE *store = NULL;
    struct transaction transaction;
    struct snapshot snapshot;
    int64_t events = 0;
    bool found;
    MUST(store_open(&bench->options, &store, &err));
    MUST(transaction_read(store, &transaction, &err));
    read_findings(transaction.connection, &snapshot);
    check_counters(&transaction, &snapshot);
    MUST(LOOKUP(transaction.connection, &events, &found, &err,
        "SELECT count(*) FROM events WHERE generation = $1 AND change < 3", SQL_INTEGER(generation)));
    size_t changes = before == NULL ? 0 : count_changes(before, &snapshot);
    printf("  %zu findings, %zu changed, %lld events\n", snapshot.findings.count, changes, (long long)events);
    if ((size_t)events != changes) {
        fprintf(stderr, "rematch_bench: the events are wrong\n");
        exit(1);
    }
    MUST(transaction_end(&transaction, true, &err));
    return snapshot;
}

static void forget_delta(const struct bench *bench)
{
    struct view path = arena_format(bench->arena, "%s/deltas/2", bench->index);
    unlink(path.data);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void measure(struct bench *bench)
{
    build_index(bench, 1, 1);
    double start = now_s();
    fill(bench);
    printf("store: filled in %.0f s\n", now_s() - start);
    run_rematch(bench, "first import: everything is matched, every image counted");
    struct snapshot first = check(bench, NULL, 1);
    build_index(bench, 2, 1);
    forget_delta(bench);
    run_rematch(bench, "full rematch: nobody knows what changed, 1 % of the names did");
    struct snapshot second = check(bench, &first, 2);
    build_index(bench, 3, 1);
    run_rematch(bench, "delta: 2,000 changed names");
    struct snapshot third = check(bench, &second, 3);
    build_index(bench, 3, 2);
    run_rematch(bench, "EPSS: nearly all scores are others");
    struct snapshot fourth = check(bench, &third, 4);
    build_index(bench, 3, 2);
    run_rematch(bench, "a feed commit that changes nothing");
    arena_free(fourth.arena);
    arena_free(first.arena);
    arena_free(second.arena);
    arena_free(third.arena);
}

int main(int argc, char **argv)
{
    AUTO_ARENA *arena = arena_new();
    struct bench bench = {.arena = arena, .images = 110000, .layers = 20000, .packages = 300000};
    if (argc >= 4) {
        bench.images = atoll(argv[1]);
        bench.layers = atoll(argv[2]);
        bench.packages = atoll(argv[3]);
    }
    snprintf(bench.folder, sizeof(bench.folder), "%s", argc == 5 ? argv[4] : "/var/tmp/tidewaiter-rematch-XXXXXX");
    if (argc != 5 && mkdtemp(bench.folder) == NULL) {
        perror("mkdtemp");
        return 1;
    }
    bench.index = arena_format(arena, "%s/index", bench.folder).data;
    bench.options = (struct store_options){
        .address = arena_format(arena, "sqlite:%s/store.db", bench.folder).data, .clock = clock_system()};
    if (argc == 5)
        return rematch(&bench);
    measure(&bench);
    nftw(bench.folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
