/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0 (OASIS), for code scanning of forges. An image is a run: a rule for each vulnerability, a result for each finding.
   Gaps and a verdict that could not tell are results with rules of their own, because many viewers show nothing but results,
   and a run without any would look clean. */
#include "report/rows.h"

#include "advisory/cvss.h"
#include "base/json.h"
#include "base/map.h"
#include "base/text.h"

#define COULD_NOT_TELL_RULE "tidewaiter/could-not-tell"

struct writer {
    struct json_writer json;
    struct arena *arena;
    struct map rule_of; /* vulnerability → the size_t that is its index among the rules */
    size_t rule_count;
    bool shows_suppressions; /* some finding is accepted: then every result says whether it is (SARIF §3.27.23) */
};

/* Printable; `is_message`: where braces would be placeholders and brackets links (SARIF §3.11.5 and §3.11.6). */
static struct view safe_text(struct arena *arena, struct view text, bool is_message)
{
    AUTO_BUFFER printable, out;
    buffer_init(&printable, REPORT_BYTES_MAX);
    buffer_init(&out, REPORT_BYTES_MAX);
    text_append_printable(&printable, text);
    for (size_t i = 0; i < printable.size; i++) {
        char byte = printable.data[i];
        if (is_message && (byte == '{' || byte == '}'))
            buffer_append_byte(&out, byte);
        else if (is_message && (byte == '[' || byte == ']' || byte == '\\'))
            buffer_append_byte(&out, '\\');
        buffer_append_byte(&out, byte);
    }
    return arena_copy(arena, buffer_view(&out));
}

static void write_text_object(struct writer *writer, const char *name, struct view text)
{
    json_key(&writer->json, name);
    json_begin_object(&writer->json);
    json_pair(&writer->json, "text", text);
    json_end_object(&writer->json);
}

static void write_message(struct writer *writer, struct view text)
{
    write_text_object(writer, "message", safe_text(writer->arena, text, true));
}

/* A relative reference (RFC 3986): what is not unreserved or '/' is percent-encoded, so it has no scheme and no authority. */
static struct view encode_uri(struct arena *arena, struct view text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    AUTO_BUFFER out;
    buffer_init(&out, REPORT_BYTES_MAX);
    while (text.size > 0 && text.data[0] == '/')
        text = view_from(text, 1);
    for (size_t i = 0; i < text.size; i++) {
        if (memchr(plain, text.data[i], sizeof(plain) - 1) != NULL)
            buffer_append_byte(&out, text.data[i]);
        else
            buffer_append_format(&out, "%%%02X", (unsigned)(unsigned char)text.data[i]);
    }
    return arena_copy(arena, buffer_view(&out));
}

static const char *level_of(enum severity severity)
{
    static const char *const levels[SEVERITY_COUNT] = {
        [SEVERITY_UNKNOWN] = "warning",
        [SEVERITY_NEGLIGIBLE] = "note",
        [SEVERITY_LOW] = "note",
        [SEVERITY_MEDIUM] = "warning",
        [SEVERITY_HIGH] = "error",
        [SEVERITY_CRITICAL] = "error",
    };
    return levels[severity];
}

/* Viewers derive their own word from the number (critical from 9.0, high from 7.0, medium from 4.0): the score of the vector
   counts where it says the same as the severity, else a number from the middle of the severity's range. */
static const char *security_severity(struct arena *arena, const struct finding *finding)
{
    static const int floors[SEVERITY_COUNT] = {[SEVERITY_NEGLIGIBLE] = 1,
        [SEVERITY_LOW] = 1,
        [SEVERITY_MEDIUM] = 40,
        [SEVERITY_HIGH] = 70,
        [SEVERITY_CRITICAL] = 90};
    static const int ends[SEVERITY_COUNT] = {[SEVERITY_NEGLIGIBLE] = 40,
        [SEVERITY_LOW] = 40,
        [SEVERITY_MEDIUM] = 70,
        [SEVERITY_HIGH] = 90,
        [SEVERITY_CRITICAL] = 101};
    int floor = floors[finding->severity], end = ends[finding->severity];
    int score = report_score(finding);
    if (finding->severity == SEVERITY_UNKNOWN)
        return NULL;
    if (score < floor || score >= end)
        score = (floor + end - 1) / 2;
    return arena_text(arena, arena_format(arena, "%d.%d", score / 10, score % 10));
}

