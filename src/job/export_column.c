/* SPDX-License-Identifier: Apache-2.0 */
#include "job/export_column.h"

#include "advisory/cvss.h"
#include "advisory/provider.h"
#include "base/clock.h"
#include "report/rows.h"
#include "store/tally.h"

/* Of a list; a longer one is ERROR_LIMIT for the row. */
enum { CELL_BYTES_MAX = 1 << 19 };

static void add(struct export_cell *cell, struct view text)
{
    *(struct view *)ARENA_PUSH(cell->arena, cell) = text;
}

static void add_text(struct export_cell *cell, const char *text)
{
    add(cell, view_text(text));
}

/* A number, or true or false. */
static void add_value(struct export_cell *cell, struct view text)
{
    cell->is_value = true;
    add(cell, text);
}

/* RFC 3339; nothing if it is not known. */
static void add_time(struct export_cell *cell, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    if (time_ms == 0)
        return;
    time_format(time_ms, text);
    add(cell, arena_copy(cell->arena, view_text(text)));
}

static void add_lines(struct export_cell *cell, struct view lines)
{
    cell->is_list = true;
    for (struct view rest = lines; rest.size > 0;)
        add(cell, view_cut(&rest, '\n'));
}

static void cell_fixability(const struct export_row *row, struct export_cell *cell)
{
    size_t fixable = 0;
    for (size_t i = 0; i < row->issue->package_count; i++)
        fixable += row->issue->packages[i].fixed_version_count > 0;
    add_text(cell, fixable == 0                          ? "No Fix Supported"
                   : fixable < row->issue->package_count ? "Partially Fixable"
                                                         : "Fixable");
}

static bool is_cve(const struct export_row *row)
{
    return view_starts_with(row->issue->vulnerability, "CVE-");
}

static void cell_cve(const struct export_row *row, struct export_cell *cell)
{
    cell->is_list = true;
    if (is_cve(row))
        add(cell, row->issue->vulnerability);
}

static void cell_cve_url(const struct export_row *row, struct export_cell *cell)
{
    cell->is_list = true;
    if (is_cve(row))
        add(cell,
            arena_format(cell->arena, "https://www.cve.org/CVERecord?id=%.*s", VIEW_PRINT(row->issue->vulnerability)));
}

/* No feed tells weaknesses. */
static void cell_cwe(const struct export_row *row, struct export_cell *cell)
{
    (void)row;
    cell->is_list = true;
}

static void cell_epss_percentile(const struct export_row *row, struct export_cell *cell)
{
    if (row->issue->facts != NULL && row->issue->facts->has_epss)
        add_value(cell, arena_format(cell->arena, "%.5f", row->issue->facts->epss_percentile));
}

static void cell_epss_score(const struct export_row *row, struct export_cell *cell)
{
    if (row->issue->facts != NULL && row->issue->facts->has_epss)
        add_value(cell, arena_format(cell->arena, "%.5f", row->issue->facts->epss_score));
}

static enum threat threat_of(const struct issue_row *issue)
{
    if (issue->facts == NULL)
        return THREAT_NONE;
    return issue->facts->is_known_exploited  ? THREAT_KNOWN
           : issue->facts->exploit_count > 0 ? THREAT_EXPLOIT
                                             : THREAT_NONE;
}

static void cell_exploit_maturity(const struct export_row *row, struct export_cell *cell)
{
    static const char *const words[THREAT_COUNT] = {"No Known Exploit", "Proof of Concept", "Mature"};
    add_text(cell, row->issue->facts == NULL ? "No Data" : words[threat_of(row->issue)]);
}

static void cell_first_introduced(const struct export_row *row, struct export_cell *cell)
{
    add_time(cell, row->issue->first_ms);
}

static void cell_fixed_in(const struct export_row *row, struct export_cell *cell)
{
    cell->is_list = true;
    for (size_t i = 0; i < row->issue->package_count; i++) {
        const struct issue_package *package = &row->issue->packages[i];
        for (size_t k = 0; k < package->fixed_version_count; k++) {
            const struct view_list known = {cell->items, cell->count};
            struct export_cell one = {.items = &package->fixed_versions[k], .count = 1};
            if (!export_cell_has(&one, &known))
                add(cell, package->fixed_versions[k]);
        }
    }
}

