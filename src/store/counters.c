/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of an image, counted from the findings of its packages. What a package contributes is read once in a
   transaction, so that a change of advisories costs little for each image that it reaches. */
#include "store/counters.h"
#include "store/evaluations_internal.h"
#include "store/events_internal.h"
#include "store/image_tallies.h"
#include "store/matching.h"
#include "store/packed.h"

#include <stdlib.h>

/* A finding as far as counters need it. */
struct share {
    int64_t vulnerability;
    enum severity severity;
    bool is_fixable;
    enum threat threat;
};

struct package_shares {
    struct share *items;
    size_t count;
    size_t capacity;
    bool is_undecidable;
};

/* A key of a map for an integer. */
static struct view integer_key(struct arena *arena, int64_t integer)
{
    return arena_copy(arena, view_of(&integer, sizeof(integer)));
}

void matching_touch_image(struct matching *matching, int64_t image)
{
    struct view probe = view_of(&image, sizeof(image));
    if (map_get(&matching->images, probe) == NULL)
        map_set(&matching->images, integer_key(matching->arena, image), matching);
}

static bool read_shares(struct matching *matching, int64_t package, struct package_shares *shares, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t id = 0;
    if (!LOOKUP(matching->transaction->connection, &id, &shares->is_undecidable, err,
            "SELECT id FROM packages WHERE id = $1 AND undecidable <> ''", SQL_INTEGER(package)) ||
        !QUERY(matching->transaction->connection, &rows, err,
            "SELECT vulnerability_id, severity, fix_state, " THREAT_COLUMN " FROM package_findings "
            "JOIN vulnerabilities ON vulnerabilities.id = package_findings.vulnerability_id WHERE package_id = $1",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        struct share *share = ARENA_PUSH(matching->arena, shares);
        *share = (struct share){rows_integer(&rows, 0), (enum severity)rows_integer(&rows, 1),
            rows_integer(&rows, 2) == FIX_AVAILABLE, (enum threat)rows_integer(&rows, 3)};
    }
    return rows_finish(&rows, err);
}

static bool find_shares(struct matching *matching, int64_t package, struct package_shares **shares, struct error *err)
{
    *shares = map_get(&matching->packages, view_of(&package, sizeof(package)));
    if (*shares != NULL)
        return true;
    *shares = ARENA_NEW(matching->arena, struct package_shares);
    map_set(&matching->packages, integer_key(matching->arena, package), *shares);
    return read_shares(matching, package, *shares, err);
}

static int compare_shares(const void *a, const void *b)
{
    const struct share *left = a;
    const struct share *right = b;
    return (left->vulnerability > right->vulnerability) - (left->vulnerability < right->vulnerability);
}

/* Each vulnerability once: at its highest severity, fixable if one of its packages has a fix. */
static void tally_shares(struct share *shares, size_t count, struct tally *tally)
{
    if (count > 0)
        qsort(shares, count, sizeof(*shares), compare_shares);
    for (size_t i = 0; i < count;) {
        struct share whole = shares[i];
        for (i++; i < count && shares[i].vulnerability == whole.vulnerability; i++) {
            if (shares[i].severity > whole.severity)
                whole.severity = shares[i].severity;
            whole.is_fixable |= shares[i].is_fixable;
        }
        tally->kinds[kind_of(whole.severity, whole.is_fixable, whole.threat)]++;
    }
    tally->findings = (int64_t)count;
}

/* The packages of the image, but for those that are in `seen` (NULL: nothing is). */
static bool add_image(struct matching *matching, struct arena *scratch, int64_t image, struct map *seen,
    struct package_shares *all, struct tally *tally, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t *packages = NULL;
    size_t count = 0;
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT package_ids, package_count FROM inventories WHERE image_id = $1", SQL_INTEGER(image)))
        return false;
    if (rows_next(&rows)) {
        tally->packages = rows_integer(&rows, 1);
        if (!packed_read_keys(scratch, rows_view(&rows, 0), &packages, &count, err))
            return false;
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct package_shares *shares = NULL;
        if (seen != NULL && !map_set(seen, integer_key(scratch, packages[i]), matching))
            continue;
        if (!find_shares(matching, packages[i], &shares, err))
            return false;
        tally->undecidable += shares->is_undecidable;
        for (size_t k = 0; k < shares->count; k++)
            *(struct share *)ARENA_PUSH(scratch, all) = shares->items[k];
    }
    return true;
}

static bool tally_image(
    struct matching *matching, struct arena *scratch, int64_t image, struct tally *tally, struct error *err)
{
    struct package_shares all = {0};
    if (!add_image(matching, scratch, image, NULL, &all, tally, err))
        return false;
    tally_shares(all.items, all.count, tally);
    return true;
}

bool counters_of_images(struct transaction *transaction, struct arena *arena, const int64_t *images, size_t count,
    struct tally *counts, struct error *err)
{
    struct matching matching = {.transaction = transaction, .arena = arena};
    struct package_shares all = {0};
    struct tally tally = {0};
    struct map seen;
    map_init(&matching.packages, arena);
    map_init(&seen, arena);
    for (size_t i = 0; i < count; i++) {
        if (!add_image(&matching, arena, images[i], &seen, &all, &tally, err))
            return false;
    }
    tally_shares(all.items, all.count, &tally);
    *counts = tally;
    counts->packages = (int64_t)seen.count;
    return true;
}

/* The first import of a feed, and other rules, are one event a generation, which grows with each batch. */
static bool tell_sums(struct matching *matching, struct error *err)
{
    static const struct {
        enum event_cause cause;
        enum event_change change;
    } sums[LAG_CAUSE_COUNT] = {
        [LAG_FIRST_IMPORT] = {CAUSE_ADVISORY, CHANGE_FIRST_IMPORT}, [LAG_RULE] = {CAUSE_RULE, CHANGE_MATCHER}};
    for (int i = LAG_FIRST_IMPORT; i < LAG_CAUSE_COUNT; i++) {
        const struct event_new event = {.generation = matching->generation,
            .cause = sums[i].cause,
            .change = sums[i].change,
            .added = matching->findings_added[i],
            .removed = matching->findings_removed[i]};
        if (event.added + event.removed > 0 && !events_add(matching->transaction, &event, err))
            return false;
    }
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* The images that are to be counted anew, in the order of their keys, so that each packed row is written once. */
static int64_t *list_touched(struct matching *matching)
{
    size_t count = matching->images.count;
    int64_t *images = ARENA_ARRAY(matching->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        memcpy(&images[i], matching->images.entries[i].key.data, sizeof(images[i]));
    if (count > 0)
        qsort(images, count, sizeof(*images), compare_keys);
    return images;
}

bool matching_finish(struct matching *matching, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    if (!matching_apply_moves(matching, err))
        return false;
    int64_t *images = list_touched(matching);
    struct tally_chunk *chunk = tally_chunk_new(matching->arena, matching->transaction);
    for (size_t i = 0; i < matching->images.count; i++) {
        struct tally tally = {0};
        arena_reset(scratch);
        if (!tally_image(matching, scratch, images[i], &tally, err) || !tally_chunk_set(chunk, images[i], &tally, err))
            return false;
    }
    matching->counts.images_changed += matching->images.count;
    return tally_chunk_finish(chunk, err) && tell_sums(matching, err) && due_mark_matching(matching, err);
}

bool counters_complete(struct transaction *transaction, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct matching matching;
    struct tally *tally = NULL;
    struct tally_chunk *chunk = tally_chunk_new(arena, transaction);
    if (!matching_begin(&matching, transaction, arena, err) ||
        !QUERY(transaction->connection, &rows, err, "SELECT image_id FROM inventories ORDER BY image_id", SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        if (!tally_chunk_find(chunk, rows_integer(&rows, 0), &tally, err))
            return false;
        if (tally == NULL)
            matching_touch_image(&matching, rows_integer(&rows, 0));
    }
    return rows_finish(&rows, err) && matching_finish(&matching, err);
}

bool counters_forget_kev(struct transaction *transaction, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct matching matching;
    int64_t *images = NULL;
    size_t count = 0;
    if (!matching_begin(&matching, transaction, arena, err) ||
        !image_keys_with(transaction, arena, kinds_mask((struct kind_filter){.threats = 1u << THREAT_KNOWN}), &images,
            &count, err) ||
        !RUN(transaction->connection, err,
            "UPDATE vulnerabilities SET kev_added_ms = NULL, kev_due_ms = NULL, is_used_by_ransomware = 0 "
            "WHERE kev_added_ms IS NOT NULL",
            SQL_NONE))
        return false;
    for (size_t i = 0; i < count; i++)
        matching_touch_image(&matching, images[i]);
    return matching_finish(&matching, err);
}
