/* SPDX-License-Identifier: Apache-2.0 */
#include "report/rows.h"

#include "advisory/cvss.h"
#include "base/text.h"
#include "report/sbom.h"

#include <stdlib.h>

enum { MARKDOWN_BYTES_MAX = 300, MARKDOWN_WORDS_BYTES_MAX = 8 << 10, JOINED_BYTES_MAX = 64 << 10 };

static int compare_rows(const void *left, const void *right)
{
    const struct report_row *a = left;
    const struct report_row *b = right;
    if (a->finding->severity != b->finding->severity)
        return (int)b->finding->severity - (int)a->finding->severity;
    bool a_fixable = a->finding->fix_state == FIX_AVAILABLE;
    bool b_fixable = b->finding->fix_state == FIX_AVAILABLE;
    if (a_fixable != b_fixable)
        return a_fixable ? -1 : 1;
    int order = view_compare(a->finding->id, b->finding->id);
    if (order == 0)
        order = view_compare(a->installed->package.name, b->installed->package.name);
    if (order == 0)
        order = view_compare(a->installed->path, b->installed->path);
    /* The inventory's order decides the rest. */
    return order != 0 ? order : (a->installed > b->installed) - (a->installed < b->installed);
}

void report_rows(struct arena *arena, const struct report *report, struct report_row_list *rows)
{
    const struct inventory *inventory = &report->image->inventory;
    *rows = (struct report_row_list){0};
    for (size_t i = 0; report->has_findings && i < inventory->package_count; i++) {
        for (size_t j = 0; j < report->image->findings[i].count; j++) {
            const struct finding *finding = &report->image->findings[i].items[j];
            *(struct report_row *)ARENA_PUSH(arena, rows) = (struct report_row){&inventory->packages[i], finding};
            rows->by_severity[finding->severity]++;
        }
    }
    if (rows->count > 0)
        qsort(rows->items, rows->count, sizeof(rows->items[0]), compare_rows);
}

struct view report_join(struct arena *arena, const struct view *items, size_t count, const char *separator)
{
    AUTO_BUFFER text;
    buffer_init(&text, JOINED_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        buffer_append_text(&text, i > 0 ? separator : "");
        buffer_append(&text, items[i]);
    }
    if (text.is_full)
        return arena_format(arena, "%zu, too many to list", count);
    return arena_copy(arena, buffer_view(&text));
}

struct view report_fix(struct arena *arena, const struct finding *finding)
{
    if (finding->fixed_version_count == 0)
        return view_text(finding->fix_state == FIX_NONE ? "no fix" : fix_state_name(finding->fix_state));
    return report_join(arena, finding->fixed_versions, finding->fixed_version_count, ", ");
}

struct view report_line(struct arena *arena, const struct finding *finding)
{
    struct view fix = report_fix(arena, finding);
    return arena_format(arena, "%.*s (%s), %s%.*s%s%.*s", VIEW_PRINT(finding->id), severity_name(finding->severity),
        finding->fixed_version_count > 0 ? "fixed in " : "", VIEW_PRINT(fix), finding->summary.size > 0 ? ": " : "",
        VIEW_PRINT(finding->summary));
}

struct view report_package(struct arena *arena, const struct inventory_package *installed)
{
    struct view version = sbom_package_version(arena, &installed->package);
    return arena_format(arena, "%.*s@%.*s", VIEW_PRINT(installed->package.name), VIEW_PRINT(version));
}

struct view report_title(struct arena *arena, const struct report *report)
{
    if (report->is_directory)
        return report->reference;
    struct view platform = platform_format(arena, &report->image->config.platform);
    return arena_format(arena, "%.*s %.*s", VIEW_PRINT(report->reference), VIEW_PRINT(platform));
}

int report_score(const struct finding *finding)
{
    struct severity_rating rating = {0};
    struct cvss cvss;
    finding_newest_rating(finding, &rating);
    return cvss_parse(rating.score, &cvss) ? cvss.score : CVSS_NO_SCORE;
}