/* The published levels, the worst first: negligible and unknown severities are info. */
static const char *const levels[] = {"Critical", "High", "Medium", "Low", "Info"};

static size_t level_of(enum severity severity)
{
    size_t level = (size_t)(SEVERITY_CRITICAL - severity);
    return level < sizeof(levels) / sizeof(levels[0]) ? level : sizeof(levels) / sizeof(levels[0]) - 1;
}

static void cell_severity(const struct export_row *row, struct export_cell *cell)
{
    add_text(cell, levels[level_of(row->issue->severity)]);
}

static void cell_severity_rank(const struct export_row *row, struct export_cell *cell)
{
    add_value(cell, arena_format(cell->arena, "%zu", level_of(row->issue->severity) + 1));
}

/* What is resolved is told by events. */
static void cell_status(const struct export_row *row, struct export_cell *cell)
{
    (void)row;
    add_text(cell, "Open");
}

static void cell_type(const struct export_row *row, struct export_cell *cell)
{
    (void)row;
    add_text(cell, "Vulnerability");
}

static void cell_issue_url(const struct export_row *row, struct export_cell *cell)
{
    add(cell,
        arena_format(cell->arena, "/rest/orgs/%s/issues/%s", row->organization->uuid.text, row->issue->uuid.text));
}

static void cell_known_exploited(const struct export_row *row, struct export_cell *cell)
{
    add_value(cell, view_text(threat_of(row->issue) == THREAT_KNOWN ? "true" : "false"));
}

static void cell_last_introduced(const struct export_row *row, struct export_cell *cell)
{
    add_time(cell, row->issue->last_ms);
}

/* The highest base score of the vectors that the NVD gives; false if there is none. */
static bool find_cvss(const struct issue_row *issue, struct cvss *highest)
{
    bool found = false;
    for (size_t i = 0; i < issue->rating_count; i++) {
        struct cvss cvss;
        if (!view_is(issue->ratings[i].source, FACTS_PROVIDER) || !cvss_parse(issue->ratings[i].score, &cvss) ||
            (found && cvss.score <= highest->score))
            continue;
        *highest = cvss;
        found = true;
    }
    return found;
}

static void cell_nvd_score(const struct export_row *row, struct export_cell *cell)
{
    struct cvss cvss = {.score = 0};
    if (find_cvss(row->issue, &cvss))
        add_value(cell, arena_format(cell->arena, "%d.%d", cvss.score / 10, cvss.score % 10));
}

static void cell_nvd_severity(const struct export_row *row, struct export_cell *cell)
{
    struct cvss cvss = {.score = 0};
    if (find_cvss(row->issue, &cvss))
        add_text(cell, levels[level_of(cvss_severity(&cvss))]);
}

static void cell_organization_name(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->organization->name);
}

static void cell_organization_id(const struct export_row *row, struct export_cell *cell)
{
    add_text(cell, row->organization->uuid.text);
}

static void cell_packages(const struct export_row *row, struct export_cell *cell)
{
    cell->is_list = true;
    for (size_t i = 0; i < row->issue->package_count; i++)
        add(cell, arena_format(cell->arena, "%.*s@%.*s", VIEW_PRINT(row->issue->packages[i].name),
                      VIEW_PRINT(row->issue->packages[i].version)));
}

static void cell_problem_id(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->issue->vulnerability);
}

static void cell_title(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->issue->summary.size > 0 ? row->issue->summary : row->issue->vulnerability);
}

static void cell_product(const struct export_row *row, struct export_cell *cell)
{
    (void)row;
    add_text(cell, "Container");
}

static void cell_criticality(const struct export_row *row, struct export_cell *cell)
{
    add_lines(cell, row->project->settings.criticality);
}

static void cell_environments(const struct export_row *row, struct export_cell *cell)
{
    add_lines(cell, row->project->settings.environment);
}

static void cell_lifecycles(const struct export_row *row, struct export_cell *cell)
{
    add_lines(cell, row->project->settings.lifecycle);
}