static void write_rule_properties(struct writer *writer, const char *severity, const char *word)
{
    json_key(&writer->json, "properties");
    json_begin_object(&writer->json);
    if (severity != NULL)
        json_pair_text(&writer->json, "security-severity", severity);
    json_key(&writer->json, "tags");
    json_begin_array(&writer->json);
    json_write_text(&writer->json, "security");
    json_write_text(&writer->json, word);
    json_end_array(&writer->json);
    json_end_object(&writer->json);
}

static void write_level(struct writer *writer, const char *level)
{
    json_key(&writer->json, "defaultConfiguration");
    json_begin_object(&writer->json);
    json_pair_text(&writer->json, "level", level);
    json_end_object(&writer->json);
}

/* The finding is the worst with this vulnerability, since rows go from the worst down. */
static void write_rule(struct writer *writer, const struct finding *finding)
{
    struct arena *arena = writer->arena;
    struct view id = safe_text(arena, finding->id, false);
    struct view summary = finding->summary.size > 0 ? safe_text(arena, finding->summary, false) : id;
    struct view aliases = safe_text(arena, report_join(arena, finding->aliases, finding->alias_count, ", "), false);
    json_begin_object(&writer->json);
    json_pair(&writer->json, "id", id);
    write_text_object(writer, "shortDescription", summary);
    write_text_object(writer, "fullDescription", summary);
    json_pair(&writer->json, "helpUri",
        arena_format(arena, "https://osv.dev/vulnerability/%.*s", VIEW_PRINT(encode_uri(arena, finding->id))));
    write_text_object(writer, "help",
        arena_format(arena,
            "%.*s (%s): %.*s\n%s%.*s%sUpdate the package to a fixed version where the result names one. "
            "\"tidewaiter explain\" shows the evidence.",
            VIEW_PRINT(id), severity_name(finding->severity), VIEW_PRINT(summary),
            aliases.size > 0 ? "Also known as: " : "", VIEW_PRINT(aliases), aliases.size > 0 ? "\n" : ""));
    write_level(writer, level_of(finding->severity));
    write_rule_properties(writer, security_severity(arena, finding), "vulnerability");
    json_end_object(&writer->json);
}

static void write_own_rule(struct writer *writer, struct view id, const char *text, const char *level)
{
    json_begin_object(&writer->json);
    json_pair(&writer->json, "id", id);
    write_text_object(writer, "shortDescription", view_text(text));
    write_text_object(writer, "help",
        arena_format(writer->arena, "%s. The report is not complete: what it does not list may exist.", text));
    write_level(writer, level);
    write_rule_properties(writer, NULL, "gap");
    json_end_object(&writer->json);
}

static struct view gap_rule(struct arena *arena, enum gap_kind kind)
{
    return arena_format(arena, "tidewaiter/gap/%s", gap_kind_name(kind));
}

static void write_rules(struct writer *writer, const struct report *report, const struct report_row_list *rows)
{
    const struct gap_list *gaps = &report->image->inventory.gaps;
    map_init(&writer->rule_of, writer->arena);
    writer->rule_count = 0;
    json_key(&writer->json, "rules");
    json_begin_array(&writer->json);
    for (size_t i = 0; i < rows->count; i++) {
        const struct finding *finding = rows->items[i].finding;
        if (map_get(&writer->rule_of, finding->id) != NULL)
            continue;
        size_t *index = ARENA_NEW(writer->arena, size_t);
        *index = writer->rule_count++;
        map_set(&writer->rule_of, finding->id, index);
        write_rule(writer, finding);
    }
    for (int kind = 0; kind < GAP_KIND_COUNT; kind++) {
        bool is_used = false;
        for (size_t i = 0; i < gaps->count; i++)
            is_used = is_used || (int)gaps->items[i].kind == kind;
        if (is_used)
            write_own_rule(writer, gap_rule(writer->arena, (enum gap_kind)kind),
                gap_kind_consequence((enum gap_kind)kind), "warning");
    }
    if (report->verdict->verdict == VERDICT_COULD_NOT_TELL)
        write_own_rule(
            writer, view_text(COULD_NOT_TELL_RULE), "the scan could not tell whether the image passes", "error");
    json_end_array(&writer->json);
}

/* `package`: NULL if it is not about one. A reader of files cannot open a path of an image, so a region is only there because
   viewers ask for a line. */
