/* SPDX-License-Identifier: Apache-2.0 */
/* Markdown for comments of pull requests: the verdict with its reasons, the findings by severity with their fixes, the gaps.
   It stays below the size that forges accept for a comment; what is left out is counted. */
#include "report/rows.h"

/* GitHub takes 65,536 characters: room for the tables of all images together, the rest is for heads and reasons. */
enum { TABLE_BYTES_MAX = 40000, LINES_MAX = 20 };

struct writer {
    struct arena *arena;
    struct buffer *out;
    size_t table_bytes; /* for each of the two tables of an image */
    size_t line_max; /* reasons and notes of an image */
};

/* Takes the row back that began at `row` if it does not fit into the table that began at `start`. */
static bool row_fits(struct writer *writer, size_t start, size_t row)
{
    if (writer->out->size - start <= writer->table_bytes)
        return true;
    writer->out->size = row;
    return false;
}

static void write_summary(struct writer *writer, const struct report_row_list *rows)
{
    struct buffer *out = writer->out;
    buffer_append_text(out, "\n| Severity | Findings | With a fix |\n| --- | ---: | ---: |\n");
    for (size_t severity = SEVERITY_COUNT; severity-- > 0;) {
        size_t fixable = 0;
        for (size_t i = 0; i < rows->count; i++) {
            const struct finding *finding = rows->items[i].finding;
            fixable += (size_t)finding->severity == severity && finding->fix_state == FIX_AVAILABLE;
        }
        if (rows->by_severity[severity] > 0)
            buffer_append_format(out, "| %s | %zu | %zu |\n", severity_name((enum severity)severity),
                rows->by_severity[severity], fixable);
    }
    buffer_append_format(out, "| all | %zu | |\n", rows->count);
}

static void write_cell(struct writer *writer, struct view text)
{
    buffer_append_text(writer->out, "| ");
    if (text.size > 0)
        report_append_markdown(writer->out, text);
    buffer_append_byte(writer->out, ' ');
}

static void write_left_out(struct writer *writer, size_t count, const char *what)
{
    if (count > 0)
        buffer_append_format(
            writer->out, "\n%zu more %s; a report as HTML, CSV or JSON has all of them.\n", count, what);
}

static void write_findings(struct writer *writer, const struct report_row_list *rows)
{
    size_t start = writer->out->size;
    size_t i = 0;
    if (rows->count == 0)
        return;
    buffer_append_text(writer->out,
        "\n| Vulnerability | Severity | Package | Installed | Fixed in |\n| --- | --- | --- | --- | --- |\n");
    for (; i < rows->count; i++) {
        size_t row_start = writer->out->size;
        const struct report_row *row = &rows->items[i];
        write_cell(writer, row->finding->id);
        buffer_append_format(writer->out, "| %.*s ", VIEW_PRINT(report_severity(writer->arena, row->finding)));
        write_cell(writer, row->installed->package.name);
        write_cell(writer, row->installed->package.version);
        write_cell(writer, report_fix(writer->arena, row->finding));
        buffer_append_text(writer->out, "|\n");
        if (!row_fits(writer, start, row_start))
            break;
    }
    write_left_out(writer, rows->count - i, "findings");
}

static void write_gaps(struct writer *writer, const struct gap_list *gaps)
{
    size_t start = writer->out->size;
    size_t i = 0;
    if (gaps->count == 0)
        return;
    buffer_append_format(writer->out, "\n**Not everything could be read (%zu):**\n\n", gaps->count);
    buffer_append_text(writer->out, "| Gap | Path | Reason | Consequence |\n| --- | --- | --- | --- |\n");
    for (; i < gaps->count; i++) {
        size_t row_start = writer->out->size;
        buffer_append_format(writer->out, "| %s ", gap_kind_name(gaps->items[i].kind));
        write_cell(writer, gaps->items[i].path);
        write_cell(writer, gaps->items[i].reason);
        buffer_append_format(writer->out, "| %s |\n", gap_kind_consequence(gaps->items[i].kind));
        if (!row_fits(writer, start, row_start))
            break;
    }
    write_left_out(writer, gaps->count - i, "gaps");
}

static void write_lines(struct writer *writer, const struct view *lines, size_t count, const char *what)
{
    size_t shown = count < writer->line_max ? count : writer->line_max;
    buffer_append_text(writer->out, count > 0 ? "\n" : "");
    for (size_t i = 0; i < shown; i++) {
        buffer_append_text(writer->out, "* ");
        report_append_markdown(writer->out, lines[i]);
        buffer_append_byte(writer->out, '\n');
    }
    write_left_out(writer, count - shown, what);
}

static void write_report(struct writer *writer, const struct report *report)
{
    static const char *const words[VERDICT_COUNT] = {"passed", "failed", "could not tell"};
    struct report_row_list rows;
    struct report_note_list notes;
    report_rows(writer->arena, report, &rows);
    report_notes(writer->arena, report, &notes);
    buffer_append_format(writer->out, "## Tidewaiter: %s\n\n", words[report->verdict->verdict]);
    report_append_markdown(writer->out, report_title(writer->arena, report));
    if (!report->is_directory)
        buffer_append_format(writer->out, " <code>%s</code>", report->image->choice.manifest.digest.text);
    buffer_append_format(writer->out, ", %zu packages\n", report->image->inventory.package_count);
    write_lines(writer, report->verdict->reasons, report->verdict->reason_count, "reasons");
    write_gaps(writer, &report->image->inventory.gaps);
    write_summary(writer, &rows);
    write_findings(writer, &rows);
    write_lines(writer, notes.items, notes.count, "notes");
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    size_t share = count > 0 ? count : 1;
    struct writer writer = {arena, out, TABLE_BYTES_MAX / 2 / share, LINES_MAX / share > 0 ? LINES_MAX / share : 1};
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(out, i > 0 ? "\n" : "");
        write_report(&writer, &reports[i]);
    }
}

const struct report_format report_markdown = {.name = "markdown", .write = write_all, .needs_findings = true};
