/* SPDX-License-Identifier: Apache-2.0 */
#include "store/admission.h"

#include "base/json.h"
#include "image/reference.h"
#include "store/admission_internal.h"

/* Rows of an image: one for each platform, and for each tag that names the digest. */
enum { ADMISSION_ROWS_MAX = 50 };

/* Answers whose text is longer are not stored, but found anew each time. */
#define OUTCOMES_BYTES_MAX (32u * 1024)

/* The few rows of the tag or digest are found first: a plus keeps the planner from walking through all of the organization. What is
   stored counts only as long as the row is shown and not due. */
#define ROWS_OF_PLACE                                                                                                  \
    JUDGED_SELECT                                                                                                      \
    ", CASE WHEN s.is_current = 1 AND due.row_id IS NULL THEN coalesce(stored.outcomes, '') ELSE '' END "              \
    "FROM snapshot_images AS s" JUDGED_JOINS "LEFT JOIN admission_outcomes AS stored ON stored.row_id = s.id "         \
    "LEFT JOIN evaluations_due AS due ON due.row_id = s.id "                                                           \
    "WHERE +s.organization_id = $1 AND (integrations.host = $2 OR ($3 = 1 AND "                                        \
    "integrations.host IN ('docker.io', 'index.docker.io', 'registry-1.docker.io'))) "                                 \
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

/* Images that are asked about together. */
struct reviewing {
    struct judging judging;
    struct judging_policies policies;
    bool is_behind; /* what is stored is of an earlier time */
};

/* A scanned row that a reference names. */
struct named_row {
    struct judged_row row;
    struct view outcomes; /* as stored; empty: to be found */
};

struct named_rows {
    struct named_row *items;
    size_t count;
    size_t capacity;
};

/* Those that are shown come first. */
static bool find_rows(
    struct reviewing *reviewing, const struct reference *reference, struct named_rows *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct judging *judging = &reviewing->judging;
    bool is_hub = host_is_docker_hub(reference->host);
    bool has_digest = digest_is_set(&reference->digest);
    const char *sql = has_digest ? ROWS_OF_PLACE ROWS_OF_DIGEST : ROWS_OF_PLACE ROWS_OF_TAG;
    if (!QUERY(judging->transaction->connection, &rows, err, sql, SQL_INTEGER(judging->organization),
            SQL_TEXT(reference->host), SQL_INTEGER(is_hub), SQL_TEXT(reference->repository),
            SQL_TEXT(has_digest ? digest_view(&reference->digest) : reference->tag), SQL_INTEGER(ADMISSION_ROWS_MAX)))
        return false;
    while (rows_next(&rows)) {
        struct named_row *named = ARENA_PUSH(judging->arena, list);
        judged_row_read(&rows, judging->arena, judging->transaction->now_ms, &named->row);
        named->outcomes = reviewing->is_behind ? view_text("") : rows_copy(&rows, judging->arena, JUDGED_COLUMN_COUNT);
    }
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

/* One outcome of each policy, in their order. */
static bool find_outcomes(struct judging *judging, const struct judging_policies *policies,
    const struct judged_row *row, struct admission_outcome **outcomes, struct error *err)
{
    struct scan_image scan;
    struct verdict_result result;
    if (!judging_judge(judging, policies, row, &scan, &result, err))
        return false;
    *outcomes = ARENA_ARRAY(judging->scratch, struct admission_outcome, policies->count);
    for (size_t i = 0; i < policies->count; i++) {
        struct admission_outcome *outcome = &(*outcomes)[i];
        outcome->policy = policies->items[i];
        outcome->outcome = outcome_in(&scan, &result.evaluation->policies[i]);
        outcome->reason = outcome->outcome < OUTCOME_COULD_NOT_TELL
                              ? view_text("")
                              : reason_of(judging->scratch, &result, outcome->policy->name);
    }
    return true;
}

static void write_outcomes(const struct admission_outcome *outcomes, size_t count, struct json_writer *writer)
{
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(writer);
        json_pair(writer, "policy", outcomes[i].policy->name);
        json_pair_text(writer, "outcome", evaluation_outcome_name(outcomes[i].outcome));
        json_pair_optional(writer, "reason", outcomes[i].reason);
        json_end_object(writer);
    }
    json_end_array(writer);
}