static bool is_violation(const struct rule_result *rule, const struct finding *finding)
{
    for (size_t i = 0; i < rule->violations.count; i++) {
        const struct policy_violation *violation = &rule->violations.items[i];
        if (violation->finding != NULL && violation->finding->finding == finding)
            return !violation->is_accepted;
    }
    return false;
}

static bool violates_policy(const struct evaluation *evaluation, const struct finding *finding)
{
    if (evaluation == NULL || evaluation->outcome != OUTCOME_FAILED)
        return false;
    for (size_t i = 0; i < evaluation->policy_count; i++) {
        const struct policy_result *policy = &evaluation->policies[i];
        for (size_t j = 0; j < policy->policy->bundle_count; j++) {
            for (size_t k = 0; k < policy->bundles[j].bundle->rule_count; k++) {
                if (is_violation(&policy->bundles[j].rules[k], finding))
                    return true;
            }
        }
    }
    return false;
}

bool report_counts(const struct report *report, const struct finding *finding)
{
    const struct gate *gate = report->gate;
    if (report->image->accepted != NULL || !scan_finding_counts(gate, finding))
        return false;
    if (report->verdict != NULL && violates_policy(report->verdict->evaluation, finding))
        return true;
    if (finding->severity == SEVERITY_UNKNOWN)
        return gate->has_threshold && gate->unknown_severity_is_set && gate->unknown_severity_fails;
    return gate->has_threshold && finding->severity >= gate->fail_on;
}

struct view report_severity(struct arena *arena, const struct finding *finding)
{
    const char *severity = severity_name(finding->severity);
    if (finding->accepted != NULL)
        return arena_format(arena, "%s, accepted", severity);
    return finding->is_known ? arena_format(arena, "%s, known", severity) : view_text(severity);
}

bool report_gap_blocks(const struct report *report, const struct gap *gap)
{
    return gap_kind_hides_packages(gap->kind) && !report->gate->allow_gaps;
}

/* "feed osv/Debian of 2026-01-02, not complete, DEMO DATA". */
static struct view describe_feed(struct arena *arena, const struct feed_state *feed)
{
    char date[TIME_TEXT_SIZE];
    time_format(feed->date_ms, date);
    return arena_format(arena, "feed %.*s of %.10s%s%s", VIEW_PRINT(feed->name), date,
        feed->is_complete ? "" : ", not complete", feed->is_demo ? ", DEMO DATA" : "");
}

static void add_note(struct arena *arena, struct report_note_list *notes, struct view note)
{
    *(struct view *)ARENA_PUSH(arena, notes) = note;
}

enum { VEX_UNMATCHED_SHOWN_MAX = 10 };

/* What the documents did, and their first statements that speak of nothing here: often a product that is written otherwise. */
void report_vex_notes(struct arena *arena, const struct report *report, struct report_note_list *notes)
{
    const struct vex_outcome *vex = report->image->vex;
    if (vex == NULL)
        return;
    add_note(arena, notes,
        arena_format(arena,
            "VEX documents: %zu, findings suppressed: %zu, noted: %zu, statements without a finding: %zu",
            vex->set->document_count, vex->suppressed_count, vex->noted_count, vex->unmatched_count));
    for (size_t i = 0; i < vex->unmatched_listed && i < VEX_UNMATCHED_SHOWN_MAX; i++) {
        const struct vex_claim *claim = &vex->unmatched[i]->claim;
        struct view rest = claim->ids;
        struct view id = view_cut(&rest, '\n');
        add_note(arena, notes,
            arena_format(arena, "VEX statement without a finding: %.*s %s in %.*s%s%.*s", VIEW_PRINT(id),
                vex_status_name(claim->status), VIEW_PRINT(claim->product.name),
                claim->component.name.size > 0 ? ", " : "", VIEW_PRINT(claim->component.name)));
    }
    if (vex->unmatched_count > VEX_UNMATCHED_SHOWN_MAX)
        add_note(arena, notes,
            arena_format(arena, "VEX statements without a finding that are not shown: %zu",
                vex->unmatched_count - VEX_UNMATCHED_SHOWN_MAX));
}

