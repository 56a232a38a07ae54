/* SPDX-License-Identifier: Apache-2.0 */
/* What one image has: findings, packages, gaps, layers. An image is small enough to be read whole and filtered here; only
   the rows of the page are decoded. */
#include "store/images.h"

#include "store/image_layers.h"
#include "store/matching.h"
#include "store/packed.h"
#include "store/page.h"

#include <stdlib.h>

/* An image with its packages, and where they are. */
struct contents {
    struct row_reader reader;
    struct found_row found;
    int64_t *package_ids;
    size_t package_count;
    struct packed_entry *entries;
    size_t entry_count;
    struct view *layers;
    size_t layer_count;
};

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
    const struct vulnerability_facts *facts;
    struct view detail;
    struct view summary;
    struct view ratings;
    struct view cursor;
};

struct candidates {
    struct candidate *items;
    size_t count;
    size_t capacity;
};

static bool read_contents(struct contents *contents, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct arena *arena = contents->reader.arena;
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT package_ids, entries, layers FROM inventories JOIN images ON images.id = inventories.image_id "
            "WHERE inventories.image_id = $1",
            SQL_INTEGER(contents->found.image)))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err);
    row_split_lines(arena, rows_copy(&rows, arena, 2), &contents->layers, &contents->layer_count);
    return packed_read_keys(arena, rows_copy(&rows, arena, 0), &contents->package_ids, &contents->package_count, err) &&
           packed_read_entries(arena, rows_copy(&rows, arena, 1), contents->package_count, &contents->entries,
               &contents->entry_count, err) &&
           rows_finish(&rows, err);
}

static bool contents_begin(struct contents *contents, struct transaction *transaction, struct arena *arena,
    int64_t organization, const struct uuid *row, struct error *err)
{
    return row_reader_begin(&contents->reader, transaction, arena, organization, NULL, err) &&
           row_find(&contents->reader, row, &contents->found, err) && read_contents(contents, err);
}

static struct view layer_digest(const struct contents *contents, uint32_t layer)
{
    return layer < contents->layer_count ? contents->layers[layer] : view_text("");
}

static bool read_package(struct contents *contents, size_t position, struct package *package, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT " PACKAGE_COLUMNS " FROM packages WHERE id = $1", SQL_INTEGER(contents->package_ids[position])))
        return false;
    if (!rows_next(&rows))
        return rows_finish(&rows, err) && error_set(err, ERROR_CORRUPT, "a package of the inventory is not stored");
    return package_read(&rows, 0, contents->reader.arena, package, err) && rows_finish(&rows, err);
}

/* Whether the text holds the searched one, without regard to the case of ASCII letters. */
static bool has_text(struct view text, struct view searched)
{
    for (size_t i = 0; i + searched.size <= text.size; i++) {
        if (view_equal_ignoring_case(view_slice(text, i, searched.size), searched))
            return true;
    }
    return false;
}

static bool read_candidates(struct contents *contents, struct candidates *candidates, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    for (size_t i = 0; i < contents->package_count; i++) {
        AUTO_ROWS rows = {0};
        if (!QUERY(contents->reader.transaction->connection, &rows, err,
                "SELECT vulnerabilities.id, name, severity, fix_state, detail, summary, ratings, " THREAT_COLUMN
                ", " FACTS_COLUMNS
                " FROM package_findings JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id "
                "WHERE package_id = $1",
                SQL_INTEGER(contents->package_ids[i])))
            return false;
        while (rows_next(&rows)) {
            struct candidate *candidate = ARENA_PUSH(arena, candidates);
            *candidate = (struct candidate){.package = contents->package_ids[i],
                .position = i,
                .vulnerability = rows_integer(&rows, 0),
                .name = rows_copy(&rows, arena, 1),
                .severity = (enum severity)rows_integer(&rows, 2),
                .fix_state = (enum fix_state)rows_integer(&rows, 3),
                .detail = rows_copy(&rows, arena, 4),
                .summary = rows_copy(&rows, arena, 5),
                .ratings = rows_copy(&rows, arena, 6),
                .threat = (enum threat)rows_integer(&rows, 7),
                .facts = facts_read(&rows, 8, arena)};
        }
        if (!rows_finish(&rows, err))
            return false;
    }
    return true;
}

