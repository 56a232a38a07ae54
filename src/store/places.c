/* SPDX-License-Identifier: Apache-2.0 */
/* There are few registries, and thousands of repositories: names are read whole and sorted here, and what their images have is
   counted in one pass over all of them. */
#include "store/places.h"

#include "base/map.h"
#include "store/image_contents.h"
#include "store/list_scan.h"
#include "store/page.h"

#include <assert.h>
#include <stdlib.h>

/* A place before its page is known. */
struct place {
    struct place_row row;
    int64_t key; /* of the integration, or of the repository */
    int64_t sort_key;
    bool is_wanted; /* by the kinds of its images */
};

struct places {
    struct place *items;
    size_t count;
    size_t capacity;
    const struct place_query *query;
    bool is_downward;
};

static const struct {
    const char *name;
    bool is_downward;
} orders[PLACE_ORDER_COUNT] = {
    [PLACE_ORDER_NAME] = {"name", false},
    [PLACE_ORDER_SEVERITY] = {"severity", true},
    [PLACE_ORDER_EXPLOITABLE] = {"exploitable", true},
    [PLACE_ORDER_SCORE] = {"score", true},
    [PLACE_ORDER_IMAGES] = {"image_count", true},
};

bool place_order_parse(struct view name, enum place_order *order, bool *is_reversed)
{
    bool is_falling = view_starts_with(name, "-");
    for (int i = 0; i < PLACE_ORDER_COUNT; i++) {
        if (!view_is(view_from(name, is_falling), orders[i].name))
            continue;
        *order = (enum place_order)i;
        *is_reversed = is_falling != orders[i].is_downward;
        return true;
    }
    return false;
}

static bool is_named(struct view name, struct view search)
{
    if (search.size > 2 && search.data[0] == '"' && search.data[search.size - 1] == '"')
        return view_equal(name, view_slice(search, 1, search.size - 2));
    return search.size == 0 || text_has(name, search);
}

#define REGISTRIES                                                                                                     \
    "SELECT id, uuid, name, name, 0 FROM integrations WHERE organization_id = $1 AND removed_ms = 0 "                  \
    "AND ($2 = '' OR uuid = $2)"
#define REPOSITORIES                                                                                                   \
    "SELECT repositories.id, uuid, integrations.name, repositories.name, 1 FROM integrations "                         \
    "JOIN repositories ON repositories.integration_id = integrations.id "                                              \
    "WHERE integrations.organization_id = $1 AND ($2 = '' OR uuid = $2)"

static const char *names_sql(struct arena *arena, enum place_kind kind, const struct owner_filter *owners)
{
    if (!owners->is_set)
        return kind == PLACE_REGISTRY ? REGISTRIES : REPOSITORIES;
    if (kind == PLACE_REPOSITORY)
        return arena_format(
            arena, REPOSITORIES "%.*s", VIEW_PRINT(owner_filter_team_sql(arena, owners, "repositories.team_id")))
            .data;
    return arena_format(arena,
        REGISTRIES " AND EXISTS (SELECT 1 FROM repositories WHERE integration_id = integrations.id%.*s)",
        VIEW_PRINT(owner_filter_team_sql(arena, owners, "team_id")))
        .data;
}

static bool read_names(struct transaction *transaction, struct arena *arena, int64_t organization, enum place_kind kind,
    struct places *places, struct error *err)
{
    AUTO_ROWS rows = {0};
    const struct kind_filter *kinds = &places->query->kinds;
    bool has_kinds_wish = kinds->severities + kinds->fixable + kinds->threats > 0;
    if (!QUERY(transaction->connection, &rows, err, names_sql(arena, kind, &places->query->owners),
            SQL_INTEGER(organization), SQL_WORD(places->query->integration.text)))
        return false;
    while (rows_next(&rows)) {
        if (!is_named(rows_view(&rows, 3), places->query->search))
            continue;
        struct place *place = ARENA_PUSH(arena, places);
        *place = (struct place){.key = rows_integer(&rows, 0), .is_wanted = !has_kinds_wish};
        uuid_parse(rows_view(&rows, 1), &place->row.integration_uuid);
        place->row.integration_name = rows_copy(&rows, arena, 2);
        place->row.name = rows_copy(&rows, arena, 3);
        place->row.id = kind == PLACE_REGISTRY ? view_text(place->row.integration_uuid.text)
                                               : arena_format(arena, "%s/%.*s", place->row.integration_uuid.text,
                                                     VIEW_PRINT(place->row.name));
        if (kind == PLACE_REGISTRY)
            place->row.id = arena_copy(arena, place->row.id);
    }
    return rows_finish(&rows, err);
}

