/* SPDX-License-Identifier: Apache-2.0 */
/* The findings of one image. What filters look at is read of all, the rest only of the page's rows. */
#include "advisory/cvss.h"
#include "store/acceptance.h"
#include "store/image_contents.h"
#include "store/image_layers.h"
#include "store/matching.h"
#include "store/page.h"

#include <assert.h>
#include <stdlib.h>

/* A finding before its page is known. */
struct candidate {
    int64_t package;
    size_t position; /* of the package */
    int64_t vulnerability;
    struct view name;
    enum severity severity;
    enum fix_state fix_state;
    enum threat threat;
    int kind; /* of the vulnerability in the whole image, see store/tally.h */
    int64_t epss; /* millionths; -1 = unknown */
    int64_t published_ms; /* -1 = unknown */
    int64_t first_ms; /* 0 = unknown */
    struct view ratings; /* these only if the query asks for scores */
    struct view facts_ratings;
    struct view *aliases; /* only if an accepted risk may name one */
    size_t alias_count;
    const struct accepted_risk *accepted;
    bool is_accepted; /* the vulnerability in the whole image */
};

struct candidates {
    struct candidate *items;
    size_t count;
    size_t capacity;
};

/* The layers of the image, for queries that ask for base or own ones. */
struct filtering {
    struct contents *contents;
    const struct finding_query *query;
    struct image_layers layers;
    struct acceptance acceptance;
    int64_t kinds;
};

#define CANDIDATE_COLUMNS                                                                                              \
    "SELECT vulnerabilities.id, name, severity, fix_state, " THREAT_COLUMN ", "                                        \
    "coalesce(CAST(round(vulnerabilities.epss * 1000000) AS {integer}), -1), coalesce(published_ms, -1), first_ms, "
#define OF_PACKAGE                                                                                                     \
    " FROM package_findings JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE package_id = $1"
#define BRIEF_CANDIDATES CANDIDATE_COLUMNS "'', '', ''" OF_PACKAGE
#define WHOLE_CANDIDATES CANDIDATE_COLUMNS "ratings, coalesce(facts_ratings, ''), detail" OF_PACKAGE

/* Most findings have no alias that a risk names: their details are not parsed. */
static bool read_aliases(struct arena *arena, const struct acceptance *acceptance, struct view detail,
    struct candidate *candidate, struct error *err)
{
    struct finding finding = {0};
    bool is_named = false;
    for (size_t i = 0; i < acceptance->count && !is_named; i++)
        is_named = acceptance->risks[i].vulnerability.size > 0 && text_has(detail, acceptance->risks[i].vulnerability);
    if (!is_named)
        return true;
    if (!finding_read_detail(arena, detail, &finding, err))
        return false;
    candidate->aliases = finding.aliases;
    candidate->alias_count = finding.alias_count;
    return true;
}

static bool read_candidates(struct contents *contents, const struct acceptance *acceptance, bool wants_ratings,
    struct candidates *candidates, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    const char *sql = wants_ratings || acceptance->count > 0 ? WHOLE_CANDIDATES : BRIEF_CANDIDATES;
    for (size_t i = 0; i < contents->package_count; i++) {
        AUTO_ROWS rows = {0};
        if (!QUERY(contents->reader.transaction->connection, &rows, err, sql, SQL_INTEGER(contents->package_ids[i])))
            return false;
        while (rows_next(&rows)) {
            struct candidate *candidate = ARENA_PUSH(arena, candidates);
            *candidate = (struct candidate){.package = contents->package_ids[i],
                .position = i,
                .vulnerability = rows_integer(&rows, 0),
                .name = rows_copy(&rows, arena, 1),
                .severity = (enum severity)rows_integer(&rows, 2),
                .fix_state = (enum fix_state)rows_integer(&rows, 3),
                .threat = (enum threat)rows_integer(&rows, 4),
                .epss = rows_integer(&rows, 5),
                .published_ms = rows_integer(&rows, 6),
                .first_ms = rows_integer(&rows, 7)};
            if (wants_ratings) {
                candidate->ratings = rows_copy(&rows, arena, 8);
                candidate->facts_ratings = rows_copy(&rows, arena, 9);
            }
            if (!read_aliases(arena, acceptance, rows_view(&rows, 10), candidate, err))
                return false;
        }
        if (!rows_finish(&rows, err))
            return false;
    }
    return true;
}

