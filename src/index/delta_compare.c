/* SPDX-License-Identifier: Apache-2.0 */
/* Two databases are compared key by key. What an advisory says of itself stands once and concerns all names under which it
   is found, so its id is looked for among the elements of each name. */
#include "advisory/encoding.h"
#include "base/map.h"
#include "index/database.h"
#include "index/delta.h"
#include "index/format.h"

#include <stdlib.h>

struct view_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

struct comparison {
    struct arena *arena;
    struct arena *scratch; /* of one key */
    const struct database *before; /* NULL: there was none */
    const struct database *after;
    struct view ecosystem; /* of both */
    struct map records; /* ids of advisories that changed, in this ecosystem */
    struct map revived; /* vulnerabilities that are not rejected any more */
    struct map facts; /* struct index_fact by vulnerability */
    struct {
        struct index_name *items;
        size_t count, capacity;
    } names;
    struct view_list ecosystems;
};

static bool is_kind(struct view key, const char *prefix)
{
    return key.size >= 2 && memcmp(key.data, prefix, 2) == 0;
}

/* What the other database has for a key; not found if there is none. */
static bool value_of(
    const struct database *database, struct view key, struct view *value, bool *is_found, struct error *err)
{
    *is_found = false;
    return database == NULL || database_value(database, key, value, is_found, err);
}

static void note(struct comparison *comparison, struct map *map, struct view text)
{
    if (map_get(map, text) == NULL)
        map_set(map, arena_copy(comparison->arena, text), comparison);
}

/* A vulnerability that was rejected had no findings that could lead to its packages; its advisories do. */
static bool is_about_revived(struct comparison *comparison, struct view head)
{
    struct advisory advisory;
    struct view *ids;
    size_t count;
    if (comparison->revived.count == 0)
        return false;
    struct decoder decoder = decoder_begin(head);
    decode_head(&decoder, comparison->scratch, &advisory);
    advisory_vulnerabilities(comparison->scratch, &advisory, &ids, &count);
    for (size_t i = 0; i < count; i++) {
        if (map_get(&comparison->revived, ids[i]) != NULL)
            return true;
    }
    return false;
}

static bool compare_record(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    struct view old;
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_ID))
        return true;
    if (!value_of(comparison->before, key, &old, &is_found, err))
        return false;
    arena_reset(comparison->scratch);
    if (!is_found || !view_equal(old, value) || is_about_revived(comparison, value))
        note(comparison, &comparison->records, view_from(key, 2));
    return true;
}

static bool find_lost_record(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_ID))
        return true;
    if (!value_of(comparison->after, key, &value, &is_found, err))
        return false;
    if (!is_found)
        note(comparison, &comparison->records, view_from(key, 2));
    return true;
}

/* The elements of a name one by one; false if the value is damaged. `has_changed` tells whether a changed record is among
   them. */
static bool split_elements(
    struct comparison *comparison, struct view value, struct view_list *elements, bool *has_changed)
{
    struct decoder decoder = decoder_begin(value);
    while (decoder.unpack.rest.size > 0) {
        struct affected ignored;
        const char *start = decoder.unpack.rest.data;
        struct view id = decode_text(&decoder);
        decode_affected(&decoder, comparison->scratch, &ignored);
        if (decoder.unpack.is_broken)
            return false;
        *has_changed |= map_get(&comparison->records, id) != NULL;
        *(struct view *)ARENA_PUSH(comparison->scratch, elements) =
            view_of(start, (size_t)(decoder.unpack.rest.data - start));
    }
    return true;
}

