/* SPDX-License-Identifier: Apache-2.0 */
/* JUnit XML, for the test views of build servers. A package with findings is a test case, each finding that the gate refuses a
   failure of it; a gap is a test case that is an error, or skipped if the gate lets it through; so is the verdict, so that the
   suite passes exactly when the gate does. */
#include "report/rows.h"

struct counts {
    size_t tests;
    size_t failures;
    size_t errors;
    size_t skipped;
};

static void write_attribute(struct buffer *out, const char *name, struct view value)
{
    buffer_append_format(out, " %s=\"", name);
    report_append_xml(out, value);
    buffer_append_text(out, "\"");
}

static void begin_case(struct buffer *out, const char *kind, struct view name)
{
    buffer_append_text(out, "    <testcase");
    write_attribute(out, "classname", view_text(kind));
    write_attribute(out, "name", name);
    buffer_append_text(out, " time=\"0\">\n");
}

static void end_case(struct buffer *out)
{
    buffer_append_text(out, "    </testcase>\n");
}

/* `kind`: failure, error or skipped. */
static void write_outcome(struct buffer *out, const char *kind, const char *type, struct view message)
{
    buffer_append_format(out, "      <%s", kind);
    if (type != NULL)
        write_attribute(out, "type", view_text(type));
    write_attribute(out, "message", message);
    buffer_append_text(out, "/>\n");
}

static void write_package(const struct report *report, const struct inventory_package *installed,
    const struct finding_list *findings, struct arena *arena, struct counts *counts, struct buffer *out)
{
    size_t failures = 0;
    struct view package = report_package(arena, installed);
    begin_case(out, package_type_name(installed->package.type),
        arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(package), installed->path.size > 0 ? " in " : "",
            VIEW_PRINT(installed->path)));
    for (size_t i = 0; i < findings->count; i++) {
        if (!report_counts(report, &findings->items[i]))
            continue;
        failures++;
        write_outcome(
            out, "failure", severity_name(findings->items[i].severity), report_line(arena, &findings->items[i]));
    }
    if (failures < findings->count) {
        buffer_append_text(out, "      <system-out>");
        for (size_t i = 0; i < findings->count; i++) {
            if (report_counts(report, &findings->items[i]))
                continue;
            report_append_xml(out, report_line(arena, &findings->items[i]));
            buffer_append_text(out, "\n");
        }
        buffer_append_text(out, "</system-out>\n");
    }
    end_case(out);
    counts->tests++;
    counts->failures += failures > 0;
}

static void write_gap(
    const struct report *report, const struct gap *gap, struct arena *arena, struct counts *counts, struct buffer *out)
{
    bool blocks = report_gap_blocks(report, gap);
    begin_case(out, "gap",
        arena_format(
            arena, "%s%s%.*s", gap_kind_name(gap->kind), gap->path.size > 0 ? " " : "", VIEW_PRINT(gap->path)));
    write_outcome(out, blocks ? "error" : "skipped", blocks ? gap_kind_name(gap->kind) : NULL,
        arena_format(arena, "%.*s; %s", VIEW_PRINT(gap->reason), gap_kind_consequence(gap->kind)));
    end_case(out);
    counts->tests++;
    counts->errors += blocks;
    counts->skipped += !blocks;
}

static void write_verdict(const struct report *report, struct arena *arena, struct counts *counts, struct buffer *out)
{
    const struct verdict_result *verdict = report->verdict;
    struct report_note_list notes;
    bool is_failure = verdict->verdict == VERDICT_FAILED;
    bool is_error = verdict->verdict == VERDICT_COULD_NOT_TELL;
    begin_case(out, "gate", view_text("verdict"));
    for (size_t i = 0; i < verdict->reason_count && (is_failure || is_error); i++)
        write_outcome(out, is_failure ? "failure" : "error", verdict_name(verdict->verdict), verdict->reasons[i]);
    buffer_append_format(out, "      <system-out>verdict: %s\n", verdict_name(verdict->verdict));
    report_notes(arena, report, &notes);
    for (size_t i = 0; i < notes.count; i++) {
        report_append_xml(out, notes.items[i]);
        buffer_append_text(out, "\n");
    }
    buffer_append_text(out, "</system-out>\n");
    end_case(out);
    counts->tests++;
    counts->failures += is_failure;
    counts->errors += is_error;
}

static void write_counts(const struct counts *counts, struct buffer *out)
{
    buffer_append_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n",
        counts->tests, counts->failures, counts->errors, counts->skipped);
}

/* The cases go into a buffer of their own, since their numbers stand in front of them. */
static void write_suite(const struct report *report, struct arena *arena, struct counts *total, struct buffer *out)
{
    const struct inventory *inventory = &report->image->inventory;
    struct counts counts = {0};
    AUTO_BUFFER cases;
    buffer_init(&cases, REPORT_BYTES_MAX);
    for (size_t i = 0; i < inventory->package_count; i++) {
        if (report->image->findings[i].count > 0)
            write_package(report, &inventory->packages[i], &report->image->findings[i], arena, &counts, &cases);
    }
    for (size_t i = 0; i < inventory->gaps.count; i++)
        write_gap(report, &inventory->gaps.items[i], arena, &counts, &cases);
    write_verdict(report, arena, &counts, &cases);
    out->is_full = out->is_full || cases.is_full;
    buffer_append_text(out, "  <testsuite");
    write_attribute(out, "name", report_title(arena, report));
    write_counts(&counts, out);
    if (!report->is_directory)
        buffer_append_format(out,
            "    <properties>\n      <property name=\"digest\" value=\"%s\"/>\n    </properties>\n",
            report->image->choice.manifest.digest.text);
    buffer_append(out, buffer_view(&cases));
    buffer_append_text(out, "  </testsuite>\n");
    total->tests += counts.tests;
    total->failures += counts.failures;
    total->errors += counts.errors;
    total->skipped += counts.skipped;
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct counts total = {0};
    AUTO_BUFFER suites;
    buffer_init(&suites, REPORT_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        write_suite(&reports[i], arena, &total, &suites);
    out->is_full = out->is_full || suites.is_full;
    buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tidewaiter\"");
    write_counts(&total, out);
    buffer_append(out, buffer_view(&suites));
    buffer_append_text(out, "</testsuites>\n");
}

const struct report_format report_junit = {.name = "junit", .write = write_all, .needs_findings = true};
