/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows of the image list have to be evaluated again. Organizations without standing policies, accepted
   risks and VEX documents cost nothing: their rows are never marked. */
#include "store/acceptance.h"
#include "store/evaluations_internal.h"
#include "store/jobs_internal.h"
#include "store/packed.h"
#include "store/vulnerability_policies_internal.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define FEED_AGE_MS_MAX (7 * DAY_MS)

/* So many rows are evaluated in the transaction that marked them. */
enum { SETTLE_MAX = 64 };

/* Beyond so many vulnerabilities whose facts changed at once, all rows of who has policies are marked; beyond so many that
   somebody names at once, all rows of the organization. */
enum { FACTS_CHANGED_MAX = 1000, NAMES_MAX = 1000 };

#define HAVE_POLICIES "SELECT organization_id FROM vulnerability_policies WHERE " POLICY_IS_STANDING
#define JUDGED                                                                                                         \
    "(" HAVE_POLICIES " UNION SELECT organization_id FROM accepted_risks WHERE is_ended = 0 "                          \
    "UNION SELECT organization_id FROM vex_documents)"
#define MARK "INSERT INTO evaluations_due (row_id, cause) SELECT id, CAST($2 AS {integer}) FROM snapshot_images WHERE "
#define SHOWN " AND is_current = 1 AND is_image = 1 AND state = 1 "
#define ONCE                                                                                                           \
    " ON CONFLICT (row_id) DO UPDATE SET cause = CASE WHEN evaluations_due.cause < excluded.cause "                    \
    "THEN excluded.cause ELSE evaluations_due.cause END"

bool due_mark_snapshot(struct transaction *transaction, int64_t snapshot, struct error *err)
{
    return RUN(transaction->connection, err, MARK "snapshot_id = $1" SHOWN ONCE, SQL_INTEGER(snapshot),
        SQL_INTEGER(DUE_IMAGE));
}

bool due_settle_project(struct transaction *transaction, int64_t project, struct error *err)
{
    int64_t organization = 0;
    bool found = false;
    return RUN(transaction->connection, err,
               MARK "snapshot_id = (SELECT snapshot_id FROM projects WHERE id = $1) AND verdict = 0" SHOWN ONCE,
               SQL_INTEGER(project), SQL_INTEGER(DUE_IMAGE)) &&
           LOOKUP(transaction->connection, &organization, &found, err,
               "SELECT organization_id FROM projects WHERE id = $1", SQL_INTEGER(project)) &&
           (!found || due_settle(transaction, organization, err));
}

bool due_mark_organization(
    struct transaction *transaction, int64_t organization, enum due_cause cause, struct error *err)
{
    return RUN(transaction->connection, err, MARK "organization_id = $1" SHOWN ONCE, SQL_INTEGER(organization),
        SQL_INTEGER(cause));
}

bool due_mark_integration(struct transaction *transaction, int64_t integration, struct error *err)
{
    return RUN(transaction->connection, err, MARK "integration_id = $1" SHOWN "AND organization_id IN " JUDGED ONCE,
        SQL_INTEGER(integration), SQL_INTEGER(DUE_PERSON));
}

static bool mark_image(struct transaction *transaction, int64_t image, enum due_cause cause, struct error *err)
{
    return RUN(transaction->connection, err, MARK "image_id = $1" SHOWN "AND organization_id IN " JUDGED ONCE,
        SQL_INTEGER(image), SQL_INTEGER(cause));
}

/* A set of images. */
struct images {
    struct arena *arena;
    struct map keys;
};

static bool add_images(struct transaction *transaction, struct images *images, int64_t package, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    if (!QUERY(transaction->connection, &rows, err, "SELECT chunk, members FROM package_images WHERE package_id = $1",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            int64_t image = rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i];
            if (map_get(&images->keys, view_of(&image, sizeof(image))) == NULL)
                map_set(&images->keys, arena_copy(images->arena, view_of(&image, sizeof(image))), images);
        }
    }
    return rows_finish(&rows, err);
}

/* The images of all packages that a query gives. */
static bool add_images_of(
    struct transaction *transaction, struct images *images, const char *sql, struct sql_value value, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, sql, value))
        return false;
    while (rows_next(&rows)) {
        if (!add_images(transaction, images, rows_integer(&rows, 0), err))
            return false;
    }
    return rows_finish(&rows, err);
}

#define WITH_VULNERABILITY                                                                                             \
    "SELECT package_id FROM package_findings JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id WHERE "

/* The images that may have what the risk is about; `*is_any` if nothing narrows them down. CVE ids are names of
   vulnerabilities; other ids may be aliases, which only the details tell. */
