/* SPDX-License-Identifier: Apache-2.0 */
#include "store/evaluations.h"

#include "scan/judge.h"
#include "store/acceptance.h"
#include "store/evaluations_internal.h"
#include "store/events_internal.h"
#include "store/image_rows.h"
#include "store/running_images.h"
#include "store/stored_image.h"
#include "store/vex_claims.h"
#include "store/vulnerability_policies_internal.h"

/* What a row has by accepted risks. */
struct accepted_counts {
    int64_t total;
    int64_t by_severity[SEVERITY_COUNT];
};

/* A row that is due, and what is needed to evaluate it. */
struct due_row {
    int64_t id;
    enum due_cause cause;
    int64_t organization;
    int64_t snapshot;
    int64_t image; /* 0 = not scanned, or not an image */
    enum evaluation_outcome verdict; /* as stored */
    struct accepted_counts accepted; /* as stored */
    uint64_t bytes;
    struct view manifest;
    struct accepted_place place;
    int64_t missing_platforms;
    struct view ecosystems;
};

struct due_rows {
    struct due_row *items;
    size_t count;
    size_t capacity;
};

/* What the rows of one organization share. */
struct judging {
    struct transaction *transaction;
    struct arena *arena; /* of the organization's rows */
    struct arena *scratch; /* of one row */
    int64_t organization;
    enum stage stage;
    struct row_reader reader; /* the feeds */
    const struct vulnerability_policy **policies;
    size_t policy_count;
    bool asks_use; /* some policy does: whether images are in use */
    struct accepted_risk *risks;
    size_t risk_count;
    struct vex_claims vex;
    struct image_reader images;
};

#define DUE_SELECT                                                                                                     \
    "SELECT s.id, 0, s.organization_id, s.snapshot_id, "                                                               \
    "CASE WHEN s.state = 1 AND s.is_image = 1 THEN coalesce(s.image_id, 0) ELSE 0 END, s.verdict, s.accepted, "        \
    "s.accepted_unknown, s.accepted_negligible, s.accepted_low, s.accepted_medium, s.accepted_high, "                  \
    "s.accepted_critical, s.layer_bytes, s.manifest, integrations.name, integrations.host, repositories.name, "        \
    "projects.tag, snapshots.missing_platforms, coalesce(inventories.ecosystems, '')"
#define DUE_JOINS                                                                                                      \
    " JOIN integrations ON integrations.id = s.integration_id JOIN snapshots ON snapshots.id = s.snapshot_id "         \
    "JOIN projects ON projects.id = snapshots.project_id "                                                             \
    "JOIN repositories ON repositories.id = snapshots.repository_id "                                                  \
    "LEFT JOIN inventories ON inventories.image_id = s.image_id "

static void read_row(const struct rows *rows, struct arena *arena, int64_t now_ms, struct due_row *row)
{
    *row = (struct due_row){.id = rows_integer(rows, 0),
        .cause = (enum due_cause)rows_integer(rows, 1),
        .organization = rows_integer(rows, 2),
        .snapshot = rows_integer(rows, 3),
        .image = rows_integer(rows, 4),
        .verdict = (enum evaluation_outcome)rows_integer(rows, 5),
        .accepted = {.total = rows_integer(rows, 6)},
        .bytes = (uint64_t)rows_integer(rows, 13),
        .manifest = rows_copy(rows, arena, 14),
        .missing_platforms = rows_integer(rows, 19),
        .ecosystems = rows_copy(rows, arena, 20)};
    for (int i = 0; i < SEVERITY_COUNT; i++)
        row->accepted.by_severity[i] = rows_integer(rows, 7 + i);
    row->place = acceptance_place(arena, rows_copy(rows, arena, 15), rows_copy(rows, arena, 16),
        rows_copy(rows, arena, 17), rows_copy(rows, arena, 18), now_ms);
}

struct wanted_ids {
    struct view *items;
    size_t count;
    size_t capacity;
};