static void write_location(
    struct writer *writer, const struct report *report, struct view path, const struct inventory_package *package)
{
    struct json_writer *json = &writer->json;
    json_key(json, "locations");
    json_begin_array(json);
    json_begin_object(json);
    json_key(json, "physicalLocation");
    json_begin_object(json);
    json_key(json, "artifactLocation");
    json_begin_object(json);
    json_pair(json, "uri", encode_uri(writer->arena, path.size > 0 ? path : report->reference));
    json_end_object(json);
    json_key(json, "region");
    json_begin_object(json);
    json_pair_integer(json, "startLine", 1);
    json_end_object(json);
    json_end_object(json);
    if (package != NULL) {
        json_key(json, "logicalLocations");
        json_begin_array(json);
        json_begin_object(json);
        json_pair(json, "name", safe_text(writer->arena, package->package.name, false));
        json_pair(json, "fullyQualifiedName", safe_text(writer->arena, report_package(writer->arena, package), false));
        json_pair_text(json, "kind", "package");
        json_end_object(json);
        json_end_array(json);
    }
    json_end_object(json);
    json_end_array(json);
}

/* The same for every scan, whatever the image's digest: a new build with the old package is the old alert. */
static void write_fingerprint(struct writer *writer, struct view what, struct view path, struct view key)
{
    struct digest digest;
    digest_of(
        arena_format(writer->arena, "%.*s\n%.*s\n%.*s", VIEW_PRINT(what), VIEW_PRINT(path), VIEW_PRINT(key)), &digest);
    json_key(&writer->json, "partialFingerprints");
    json_begin_object(&writer->json);
    json_pair(&writer->json, "tidewaiterResult/v1", digest_hex(&digest));
    json_end_object(&writer->json);
}

/* SARIF §3.35; `risk`: NULL if it is not accepted. */
static void write_suppressions(struct writer *writer, const struct accepted_risk *risk)
{
    struct json_writer *json = &writer->json;
    if (!writer->shows_suppressions)
        return;
    json_key(json, "suppressions");
    json_begin_array(json);
    if (risk != NULL) {
        json_begin_object(json);
        json_pair_text(json, "kind", "external");
        json_pair_text(json, "status", "accepted");
        json_pair(json, "justification",
            safe_text(writer->arena,
                arena_format(writer->arena, "%s%s%.*s", accept_reason_name(risk->reason),
                    risk->description.size > 0 ? ": " : "", VIEW_PRINT(risk->description)),
                false));
        json_end_object(json);
    }
    json_end_array(json);
}

static void write_finding(struct writer *writer, const struct report *report, const struct report_row *row)
{
    struct arena *arena = writer->arena;
    const struct finding *finding = row->finding;
    struct view package = report_package(arena, row->installed);
    struct view line = report_line(arena, finding);
    const size_t *index = map_get(&writer->rule_of, finding->id);
    json_begin_object(&writer->json);
    json_pair(&writer->json, "ruleId", safe_text(arena, finding->id, false));
    json_pair_integer(&writer->json, "ruleIndex", (int64_t)*index);
    json_pair_text(&writer->json, "level", level_of(finding->severity));
    write_message(writer, arena_format(arena, "%.*s: %.*s", VIEW_PRINT(package), VIEW_PRINT(line)));
    write_location(writer, report, row->installed->path, row->installed);
    write_fingerprint(writer, finding->id, row->installed->path, package_key(arena, &row->installed->package));
    write_suppressions(writer, finding->accepted);
    json_end_object(&writer->json);
}

static void write_own_result(struct writer *writer, const struct report *report, struct view rule, const char *level,
    struct view message, struct view path)
{
    json_begin_object(&writer->json);
    json_pair(&writer->json, "ruleId", rule);
    json_pair_text(&writer->json, "level", level);
    write_message(writer, message);
    write_location(writer, report, path, NULL);
    write_fingerprint(writer, rule, path, message);
    write_suppressions(writer, NULL);
    json_end_object(&writer->json);
}