/* What all packages of the image have of a vulnerability. */
struct share {
    enum severity severity;
    bool is_fixable;
};

/* The highest severity that a package gives a vulnerability, and whether one of them has a fix, count for the image. */
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
    }
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *candidate = &candidates->items[i];
        const struct share *share = map_get(&whole, candidate->name);
        candidate->kind = kind_of(share->severity, share->is_fixable, candidate->threat);
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

static bool fill_finding(
    struct contents *contents, const struct candidate *candidate, struct finding_row *row, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    struct finding *finding = &row->finding;
    size_t capacity = 0;
    uint32_t layer = UINT32_MAX;
    *row = (struct finding_row){.cursor = candidate_cursor(arena, candidate)};
    finding->id = candidate->name;
    finding->severity = candidate->severity;
    finding->fix_state = candidate->fix_state;
    finding->summary = candidate->summary;
    finding->facts = candidate->facts;
    for (size_t i = 0; i < contents->entry_count; i++) {
        if (contents->entries[i].package != candidate->position)
            continue;
        *(struct view *)arena_push(arena, (void **)&row->paths, &row->path_count, &capacity, sizeof(row->paths[0])) =
            contents->entries[i].path;
        row->owner = contents->entries[i].owner;
        if (contents->entries[i].layer < layer)
            layer = contents->entries[i].layer;
    }
    row->layer = layer_digest(contents, layer);
    if (!read_package(contents, candidate->position, &row->package, err) ||
        !finding_read_detail(arena, candidate->detail, finding, err) ||
        !ratings_read(arena, candidate->ratings, &finding->ratings, &finding->rating_count, err))
        return false;
    row->purl =
        package_purl(arena, &row->package, contents->found.distribution_id, contents->found.distribution_version);
    return true;
}

/* Aliases are in the detail: only searches that nothing else answers look there. */
static bool matches_alias(struct arena *arena, const struct candidate *candidate, struct view text, bool is_exact,
    bool *matches, struct error *err)
{
    struct finding finding = {0};
    *matches = false;
    if (!has_text(candidate->detail, text))
        return true;
    if (!finding_read_detail(arena, candidate->detail, &finding, err))
        return false;
    for (size_t i = 0; i < finding.alias_count && !*matches; i++)
        *matches = is_exact ? view_equal_ignoring_case(finding.aliases[i], text) : has_text(finding.aliases[i], text);
    return true;
}

static bool passes(struct contents *contents, const struct finding_query *query, const struct candidate *candidate,
    bool *is_wanted, struct error *err)
{
    struct package package;
    struct arena *arena = contents->reader.arena;
    *is_wanted = (kinds_mask(query->kinds) & INT64_C(1) << candidate->kind) != 0;
    if (*is_wanted && query->vulnerability.size > 0 &&
        !view_equal_ignoring_case(candidate->name, query->vulnerability) &&
        !matches_alias(arena, candidate, query->vulnerability, true, is_wanted, err))
        return false;
    if (!*is_wanted || query->search.size == 0 || has_text(candidate->name, query->search))
        return true;
    if (!read_package(contents, candidate->position, &package, err))
        return false;
    if (has_text(package.name, query->search) || has_text(package.source_name, query->search))
        return true;
    return matches_alias(arena, candidate, query->search, false, is_wanted, err);
}

struct finding_page {
    struct finding_row *items;
    size_t count;
    size_t total;
    bool has_more;
};

/* The part of a sorted list of `count` that a page shows: from `*start` on, `*size` items. `first_after` is the number of
   items up to and with the cursor, `first_from` the number before it. */
static bool cut_page(
    const struct page_request *page, size_t count, size_t first_after, size_t first_from, size_t *start, size_t *size)
{
    size_t limit = (size_t)page->limit;
    if (page->before.size > 0) {
        *size = first_from < limit ? first_from : limit;
        *start = first_from - *size;
        return *start > 0;
    }
    *start = page->after.size > 0 ? first_after : 0;
    *size = count - *start < limit ? count - *start : limit;
    return *start + *size < count;
}