/* What accepted risks cover. */
static bool accept_candidates(struct filtering *filtering, struct candidates *candidates, struct error *err)
{
    struct contents *contents = filtering->contents;
    struct view *paths = ARENA_ARRAY(contents->reader.arena, struct view, contents->entry_count);
    struct package package = {0};
    for (size_t i = 0, known = SIZE_MAX; acceptance_is_any(&filtering->acceptance) && i < candidates->count; i++) {
        struct candidate *candidate = &candidates->items[i];
        const struct finding finding = {.id = candidate->name,
            .aliases = candidate->aliases,
            .alias_count = candidate->alias_count,
            .fix_state = candidate->fix_state};
        size_t path_count = 0;
        if (known != candidate->position && !contents_package(contents, candidate->position, &package, err))
            return false;
        known = candidate->position;
        for (size_t k = 0; k < contents->entry_count; k++) {
            if (contents->entries[k].package == candidate->position)
                paths[path_count++] = contents->entries[k].path;
        }
        candidate->accepted = acceptance_of(&filtering->acceptance, &package, paths, path_count, &finding);
    }
    return true;
}

/* What all packages of the image have of a vulnerability. */
struct share {
    enum severity severity;
    bool is_fixable;
    bool is_open; /* no accepted risk covers it in some package */
};

/* The highest severity that a package gives a vulnerability, whether one of them has a fix, and whether all are accepted, count for
   the image. */
static void find_kinds(struct arena *arena, struct candidates *candidates)
{
    struct map whole;
    map_init(&whole, arena);
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->items[i];
        struct map_entry *entry = map_entry(&whole, candidate->name);
        struct share *share = entry->value;
        if (share == NULL)
            entry->value = share = ARENA_NEW(arena, struct share);
        if (candidate->severity > share->severity)
            share->severity = candidate->severity;
        share->is_fixable |= candidate->fix_state == FIX_AVAILABLE;
        share->is_open |= candidate->accepted == NULL;
    }
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *candidate = &candidates->items[i];
        const struct share *share = map_get(&whole, candidate->name);
        candidate->kind = kind_of(share->severity, share->is_fixable, candidate->threat);
        candidate->is_accepted = !share->is_open;
    }
}

/* Most severe first, then what can be fixed, then by id and package. */
static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    if (left->severity != right->severity)
        return left->severity > right->severity ? -1 : 1;
    if ((left->fix_state == FIX_AVAILABLE) != (right->fix_state == FIX_AVAILABLE))
        return left->fix_state == FIX_AVAILABLE ? -1 : 1;
    int order = view_compare(left->name, right->name);
    return order != 0 ? order : (left->package > right->package) - (left->package < right->package);
}

/* "PACKAGE.severity fixable name": the whole sort key, so that a cursor keeps its place when findings come and go. */
static struct view candidate_cursor(struct arena *arena, const struct candidate *candidate)
{
    return page_cursor_text(arena, candidate->package,
        arena_format(arena, "%d%d%.*s", (int)candidate->severity, candidate->fix_state == FIX_AVAILABLE,
            VIEW_PRINT(candidate->name)));
}

static bool parse_candidate(struct view cursor, struct candidate *candidate, struct error *err)
{
    struct view text = {NULL, 0};
    if (!page_parse(cursor, &candidate->package, &text, err))
        return false;
    if (text.size < 3 || text.data[0] < '0' || text.data[0] >= '0' + SEVERITY_COUNT)
        return error_set(err, ERROR_INVALID, "the cursor is not of a list of findings: start again without one");
    candidate->severity = (enum severity)(text.data[0] - '0');
    candidate->fix_state = text.data[1] == '1' ? FIX_AVAILABLE : FIX_UNKNOWN;
    candidate->name = view_from(text, 2);
    return true;
}

