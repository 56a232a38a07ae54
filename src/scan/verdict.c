/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/scan.h"

#include <stdio.h>

static const char *const names[VERDICT_COUNT] = {"passed", "failed", "could-not-tell"};

const char *verdict_name(enum verdict verdict)
{
    return names[verdict];
}

struct reasons {
    struct view *items;
    size_t count;
    size_t capacity;
};

static void add_reason(struct arena *arena, struct reasons *reasons, struct view reason)
{
    *(struct view *)ARENA_PUSH(arena, reasons) = reason;
}

/* What is worse stands: failed over could not tell over passed. */
static void worsen(enum verdict *verdict, enum verdict other)
{
    static const int rank[VERDICT_COUNT] = {[VERDICT_PASSED] = 0, [VERDICT_COULD_NOT_TELL] = 1, [VERDICT_FAILED] = 2};
    if (rank[other] > rank[*verdict])
        *verdict = other;
}

static void judge_findings(const struct scan_image *image, const struct gate *gate, struct arena *arena,
    enum verdict *verdict, struct reasons *reasons)
{
    size_t above = 0, unknown = 0;
    for (size_t i = 0; image->findings != NULL && i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++) {
            enum severity severity = image->findings[i].items[j].severity;
            unknown += severity == SEVERITY_UNKNOWN;
            above += severity != SEVERITY_UNKNOWN && severity >= gate->fail_on;
        }
    }
    if (above > 0) {
        worsen(verdict, VERDICT_FAILED);
        add_reason(arena, reasons,
            arena_format(arena, "%zu finding%s of severity %s or higher", above, above == 1 ? "" : "s",
                severity_name(gate->fail_on)));
    }
    if (unknown > 0 && !(gate->unknown_severity_is_set && !gate->unknown_severity_fails)) {
        worsen(verdict, gate->unknown_severity_is_set ? VERDICT_FAILED : VERDICT_COULD_NOT_TELL);
        add_reason(arena, reasons,
            arena_format(arena, "%zu finding%s without a severity (--unknown-severity decides)", unknown,
                unknown == 1 ? "" : "s"));
    }
}

static void judge_gaps(const struct scan_image *image, const struct gate *gate, struct arena *arena,
    enum verdict *verdict, struct reasons *reasons)
{
    for (size_t i = 0; i < image->inventory.gaps.count; i++) {
        const struct gap *gap = &image->inventory.gaps.items[i];
        if (gate->allow_gaps || !gap_kind_hides_packages(gap->kind))
            continue;
        worsen(verdict, VERDICT_COULD_NOT_TELL);
        add_reason(arena, reasons,
            arena_format(arena, "%s%s%.*s: %.*s", gap_kind_name(gap->kind), gap->path.size > 0 ? " " : "",
                VIEW_PRINT(gap->path), VIEW_PRINT(gap->reason)));
    }
}

static void judge_unattributed(const struct scan_image *image, const struct gate *gate, struct arena *arena,
    enum verdict *verdict, struct reasons *reasons)
{
    size_t count = image->inventory.unattributed.count;
    if (!gate->fails_on_unattributed || count == 0)
        return;
    worsen(verdict, VERDICT_FAILED);
    add_reason(arena, reasons,
        arena_format(arena, "%zu program%s that no package accounts for (--fail-on-unattributed)", count,
            count == 1 ? "" : "s"));
}

bool scan_uses_feed(const struct scan_image *image, const struct feed_state *feed)
{
    for (size_t i = 0; i < image->inventory.package_count; i++) {
        struct view ecosystem = image->inventory.packages[i].package.ecosystem;
        if (ecosystem.size > 0 && view_equal(ecosystem_base(ecosystem), ecosystem_base(feed->ecosystem)))
            return true;
    }
    return false;
}

static void judge_feed(const struct feed_state *feed, const struct gate *gate, int64_t now_ms, struct arena *arena,
    enum verdict *verdict, struct reasons *reasons)
{
    /* The check of a remote feed tells that nothing newer exists; a folder only knows its own newest record. */
    int64_t since_ms = feed->is_remote ? feed->checked_ms : feed->date_ms;
    if (!feed->is_complete) {
        worsen(verdict, VERDICT_COULD_NOT_TELL);
        add_reason(arena, reasons, arena_format(arena, "feed \"%.*s\" is not complete", VIEW_PRINT(feed->name)));
    }
    if (!gate->allow_stale && now_ms - since_ms > gate->feed_age_max_ms) {
        char since[TIME_TEXT_SIZE];
        time_format(since_ms, since);
        worsen(verdict, VERDICT_COULD_NOT_TELL);
        add_reason(arena, reasons,
            arena_format(arena, "feed \"%.*s\" is older than allowed: %s %s", VIEW_PRINT(feed->name),
                feed->is_remote ? "last checked" : "newest record of", since));
    }
}

void scan_verdict(const struct scan_image *image, const struct feed_state *feeds, size_t feed_count,
    const struct gate *gate, int64_t now_ms, struct arena *arena, struct verdict_result *result)
{
    struct reasons reasons = {0};
    enum verdict verdict = VERDICT_PASSED;
    if (gate->has_threshold)
        judge_findings(image, gate, arena, &verdict, &reasons);
    judge_unattributed(image, gate, arena, &verdict, &reasons);
    judge_gaps(image, gate, arena, &verdict, &reasons);
    for (size_t i = 0; i < feed_count; i++) {
        if (scan_uses_feed(image, &feeds[i]))
            judge_feed(&feeds[i], gate, now_ms, arena, &verdict, &reasons);
    }
    *result = (struct verdict_result){verdict, reasons.items, reasons.count};
}