static bool page_findings(struct contents *contents, const struct finding_query *query, struct candidates *wanted,
    struct finding_page *page, struct error *err)
{
    struct candidate cursor = {0};
    struct view text = query->page.before.size > 0 ? query->page.before : query->page.after;
    size_t after = 0;
    size_t from = 0;
    size_t start = 0;
    if (!page_check(&query->page, err) || (text.size > 0 && !parse_candidate(text, &cursor, err)))
        return false;
    if (wanted->count > 0)
        qsort(wanted->items, wanted->count, sizeof(*wanted->items), compare_candidates);
    for (size_t i = 0; text.size > 0 && i < wanted->count; i++) {
        int order = compare_candidates(&wanted->items[i], &cursor);
        after += order <= 0;
        from += order < 0;
    }
    page->total = wanted->count;
    page->has_more = cut_page(&query->page, wanted->count, after, from, &start, &page->count);
    page->items = ARENA_ARRAY(contents->reader.arena, struct finding_row, page->count);
    for (size_t i = 0; i < page->count; i++) {
        if (!fill_finding(contents, &wanted->items[start + i], &page->items[i], err))
            return false;
    }
    return true;
}

static bool list_findings(
    struct contents *contents, const struct finding_query *query, struct finding_page *page, struct error *err)
{
    struct candidates all = {0};
    struct candidates wanted = {0};
    bool is_wanted = false;
    if (!read_candidates(contents, &all, err))
        return false;
    find_kinds(contents->reader.arena, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (!passes(contents, query, &all.items[i], &is_wanted, err))
            return false;
        if (is_wanted)
            *(struct candidate *)ARENA_PUSH(contents->reader.arena, &wanted) = all.items[i];
    }
    return page_findings(contents, query, &wanted, page, err);
}

static bool check_search(struct view search, struct error *err)
{
    return search.size <= SEARCH_BYTES_MAX ||
           error_set(err, ERROR_LIMIT, "a search has at most %d bytes", SEARCH_BYTES_MAX);
}

bool store_list_findings(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    const struct finding_query *query, struct finding_row **items, size_t *count, size_t *total, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct finding_page page = {0};
    if (!check_search(query->search, err) || !check_search(query->vulnerability, err) ||
        !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                list_findings(&contents, query, &page, err),
            err))
        return false;
    *items = page.items;
    *count = page.count;
    *total = page.total;
    *has_more = page.has_more;
    return true;
}

/* Entries that the search lets through, with their packages. */
struct package_page {
    struct package_row *items;
    size_t *entries; /* position of each in the inventory */
    size_t count;
    size_t total;
    bool has_more;
};

/* A cursor is the position in the inventory, from 1. Entries are stored in the order of the list: type, name, version,
   arch, path. `*after` and `*from` are as cut_page takes them. */
static bool choose_packages(struct contents *contents, struct view search, int64_t cursor, struct package_page *page,
    size_t *after, size_t *from, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    struct image_layers layers;
    if (!image_layers_read(&contents->reader, contents->found.image, &layers, err))
        return false;
    page->items = ARENA_ARRAY(arena, struct package_row, contents->entry_count);
    page->entries = ARENA_ARRAY(arena, size_t, contents->entry_count);
    for (size_t i = 0; i < contents->entry_count; i++) {
        const struct packed_entry *entry = &contents->entries[i];
        struct package package;
        if (!read_package(contents, entry->package, &package, err))
            return false;
        if (search.size > 0 && !has_text(package.name, search) && !has_text(package.source_name, search) &&
            !has_text(entry->path, search))
            continue;
        *after += (int64_t)i < cursor;
        *from += (int64_t)i + 1 < cursor;
        page->entries[page->total] = i;
        page->items[page->total++] = (struct package_row){.package = package,
            .path = entry->path,
            .owner = entry->owner,
            .analyzer = entry->analyzer,
            .licenses = entry->licenses,
            .is_third_party = entry->is_third_party,
            .is_development = entry->is_development,
            .layer_index = entry->layer,
            .is_base = entry->layer < layers.base_layers,
            .cursor = page_cursor(arena, (int64_t)i + 1)};
    }
    return true;
}