static void fill_places(const struct filtering *filtering, const struct candidate *candidate, struct finding_row *row)
{
    const struct contents *contents = filtering->contents;
    size_t capacity = 0;
    uint32_t layer = UINT32_MAX;
    for (size_t i = 0; i < contents->entry_count; i++) {
        if (contents->entries[i].package != candidate->position)
            continue;
        *(struct view *)arena_push(contents->reader.arena, (void **)&row->paths, &row->path_count, &capacity,
            sizeof(row->paths[0])) = contents->entries[i].path;
        row->owner = contents->entries[i].owner;
        if (contents->entries[i].layer < layer)
            layer = contents->entries[i].layer;
    }
    row->layer = contents_layer(contents, layer);
    row->layer_index = layer;
    row->is_base = layer < filtering->layers.base_layers;
}

/* The date that the feed of the first evidence had in the generation that brought the finding. */
static bool read_feed_date(struct contents *contents, int64_t generation, struct finding_row *row, struct error *err)
{
    const struct finding_evidence *evidence = row->finding.evidence;
    bool found = false;
    if (row->finding.evidence_count == 0 || evidence->feed == NULL)
        return true;
    struct view part = arena_format(
        contents->reader.arena, "%s/%.*s", evidence->feed, VIEW_PRINT(ecosystem_base(evidence->ecosystem)));
    return LOOKUP(contents->reader.transaction->connection, &row->first_feed_ms, &found, err,
        "SELECT date_ms FROM generation_feeds WHERE generation = $1 AND name IN ($2, $3)", SQL_INTEGER(generation),
        SQL_WORD(evidence->feed), SQL_TEXT(part));
}

static bool fill_finding(
    const struct filtering *filtering, const struct candidate *candidate, struct finding_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct contents *contents = filtering->contents;
    struct arena *arena = contents->reader.arena;
    struct finding *finding = &row->finding;
    int64_t generation = 0;
    *row = (struct finding_row){.cursor = candidate_cursor(arena, candidate), .accepted = candidate->accepted};
    finding->id = candidate->name;
    finding->severity = candidate->severity;
    finding->fix_state = candidate->fix_state;
    fill_places(filtering, candidate, row);
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT summary, ratings, detail, first_ms, first_generation, " FACTS_COLUMNS " FROM package_findings "
            "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id "
            "WHERE package_id = $1 AND vulnerability_id = $2",
            SQL_INTEGER(candidate->package), SQL_INTEGER(candidate->vulnerability)))
        return false;
    if (rows_next(&rows)) {
        finding->summary = rows_copy(&rows, arena, 0);
        row->first_ms = rows_integer(&rows, 3);
        generation = rows_integer(&rows, 4);
        finding->facts = facts_read(&rows, 5, arena);
        if (!ratings_read(arena, rows_copy(&rows, arena, 1), &finding->ratings, &finding->rating_count, err) ||
            !finding_read_detail(arena, rows_copy(&rows, arena, 2), finding, err))
            return false;
    }
    if (!rows_finish(&rows, err) || !read_feed_date(contents, generation, row, err) ||
        !contents_package(contents, candidate->position, &row->package, err))
        return false;
    row->purl =
        package_purl(arena, &row->package, contents->found.distribution_id, contents->found.distribution_version);
    finding->vex = acceptance_note(&filtering->acceptance, &row->package, row->paths, row->path_count, finding);
    return true;
}

bool detail_has_alias(
    struct arena *arena, struct view detail, struct view text, bool is_exact, bool *has, struct error *err)
{
    struct finding finding = {0};
    *has = false;
    if (!text_has(detail, text))
        return true;
    if (!finding_read_detail(arena, detail, &finding, err))
        return false;
    for (size_t i = 0; i < finding.alias_count && !*has; i++)
        *has = is_exact ? view_equal_ignoring_case(finding.aliases[i], text) : text_has(finding.aliases[i], text);
    return true;
}