static void write_results(struct writer *writer, const struct report *report, const struct report_row_list *rows)
{
    const struct gap_list *gaps = &report->image->inventory.gaps;
    const struct verdict_result *verdict = report->verdict;
    writer->shows_suppressions = false;
    for (size_t i = 0; i < rows->count; i++)
        writer->shows_suppressions = writer->shows_suppressions || rows->items[i].finding->accepted != NULL;
    json_key(&writer->json, "results");
    json_begin_array(&writer->json);
    for (size_t i = 0; i < rows->count; i++)
        write_finding(writer, report, &rows->items[i]);
    for (size_t i = 0; i < gaps->count; i++)
        write_own_result(writer, report, gap_rule(writer->arena, gaps->items[i].kind), "warning",
            arena_format(writer->arena, "%.*s; %s", VIEW_PRINT(gaps->items[i].reason),
                gap_kind_consequence(gaps->items[i].kind)),
            gaps->items[i].path);
    for (size_t i = 0; verdict->verdict == VERDICT_COULD_NOT_TELL && i < verdict->reason_count; i++)
        write_own_result(writer, report, view_text(COULD_NOT_TELL_RULE), "error", verdict->reasons[i], view_text(""));
    json_end_array(&writer->json);
}

static void write_notification(struct writer *writer, struct view text, const char *level)
{
    json_begin_object(&writer->json);
    json_pair_text(&writer->json, "level", level);
    write_message(writer, text);
    json_end_object(&writer->json);
}

/* The verdict: as the exit status, and its reasons and the notes as notifications. */
static void write_invocation(struct writer *writer, const struct report *report)
{
    const struct verdict_result *verdict = report->verdict;
    const struct gap_list *gaps = &report->image->inventory.gaps;
    bool is_successful = verdict->verdict != VERDICT_COULD_NOT_TELL;
    struct report_note_list notes;
    report_notes(writer->arena, report, &notes);
    for (size_t i = 0; i < gaps->count; i++)
        is_successful = is_successful && !report_gap_blocks(report, &gaps->items[i]);
    json_key(&writer->json, "invocations");
    json_begin_array(&writer->json);
    json_begin_object(&writer->json);
    json_pair_boolean(&writer->json, "executionSuccessful", is_successful);
    json_pair_integer(&writer->json, "exitCode", (int64_t)verdict->verdict);
    json_pair_text(&writer->json, "exitCodeDescription", verdict_name(verdict->verdict));
    json_key(&writer->json, "toolExecutionNotifications");
    json_begin_array(&writer->json);
    for (size_t i = 0; i < verdict->reason_count; i++)
        write_notification(writer, verdict->reasons[i], "error");
    for (size_t i = 0; i < notes.count; i++)
        write_notification(writer, notes.items[i], "note");
    json_end_array(&writer->json);
    json_end_object(&writer->json);
    json_end_array(&writer->json);
}

static void write_run(struct writer *writer, const struct report *report)
{
    struct json_writer *json = &writer->json;
    struct report_row_list rows;
    report_rows(writer->arena, report, &rows);
    json_begin_object(json);
    json_key(json, "tool");
    json_begin_object(json);
    json_key(json, "driver");
    json_begin_object(json);
    json_pair_text(json, "name", "Tidewaiter");
    json_pair_text(json, "version", TIDEWAITER_VERSION);
    write_rules(writer, report, &rows);
    json_end_object(json);
    json_end_object(json);
    json_key(json, "automationDetails");
    json_begin_object(json);
    struct view title = safe_text(writer->arena, report_title(writer->arena, report), false);
    json_pair(json, "id", arena_format(writer->arena, "tidewaiter/%.*s/", VIEW_PRINT(title)));
    json_end_object(json);
    write_invocation(writer, report);
    write_results(writer, report, &rows);
    json_pair_text(json, "columnKind", "utf16CodeUnits");
    json_key(json, "properties");
    json_begin_object(json);
    json_pair_text(json, "verdict", verdict_name(report->verdict->verdict));
    json_pair(json, "reference", safe_text(writer->arena, report->reference, false));
    if (!report->is_directory)
        json_pair(json, "digest", digest_view(&report->image->choice.manifest.digest));
    json_end_object(json);
    json_end_object(json);
}

static void write_all(const struct report *reports, size_t count, struct buffer *out)
{
    AUTO_ARENA *arena = arena_new();
    struct writer writer = {.arena = arena};
    json_writer_init(&writer.json, out);
    json_begin_object(&writer.json);
    json_pair_text(&writer.json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_pair_text(&writer.json, "version", "2.1.0");
    json_key(&writer.json, "runs");
    json_begin_array(&writer.json);
    for (size_t i = 0; i < count; i++)
        write_run(&writer, &reports[i]);
    json_end_array(&writer.json);
    json_end_object(&writer.json);
    buffer_append_byte(out, '\n');
}

const struct report_format report_sarif = {.name = "sarif", .write = write_all, .needs_findings = true};