static int compare_views(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

/* Feeds do not promise an order of their records. */
static bool is_same_set(struct view_list *a, struct view_list *b)
{
    if (a->count != b->count)
        return false;
    if (a->count == 0)
        return true;
    qsort(a->items, a->count, sizeof(struct view), compare_views);
    qsort(b->items, b->count, sizeof(struct view), compare_views);
    for (size_t i = 0; i < a->count; i++) {
        if (!view_equal(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

/* Whether a package of this name may have other findings now; a damaged value says yes. */
static bool is_changed(struct comparison *comparison, struct view old, struct view value)
{
    bool has_changed = false;
    struct view_list before = {0};
    struct view_list after = {0};
    bool is_same = view_equal(old, value);
    if (is_same && comparison->records.count == 0)
        return false;
    if (!is_same && old.size != value.size)
        return true;
    if (!split_elements(comparison, value, &after, &has_changed) || has_changed)
        return true;
    return !is_same && (!split_elements(comparison, old, &before, &has_changed) || !is_same_set(&before, &after));
}

static void note_name(struct comparison *comparison, struct view key)
{
    struct index_name *name = ARENA_PUSH(comparison->arena, &comparison->names);
    name->ecosystem = comparison->ecosystem;
    name->name = arena_copy(comparison->arena, view_from(key, 2 + comparison->ecosystem.size + 1));
}

static bool compare_name(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    struct view old;
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_NAME))
        return true;
    if (!value_of(comparison->before, key, &old, &is_found, err))
        return false;
    arena_reset(comparison->scratch);
    if (!is_found || is_changed(comparison, old, value))
        note_name(comparison, key);
    return true;
}

static bool find_lost_name(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_NAME))
        return true;
    if (!value_of(comparison->after, key, &value, &is_found, err))
        return false;
    if (!is_found)
        note_name(comparison, key);
    return true;
}

static bool decode_stored_facts(
    struct comparison *comparison, struct view value, struct vulnerability_facts *facts, struct error *err)
{
    struct decoder decoder = decoder_begin(value);
    *facts = (struct vulnerability_facts){0};
    if (value.size == 0)
        return true;
    decode_facts(&decoder, comparison->scratch, facts);
    return decoder_finish(&decoder, "the record", err);
}

static bool is_encoded_same(const struct vulnerability_facts *a, const struct vulnerability_facts *b)
{
    AUTO_BUFFER left;
    AUTO_BUFFER right;
    buffer_init(&left, ADVISORY_ENCODED_MAX);
    buffer_init(&right, ADVISORY_ENCODED_MAX);
    encode_facts(&left, a);
    encode_facts(&right, b);
    return view_equal(buffer_view(&left), buffer_view(&right));
}

/* What findings take from facts, see add_facts in finding/finding.c. */
static struct vulnerability_facts part_of_findings(const struct vulnerability_facts *facts)
{
    return (struct vulnerability_facts){.is_rejected = facts->is_rejected,
        .summary = facts->summary,
        .ratings = facts->ratings,
        .rating_count = facts->rating_count};
}

/* EPSS dates all its scores anew each day, which is no change of any. */
static bool note_fact(
    struct comparison *comparison, struct view key, struct view old, struct view value, struct error *err)
{
    struct vulnerability_facts before;
    struct vulnerability_facts after;
    struct view id = view_from(key, 2);
    arena_reset(comparison->scratch);
    if (!decode_stored_facts(comparison, old, &before, err) || !decode_stored_facts(comparison, value, &after, err))
        return false;
    before.epss_date_ms = after.epss_date_ms = 0;
    if (is_encoded_same(&before, &after))
        return true;
    struct map_entry *entry = map_entry(&comparison->facts, id);
    if (entry->value == NULL) {
        struct index_fact *fact = ARENA_NEW(comparison->arena, struct index_fact);
        entry->key = arena_copy(comparison->arena, id);
        *fact = (struct index_fact){.vulnerability = entry->key};
        entry->value = fact;
    }
    struct vulnerability_facts before_part = part_of_findings(&before);
    struct vulnerability_facts after_part = part_of_findings(&after);
    ((struct index_fact *)entry->value)->moves_findings |= !is_encoded_same(&before_part, &after_part);
    if (before.is_rejected && !after.is_rejected)
        note(comparison, &comparison->revived, id);
    return true;
}

static bool compare_fact(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    struct view old = view_of(NULL, 0);
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_FACTS))
        return true;
    return value_of(comparison->before, key, &old, &is_found, err) &&
           ((is_found && view_equal(old, value)) || note_fact(comparison, key, old, value, err));
}

static bool find_lost_fact(void *context, struct view key, struct view value, struct error *err)
{
    struct comparison *comparison = context;
    struct view now;
    bool is_found;
    if (!is_kind(key, FORMAT_KEY_FACTS))
        return true;
    return value_of(comparison->after, key, &now, &is_found, err) &&
           (is_found || note_fact(comparison, key, value, view_of(NULL, 0), err));
}

typedef bool visitor(void *context, struct view key, struct view value, struct error *err);