/* Aliases are in the detail: only searches that nothing else answers look there. */
static bool matches_alias(const struct filtering *filtering, const struct candidate *candidate, struct view text,
    bool is_exact, bool *matches, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct arena *arena = filtering->contents->reader.arena;
    *matches = false;
    if (!QUERY(filtering->contents->reader.transaction->connection, &rows, err,
            "SELECT detail FROM package_findings WHERE package_id = $1 AND vulnerability_id = $2",
            SQL_INTEGER(candidate->package), SQL_INTEGER(candidate->vulnerability)))
        return false;
    if (rows_next(&rows) && !detail_has_alias(arena, rows_copy(&rows, arena, 0), text, is_exact, matches, err))
        return false;
    return rows_finish(&rows, err);
}

static bool passes_text(
    const struct filtering *filtering, const struct candidate *candidate, bool *is_wanted, struct error *err)
{
    const struct finding_query *query = filtering->query;
    struct package package = {0};
    bool needs_package = query->package.size > 0 || query->search.size > 0;
    if (query->vulnerability.size > 0 && !view_equal_ignoring_case(candidate->name, query->vulnerability) &&
        !matches_alias(filtering, candidate, query->vulnerability, true, is_wanted, err))
        return false;
    if (!*is_wanted || !needs_package)
        return true;
    if (!contents_package(filtering->contents, candidate->position, &package, err))
        return false;
    *is_wanted = query->package.size == 0 || view_equal(package.name, query->package) ||
                 view_equal(package.source_name, query->package);
    if (!*is_wanted || query->search.size == 0 || text_has(candidate->name, query->search) ||
        text_has(package.name, query->search) || text_has(package.source_name, query->search))
        return true;
    return matches_alias(filtering, candidate, query->search, false, is_wanted, err);
}

/* The highest score of all vectors, in tenths. */
static bool passes_score(
    const struct filtering *filtering, const struct candidate *candidate, bool *is_wanted, struct error *err)
{
    struct arena *arena = filtering->contents->reader.arena;
    struct severity_rating *ratings = NULL;
    size_t count = 0;
    struct cvss cvss;
    if (filtering->query->cvss_min == 0)
        return true;
    *is_wanted = false;
    if (!ratings_read(arena, candidate->ratings, &ratings, &count, err))
        return false;
    for (size_t i = 0; i < count && !*is_wanted; i++)
        *is_wanted = cvss_parse(ratings[i].score, &cvss) && cvss.score >= filtering->query->cvss_min;
    facts_ratings_read(arena, candidate->facts_ratings, &ratings, &count);
    for (size_t i = 0; i < count && !*is_wanted; i++)
        *is_wanted = cvss_parse(ratings[i].score, &cvss) && cvss.score >= filtering->query->cvss_min;
    return true;
}

/* By the lowest layer that records the package. */
static bool is_in_layers(const struct filtering *filtering, const struct candidate *candidate)
{
    bool is_base = false;
    for (size_t i = 0; i < filtering->contents->entry_count; i++) {
        const struct packed_entry *entry = &filtering->contents->entries[i];
        is_base |= entry->package == candidate->position && entry->layer < filtering->layers.base_layers;
    }
    return filtering->query->layers == LAYERS_ALL || is_base == (filtering->query->layers == LAYERS_BASE);
}

