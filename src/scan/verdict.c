/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/judge.h"

/* Violations of a rule that a reason names; reports as JSON have all. */
enum { VIOLATIONS_NAMED_MAX = 10 };

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
    for (size_t i = 0; image->findings != NULL && image->accepted == NULL && i < image->inventory.package_count; i++) {
        for (size_t j = 0; j < image->findings[i].count; j++) {
            enum severity severity = image->findings[i].items[j].severity;
            if (!scan_finding_counts(gate, &image->findings[i].items[j]))
                continue;
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

static void list_gaps(
    const struct scan_image *image, const struct gate *gate, struct arena *arena, struct reasons *reasons)
{
    for (size_t i = 0; i < image->inventory.gaps.count; i++) {
        const struct gap *gap = &image->inventory.gaps.items[i];
        if (gate->allow_gaps || !gap_kind_hides_packages(gap->kind))
            continue;
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

static void list_feed(const struct feed_state *feed, const struct gate *gate, int64_t now_ms, struct arena *arena,
    struct reasons *reasons)
{
    /* The check of a remote feed tells that nothing newer exists; a folder only knows its own newest record. */
    int64_t since_ms = feed->is_remote ? feed->checked_ms : feed->date_ms;
    if (!feed->is_complete)
        add_reason(arena, reasons, arena_format(arena, "feed \"%.*s\" is not complete", VIEW_PRINT(feed->name)));
    if (!gate->allow_stale && now_ms - since_ms > gate->feed_age_max_ms) {
        char since[TIME_TEXT_SIZE];
        time_format(since_ms, since);
        add_reason(arena, reasons,
            arena_format(arena, "feed \"%.*s\" is older than allowed: %s %s", VIEW_PRINT(feed->name),
                feed->is_remote ? "last checked" : "newest record of", since));
    }
}

/* What made a rule fail, the first of them by name. */
static struct view list_violations(struct arena *arena, const struct rule_result *rule)
{
    struct view text = view_text("");
    size_t shown = 0;
    for (size_t i = 0; i < rule->violations.count && shown < VIOLATIONS_NAMED_MAX; i++) {
        const struct policy_violation *violation = &rule->violations.items[i];
        if (violation->package == NULL || violation->is_accepted)
            continue;
        bool is_finding = violation->finding != NULL;
        text = arena_format(arena, "%.*s%s%.*s%s%.*s", VIEW_PRINT(text), shown == 0 ? ": " : ", ",
            VIEW_PRINT(is_finding ? violation->finding->finding->id : view_text("")), is_finding ? " in " : "",
            VIEW_PRINT(violation->package->package->name));
        shown++;
    }
    size_t left = rule->violations.count - rule->accepted_count - shown;
    return shown == 0 || left == 0 ? text : arena_format(arena, "%.*s and %zu more", VIEW_PRINT(text), left);
}

static void list_policy(struct arena *arena, const struct policy_result *policy, struct reasons *reasons)
{
    for (size_t i = 0; i < policy->policy->bundle_count; i++) {
        const struct bundle_result *bundle = &policy->bundles[i];
        for (size_t j = 0; j < bundle->bundle->rule_count; j++) {
            const struct rule_result *rule = &bundle->rules[j];
            if (rule->outcome < OUTCOME_COULD_NOT_TELL)
                continue;
            add_reason(arena, reasons,
                arena_format(arena, "policy \"%.*s\", \"%.*s\" %s: %.*s: %.*s%.*s", VIEW_PRINT(policy->policy->name),
                    VIEW_PRINT(bundle->bundle->name), rule->outcome == OUTCOME_FAILED ? "failed" : "could not tell",
                    VIEW_PRINT(policy_rule_text(arena, rule->rule)), VIEW_PRINT(rule_result_text(arena, rule)),
                    VIEW_PRINT(list_violations(arena, rule))));
        }
    }
    if (policy->outcome == OUTCOME_COULD_NOT_TELL && policy->bundles[0].outcome == OUTCOME_NOT_APPLICABLE)
        add_reason(arena, reasons,
            arena_format(arena, "policy \"%.*s\" could not tell: none of its rules is about what was scanned",
                VIEW_PRINT(policy->policy->name)));
}

/* The reasons of policies that stand: of an accepted image the failures are none. */
static void judge_policies(
    const struct evaluation *evaluation, struct arena *arena, enum verdict *verdict, struct reasons *reasons)
{
    if (evaluation->outcome < OUTCOME_COULD_NOT_TELL)
        return;
    worsen(verdict, evaluation->outcome == OUTCOME_FAILED ? VERDICT_FAILED : VERDICT_COULD_NOT_TELL);
    for (size_t i = 0; i < evaluation->policy_count; i++)
        list_policy(arena, &evaluation->policies[i], reasons);
}

static void add_doubts(
    struct arena *arena, const struct reasons *doubts, enum verdict *verdict, struct reasons *reasons)
{
    for (size_t i = 0; i < doubts->count; i++) {
        worsen(verdict, VERDICT_COULD_NOT_TELL);
        add_reason(arena, reasons, doubts->items[i]);
    }
}

void scan_verdict(const struct scan_image *image, const struct feed_state *feeds, size_t feed_count,
    const struct gate *gate, int64_t now_ms, struct arena *arena, struct verdict_result *result)
{
    struct reasons reasons = {0}, gaps = {0}, doubts = {0};
    enum verdict verdict = VERDICT_PASSED;
    const struct evaluation *evaluation = NULL;
    list_gaps(image, gate, arena, &gaps);
    for (size_t i = 0; i < feed_count; i++) {
        if (scan_uses_feed(image, &feeds[i]))
            list_feed(&feeds[i], gate, now_ms, arena, &doubts);
    }
    if (gate->has_threshold)
        judge_findings(image, gate, arena, &verdict, &reasons);
    judge_unattributed(image, gate, arena, &verdict, &reasons);
    if (gate->policy_count > 0) {
        const struct scan_question question = {
            feeds, feed_count, gaps.items, gaps.count, doubts.items, doubts.count, now_ms};
        evaluation = scan_evaluate(image, gate, &question, arena);
        judge_policies(evaluation, arena, &verdict, &reasons);
    }
    add_doubts(arena, &gaps, &verdict, &reasons);
    add_doubts(arena, &doubts, &verdict, &reasons);
    *result = (struct verdict_result){verdict, reasons.items, reasons.count, evaluation};
}
