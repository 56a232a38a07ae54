/* SPDX-License-Identifier: Apache-2.0 */
/* The gaps of one image, and why it has a vulnerability or not. */
#include "image/history.h"
#include "store/image_configs.h"
#include "store/image_contents.h"
#include "store/image_layers.h"
#include "store/matching.h"

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
        struct view detail = rows_copy(&rows, arena, 4);
        bool is_wanted = view_equal_ignoring_case(rows_view(&rows, 0), vulnerability);
        if (!is_wanted && !detail_has_alias(arena, detail, vulnerability, true, &is_wanted, err))
            return false;
        if (!is_wanted)
            continue;
        row.finding.id = rows_copy(&rows, arena, 0);
        row.finding.severity = (enum severity)rows_integer(&rows, 1);
        row.finding.fix_state = (enum fix_state)rows_integer(&rows, 2);
        row.finding.summary = rows_copy(&rows, arena, 3);
        if (!finding_read_detail(arena, detail, &row.finding, err) || !package_read(&rows, 6, arena, &row.package, err))
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

/* What brought the layers. A layer below another image's top is the base's; where neither the history nor a known image tells,
   nobody knows. */
static bool explain_layers(struct contents *contents, struct explanation *explanation, struct error *err)
{
    struct arena *arena = contents->reader.arena;
    struct image_layers layers;
    struct image_config config;
    bool has_config = false;
    if (!image_layers_read(&contents->reader, contents->found.image, &layers, err) ||
        !image_config_load(contents->reader.transaction, arena, contents->found.image, &config, &has_config, err))
        return false;
    explanation->base = layers.base_reference.size > 0 ? layers.base_reference : image_base_label(&config);
    explanation->layers = ARENA_ARRAY(arena, struct explained_layer, layers.count);
    explanation->layer_count = layers.count;
    for (size_t i = 0; i < layers.count; i++) {
        struct explained_layer *layer = &explanation->layers[i];
        layer->created_by = config.layer_count == layers.count ? config.layer_commands[i] : view_text("");
        if (layers.base_layers > 0)
            layer->origin = i < layers.base_layers ? ORIGIN_BASE : ORIGIN_OWN;
    }
    return true;
}

static bool explain(
    struct contents *contents, struct view vulnerability, struct explanation *explanation, struct error *err)
{
    struct finding_page page = {0};
    struct finding_query query = {.page = {.limit = PAGE_LIMIT_MAX}, .vulnerability = vulnerability};
    if (!contents_findings(contents, &query, &page, err) ||
        !is_known(contents->reader.transaction, vulnerability, &explanation->is_known, err) ||
        !list_gaps(contents, &explanation->gaps, err) || !explain_layers(contents, explanation, err))
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
    if (!search_check(vulnerability, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction,
            contents_begin(&contents, &transaction, arena, organization, row, err) &&
                explain(&contents, vulnerability, &made, err),
            err))
        return false;
    *explanation = made;
    return true;
}