/* The kinds that are looked for in each image, as sets of bits. */
struct place_masks {
    int64_t wanted;
    int64_t used;
    int64_t attacked;
};

/* One more current image of the place. */
static void count_image(struct place *place, const struct list_entry *entry, const struct place_masks *masks)
{
    struct place_row *row = &place->row;
    int64_t kinds = entry->key.kinds;
    int worst = kinds_worst(kinds);
    row->images++;
    row->images_by_state[entry->state]++;
    row->exploitable_images += (kinds & masks->attacked) != 0;
    row->known_images += (kinds & masks->used) != 0;
    row->score = entry->key.score > row->score ? entry->key.score : row->score;
    place->is_wanted |= (kinds & masks->wanted) != 0;
    if (entry->state == IMAGE_SCANNED && worst >= 0)
        row->images_by_worst[worst]++;
    else if (entry->state == IMAGE_SCANNED)
        row->images_without_findings++;
}

static struct view key_view(const int64_t *key)
{
    return view_of(key, sizeof(*key));
}

/* What all places have, in one pass over the images. */
static bool count_images(struct transaction *transaction, struct arena *arena, int64_t organization,
    enum place_kind kind, struct places *places, struct error *err)
{
    AUTO_LIST_SCAN scan = {0};
    struct list_entry entry = {0};
    struct map by_key;
    struct map repositories; /* that were seen */
    const struct place_masks masks = {.wanted = kinds_mask(places->query->kinds),
        .used = kinds_mask((struct kind_filter){.threats = 1u << THREAT_KNOWN}),
        .attacked = kinds_mask((struct kind_filter){.threats = 1u << THREAT_KNOWN | 1u << THREAT_EXPLOIT})};
    map_init(&by_key, arena);
    map_init(&repositories, arena);
    for (size_t i = 0; i < places->count; i++)
        map_set(&by_key, key_view(&places->items[i].key), &places->items[i]);
    const struct list_wish wish = {.owners = &places->query->owners};
    if (!list_scan_begin(&scan, transaction, arena, organization, &wish, err))
        return false;
    while (list_scan_next(&scan, &entry)) {
        struct place *place =
            map_get(&by_key, key_view(kind == PLACE_REGISTRY ? &entry.integration : &entry.repository));
        if (place == NULL || !entry.is_image)
            continue;
        count_image(place, &entry, &masks);
        if (map_get(&repositories, key_view(&entry.repository)) != NULL)
            continue;
        map_set(&repositories, arena_copy(arena, key_view(&entry.repository)), place);
        place->row.repositories++;
    }
    return list_scan_finish(&scan, err);
}

/* When the last of its images was scanned, which no pass over all of them knows. */
static const char *scanned_sql(struct arena *arena, enum place_kind kind, const struct owner_filter *owners)
{
    static const char of_registry[] = "SELECT coalesce(max(scanned_ms), 0) FROM snapshot_images "
                                      "WHERE integration_id = $1 AND is_current = 1 AND is_image = 1";
    if (kind == PLACE_REPOSITORY) /* passes whole or not at all */
        return "SELECT coalesce(max(scanned_ms), 0) FROM snapshot_images "
               "WHERE repository_id = $1 AND is_current = 1 AND is_image = 1";
    return owners->is_set ? arena_format(arena, "%s%.*s", of_registry,
                                VIEW_PRINT(owner_filter_sql(arena, owners, "repository_id")))
                                .data
                          : of_registry;
}

static int64_t sort_key_of(const struct place_row *row, enum place_order order)
{
    enum { COUNT_BITS = 20, COUNT_MAX = (1 << COUNT_BITS) - 1, SHOWN = 3 };
    int64_t key = 0;
    if (order == PLACE_ORDER_EXPLOITABLE)
        return row->exploitable_images;
    if (order == PLACE_ORDER_SCORE)
        return row->score;
    if (order == PLACE_ORDER_IMAGES)
        return row->images;
    for (int i = 0; i < SHOWN && order == PLACE_ORDER_SEVERITY; i++) {
        int64_t count = row->images_by_worst[SEVERITY_COUNT - 1 - i];
        key = key << COUNT_BITS | (count < COUNT_MAX ? count : COUNT_MAX);
    }
    return key;
}