static void cell_project_name(const struct export_row *row, struct export_cell *cell)
{
    add(cell,
        arena_format(cell->arena, "%.*s:%.*s", VIEW_PRINT(row->project->repository), VIEW_PRINT(row->project->tag)));
}

static void cell_project_origin(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->project->integration_type);
}

static void cell_project_id(const struct export_row *row, struct export_cell *cell)
{
    add_text(cell, row->project->uuid.text);
}

static void cell_project_tags(const struct export_row *row, struct export_cell *cell)
{
    add_lines(cell, row->project->settings.tags);
}

static void cell_target_name(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->project->repository);
}

static void cell_target_reference(const struct export_row *row, struct export_cell *cell)
{
    add(cell, row->project->tag);
}

static void cell_project_type(const struct export_row *row, struct export_cell *cell)
{
    add_text(cell, project_type(row->project));
}

static void cell_project_url(const struct export_row *row, struct export_cell *cell)
{
    add(cell,
        arena_format(cell->arena, "/rest/orgs/%s/projects/%s", row->organization->uuid.text, row->project->uuid.text));
}

static void cell_reachability(const struct export_row *row, struct export_cell *cell)
{
    (void)row;
    add_text(cell, "No Info");
}

/* As an image that has nothing but this vulnerability. */
static void cell_score(const struct export_row *row, struct export_cell *cell)
{
    struct tally tally = {0};
    tally.kinds[kind_of(row->issue->severity, row->issue->is_fixable, threat_of(row->issue))] = 1;
    add_value(cell, arena_format(cell->arena, "%lld", (long long)tally_score(&tally)));
}

static void cell_published(const struct export_row *row, struct export_cell *cell)
{
    add_time(cell, row->issue->facts == NULL ? 0 : row->issue->facts->published_ms);
}

const struct export_column export_columns[EXPORT_COLUMN_COUNT] = {
#define EXPORT_COLUMN(name, cell, filter, is_default) {#name, filter, is_default, cell_##cell},
#include "job/export_columns.def"
#undef EXPORT_COLUMN
};

const struct export_column *export_column_named(struct view name)
{
    for (size_t i = 0; i < EXPORT_COLUMN_COUNT; i++) {
        if (view_is(name, export_columns[i].name))
            return &export_columns[i];
    }
    return NULL;
}

const struct export_column *export_column_of_filter(struct view filter)
{
    for (size_t i = 0; filter.size > 0 && i < EXPORT_COLUMN_COUNT; i++) {
        if (view_is(filter, export_columns[i].filter))
            return &export_columns[i];
    }
    return NULL;
}

struct export_cell export_cell_of(struct arena *arena, const struct export_column *column, const struct export_row *row)
{
    struct export_cell cell = {.arena = arena};
    column->fill(row, &cell);
    return cell;
}

bool export_cell_has(const struct export_cell *cell, const struct view_list *values)
{
    for (size_t i = 0; i < cell->count; i++) {
        for (size_t k = 0; k < values->count; k++) {
            if (view_equal_ignoring_case(cell->items[i], values->items[k]))
                return true;
        }
    }
    return false;
}

static void write_items(const struct export_cell *cell, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < cell->count; i++)
        json_write(writer, cell->items[i]);
    json_end_array(writer);
}

static void write_list(const struct export_cell *cell, struct buffer *out)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, CELL_BYTES_MAX);
    json_writer_init(&writer, &text);
    write_items(cell, &writer);
    out->is_full = out->is_full || text.is_full;
    report_append_csv(out, buffer_view(&text));
}

void export_cell_write(const struct export_cell *cell, struct buffer *out)
{
    if (cell->is_list)
        write_list(cell, out);
    else
        report_append_csv(out, cell->count > 0 ? cell->items[0] : view_text(""));
}

void export_cell_write_json(const struct export_cell *cell, struct json_writer *writer)
{
    if (cell->is_list)
        write_items(cell, writer);
    else if (cell->count == 0)
        json_write_null(writer);
    else if (cell->is_value)
        json_write_raw(writer, cell->items[0]);
    else
        json_write(writer, cell->items[0]);
}
