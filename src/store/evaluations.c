/* SPDX-License-Identifier: Apache-2.0 */
#include "store/evaluations.h"

#include "store/acceptance.h"
#include "store/admission_internal.h"
#include "store/events_internal.h"
#include "store/judging.h"

/* How a vulnerability stands in an image. */
struct standing {
    enum severity severity; /* the highest that a package gives it */
    bool is_open; /* some package has it without being covered */
};

static void count_accepted(struct judging *judging, const struct scan_image *scan, struct accepted_counts *counts)
{
    struct map standings;
    map_init(&standings, judging->scratch);
    *counts = (struct accepted_counts){0};
    for (size_t i = 0; i < scan->inventory.package_count; i++) {
        for (size_t j = 0; j < scan->findings[i].count; j++) {
            const struct finding *finding = &scan->findings[i].items[j];
            struct map_entry *entry = map_entry(&standings, finding->id);
            if (entry->value == NULL)
                entry->value = ARENA_NEW(judging->scratch, struct standing);
            struct standing *standing = entry->value;
            if (finding->severity > standing->severity)
                standing->severity = finding->severity;
            standing->is_open |= finding->accepted == NULL && scan->accepted == NULL;
        }
    }
    for (size_t i = 0; i < standings.count; i++) {
        const struct standing *standing = standings.entries[i].value;
        counts->total += !standing->is_open;
        counts->by_severity[standing->severity] += !standing->is_open;
    }
}

/* A verdict that flips without anybody having changed image or rules is news. */
static bool tell(
    struct judging *judging, const struct judged_row *row, enum evaluation_outcome verdict, struct error *err)
{
    if (row->cause < DUE_ADVISORY || row->verdict == verdict || row->verdict == OUTCOME_NOT_APPLICABLE)
        return true;
    const struct event_new event = {.generation = judging->reader.generation,
        .cause = row->cause == DUE_TIME ? CAUSE_TIME : CAUSE_ADVISORY,
        .change = CHANGE_VERDICT,
        .snapshot = row->snapshot,
        .occasion = judging->transaction->now_ms,
        .before = view_text(evaluation_outcome_name(row->verdict)),
        .after = view_text(evaluation_outcome_name(verdict))};
    return events_add(judging->transaction, &event, err);
}

static bool write_row(struct judging *judging, const struct judged_row *row, enum evaluation_outcome verdict,
    const struct accepted_counts *accepted, struct error *err)
{
    const int64_t *severity = accepted->by_severity;
    if (row->verdict == verdict && memcmp(accepted, &row->accepted, sizeof(*accepted)) == 0)
        return true;
    return RUN(judging->transaction->connection, err,
               "UPDATE snapshot_images SET verdict = $2, accepted = $3, accepted_critical = $4, accepted_high = $5, "
               "accepted_medium = $6, accepted_low = $7, accepted_negligible = $8, accepted_unknown = $9 WHERE id = $1",
               SQL_INTEGER(row->id), SQL_INTEGER(verdict), SQL_INTEGER(accepted->total),
               SQL_INTEGER(severity[SEVERITY_CRITICAL]), SQL_INTEGER(severity[SEVERITY_HIGH]),
               SQL_INTEGER(severity[SEVERITY_MEDIUM]), SQL_INTEGER(severity[SEVERITY_LOW]),
               SQL_INTEGER(severity[SEVERITY_NEGLIGIBLE]), SQL_INTEGER(severity[SEVERITY_UNKNOWN])) &&
           tell(judging, row, verdict, err);
}

/* What is asked of the due rows of one organization. */
struct evaluating {
    struct judging judging;
    struct judging_policies registry;
    struct judging_policies admission;
};

static bool evaluating_begin(struct evaluating *evaluating, struct error *err)
{
    struct judging *judging = &evaluating->judging;
    return judging_begin(judging, err) &&
           judging_choose_policies(judging, STAGE_REGISTRY, view_text(""), &evaluating->registry, err) &&
           judging_choose_policies(judging, STAGE_ADMISSION, view_text(""), &evaluating->admission, err);
}

static bool evaluate_row(struct evaluating *evaluating, const struct judged_row *row, struct error *err)
{
    struct judging *judging = &evaluating->judging;
    struct scan_image scan;
    struct accepted_counts accepted = {0};
    struct verdict_result result;
    enum evaluation_outcome verdict = OUTCOME_NOT_APPLICABLE;
    arena_reset(judging->scratch);
    if (row->image != 0) {
        if (!judging_judge(judging, &evaluating->registry, row, &scan, &result, err))
            return false;
        verdict = result.evaluation == NULL ? OUTCOME_NO_POLICY : result.evaluation->outcome;
        count_accepted(judging, &scan, &accepted);
    }
    return write_row(judging, row, verdict, &accepted, err) &&
           admission_settle(judging, &evaluating->admission, row, err) &&
           RUN(judging->transaction->connection, err, "DELETE FROM evaluations_due WHERE row_id = $1",
               SQL_INTEGER(row->id));
}