static void add_wanted_id(struct judging *judging, struct wanted_ids *ids, struct view id)
{
    *(struct view *)ARENA_PUSH(judging->arena, ids) = id;
}

static void look_at_rule(struct judging *judging, const struct policy_rule *rule, struct wanted_ids *ids)
{
    if (rule_type_subject(rule->type) == SUBJECT_PACKAGE)
        judging->images.wants_clean = true;
    for (size_t i = 0; i < rule->predicate_count; i++) {
        const struct predicate *predicate = &rule->predicates[i];
        if (strcmp(predicate->kind->type, "vulnIsInUse") == 0)
            judging->asks_use = true;
        for (size_t k = 0; k < predicate->texts.count && rule->type == RULE_VULNERABILITY_DENY_LIST; k++)
            add_wanted_id(judging, ids, predicate->texts.items[k]);
    }
}

/* What of images is not needed for the answer is not read. Ids are wanted where findings may have them as aliases: those that
   predicates name, and those of accepted risks. */
static void choose_parts(struct judging *judging)
{
    struct wanted_ids ids = {0};
    for (size_t i = 0; i < judging->risk_count; i++) {
        if (judging->risks[i].vulnerability.size > 0)
            add_wanted_id(judging, &ids, judging->risks[i].vulnerability);
    }
    for (size_t i = 0; i < judging->policy_count; i++) {
        for (size_t j = 0; j < judging->policies[i]->bundle_count; j++) {
            const struct policy_bundle *bundle = &judging->policies[i]->bundles[j];
            for (size_t k = 0; k < bundle->rule_count; k++)
                look_at_rule(judging, &bundle->rules[k], &ids);
        }
    }
    judging->images.wanted_ids = ids.items;
    judging->images.wanted_id_count = ids.count;
    judging->images.wants_aliases = judging->vex.is_any;
}

/* `policy` names the only one to be asked; empty: those of the stage. The first members are the caller's. */
static bool judging_begin(struct judging *judging, struct view policy, struct error *err)
{
    struct transaction *transaction = judging->transaction;
    struct arena *arena = judging->arena;
    int64_t organization = judging->organization;
    image_reader_begin(&judging->images, transaction, arena);
    if (!row_reader_begin(&judging->reader, transaction, arena, organization, NULL, err) ||
        !policies_read(transaction, arena, organization, policy, judging->stage, &judging->policies,
            &judging->policy_count, err) ||
        !acceptance_read(transaction, arena, organization, &judging->risks, &judging->risk_count, err) ||
        !vex_claims_begin(&judging->vex, transaction, arena, organization, err))
        return false;
    choose_parts(judging);
    return true;
}

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

/* What the policies say of an image that is scanned; `scan` has what is accepted. */
static bool judge_image(struct judging *judging, const struct due_row *row, struct scan_image *scan,
    struct verdict_result *result, struct error *err)
{
    struct acceptance acceptance;
    struct accepted_place place = row->place;
    struct row_reader reader = judging->reader;
    struct descriptor *layers = ARENA_NEW(judging->scratch, struct descriptor);
    bool has_config = false;
    reader.arena = judging->scratch;
    place.stage = judging->stage;
    acceptance_choose(judging->scratch, judging->risks, judging->risk_count, &place, &acceptance);
    *result = (struct verdict_result){.reason_count = 0};
    *scan = (struct scan_image){.layers_fetched = 0};
    if (judging->policy_count == 0 && acceptance.count == 0 && !judging->vex.is_any)
        return true;
    if (!stored_image_read(&judging->images, judging->scratch, row->image, scan, &has_config, err) ||
        (has_config && !digest_parse(row->manifest, &scan->choice.manifest.digest, err)))
        return false;
    if (judging->asks_use && !running_image_find(judging->transaction, judging->organization, row->id, &scan->knows_use,
                                 &scan->is_in_use, err))
        return false;
    layers->size = row->bytes;
    scan->choice.manifest.items = layers;
    scan->choice.manifest.count = 1;
    row_derive_gaps(&reader, row->ecosystems, row->missing_platforms, &scan->inventory.gaps);
    scan_accept(judging->scratch, acceptance.risks, acceptance.count, &place, scan);
    if (!vex_claims_accept(&judging->vex, judging->scratch, row->id, scan, err))
        return false;
    reader.gate.policies = judging->policies;
    reader.gate.policy_count = judging->policy_count;
    if (judging->policy_count > 0)
        scan_verdict(scan, reader.feeds, reader.feed_count, &reader.gate, judging->transaction->now_ms,
            judging->scratch, result);
    return true;
}