static bool fill_package(struct contents *contents, size_t entry, struct package_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT count(*), coalesce(max(severity), 0) FROM package_findings WHERE package_id = $1",
            SQL_INTEGER(contents->package_ids[contents->entries[entry].package])))
        return false;
    if (rows_next(&rows)) {
        row->findings = rows_integer(&rows, 0);
        row->worst = (enum severity)rows_integer(&rows, 1);
    }
    row->purl = package_purl(
        contents->reader.arena, &row->package, contents->found.distribution_id, contents->found.distribution_version);
    return rows_finish(&rows, err);
}

static bool list_packages(struct contents *contents, struct view search, const struct page_request *request,
    struct package_page *page, struct error *err)
{
    struct view cursor = request->before.size > 0 ? request->before : request->after;
    struct view text = {NULL, 0};
    int64_t at = 0;
    size_t after = 0;
    size_t from = 0;
    size_t start = 0;
    if (!page_check(request, err) || (cursor.size > 0 && !page_parse(cursor, &at, &text, err)) ||
        !choose_packages(contents, search, at, page, &after, &from, err))
        return false;
    page->has_more = cut_page(request, page->total, after, from, &start, &page->count);
    page->items += start;
    for (size_t i = 0; i < page->count; i++) {
        if (!fill_package(contents, page->entries[start + i], &page->items[i], err))
            return false;
    }
    return true;
}

bool store_list_packages(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view search, const struct page_request *page, struct package_row **items, size_t *count, size_t *total,
    bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct package_page made = {0};
    if (!check_search(search, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                list_packages(&contents, search, page, &made, err),
            err))
        return false;
    *items = made.items;
    *count = made.count;
    *total = made.total;
    *has_more = made.has_more;
    return true;
}

static bool list_gaps(struct contents *contents, struct gap_list *gaps, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct arena *arena = contents->reader.arena;
    struct connection *connection = contents->reader.transaction->connection;
    if (!QUERY(connection, &rows, err, "SELECT kind, path, reason FROM scan_gaps WHERE image_id = $1 ORDER BY position",
            SQL_INTEGER(contents->found.image)))
        return false;
    while (rows_next(&rows)) {
        struct gap gap = {.path = rows_copy(&rows, arena, 1), .reason = rows_copy(&rows, arena, 2)};
        if (!gap_kind_parse(rows_view(&rows, 0), &gap.kind))
            return error_set(err, ERROR_CORRUPT, "stored gap is of an unknown kind");
        *(struct gap *)ARENA_PUSH(arena, gaps) = gap;
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < contents->package_count; i++) {
        if (!QUERY(connection, &rows, err,
                "SELECT undecidable, name, version FROM packages WHERE id = $1 AND undecidable <> ''",
                SQL_INTEGER(contents->package_ids[i])))
            return false;
        if (rows_next(&rows))
            gap_add(arena, gaps, GAP_FEED_RECORD, rows_copy(&rows, arena, 0),
                arena_format(arena, "its versions cannot be compared with \"%.*s\" of package \"%.*s\"",
                    VIEW_PRINT(rows_view(&rows, 2)), VIEW_PRINT(rows_view(&rows, 1)))
                    .data);
        if (!rows_finish(&rows, err))
            return false;
    }
    row_derive_gaps(&contents->reader, contents->found.ecosystems, contents->found.missing_platforms, gaps);
    return true;
}

bool store_list_gaps(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct gap_list *gaps, struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct gap_list list = {0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) && list_gaps(&contents, &list, err),
            err))
        return false;
    *gaps = list;
    return true;
}