static bool images_of_risk(struct transaction *transaction, const struct accepted_risk *risk, struct images *images,
    bool *is_any, struct error *err)
{
    struct view id = risk->vulnerability;
    *is_any = id.size == 0 && risk->package.size == 0;
    if (id.size == 0)
        return *is_any || add_images_of(transaction, images, "SELECT id FROM packages WHERE name = $1",
                              SQL_TEXT(risk->package), err);
    if (!add_images_of(transaction, images, WITH_VULNERABILITY "upper(name) = upper($1)", SQL_TEXT(id), err))
        return false;
    if (view_equal_ignoring_case(view_slice(id, 0, strlen("CVE-")), view_text("CVE-")))
        return true;
    struct view pattern = arena_format(images->arena, "%%\"%.*s\"%%", VIEW_PRINT(id));
    return add_images_of(transaction, images,
        "SELECT package_id FROM package_findings WHERE lower(detail) LIKE lower($1)", SQL_TEXT(pattern), err);
}

/* The rows of one organization that the risk is about by their names. */
static bool mark_rows(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, const struct images *images, enum due_cause cause, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct accepted_risk anyhow = *risk;
    struct {
        int64_t *items;
        size_t count, capacity;
    } marked = {0};
    anyhow.expires_ms = 0;
    memset(anyhow.has_stage, 0, sizeof(anyhow.has_stage)); /* none stands for all */
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT snapshot_images.id, image_id, integrations.name, integrations.host, repositories.name, projects.tag "
            "FROM snapshot_images JOIN integrations ON integrations.id = snapshot_images.integration_id "
            "JOIN snapshots ON snapshots.id = snapshot_images.snapshot_id JOIN projects ON projects.id = snapshots.project_id "
            "JOIN repositories ON repositories.id = snapshots.repository_id "
            "WHERE snapshot_images.organization_id = $1" SHOWN,
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        int64_t image = rows_integer(&rows, 1);
        const struct accepted_place place = acceptance_place(arena, rows_view(&rows, 2), rows_view(&rows, 3),
            rows_view(&rows, 4), rows_view(&rows, 5), transaction->now_ms);
        if ((images == NULL || map_get(&images->keys, view_of(&image, sizeof(image))) != NULL) &&
            accepted_risk_is_here(&anyhow, &place))
            *(int64_t *)ARENA_PUSH(arena, &marked) = rows_integer(&rows, 0);
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < marked.count; i++) {
        if (!RUN(transaction->connection, err, MARK "id = $1" ONCE, SQL_INTEGER(marked.items[i]), SQL_INTEGER(cause)))
            return false;
    }
    return true;
}

bool due_mark_risk(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, enum due_cause cause, struct error *err)
{
    struct images images = {.arena = arena};
    bool is_any = false;
    map_init(&images.keys, arena);
    return images_of_risk(transaction, risk, &images, &is_any, err) &&
           mark_rows(transaction, arena, organization, risk, is_any ? NULL : &images, cause, err);
}

bool due_mark_vulnerabilities(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct view *names, size_t count, struct error *err)
{
    static const struct accepted_risk anywhere = {.expires_ms = 0};
    struct images images = {.arena = arena};
    bool is_all = count > NAMES_MAX;
    map_init(&images.keys, arena);
    for (size_t i = 0; i < count && !is_all; i++) {
        /* Other ids may be aliases. */
        is_all = !view_starts_with(names[i], "CVE-");
        if (!add_images_of(transaction, &images, WITH_VULNERABILITY "name = $1", SQL_TEXT(names[i]), err))
            return false;
    }
    return is_all ? due_mark_organization(transaction, organization, DUE_PERSON, err)
                  : mark_rows(transaction, arena, organization, &anywhere, &images, DUE_PERSON, err);
}

static bool is_any_judged(struct transaction *transaction, bool *is_so, struct error *err)
{
    int64_t organization = 0;
    return LOOKUP(
        transaction->connection, &organization, is_so, err, "SELECT organization_id FROM " JUDGED " LIMIT 1", SQL_NONE);
}

static int64_t map_key(const struct map *map, size_t i)
{
    int64_t key = 0;
    memcpy(&key, map->entries[i].key.data, sizeof(key));
    return key;
}

/* All rows of the organizations that have policies. */
static bool mark_all(struct transaction *transaction, enum due_cause cause, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT DISTINCT organization_id FROM (" HAVE_POLICIES ") AS judged", SQL_NONE))
        return false;
    while (rows_next(&rows)) {
        if (!due_mark_organization(transaction, rows_integer(&rows, 0), cause, err))
            return false;
    }
    return rows_finish(&rows, err);
}

/* Packages whose findings changed, and vulnerabilities of which feeds say something else. */
static bool mark_changes(struct matching *matching, struct error *err)
{
    struct transaction *transaction = matching->transaction;
    struct images images = {.arena = matching->arena};
    bool is_all = matching->changed_facts.count > FACTS_CHANGED_MAX;
    map_init(&images.keys, matching->arena);
    for (size_t i = 0; i < matching->changed_packages.count; i++) {
        if (!add_images(transaction, &images, map_key(&matching->changed_packages, i), err))
            return false;
    }
    for (size_t i = 0; i < matching->changed_facts.count && !is_all; i++) {
        if (!add_images_of(transaction, &images, "SELECT package_id FROM package_findings WHERE vulnerability_id = $1",
                SQL_INTEGER(map_key(&matching->changed_facts, i)), err))
            return false;
    }
    for (size_t i = 0; i < images.keys.count; i++) {
        if (!mark_image(transaction, map_key(&images.keys, i), DUE_ADVISORY, err))
            return false;
    }
    return !is_all || mark_all(transaction, DUE_ADVISORY, err);
}