/* "until 2027-01-31" */
static struct view describe_end(struct arena *arena, const struct accepted_risk *risk)
{
    char end[TIME_TEXT_SIZE];
    time_format(risk->expires_ms, end);
    return arena_format(arena, "%s%.10s%s", risk->expires_ms > 0 ? " until " : "", risk->expires_ms > 0 ? end : "",
        risk->until_fixed ? ", until a fix exists" : "");
}

static void add_risk(
    struct arena *arena, const struct accepted_risk *risk, size_t count, struct report_note_list *notes)
{
    add_note(arena, notes,
        arena_format(arena, "accepted (%zu): %.*s%.*s: %s%s%.*s", count, VIEW_PRINT(accepted_risk_text(arena, risk)),
            VIEW_PRINT(describe_end(arena, risk)), accept_reason_name(risk->reason),
            risk->description.size > 0 ? ", " : "", VIEW_PRINT(risk->description)));
}

/* Each risk that covers findings, with their number. */
static void add_risks(struct arena *arena, const struct report_row_list *rows, struct report_note_list *notes)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct accepted_risk *risk = rows->items[i].finding->accepted;
        size_t before = 0, count = 0;
        for (size_t j = 0; risk != NULL && j < rows->count; j++) {
            bool is_covered = rows->items[j].finding->accepted == risk;
            before += is_covered && j < i;
            count += is_covered;
        }
        if (risk != NULL && before == 0)
            add_risk(arena, risk, count, notes);
    }
}

void report_policy_notes(struct arena *arena, const struct report *report, struct report_note_list *notes)
{
    struct report_row_list rows;
    const struct evaluation *evaluation = report->verdict == NULL ? NULL : report->verdict->evaluation;
    for (size_t i = 0; evaluation != NULL && i < evaluation->policy_count; i++)
        add_note(arena, notes,
            arena_format(arena, "policy \"%.*s\": %s", VIEW_PRINT(evaluation->policies[i].policy->name),
                evaluation_outcome_name(evaluation->policies[i].outcome)));
    if (report->gate->only_fixed)
        add_note(arena, notes, view_text("only findings with a fixed version count (--only-fixed)"));
    if (report->gate->only_new)
        add_note(arena, notes, view_text("only findings that the other image does not have count (--new-since)"));
    if (report->image->accepted != NULL)
        add_risk(arena, report->image->accepted, 1, notes);
    if (report->image->expired_risk_count > 0)
        add_note(arena, notes,
            arena_format(
                arena, "accepted risks that have expired and count no more: %zu", report->image->expired_risk_count));
    if (!report->has_findings)
        return;
    report_rows(arena, report, &rows);
    add_risks(arena, &rows, notes);
}

void report_notes(struct arena *arena, const struct report *report, struct report_note_list *notes)
{
    const struct inventory *inventory = &report->image->inventory;
    *notes = (struct report_note_list){0};
    for (size_t i = 0; i < report->feed_count; i++) {
        if (report->feeds[i].ecosystem.size == 0 || scan_uses_feed(report->image, &report->feeds[i]))
            add_note(arena, notes, describe_feed(arena, &report->feeds[i]));
    }
    if (report->gate->allow_stale)
        add_note(arena, notes, view_text("old feeds were allowed (--allow-stale)"));
    if (report->gate->allow_gaps)
        add_note(arena, notes, view_text("gaps were allowed (--allow-gaps)"));
    if (inventory->unattributed.count > 0)
        add_note(arena, notes,
            arena_format(arena, "programs that no package accounts for: %zu", inventory->unattributed.count));
    size_t by_vex = report->image->vex == NULL ? 0 : report->image->vex->suppressed_count;
    if (report->image->suppression_count > by_vex)
        add_note(arena, notes,
            arena_format(arena, "findings suppressed in packages inside packages of the distribution: %zu",
                report->image->suppression_count - by_vex));
    report_vex_notes(arena, report, notes);
    report_policy_notes(arena, report, notes);
}