/* False unless the text tells the outcome of exactly these policies. */
static bool read_outcomes(
    struct arena *arena, struct view text, const struct judging_policies *policies, struct admission_outcome **outcomes)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct error ignored; /* such a text is as good as none */
    size_t i = 0;
    if (text.size == 0 || !json_parse(document, text, OUTCOMES_BYTES_MAX, "stored outcomes", &root, &ignored) ||
        json_count(root) != policies->count)
        return false;
    *outcomes = ARENA_ARRAY(arena, struct admission_outcome, policies->count);
    for (struct json_iterator one = json_each(root); json_next(&one); i++) {
        struct admission_outcome *outcome = &(*outcomes)[i];
        outcome->policy = policies->items[i];
        outcome->reason = arena_copy(arena, json_member_string(one.value, "reason"));
        if (!view_equal(json_member_string(one.value, "policy"), outcome->policy->name) ||
            !evaluation_outcome_parse(json_member_string(one.value, "outcome"), &outcome->outcome))
            return false;
    }
    return true;
}

bool admission_settle(
    struct judging *judging, const struct judging_policies *policies, const struct judged_row *row, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    struct error too_long;
    struct admission_outcome *outcomes = NULL;
    bool is_told = row->image != 0 && policies->count > 0;
    buffer_init(&text, OUTCOMES_BYTES_MAX);
    if (is_told) {
        if (!find_outcomes(judging, policies, row, &outcomes, err))
            return false;
        json_writer_init(&writer, &text);
        write_outcomes(outcomes, policies->count, &writer);
        is_told = buffer_check(&text, "outcomes", &too_long);
    }
    if (!is_told)
        return RUN(judging->transaction->connection, err, "DELETE FROM admission_outcomes WHERE row_id = $1",
            SQL_INTEGER(row->id));
    return RUN(judging->transaction->connection, err,
        "INSERT INTO admission_outcomes (row_id, outcomes) VALUES ($1, $2) ON CONFLICT (row_id) DO UPDATE "
        "SET outcomes = excluded.outcomes WHERE admission_outcomes.outcomes <> excluded.outcomes",
        SQL_INTEGER(row->id), SQL_TEXT(buffer_view(&text)));
}

/* The worst that rows say counts; of equals the first. */
static bool review_row(
    struct reviewing *reviewing, const struct named_row *named, struct admission_image *image, struct error *err)
{
    struct judging *judging = &reviewing->judging;
    struct admission_outcome *outcomes = NULL;
    if (!read_outcomes(judging->arena, named->outcomes, &reviewing->policies, &outcomes) &&
        !find_outcomes(judging, &reviewing->policies, &named->row, &outcomes, err))
        return false;
    for (size_t i = 0; i < image->outcome_count; i++) {
        if (!image->is_scanned || outcomes[i].outcome > image->outcomes[i].outcome)
            image->outcomes[i] = outcomes[i];
    }
    image->is_scanned = true;
    return true;
}

static bool review_image(struct reviewing *reviewing, struct admission_image *image, struct error *err)
{
    const struct judging_policies *policies = &reviewing->policies;
    struct named_rows rows = {0};
    image->is_scanned = false;
    image->outcome_count = policies->count;
    image->outcomes = ARENA_ARRAY(reviewing->judging.arena, struct admission_outcome, image->outcome_count);
    for (size_t i = 0; i < image->outcome_count; i++)
        image->outcomes[i] = (struct admission_outcome){policies->items[i], OUTCOME_COULD_NOT_TELL, view_text("")};
    if (image->reference == NULL || policies->count == 0)
        return true;
    if (!find_rows(reviewing, image->reference, &rows, err))
        return false;
    for (size_t i = 0; i < rows.count; i++) {
        const struct judged_row *row = &rows.items[i].row;
        bool is_same = false; /* another tag of the same digest at the same place */
        for (size_t j = 0; j < i && !is_same; j++)
            is_same = row->image == rows.items[j].row.image && view_equal(row->place.tag, rows.items[j].row.place.tag);
        if (!is_same && row->image != 0 && !review_row(reviewing, &rows.items[i], image, err))
            return false;
    }
    return true;
}

static bool review_images(struct reviewing *reviewing, struct admission_image *images, size_t count, struct error *err)
{
    struct judging *judging = &reviewing->judging;
    if (!judging_begin(judging, err) ||
        !judging_choose_policies(judging, STAGE_ADMISSION, view_text(""), &reviewing->policies, err) ||
        !due_is_behind(judging->transaction, judging->arena, &reviewing->is_behind, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!review_image(reviewing, &images[i], err))
            return false;
    }
    return true;
}

bool store_review_admission(struct store *store, struct arena *arena, int64_t organization,
    struct admission_image *images, size_t count, struct error *err)
{
    struct transaction transaction;
    struct reviewing reviewing = {.judging = {
                                      .transaction = &transaction,
                                      .arena = arena,
                                      .scratch = arena,
                                      .organization = organization,
                                  }};
    if (count > ADMISSION_IMAGES_MAX)
        return error_set(err, ERROR_LIMIT, "at most %d images are reviewed at once", ADMISSION_IMAGES_MAX);
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, review_images(&reviewing, images, count, err), err);
}
