/* SPDX-License-Identifier: Apache-2.0 */
#include "index/index.h"

#include "base/memory.h"
#include "index/database.h"
#include "index/delta.h"
#include "index/manifest.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Databases that are mapped only when they are asked; a process may have several generations open. */
enum { DESCRIPTORS_MAX = 64 };

struct index_generation {
    struct lookup lookup; /* first: a lookup is the generation */
    atomic_uint users;
    struct arena *arena;
    const char *folder;
    struct index_manifest manifest;
    struct database **databases; /* as in the manifest */
};

static bool find(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
    struct lookup_match **matches, size_t *count, struct error *err)
{
    const struct index_generation *generation = (const struct index_generation *)lookup;
    struct view base = ecosystem_base(ecosystem);
    struct database_matches found = {NULL, 0, 0};
    for (size_t i = 0; i < generation->manifest.database_count; i++) {
        if (base.size > 0 && view_equal(generation->manifest.databases[i].ecosystem, base) &&
            !database_find(generation->databases[i], arena, name, &found, err))
            return false;
    }
    *matches = found.items;
    *count = found.count;
    return true;
}

/* Both lists, one behind the other. */
static void *join(
    struct arena *arena, const void *first, size_t *count, const void *second, size_t second_count, size_t item_size)
{
    if (*count + second_count == 0)
        return NULL;
    char *both = arena_alloc(arena, (*count + second_count) * item_size);
    if (*count > 0)
        memcpy(both, first, *count * item_size);
    if (second_count > 0)
        memcpy(both + *count * item_size, second, second_count * item_size);
    *count += second_count;
    return both;
}

/* Each feed knows something else: what one has does not replace what another said. */
static void add_facts(struct arena *arena, struct vulnerability_facts *all, const struct vulnerability_facts *more)
{
    if (more->has_epss && !all->has_epss) {
        all->has_epss = true;
        all->epss_score = more->epss_score;
        all->epss_percentile = more->epss_percentile;
        all->epss_date_ms = more->epss_date_ms;
    }
    if (more->is_known_exploited && !all->is_known_exploited) {
        all->is_known_exploited = true;
        all->kev_added_ms = more->kev_added_ms;
        all->kev_due_ms = more->kev_due_ms;
    }
    all->is_used_by_ransomware |= more->is_used_by_ransomware;
    all->is_disputed |= more->is_disputed;
    all->is_rejected |= more->is_rejected;
    if (all->published_ms == 0)
        all->published_ms = more->published_ms;
    if (all->modified_ms < more->modified_ms)
        all->modified_ms = more->modified_ms;
    if (all->summary.size == 0)
        all->summary = more->summary;
    all->ratings =
        join(arena, all->ratings, &all->rating_count, more->ratings, more->rating_count, sizeof(all->ratings[0]));
    all->exploits =
        join(arena, all->exploits, &all->exploit_count, more->exploits, more->exploit_count, sizeof(all->exploits[0]));
}

static bool find_facts(const struct lookup *lookup, struct arena *arena, struct view vulnerability,
    const struct vulnerability_facts **facts, struct error *err)
{
    const struct index_generation *generation = (const struct index_generation *)lookup;
    struct vulnerability_facts *all = NULL;
    for (size_t i = 0; i < generation->manifest.database_count; i++) {
        struct vulnerability_facts more;
        bool is_found = false;
        if (generation->manifest.databases[i].ecosystem.size > 0)
            continue;
        if (!database_facts(generation->databases[i], arena, vulnerability, &more, &is_found, err))
            return false;
        if (is_found && all == NULL)
            all = ARENA_NEW(arena, struct vulnerability_facts);
        if (is_found)
            add_facts(arena, all, &more);
    }
    *facts = all;
    return true;
}

/* The files of a generation may go while they are being opened, if two commits come meanwhile. */
static bool is_still_current(const char *folder, uint64_t number)
{
    struct error ignored;
    uint64_t now;
    return !index_manifest_current_number(folder, &now, &ignored) || now == number;
}

static bool open_once(const char *folder, struct index_generation *generation, struct error *err)
{
    if (!index_manifest_read_current(folder, generation->arena, &generation->manifest, err)) {
        if (err->code == ERROR_NOT_FOUND)
            return error_set(err, ERROR_NOT_FOUND,
                "there is no advisory index in \"%s\": run \"tidewaiter feed update --ecosystem NAME\"", folder);
        return error_wrap(err,
            "the advisory index in \"%s\" cannot be read (remove it and run \"tidewaiter feed update\" to build it again)",
            folder);
    }
    size_t count = generation->manifest.database_count;
    generation->folder = arena_text(generation->arena, view_text(folder));
    generation->databases = ARENA_ARRAY(generation->arena, struct database *, count);
    for (size_t i = 0; i < count; i++) {
        generation->databases[i] = database_open(folder, &generation->manifest.databases[i]);
        if (i >= DESCRIPTORS_MAX)
            database_map(generation->databases[i]);
    }
    return true;
}

static struct index_generation *generation_new(void)
{
    struct index_generation *generation = memory_alloc(sizeof(*generation));
    *generation =
        (struct index_generation){.lookup = {.find = find, .facts = find_facts}, .users = 1, .arena = arena_new()};
    return generation;
}

bool index_open(const char *folder, struct index_generation **generation, struct error *err)
{
    enum { ATTEMPTS_MAX = 5 };
    for (int attempt = 1;; attempt++) {
        struct index_generation *opened = generation_new();
        if (!open_once(folder, opened, err)) {
            index_unref(opened);
            return false;
        }
        if (attempt == ATTEMPTS_MAX || is_still_current(folder, opened->manifest.number)) {
            *generation = opened;
            return true;
        }
        index_unref(opened);
    }
}

struct index_generation *index_ref(struct index_generation *generation)
{
    atomic_fetch_add_explicit(&generation->users, 1, memory_order_relaxed);
    return generation;
}

void index_unref(struct index_generation *generation)
{
    if (generation == NULL || atomic_fetch_sub_explicit(&generation->users, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; generation->databases != NULL && i < generation->manifest.database_count; i++)
        database_close(generation->databases[i]);
    arena_free(generation->arena);
    free(generation);
}

const struct lookup *index_lookup(const struct index_generation *generation)
{
    return &generation->lookup;
}

uint64_t index_number(const struct index_generation *generation)
{
    return generation->manifest.number;
}

const struct digest *index_digest(const struct index_generation *generation)
{
    return &generation->manifest.digest;
}

void index_delta_since(const struct index_generation *generation, uint64_t number, const struct digest *digest,
    struct arena *arena, struct index_delta *delta, bool *is_known)
{
    *is_known = delta_since(generation->folder, &generation->manifest, number, digest, arena, delta);
}

int64_t index_created_ms(const struct index_generation *generation)
{
    return generation->manifest.created_ms;
}

const struct index_database *index_databases(const struct index_generation *generation, size_t *count)
{
    *count = generation->manifest.database_count;
    return generation->manifest.databases;
}

bool index_gaps(const struct index_generation *generation, size_t database, struct arena *arena,
    struct index_gap **gaps, size_t *count, struct error *err)
{
    return database_gaps(generation->databases[database], arena, gaps, count, err);
}

bool index_verify(const struct index_generation *generation, size_t database, struct error *err)
{
    return database_verify(generation->databases[database], err);
}