/* Those of one package that have the id or alias. */
static bool add_suppressed(struct contents *contents, size_t position, struct view vulnerability,
    struct explanation *explanation, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct arena *arena = contents->reader.arena;
    size_t capacity = explanation->suppressed_count;
    if (!QUERY(contents->reader.transaction->connection, &rows, err,
            "SELECT vulnerability, severity, fix_state, summary, detail, owners.name, " PACKAGE_COLUMNS
            " FROM suppressed_findings JOIN packages ON packages.id = package_id "
            "JOIN packages AS owners ON owners.id = packages.owner_id WHERE package_id = $1 ORDER BY vulnerability",
            SQL_INTEGER(contents->package_ids[position])))
        return false;
    while (rows_next(&rows)) {
        struct finding_row row = {.owner = rows_copy(&rows, arena, 5)};
        const struct candidate candidate = {.detail = rows_copy(&rows, arena, 4)};
        bool is_wanted = view_equal_ignoring_case(rows_view(&rows, 0), vulnerability);
        if (!is_wanted && !matches_alias(arena, &candidate, vulnerability, true, &is_wanted, err))
            return false;
        if (!is_wanted)
            continue;
        row.finding.id = rows_copy(&rows, arena, 0);
        row.finding.severity = (enum severity)rows_integer(&rows, 1);
        row.finding.fix_state = (enum fix_state)rows_integer(&rows, 2);
        row.finding.summary = rows_copy(&rows, arena, 3);
        if (!finding_read_detail(arena, candidate.detail, &row.finding, err) ||
            !package_read(&rows, 6, arena, &row.package, err))
            return false;
        *(struct finding_row *)arena_push(
            arena, (void **)&explanation->suppressed, &explanation->suppressed_count, &capacity, sizeof(row)) = row;
    }
    return rows_finish(&rows, err);
}

static bool is_known(struct transaction *transaction, struct view vulnerability, bool *known, struct error *err)
{
    int64_t id = 0;
    return LOOKUP(transaction->connection, &id, known, err,
        "SELECT vulnerabilities.id FROM vulnerabilities WHERE name = $1 AND EXISTS (SELECT 1 FROM package_findings "
        "WHERE vulnerability_id = vulnerabilities.id)",
        SQL_TEXT(vulnerability));
}

/* The image's feeds, in the order of their names. */
static void choose_feeds(const struct row_reader *reader, struct explanation *explanation)
{
    explanation->feeds = ARENA_ARRAY(reader->arena, struct feed_state, reader->feed_count);
    for (size_t i = 0; i < reader->feed_count; i++) {
        bool covers = false;
        for (size_t k = 0; k < explanation->ecosystem_count && !covers; k++)
            covers = view_equal(ecosystem_base(explanation->ecosystems[k]), ecosystem_base(reader->feeds[i].ecosystem));
        if (covers)
            explanation->feeds[explanation->feed_count++] = reader->feeds[i];
    }
}

static bool explain(
    struct contents *contents, struct view vulnerability, struct explanation *explanation, struct error *err)
{
    struct finding_page page = {0};
    struct finding_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .vulnerability = vulnerability};
    if (!list_findings(contents, &query, &page, err) ||
        !is_known(contents->reader.transaction, vulnerability, &explanation->is_known, err) ||
        !list_gaps(contents, &explanation->gaps, err))
        return false;
    explanation->image = contents->found.row;
    explanation->findings = page.items;
    explanation->finding_count = page.count;
    explanation->is_known = explanation->is_known || page.count > 0;
    row_split_lines(
        contents->reader.arena, contents->found.ecosystems, &explanation->ecosystems, &explanation->ecosystem_count);
    explanation->generation = contents->reader.generation;
    choose_feeds(&contents->reader, explanation);
    for (size_t i = 0; i < contents->package_count; i++) {
        if (!add_suppressed(contents, i, vulnerability, explanation, err))
            return false;
    }
    return true;
}

bool store_explain(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view vulnerability, struct explanation *explanation, struct error *err)
{
    struct transaction transaction;
    struct contents contents = {0};
    struct explanation made = {0};
    if (!check_search(vulnerability, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                explain(&contents, vulnerability, &made, err),
            err))
        return false;
    *explanation = made;
    return true;
}