static bool walk(struct comparison *comparison, visitor *of_after, visitor *of_before, struct error *err)
{
    return (comparison->after == NULL || database_each(comparison->after, of_after, comparison, err)) &&
           (comparison->before == NULL || database_each(comparison->before, of_before, comparison, err));
}

static const struct index_database *find_same(
    const struct index_manifest *manifest, const struct index_database *database)
{
    for (size_t i = 0; i < manifest->database_count; i++) {
        if (view_equal(manifest->databases[i].feed, database->feed) &&
            view_equal(manifest->databases[i].ecosystem, database->ecosystem))
            return &manifest->databases[i];
    }
    return NULL;
}

static bool is_release_of(const struct index_database *database, struct view release)
{
    for (size_t i = 0; i < database->release_count; i++) {
        if (view_equal(database->releases[i], release))
            return true;
    }
    return false;
}

static bool covers_same(const struct index_database *before, const struct index_database *after)
{
    bool is_same = before->release_count == after->release_count;
    for (size_t i = 0; i < after->release_count && is_same; i++)
        is_same = is_release_of(before, after->releases[i]);
    return is_same;
}

static bool compare_databases(struct comparison *comparison, const struct index_database *before,
    const struct index_database *after, struct error *err)
{
    bool is_about_packages = comparison->ecosystem.size > 0;
    if (before != NULL && after != NULL && digest_equal(&before->digest, &after->digest) &&
        (!is_about_packages || comparison->revived.count == 0))
        return true;
    if (!is_about_packages)
        return walk(comparison, compare_fact, find_lost_fact, err);
    if (before == NULL || after == NULL || !covers_same(before, after)) {
        *(struct view *)ARENA_PUSH(comparison->arena, &comparison->ecosystems) = comparison->ecosystem;
        return true;
    }
    map_init(&comparison->records, comparison->arena);
    return walk(comparison, compare_record, find_lost_record, err) &&
           walk(comparison, compare_name, find_lost_name, err);
}

static bool compare_pair(const char *folder, struct comparison *comparison, const struct index_database *before,
    const struct index_database *after, struct error *err)
{
    struct database *old = before == NULL ? NULL : database_open(folder, before);
    struct database *new = after == NULL ? NULL : database_open(folder, after);
    comparison->before = old;
    comparison->after = new;
    bool is_compared = compare_databases(comparison, before, after, err);
    database_close(old);
    database_close(new);
    return is_compared;
}

/* Facts come first: what they revive is looked for among the advisories. */
static bool compare_all(const char *folder, const struct index_manifest *before, const struct index_manifest *after,
    bool are_facts, struct comparison *comparison, struct error *err)
{
    for (size_t i = 0; i < after->database_count; i++) {
        const struct index_database *database = &after->databases[i];
        comparison->ecosystem = arena_copy(comparison->arena, database->ecosystem);
        if ((database->ecosystem.size == 0) == are_facts &&
            !compare_pair(folder, comparison, find_same(before, database), database, err))
            return false;
    }
    for (size_t i = 0; i < before->database_count; i++) {
        const struct index_database *database = &before->databases[i];
        comparison->ecosystem = arena_copy(comparison->arena, database->ecosystem);
        if ((database->ecosystem.size == 0) == are_facts && find_same(after, database) == NULL &&
            !compare_pair(folder, comparison, database, NULL, err))
            return false;
    }
    return true;
}

bool delta_compare(const char *folder, const struct index_manifest *before, const struct index_manifest *after,
    struct arena *arena, struct index_delta *delta, struct error *err)
{
    AUTO_ARENA *scratch = arena_new();
    struct comparison comparison = {.arena = arena, .scratch = scratch};
    map_init(&comparison.records, arena);
    map_init(&comparison.revived, arena);
    map_init(&comparison.facts, arena);
    if (!compare_all(folder, before, after, true, &comparison, err) ||
        !compare_all(folder, before, after, false, &comparison, err))
        return false;
    *delta = (struct index_delta){
        .ecosystems = comparison.ecosystems.items,
        .ecosystem_count = comparison.ecosystems.count,
        .names = comparison.names.items,
        .name_count = comparison.names.count,
        .facts = ARENA_ARRAY(arena, struct index_fact, comparison.facts.count),
        .fact_count = comparison.facts.count,
    };
    for (size_t i = 0; i < delta->fact_count; i++)
        delta->facts[i] = *(const struct index_fact *)comparison.facts.entries[i].value;
    return true;
}