/* U+FFFE and U+FFFF, which are UTF-8 but no characters of XML. */
static bool is_noncharacter(struct view text)
{
    return view_starts_with(text, "\xef\xbf\xbe") || view_starts_with(text, "\xef\xbf\xbf");
}

void report_append_xml(struct buffer *out, struct view text)
{
    AUTO_BUFFER printable;
    buffer_init(&printable, REPORT_BYTES_MAX);
    text_append_printable(&printable, text);
    out->is_full = out->is_full || printable.is_full;
    for (struct view rest = buffer_view(&printable); rest.size > 0;) {
        size_t size = 1;
        switch (rest.data[0]) {
        case '&':
            buffer_append_text(out, "&amp;");
            break;
        case '<':
            buffer_append_text(out, "&lt;");
            break;
        case '>':
            buffer_append_text(out, "&gt;");
            break;
        case '"':
            buffer_append_text(out, "&quot;");
            break;
        case '\'':
            buffer_append_text(out, "&#39;");
            break;
        default:
            size = is_noncharacter(rest) ? 3 : 1;
            buffer_append_byte(out, size == 3 ? '?' : rest.data[0]);
        }
        rest = view_from(rest, size);
    }
}

/* Full-width = + - @ count as well: spreadsheets fold them. */
static bool starts_formula(struct view text)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (view_starts_with(text, starts[i]))
            return true;
    }
    return false;
}

void report_append_csv(struct buffer *out, struct view text)
{
    AUTO_BUFFER printable;
    buffer_init(&printable, REPORT_BYTES_MAX);
    text_append_printable(&printable, text);
    out->is_full = out->is_full || printable.is_full;
    buffer_append_text(out, starts_formula(text) ? "\"'" : "\"");
    for (size_t i = 0; i < printable.size; i++) {
        if (printable.data[i] == '"')
            buffer_append_byte(out, '"');
        buffer_append_byte(out, printable.data[i]);
    }
    buffer_append_byte(out, '"');
}

/* Whether the byte may stand as it is: everything else becomes a numeric reference. "www." would become a link. */
static bool is_plain(char byte, char before)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (byte == '.')
        return before != 'w' && before != 'W';
    return is_letter || (byte >= '0' && byte <= '9') || byte == ' ' || byte == '-' || byte == '+' || byte == '/' ||
           byte == ',' || ((unsigned char)byte & 0x80) != 0;
}

/* True if something was cut. */
static bool append_markdown(struct buffer *out, struct view text, size_t bytes_max)
{
    AUTO_BUFFER printable;
    buffer_init(&printable, REPORT_BYTES_MAX);
    text_append_printable(&printable, view_slice(text, 0, bytes_max));
    size_t start = out->size, i = 0;
    for (; i < printable.size && out->size - start < bytes_max; i++) {
        char byte = printable.data[i];
        if (is_plain(byte, i > 0 ? printable.data[i - 1] : ' '))
            buffer_append_byte(out, byte);
        else
            buffer_append_format(out, "&#%d;", byte);
    }
    while (i < printable.size && ((unsigned char)printable.data[i] & 0xc0) == 0x80)
        buffer_append_byte(out, printable.data[i++]);
    return i < printable.size || text.size > bytes_max;
}

void report_append_markdown(struct buffer *out, struct view text)
{
    buffer_append_text(out, "<code>");
    buffer_append_text(out, append_markdown(out, text, MARKDOWN_BYTES_MAX) ? "…</code>" : "</code>");
}

void report_append_markdown_words(struct buffer *out, struct view text)
{
    if (append_markdown(out, text, MARKDOWN_WORDS_BYTES_MAX))
        buffer_append_text(out, "…");
}
