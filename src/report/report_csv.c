/* SPDX-License-Identifier: Apache-2.0 */
/* CSV (RFC 4180) for spreadsheets: one row for each finding, then the gaps, the verdict and notes, told apart by the first
   column. A report that could not read everything has rows that say so, so that an empty list is never mistaken for a clean
   one. */
#include "report/rows.h"

#include "advisory/cvss.h"

enum column {
    COLUMN_RECORD,
    COLUMN_IMAGE,
    COLUMN_DIGEST,
    COLUMN_PLATFORM,
    COLUMN_ID,
    COLUMN_SEVERITY,
    COLUMN_PACKAGE,
    COLUMN_VERSION,
    COLUMN_TYPE,
    COLUMN_PATH,
    COLUMN_LAYER,
    COLUMN_FIX_STATE,
    COLUMN_FIXED_VERSIONS,
    COLUMN_CVSS_SCORE,
    COLUMN_KNOWN_EXPLOITED,
    COLUMN_EPSS,
    COLUMN_ALIASES,
    COLUMN_TEXT,
    COLUMN_COUNT
};

static void write_cells(const struct view cells[COLUMN_COUNT], struct buffer *out)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (cells[i].size > 0)
            report_append_csv(out, cells[i]);
        buffer_append_text(out, i + 1 < COLUMN_COUNT ? "," : "\r\n");
    }
}

static void begin_row(
    const struct report *report, struct arena *arena, const char *record, struct view cells[COLUMN_COUNT])
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        cells[i] = view_text("");
    cells[COLUMN_RECORD] = view_text(record);
    cells[COLUMN_IMAGE] = report->reference;
    if (report->is_directory)
        return;
    cells[COLUMN_DIGEST] = digest_view(&report->image->choice.manifest.digest);
    cells[COLUMN_PLATFORM] = platform_format(arena, &report->image->config.platform);
}

static void write_finding(
    const struct report *report, const struct report_row *row, struct arena *arena, struct buffer *out)
{
    const struct inventory_package *installed = row->installed;
    const struct finding *finding = row->finding;
    const struct vulnerability_facts *facts = finding->facts;
    struct view cells[COLUMN_COUNT];
    int score = report_score(finding);
    begin_row(report, arena, "finding", cells);
    cells[COLUMN_ID] = finding->id;
    cells[COLUMN_SEVERITY] = view_text(severity_name(finding->severity));
    cells[COLUMN_PACKAGE] = installed->package.name;
    cells[COLUMN_VERSION] = installed->package.version;
    cells[COLUMN_TYPE] = view_text(package_type_name(installed->package.type));
    cells[COLUMN_PATH] = installed->path;
    cells[COLUMN_LAYER] = arena_format(arena, "%u", installed->layer);
    cells[COLUMN_FIX_STATE] = view_text(fix_state_name(finding->fix_state));
    cells[COLUMN_FIXED_VERSIONS] = report_join(arena, finding->fixed_versions, finding->fixed_version_count, " ");
    if (score != CVSS_NO_SCORE)
        cells[COLUMN_CVSS_SCORE] = arena_format(arena, "%d.%d", score / 10, score % 10);
    if (facts != NULL)
        cells[COLUMN_KNOWN_EXPLOITED] = view_text(facts->is_known_exploited ? "true" : "false");
    if (facts != NULL && facts->has_epss)
        cells[COLUMN_EPSS] = arena_format(arena, "%.5f", facts->epss_score);
    cells[COLUMN_ALIASES] = report_join(arena, finding->aliases, finding->alias_count, " ");
    cells[COLUMN_TEXT] = finding->summary;
    write_cells(cells, out);
}

static void write_gap(const struct report *report, const struct gap *gap, struct arena *arena, struct buffer *out)
{
    struct view cells[COLUMN_COUNT];
    begin_row(report, arena, "gap", cells);
    cells[COLUMN_ID] = view_text(gap_kind_name(gap->kind));
    cells[COLUMN_PATH] = gap->path;
    cells[COLUMN_TEXT] = arena_format(arena, "%.*s; %s", VIEW_PRINT(gap->reason), gap_kind_consequence(gap->kind));
    write_cells(cells, out);
}

/* A row for each reason of the verdict, at least one, and one for each note. */
static void write_verdict(const struct report *report, struct arena *arena, struct buffer *out)
{
    const struct verdict_result *verdict = report->verdict;
    struct report_note_list notes;
    struct view cells[COLUMN_COUNT];
    begin_row(report, arena, "verdict", cells);
    cells[COLUMN_ID] = view_text(verdict_name(verdict->verdict));
    if (verdict->reason_count == 0)
        write_cells(cells, out);
    for (size_t i = 0; i < verdict->reason_count; i++) {
        cells[COLUMN_TEXT] = verdict->reasons[i];
        write_cells(cells, out);
    }
    report_notes(arena, report, &notes);
    begin_row(report, arena, "note", cells);
    for (size_t i = 0; i < notes.count; i++) {
        cells[COLUMN_TEXT] = notes.items[i];
        write_cells(cells, out);
    }
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    buffer_append_text(out,
        "record,image,digest,platform,id,severity,package,version,type,path,layer,fix_state,fixed_versions,cvss_score,"
        "known_exploited,epss,aliases,text\r\n");
    for (size_t i = 0; i < count; i++) {
        const struct report *report = &reports[i];
        const struct gap_list *gaps = &report->image->inventory.gaps;
        struct report_row_list rows;
        report_rows(arena, report, &rows);
        for (size_t k = 0; k < rows.count; k++)
            write_finding(report, &rows.items[k], arena, out);
        for (size_t k = 0; k < gaps->count; k++)
            write_gap(report, &gaps->items[k], arena, out);
        write_verdict(report, arena, out);
    }
}

const struct report_format report_csv = {.name = "csv", .write = write_all, .needs_findings = true};