/* A verdict that flips without anybody having changed image or rules is news. */
static bool tell(struct judging *judging, const struct due_row *row, enum evaluation_outcome verdict, struct error *err)
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

static bool write_row(struct judging *judging, const struct due_row *row, enum evaluation_outcome verdict,
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

static bool evaluate_row(struct judging *judging, const struct due_row *row, struct error *err)
{
    struct scan_image scan;
    struct accepted_counts accepted = {0};
    struct verdict_result result;
    enum evaluation_outcome verdict = OUTCOME_NOT_APPLICABLE;
    arena_reset(judging->scratch);
    if (row->image != 0) {
        if (!judge_image(judging, row, &scan, &result, err))
            return false;
        verdict = result.evaluation == NULL ? OUTCOME_NO_POLICY : result.evaluation->outcome;
        count_accepted(judging, &scan, &accepted);
    }
    return write_row(judging, row, verdict, &accepted, err) &&
           RUN(judging->transaction->connection, err, "DELETE FROM evaluations_due WHERE row_id = $1",
               SQL_INTEGER(row->id));
}

static bool read_due(struct transaction *transaction, struct arena *arena, int64_t organization, int limit,
    struct due_rows *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            DUE_SELECT
            ", due.cause FROM evaluations_due AS due JOIN snapshot_images AS s ON s.id = due.row_id" DUE_JOINS
            "WHERE ($1 = 0 OR s.organization_id = $1) ORDER BY s.organization_id, s.id LIMIT $2",
            SQL_INTEGER(organization), SQL_INTEGER(limit)))
        return false;
    while (rows_next(&rows)) {
        struct due_row *row = ARENA_PUSH(arena, list);
        read_row(&rows, arena, transaction->now_ms, row);
        row->cause = (enum due_cause)rows_integer(&rows, 21);
    }
    return rows_finish(&rows, err);
}

bool evaluate_due(struct transaction *transaction, int64_t organization, int limit, size_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ARENA *scratch = arena_new();
    struct due_rows due = {0};
    struct judging judging = {.transaction = transaction};
    if (!read_due(transaction, arena, organization, limit, &due, err))
        return false;
    for (size_t i = 0; i < due.count; i++) {
        if (judging.organization != due.items[i].organization) {
            judging = (struct judging){.transaction = transaction,
                .arena = arena,
                .scratch = scratch,
                .organization = due.items[i].organization,
                .stage = STAGE_REGISTRY};
            if (!judging_begin(&judging, view_text(""), err))
                return false;
        }
        if (!evaluate_row(&judging, &due.items[i], err))
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

static bool needs_clock(struct transaction *transaction, struct arena *arena, bool *needs, struct error *err)
{
    int64_t id = 0;
    struct view state = view_text("");
    bool has_ended = false;
    bool is_new = false;
    if (!LOOKUP(transaction->connection, &id, &has_ended, err,
            "SELECT id FROM accepted_risks WHERE is_ended = 0 AND expires_ms > 0 AND expires_ms <= $1 LIMIT 1",
            SQL_INTEGER(transaction->now_ms)) ||
        !due_is_state_new(transaction, arena, &state, &is_new, err))
        return false;
    *needs = has_ended || is_new;
    return true;
}

bool store_follow_clock(struct store *store, int64_t *count, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    bool needs = false;
    *count = 0;
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, needs_clock(&transaction, arena, &needs, err), err))
        return false;
    return !needs || (transaction_write(store, &transaction, err) &&
                         transaction_end(&transaction, follow_clock(&transaction, arena, count, err), err));
}