static bool read_due(struct transaction *transaction, struct arena *arena, int64_t organization, int limit,
    struct judged_rows *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            JUDGED_SELECT
            ", due.cause FROM evaluations_due AS due JOIN snapshot_images AS s ON s.id = due.row_id" JUDGED_JOINS
            "WHERE ($1 = 0 OR s.organization_id = $1) ORDER BY s.organization_id, s.id LIMIT $2",
            SQL_INTEGER(organization), SQL_INTEGER(limit)))
        return false;
    while (rows_next(&rows)) {
        struct judged_row *row = ARENA_PUSH(arena, list);
        judged_row_read(&rows, arena, transaction->now_ms, row);
        row->cause = (enum due_cause)rows_integer(&rows, JUDGED_COLUMN_COUNT);
    }
    return rows_finish(&rows, err);
}

bool evaluate_due(struct transaction *transaction, int64_t organization, int limit, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *scratch = arena_new();
    struct judged_rows due = {0};
    struct evaluating evaluating = {.judging = {.transaction = transaction, .arena = arena, .scratch = scratch}};
    if (!read_due(transaction, arena, organization, limit, &due, err))
        return false;
    for (size_t i = 0; i < due.count; i++) {
        if (evaluating.judging.organization != due.items[i].organization) {
            evaluating.judging.organization = due.items[i].organization;
            if (!evaluating_begin(&evaluating, err))
                return false;
        }
        if (!evaluate_row(&evaluating, &due.items[i], err))
            return false;
    }
    *count = due.count;
    return true;
}

bool store_evaluate_due(struct store *store, int limit, size_t *count, struct error *err)
{
    struct transaction transaction;
    size_t evaluated = 0;
    if (limit < 1 || limit > EVALUATE_BATCH_MAX)
        return error_set(err, ERROR_INVALID, "a batch has 1 to %d rows, not %d", EVALUATE_BATCH_MAX, limit);
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, evaluate_due(&transaction, 0, limit, &evaluated, err), err))
        return false;
    *count = evaluated;
    return true;
}

struct ended_risk {
    int64_t id;
    int64_t organization;
    struct accepted_risk risk;
};

/* Risks whose time is over, each once. */
static bool end_risks(struct transaction *transaction, struct arena *arena, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct ended_risk *items;
        size_t count, capacity;
    } ended = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, organization_id, document FROM accepted_risks "
            "WHERE is_ended = 0 AND expires_ms > 0 AND expires_ms <= $1 ORDER BY id",
            SQL_INTEGER(transaction->now_ms)))
        return false;
    while (rows_next(&rows)) {
        struct ended_risk *risk = ARENA_PUSH(arena, &ended);
        risk->id = rows_integer(&rows, 0);
        risk->organization = rows_integer(&rows, 1);
        if (!acceptance_parse(arena, rows_view(&rows, 2), &risk->risk, err))
            return false;
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < ended.count; i++) {
        const struct ended_risk *risk = &ended.items[i];
        if (!due_mark_risk(transaction, arena, risk->organization, &risk->risk, DUE_TIME, err) ||
            !RUN(transaction->connection, err, "UPDATE accepted_risks SET is_ended = 1 WHERE id = $1",
                SQL_INTEGER(risk->id)))
            return false;
    }
    return true;
}

static bool follow_clock(struct transaction *transaction, struct arena *arena, int64_t *count, struct error *err)
{
    bool found = false;
    return end_risks(transaction, arena, err) && due_mark_state(transaction, arena, err) &&
           due_enqueue(transaction, err) &&
           LOOKUP(transaction->connection, count, &found, err, "SELECT count(*) FROM evaluations_due", SQL_NONE);
}

bool store_follow_clock(struct store *store, int64_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    bool needs = false;
    *count = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, due_is_behind(&transaction, arena, &needs, err), err))
        return false;
    return !needs || (transaction_write(store, &transaction, err) &&
                         transaction_end(&transaction, follow_clock(&transaction, arena, count, err), err));
}

static bool read_one(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct judged_row *row, struct view *reference, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            JUDGED_SELECT ", s.reference FROM snapshot_images AS s" JUDGED_JOINS
                          "WHERE s.organization_id = $1 AND s.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found) {
        judged_row_read(&rows, arena, transaction->now_ms, row);
        *reference = rows_copy(&rows, arena, JUDGED_COLUMN_COUNT);
    }
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no image \"%s\"", uuid->text));
}

static bool read_evaluation(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view policy, struct row_evaluation *result, struct error *err)
{
    static const struct evaluation none = {.outcome = OUTCOME_NO_POLICY};
    struct judging judging = {
        .transaction = transaction, .arena = arena, .scratch = arena, .organization = organization};
    struct judging_policies policies;
    struct judged_row row;
    struct verdict_result verdict;
    struct scan_image *scan = ARENA_NEW(arena, struct scan_image);
    if (!read_one(transaction, arena, organization, uuid, &row, &result->reference, err) ||
        !judging_begin(&judging, err) || !judging_choose_policies(&judging, STAGE_REGISTRY, policy, &policies, err))
        return false;
    if (row.image == 0)
        return error_set(err, ERROR_CONFLICT, "the image is not scanned: there is nothing to evaluate yet");
    if (!judging_judge(&judging, &policies, &row, scan, &verdict, err))
        return false;
    result->stored = row.verdict;
    result->accepted = scan->accepted;
    result->evaluation = verdict.evaluation == NULL ? &none : verdict.evaluation;
    return true;
}

bool store_read_evaluation(struct store *store, struct arena *arena, int64_t organization, const struct uuid *row,
    struct view policy, struct row_evaluation *result, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, read_evaluation(&transaction, arena, organization, row, policy, result, err), err);
}
