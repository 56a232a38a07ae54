/* SPDX-License-Identifier: Apache-2.0 */
/* One HTML page that needs nothing else: no script, no font, no picture, and a policy that forbids to load any. Every text of
   the image is escaped. */
#include "report/rows.h"

static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    "body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { border-bottom: 1px solid #8888; overflow-wrap: anywhere; padding: .3rem .5rem; text-align: left;"
    " vertical-align: top; }\n"
    ".verdict { border-left: .5rem solid; padding: .5rem 1rem; }\n"
    ".passed { border-color: #2a2; }\n"
    ".failed, .critical { border-color: #c00; font-weight: bold; }\n"
    ".could-not-tell { border-color: #d80; }\n"
    ".high { font-weight: bold; }\n"
    "</style>\n";

static void write_element(struct buffer *out, const char *name, struct view text)
{
    buffer_append_format(out, "<%s>", name);
    report_append_xml(out, text);
    buffer_append_format(out, "</%s>", name);
}

static void write_list(struct buffer *out, const struct view *items, size_t count)
{
    if (count == 0)
        return;
    buffer_append_text(out, "<ul>\n");
    for (size_t i = 0; i < count; i++) {
        write_element(out, "li", items[i]);
        buffer_append_byte(out, '\n');
    }
    buffer_append_text(out, "</ul>\n");
}

static void write_titles(struct buffer *out, const char *const *titles, size_t count)
{
    buffer_append_text(out, "<table>\n<thead><tr>");
    for (size_t i = 0; i < count; i++)
        buffer_append_format(out, "<th scope=\"col\">%s</th>", titles[i]);
    buffer_append_text(out, "</tr></thead>\n<tbody>\n");
}

static void write_gaps(struct buffer *out, const struct gap_list *gaps)
{
    static const char *const titles[] = {"Gap", "Path", "Reason", "Consequence"};
    if (gaps->count == 0)
        return;
    buffer_append_format(out, "<h2>Not everything could be read (%zu)</h2>\n", gaps->count);
    write_titles(out, titles, sizeof(titles) / sizeof(titles[0]));
    for (size_t i = 0; i < gaps->count; i++) {
        const struct gap *gap = &gaps->items[i];
        buffer_append_text(out, "<tr>");
        write_element(out, "td", view_text(gap_kind_name(gap->kind)));
        write_element(out, "td", gap->path);
        write_element(out, "td", gap->reason);
        write_element(out, "td", view_text(gap_kind_consequence(gap->kind)));
        buffer_append_text(out, "</tr>\n");
    }
    buffer_append_text(out, "</tbody>\n</table>\n");
}

static void write_counts(struct buffer *out, const struct report_row_list *rows)
{
    buffer_append_format(out, "<h2>Findings: %zu</h2>\n<p>", rows->count);
    const char *separator = "";
    for (size_t severity = SEVERITY_COUNT; severity-- > 0;) {
        if (rows->by_severity[severity] == 0)
            continue;
        buffer_append_format(
            out, "%s%zu %s", separator, rows->by_severity[severity], severity_name((enum severity)severity));
        separator = ", ";
    }
    buffer_append_text(out, "</p>\n");
}

static void write_findings(struct buffer *out, struct arena *arena, const struct report_row_list *rows)
{
    static const char *const titles[] = {
        "Vulnerability", "Severity", "Package", "Installed", "Fixed in", "Path", "Layer", "Summary"};
    write_counts(out, rows);
    if (rows->count == 0)
        return;
    write_titles(out, titles, sizeof(titles) / sizeof(titles[0]));
    for (size_t i = 0; i < rows->count; i++) {
        const struct report_row *row = &rows->items[i];
        const char *severity = severity_name(row->finding->severity);
        buffer_append_text(out, "<tr>");
        write_element(out, "td", row->finding->id);
        buffer_append_format(
            out, "<td class=\"%s\">%.*s</td>", severity, VIEW_PRINT(report_severity(arena, row->finding)));
        write_element(out, "td", row->installed->package.name);
        write_element(out, "td", row->installed->package.version);
        write_element(out, "td", report_fix(arena, row->finding));
        write_element(out, "td", row->installed->path);
        buffer_append_format(out, "<td>%u</td>", row->installed->layer);
        write_element(out, "td", row->finding->summary);
        buffer_append_text(out, "</tr>\n");
    }
    buffer_append_text(out, "</tbody>\n</table>\n");
}

static void write_report(struct buffer *out, struct arena *arena, const struct report *report)
{
    static const char *const words[VERDICT_COUNT] = {"passed", "failed", "could not tell"};
    const struct verdict_result *verdict = report->verdict;
    struct report_row_list rows;
    struct report_note_list notes;
    report_rows(arena, report, &rows);
    report_notes(arena, report, &notes);
    buffer_append_text(out, "<section>\n");
    write_element(out, "h1", report_title(arena, report));
    buffer_append_format(out, "\n<div class=\"verdict %s\">\n<p>Verdict: %s</p>\n", verdict_name(verdict->verdict),
        words[verdict->verdict]);
    write_list(out, verdict->reasons, verdict->reason_count);
    buffer_append_format(out, "</div>\n<p>%zu packages", report->image->inventory.package_count);
    if (!report->is_directory)
        buffer_append_format(out, ", <code>%s</code>", report->image->choice.manifest.digest.text);
    buffer_append_text(out, "</p>\n");
    write_gaps(out, &report->image->inventory.gaps);
    write_findings(out, arena, &rows);
    if (notes.count > 0)
        buffer_append_text(out, "<h2>Notes</h2>\n");
    write_list(out, notes.items, notes.count);
    buffer_append_text(out, "</section>\n");
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    buffer_append_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    buffer_append_text(out, head);
    write_element(out, "title", count > 0 ? reports[0].reference : view_text("tidewaiter"));
    buffer_append_text(out, "\n</head>\n<body>\n");
    for (size_t i = 0; i < count; i++)
        write_report(out, arena, &reports[i]);
    buffer_append_text(out, "<p>tidewaiter " TIDEWAITER_VERSION "</p>\n</body>\n</html>\n");
}

const struct report_format report_html = {.name = "html", .write = write_all, .needs_findings = true};