static bool read_one(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct due_row *row, struct view *reference, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            DUE_SELECT ", s.reference FROM snapshot_images AS s" DUE_JOINS
                       "WHERE s.organization_id = $1 AND s.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found) {
        read_row(&rows, arena, transaction->now_ms, row);
        *reference = rows_copy(&rows, arena, 21);
    }
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no image \"%s\"", uuid->text));
}

static bool read_evaluation(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view policy, struct row_evaluation *result, struct error *err)
{
    static const struct evaluation none = {.outcome = OUTCOME_NO_POLICY};
    struct judging judging = {.transaction = transaction,
        .arena = arena,
        .scratch = arena,
        .organization = organization,
        .stage = STAGE_REGISTRY};
    struct due_row row;
    struct verdict_result verdict;
    struct scan_image *scan = ARENA_NEW(arena, struct scan_image);
    if (!read_one(transaction, arena, organization, uuid, &row, &result->reference, err) ||
        !judging_begin(&judging, policy, err))
        return false;
    if (row.image == 0)
        return error_set(err, ERROR_CONFLICT, "the image is not scanned: there is nothing to evaluate yet");
    if (!judge_image(&judging, &row, scan, &verdict, err))
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

/* Rows of an image: one for each platform, and for each tag that names the digest. */
enum { ADMISSION_ROWS_MAX = 50 };

/* The few rows of the tag or digest are found first: a plus keeps the planner from walking through all of the organization. */
#define ROWS_OF_PLACE                                                                                                  \
    DUE_SELECT " FROM snapshot_images AS s" DUE_JOINS                                                                  \
               "WHERE +s.organization_id = $1 AND (integrations.host = $2 OR ($3 = 1 AND "                             \
               "integrations.host IN ('docker.io', 'index.docker.io', 'registry-1.docker.io'))) "                      \
               "AND repositories.name = $4 AND s.state = 1 AND s.is_image = 1 AND s.id IN "
#define ROWS_OF_DIGEST                                                                                                 \
    "(SELECT id FROM snapshot_images WHERE manifest = $5 UNION SELECT snapshot_images.id FROM snapshots "              \
    "JOIN snapshot_images ON snapshot_images.snapshot_id = snapshots.id WHERE digest = $5) "                           \
    "ORDER BY s.is_current DESC, s.id DESC LIMIT $6"
#define ROWS_OF_TAG                                                                                                    \
    "(SELECT tagged.id FROM integrations AS place JOIN repositories AS named ON named.integration_id = place.id "      \
    "JOIN targets ON targets.repository_id = named.id JOIN projects AS project ON project.target_id = targets.id "     \
    "JOIN snapshots AS taken ON taken.project_id = project.id "                                                        \
    "JOIN snapshot_images AS tagged ON tagged.snapshot_id = taken.id WHERE place.organization_id = $1 "                \
    "AND named.name = $4 AND project.tag = $5 AND tagged.is_current = 1) ORDER BY s.id DESC LIMIT $6"

/* The scanned rows that the reference names, those that are shown first. */
static bool find_rows(
    struct judging *judging, const struct reference *reference, struct due_rows *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    bool is_hub = host_is_docker_hub(reference->host);
    bool has_digest = digest_is_set(&reference->digest);
    const char *sql = has_digest ? ROWS_OF_PLACE ROWS_OF_DIGEST : ROWS_OF_PLACE ROWS_OF_TAG;
    if (!QUERY(judging->transaction->connection, &rows, err, sql, SQL_INTEGER(judging->organization),
            SQL_TEXT(reference->host), SQL_INTEGER(is_hub), SQL_TEXT(reference->repository),
            SQL_TEXT(has_digest ? digest_view(&reference->digest) : reference->tag), SQL_INTEGER(ADMISSION_ROWS_MAX)))
        return false;
    while (rows_next(&rows))
        read_row(&rows, judging->arena, judging->transaction->now_ms, ARENA_PUSH(judging->arena, list));
    return rows_finish(&rows, err);
}

/* Of an accepted image what its policies fail on is accepted. */
static enum evaluation_outcome outcome_in(const struct scan_image *scan, const struct policy_result *policy)
{
    return policy->outcome == OUTCOME_FAILED && scan->accepted != NULL ? OUTCOME_ACCEPTED : policy->outcome;
}

/* The reason that names the policy. */
static struct view reason_of(struct arena *arena, const struct verdict_result *result, struct view policy)
{
    struct view start = arena_format(arena, "policy \"%.*s\"", VIEW_PRINT(policy));
    for (size_t i = 0; i < result->reason_count; i++) {
        if (view_equal(view_slice(result->reasons[i], 0, start.size), start))
            return result->reasons[i];
    }
    return start;
}

static bool review_row(
    struct judging *judging, const struct due_row *row, struct admission_image *image, struct error *err)
{
    struct scan_image scan;
    struct verdict_result result;
    if (!judge_image(judging, row, &scan, &result, err))
        return false;
    for (size_t i = 0; i < image->outcome_count && result.evaluation != NULL; i++) {
        struct admission_outcome *outcome = &image->outcomes[i];
        enum evaluation_outcome found = outcome_in(&scan, &result.evaluation->policies[i]);
        if (image->is_scanned && found <= outcome->outcome)
            continue;
        outcome->outcome = found;
        outcome->reason =
            found < OUTCOME_COULD_NOT_TELL ? view_text("") : reason_of(judging->arena, &result, outcome->policy->name);
    }
    image->is_scanned = true;
    return true;
}

static bool review_image(struct judging *judging, struct admission_image *image, struct error *err)
{
    struct due_rows rows = {0};
    image->is_scanned = false;
    image->outcome_count = judging->policy_count;
    image->outcomes = ARENA_ARRAY(judging->arena, struct admission_outcome, image->outcome_count);
    for (size_t i = 0; i < image->outcome_count; i++)
        image->outcomes[i] = (struct admission_outcome){judging->policies[i], OUTCOME_COULD_NOT_TELL, view_text("")};
    if (image->reference == NULL || judging->policy_count == 0)
        return true;
    if (!find_rows(judging, image->reference, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        bool is_same = false; /* another tag of the same digest at the same place */
        for (size_t j = 0; j < i && !is_same; j++)
            is_same = rows.items[i].image == rows.items[j].image &&
                      view_equal(rows.items[i].place.tag, rows.items[j].place.tag);
        if (!is_same && rows.items[i].image != 0 && !review_row(judging, &rows.items[i], image, err))
            return false;
    }
    return true;
}

bool store_review_admission(struct store *store, struct arena *arena, int64_t organization,
    struct admission_image *images, size_t count, struct error *err)
{
    struct transaction transaction;
    if (count > ADMISSION_IMAGES_MAX)
        return error_set(err, ERROR_LIMIT, "at most %d images are reviewed at once", ADMISSION_IMAGES_MAX);
    if (!transaction_read(store, &transaction, err))
        return false;
    struct judging judging = {.transaction = &transaction,
        .arena = arena,
        .scratch = arena,
        .organization = organization,
        .stage = STAGE_ADMISSION};
    bool is_done = judging_begin(&judging, view_text(""), err);
    for (size_t i = 0; i < count && is_done; i++)
        is_done = review_image(&judging, &images[i], err);
    return transaction_end(&transaction, is_done, err);
}