static bool passes(
    const struct filtering *filtering, const struct candidate *candidate, bool *is_wanted, struct error *err)
{
    const struct finding_query *query = filtering->query;
    *is_wanted =
        (filtering->kinds & INT64_C(1) << candidate->kind) != 0 &&
        (query->epss_min == 0 || candidate->epss >= query->epss_min) &&
        (query->published_before_ms == 0 ||
            (candidate->published_ms >= 0 && candidate->published_ms < query->published_before_ms)) &&
        (query->first_before_ms == 0 || (candidate->first_ms > 0 && candidate->first_ms < query->first_before_ms)) &&
        (query->accepted == ACCEPTED_ALL || candidate->is_accepted == (query->accepted == ACCEPTED_ONLY)) &&
        (query->layers == LAYERS_ALL || is_in_layers(filtering, candidate));
    return !*is_wanted || (passes_score(filtering, candidate, is_wanted, err) &&
                              (!*is_wanted || passes_text(filtering, candidate, is_wanted, err)));
}

static bool page_findings(
    const struct filtering *filtering, struct candidates *wanted, struct finding_page *page, struct error *err)
{
    struct candidate cursor = {0};
    const struct page_request *request = &filtering->query->page;
    struct view text = request->before.size > 0 ? request->before : request->after;
    struct list_place place = {0};
    size_t start = 0;
    if (!page_check(request, err) || (text.size > 0 && !parse_candidate(text, &cursor, err)))
        return false;
    if (wanted->count > 0)
        qsort(wanted->items, wanted->count, sizeof(*wanted->items), compare_candidates);
    for (size_t i = 0; text.size > 0 && i < wanted->count; i++) {
        int order = compare_candidates(&wanted->items[i], &cursor);
        place.after += order <= 0;
        place.from += order < 0;
    }
    page->total = wanted->count;
    page->has_more = page_cut(request, wanted->count, place, &start, &page->count);
    page->items = ARENA_ARRAY(filtering->contents->reader.arena, struct finding_row, page->count);
    for (size_t i = 0; i < page->count; i++) {
        assert(wanted->items != NULL);
        if (!fill_finding(filtering, &wanted->items[start + i], &page->items[i], err))
            return false;
    }
    return true;
}

bool contents_findings(
    struct contents *contents, const struct finding_query *query, struct finding_page *page, struct error *err)
{
    struct candidates all = {0};
    struct candidates wanted = {0};
    bool is_wanted = false;
    struct filtering filtering = {.contents = contents, .query = query, .kinds = kinds_mask(query->kinds)};
    if (!image_layers_read(&contents->reader, contents->found.image, &filtering.layers, err) ||
        !acceptance_of_row(contents->reader.transaction, contents->reader.arena, contents->reader.organization,
            contents->found.id, &filtering.acceptance, err) ||
        !read_candidates(contents, &filtering.acceptance, query->cvss_min > 0, &all, err) ||
        !accept_candidates(&filtering, &all, err))
        return false;
    find_kinds(contents->reader.arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (!passes(&filtering, &all.items[i], &is_wanted, err))
            return false;
        if (is_wanted)
            *(struct candidate *)ARENA_PUSH(contents->reader.arena, &wanted) = all.items[i];
    }
    return page_findings(&filtering, &wanted, page, err);
}

bool contents_briefs(struct contents *contents, struct finding_brief **briefs, size_t *count, struct error *err)
{
    const struct acceptance nothing = {.count = 0};
    struct candidates all = {0};
    if (!read_candidates(contents, &nothing, false, &all, err))
        return false;
    *briefs = ARENA_ARRAY(contents->reader.arena, struct finding_brief, all.count);
    for (size_t i = 0; i < all.count; i++)
        (*briefs)[i] = (struct finding_brief){
            all.items[i].name, all.items[i].severity, all.items[i].fix_state == FIX_AVAILABLE, all.items[i].position};
    *count = all.count;
    return true;
}

bool store_list_findings(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct finding_query *query, struct finding_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct finding_page page = {0};
    if (!search_check(query->search, err) || !search_check(query->vulnerability, err) ||
        !search_check(query->package, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                contents_findings(&contents, query, &page, err),
            err))
        return false;
    *items = page.items;
    *count = page.count;
    *total = page.total;
    *has_more = page.has_more;
    return true;
}
