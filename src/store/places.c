/* SPDX-License-Identifier: Apache-2.0 */
/* There are few registries, and thousands of repositories: names are read whole and sorted here. What images have is read for the
   rows of a page by name, and for all rows in the other orders. */
#include "store/places.h"

#include "store/image_contents.h"
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
    if (!QUERY(transaction->connection, &rows, err, names_sql(arena, kind, &places->query->owners),
            SQL_INTEGER(organization), SQL_WORD(places->query->integration.text)))
        return false;
    while (rows_next(&rows)) {
        if (!is_named(rows_view(&rows, 3), places->query->search))
            continue;
        struct place *place = ARENA_PUSH(arena, places);
        *place = (struct place){.key = rows_integer(&rows, 0), .is_wanted = true};
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

/* How many scanned images have none of the kinds before, but one of these: the masks come worst first. */
#define COUNT_WORST(above, mask) ", coalesce(sum(state = 1 AND kinds & " above " = 0 AND kinds & " mask " <> 0), 0)"
#define COUNTS_OF(source)                                                                                                    \
    "SELECT count(*), coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0)"                 \
    ", coalesce(sum(state = 1 AND kinds = 0), 0)" COUNT_WORST("$2", "$3") COUNT_WORST("$3", "$4") COUNT_WORST(               \
        "$4", "$5") COUNT_WORST("$5", "$6") COUNT_WORST("$6", "$7") COUNT_WORST("$7",                                        \
        "$8") ", coalesce(sum(kinds & $9 <> 0), 0), coalesce(sum(kinds & $10 <> 0), 0), coalesce(max(score), 0), "           \
              "coalesce(max(scanned_ms), 0), coalesce(sum(kinds & $11 <> 0), 0), count(DISTINCT repository_id) FROM " source \
              " AND is_current = 1 AND is_image = 1"

static const char of_registry[] = COUNTS_OF("snapshot_images WHERE integration_id = $1");
static const char of_repository[] = COUNTS_OF("snapshot_images WHERE repository_id = $1");

/* A repository passes whole or not at all. */
static const char *counts_sql(struct arena *arena, enum place_kind kind, const struct owner_filter *owners)
{
    if (kind == PLACE_REPOSITORY)
        return of_repository;
    return owners->is_set ? arena_format(arena, "%s%.*s", of_registry,
                                VIEW_PRINT(owner_filter_sql(arena, owners, "repository_id")))
                                .data
                          : of_registry;
}

static int64_t severity_mask(unsigned severities)
{
    return kinds_mask((struct kind_filter){.severities = severities});
}

static bool read_counts(struct transaction *transaction, const char *sql, const struct place_query *query,
    struct place *place, struct error *err)
{
    enum { FIRST_WORST = 5, WORST_MASKS = SEVERITY_COUNT + 1 };
    AUTO_ROWS rows = {0};
    struct place_row *row = &place->row;
    int64_t masks[WORST_MASKS] = {0}; /* of the severities above critical (none), above high … */
    for (int i = 1; i < WORST_MASKS; i++)
        masks[i] = masks[i - 1] | severity_mask(1u << (SEVERITY_COUNT - i));
    bool has_kinds = query->kinds.severities + query->kinds.fixable + query->kinds.threats > 0;
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(place->key), SQL_INTEGER(masks[0]),
            SQL_INTEGER(masks[1]), SQL_INTEGER(masks[2]), SQL_INTEGER(masks[3]), SQL_INTEGER(masks[4]),
            SQL_INTEGER(masks[5]), SQL_INTEGER(masks[6]),
            SQL_INTEGER(kinds_mask((struct kind_filter){.threats = 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN})),
            SQL_INTEGER(kinds_mask((struct kind_filter){.threats = 1u << THREAT_KNOWN})),
            SQL_INTEGER(kinds_mask(query->kinds))))
        return false;
    if (rows_next(&rows)) {
        row->images = rows_integer(&rows, 0);
        for (int state = 0; state < IMAGE_STATE_COUNT; state++)
            row->images_by_state[state] = rows_integer(&rows, 1 + state);
        row->images_without_findings = rows_integer(&rows, 4);
        for (int i = 0; i < SEVERITY_COUNT; i++)
            row->images_by_worst[SEVERITY_COUNT - 1 - i] = rows_integer(&rows, FIRST_WORST + i);
        row->exploitable_images = rows_integer(&rows, 11);
        row->known_images = rows_integer(&rows, 12);
        row->score = rows_integer(&rows, 13);
        row->scanned_ms = rows_integer(&rows, 14);
        place->is_wanted = !has_kinds || rows_integer(&rows, 15) > 0;
        row->repositories = rows_integer(&rows, 16);
    }
    return rows_finish(&rows, err);
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
    bool counts_all =
        query->order != PLACE_ORDER_NAME || query->kinds.severities + query->kinds.fixable + query->kinds.threats > 0;
    const char *sql = counts_sql(arena, kind, &query->owners);
    size_t kept = 0;
    if (!read_names(transaction, arena, organization, kind, places, err))
        return false;
    for (size_t i = 0; i < places->count; i++) {
        struct place *place = &places->items[i];
        if (counts_all && !read_counts(transaction, sql, query, place, err))
            return false;
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
    const char *sql = counts_sql(arena, kind, &query->owners);
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
        if (!read_counts(transaction, sql, query, place, err))
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