/* By the sort key, then by name and key. */
static int compare_places(const struct place *left, const struct place *right)
{
    if (left->sort_key != right->sort_key)
        return left->sort_key < right->sort_key ? -1 : 1;
    int order = view_compare(left->row.name, right->row.name);
    return order != 0 ? order : (left->key > right->key) - (left->key < right->key);
}

static int compare_upward(const void *a, const void *b)
{
    return compare_places(a, b);
}

static int compare_downward(const void *a, const void *b)
{
    return compare_places(b, a);
}

/* "KEY.sortkey.name" */
static struct view cursor_of(struct arena *arena, const struct place *place)
{
    return page_cursor_text(arena, place->key, page_cursor_text(arena, place->sort_key, place->row.name));
}

static bool parse_cursor(const struct place_query *query, struct place *cursor, struct error *err)
{
    struct view text = {NULL, 0};
    struct view at = query->page.before.size > 0 ? query->page.before : query->page.after;
    return at.size == 0 ||
           (page_parse(at, &cursor->key, &text, err) && page_parse(text, &cursor->sort_key, &cursor->row.name, err));
}

static bool list_places(struct transaction *transaction, struct arena *arena, int64_t organization,
    enum place_kind kind, struct places *places, struct error *err)
{
    const struct place_query *query = places->query;
    size_t kept = 0;
    if (!read_names(transaction, arena, organization, kind, places, err) ||
        !count_images(transaction, arena, organization, kind, places, err))
        return false;
    for (size_t i = 0; i < places->count; i++) {
        struct place *place = &places->items[i];
        place->sort_key = sort_key_of(&place->row, query->order);
        if (place->is_wanted)
            places->items[kept++] = *place;
    }
    places->count = kept;
    if (kept > 0)
        qsort(places->items, kept, sizeof(places->items[0]), places->is_downward ? compare_downward : compare_upward);
    return true;
}

struct place_page {
    struct place_row *rows;
    size_t count;
    size_t total;
    bool has_more;
};

static bool page_places(struct transaction *transaction, struct arena *arena, int64_t organization,
    enum place_kind kind, struct places *places, struct place_page *page, struct error *err)
{
    struct place cursor = {0};
    struct list_place at = {0};
    const struct place_query *query = places->query;
    bool has_cursor = query->page.before.size + query->page.after.size > 0;
    const char *scanned = scanned_sql(arena, kind, &query->owners);
    bool found = false;
    size_t start = 0;
    if (!page_check(&query->page, err) || !parse_cursor(query, &cursor, err) ||
        !list_places(transaction, arena, organization, kind, places, err))
        return false;
    for (size_t i = 0; has_cursor && i < places->count; i++) {
        int order = compare_places(&places->items[i], &cursor) * (places->is_downward ? -1 : 1);
        at.after += order <= 0;
        at.from += order < 0;
    }
    page->total = places->count;
    page->has_more = page_cut(&query->page, places->count, at, &start, &page->count);
    page->rows = ARENA_ARRAY(arena, struct place_row, page->count);
    for (size_t i = 0; i < page->count; i++) {
        assert(places->items != NULL);
        struct place *place = &places->items[start + i];
        if (!LOOKUP(transaction->connection, &place->row.scanned_ms, &found, err, scanned, SQL_INTEGER(place->key)))
            return false;
        page->rows[i] = place->row;
        page->rows[i].cursor = cursor_of(arena, place);
    }
    return true;
}

bool store_list_places(struct store *store, struct arena *arena, int64_t organization, enum place_kind kind,
    const struct place_query *query, struct place_row **rows, size_t *count, size_t *total, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct place_page page = {0};
    struct places places = {.query = query, .is_downward = orders[query->order].is_downward != query->is_reversed};
    if (!search_check(query->search, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, page_places(&transaction, arena, organization, kind, &places, &page, err), err))
        return false;
    *rows = page.rows;
    *count = page.count;
    *total = page.total;
    *has_more = page.has_more;
    return true;
}