bool due_mark_matching(struct matching *matching, struct error *err)
{
    bool is_judged = false;
    if (matching->changed_packages.count + matching->changed_facts.count == 0)
        return true;
    if (!is_any_judged(matching->transaction, &is_judged, err))
        return false;
    return !is_judged || (mark_changes(matching, err) && due_enqueue(matching->transaction, err));
}

/* What evaluations go by beside the image: the program, which feeds there are, how good they are, whether they are too old, and the
   day. */
static bool describe_state(struct transaction *transaction, struct arena *arena, struct view *state, struct error *err)
{
    int64_t generation = 0;
    struct feed_state *feeds = NULL;
    size_t count = 0;
    struct digest digest;
    struct view text = arena_format(arena, TIDEWAITER_VERSION " %lld", (long long)(transaction->now_ms / DAY_MS));
    if (!feeds_read(transaction, arena, &generation, &feeds, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t since_ms = feeds[i].is_remote ? feeds[i].checked_ms : feeds[i].date_ms;
        bool is_old = transaction->now_ms - since_ms > FEED_AGE_MS_MAX;
        text = arena_format(
            arena, "%.*s\n%.*s %d %d", VIEW_PRINT(text), VIEW_PRINT(feeds[i].name), feeds[i].is_complete, is_old);
        for (size_t k = 0; k < feeds[i].release_count; k++)
            text = arena_format(arena, "%.*s %.*s", VIEW_PRINT(text), VIEW_PRINT(feeds[i].releases[k]));
    }
    digest_of(text, &digest);
    *state = arena_copy(arena, digest_view(&digest));
    return true;
}

static bool is_state_new(
    struct transaction *transaction, struct arena *arena, struct view *state, bool *is_new, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!describe_state(transaction, arena, state, err) ||
        !QUERY(transaction->connection, &rows, err, "SELECT text FROM evaluation_state WHERE id = 1", SQL_NONE))
        return false;
    *is_new = !rows_next(&rows) || !view_equal(rows_view(&rows, 0), *state);
    return rows_finish(&rows, err);
}

bool due_mark_state(struct transaction *transaction, struct arena *arena, struct error *err)
{
    struct view state = view_text("");
    bool is_new = false;
    if (!is_state_new(transaction, arena, &state, &is_new, err))
        return false;
    return !is_new || (RUN(transaction->connection, err,
                           "INSERT INTO evaluation_state (id, text) VALUES (1, $1) "
                           "ON CONFLICT (id) DO UPDATE SET text = excluded.text",
                           SQL_TEXT(state)) &&
                          mark_all(transaction, DUE_TIME, err));
}

bool due_is_behind(struct transaction *transaction, struct arena *arena, bool *is_so, struct error *err)
{
    int64_t id = 0;
    struct view state = view_text("");
    bool has_ended = false;
    bool is_new = false;
    if (!LOOKUP(transaction->connection, &id, &has_ended, err,
            "SELECT id FROM accepted_risks WHERE is_ended = 0 AND expires_ms > 0 AND expires_ms <= $1 LIMIT 1",
            SQL_INTEGER(transaction->now_ms)) ||
        !is_state_new(transaction, arena, &state, &is_new, err))
        return false;
    *is_so = has_ended || is_new;
    return true;
}

bool due_enqueue(struct transaction *transaction, struct error *err)
{
    struct uuid uuid;
    bool is_due = false;
    bool is_new = false;
    int64_t row = 0;
    if (!LOOKUP(transaction->connection, &row, &is_due, err, "SELECT row_id FROM evaluations_due LIMIT 1", SQL_NONE))
        return false;
    return !is_due || jobs_enqueue(transaction,
                          &(struct job_new){.kind = view_text("evaluate"),
                              .key = view_text(JOB_KEY_WAITING "evaluate"),
                              .payload = view_text("{}"),
                              .lane = JOB_LANE_NORMAL},
                          &uuid, &is_new, err);
}

bool due_settle(struct transaction *transaction, int64_t organization, struct error *err)
{
    int64_t count = 0;
    bool found = false;
    size_t evaluated = 0;
    if (!LOOKUP(transaction->connection, &count, &found, err,
            "SELECT count(*) FROM (SELECT row_id FROM evaluations_due WHERE "
            "(SELECT organization_id FROM snapshot_images WHERE id = row_id) = $1 LIMIT $2) AS few",
            SQL_INTEGER(organization), SQL_INTEGER(SETTLE_MAX + 1)))
        return false;
    if (count > 0 && count <= SETTLE_MAX)
        return evaluate_due(transaction, organization, SETTLE_MAX, &evaluated, err);
    return count == 0 || due_enqueue(transaction, err);
}
