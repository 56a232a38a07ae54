/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats that list findings share: the findings of a scan from the worst down, the words about them, and text from
   strangers made safe for XML, CSV and Markdown. Pure. */
#ifndef REPORT_ROWS_H
#define REPORT_ROWS_H

#include "report/report.h"
#include "scan/judge.h"
#include "scan/vex.h"

struct report_row {
    const struct inventory_package *installed;
    const struct finding *finding;
};

struct report_row_list {
    struct report_row *items;
    size_t count;
    size_t capacity;
    size_t by_severity[SEVERITY_COUNT];
};

/* All findings that count: by severity from the worst down, with a fix first, then by id, package and path. */
void report_rows(struct arena *arena, const struct report *report, struct report_row_list *rows);

/* The texts one after the other; of more than 64 KiB only their number. */
struct view report_join(struct arena *arena, const struct view *items, size_t count, const char *separator);

/* "3.0.9-1", several joined by ", "; without any what is known of the fix: "no fix", "wont-fix". */
struct view report_fix(struct arena *arena, const struct finding *finding);

/* "CVE-2026-0001 (high), fixed in 3.0.9-1: summary". */
struct view report_line(struct arena *arena, const struct finding *finding);

/* "openssl@3.0.9-1", the version as its package manager shows it. */
struct view report_package(struct arena *arena, const struct inventory_package *installed);

/* The reference as the user wrote it, and the platform if there is one. */
struct view report_title(struct arena *arena, const struct report *report);

/* The score of the finding's newest CVSS vector in tenths; CVSS_NO_SCORE if it has none. */
int report_score(const struct finding *finding);

/* Whether the finding alone makes the gate fail: by its severity, or because it violates a policy. */
bool report_counts(const struct report *report, const struct finding *finding);

/* Whether a gap keeps the gate from passing. */
bool report_gap_blocks(const struct report *report, const struct gap *gap);

struct report_note_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

/* What a reader must know beside findings, gaps and verdict, a line each: the feeds with their age, what the verdict was allowed
   to overlook, platforms that are missing, programs of unknown origin, findings that were suppressed. */
void report_notes(struct arena *arena, const struct report *report, struct report_note_list *notes);

/* Those about VEX documents alone. */
void report_vex_notes(struct arena *arena, const struct report *report, struct report_note_list *notes);
/* Those about policies and accepted risks alone. */
void report_policy_notes(struct arena *arena, const struct report *report, struct report_note_list *notes);

/* "high"; "high, accepted" of a finding that an accepted risk covers, "high, known" of one that the image compared with has. */
struct view report_severity(struct arena *arena, const struct finding *finding);

/* Printable text as content or attribute of XML 1.0 and HTML: no markup, no character that XML forbids. */
void report_append_xml(struct buffer *out, struct view text);

/* One CSV cell in quotes (RFC 4180). What a spreadsheet would take for a formula (= + - @, also full-width, and tab, CR, LF)
   gets an apostrophe in front. */
void report_append_csv(struct buffer *out, struct view text);

/* A <code> element that holds the text in any place of a Markdown line, a table's cell too: nothing in it is markup, a link or
   a mention of a person. Long text is cut. */
void report_append_markdown(struct buffer *out, struct view text);

/* The same without the element, for sentences of our own that quote strangers. */
void report_append_markdown_words(struct buffer *out, struct view text);

#endif
