/* SPDX-License-Identifier: Apache-2.0 */
#include "store/matching.h"

#include "store/events_internal.h"
#include "store/packed.h"

#include <assert.h>

static_assert(SEVERITY_UNKNOWN == 0 && SEVERITY_NEGLIGIBLE == 1 && SEVERITY_LOW == 2 && SEVERITY_MEDIUM == 3 &&
                  SEVERITY_HIGH == 4 && SEVERITY_CRITICAL == 5,
    "severities are stored as numbers");
static_assert(FIX_UNKNOWN == 0 && FIX_AVAILABLE == 1 && FIX_NONE == 2 && FIX_WILL_NOT == 3 && FIX_DEFERRED == 4 &&
                  FIX_END_OF_LIFE == 5,
    "fix states are stored as numbers");

bool matching_begin(struct matching *matching, struct transaction *transaction, struct arena *arena, struct error *err)
{
    int64_t one = 0;
    struct generation_state state;
    *matching = (struct matching){.transaction = transaction, .arena = arena};
    if (!generation_read(transaction, &state, err))
        return false;
    matching->generation = state.number;
    map_init(&matching->vulnerabilities, arena);
    map_init(&matching->packages, arena);
    map_init(&matching->images, arena);
    map_init(&matching->flipped, arena);
    map_init(&matching->changed_packages, arena);
    map_init(&matching->changed_facts, arena);
    return LOOKUP(
        transaction->connection, &one, &matching->has_kev, err, "SELECT 1 FROM feeds WHERE name = 'kev'", SQL_NONE);
}

bool matching_touch_images_of(struct matching *matching, int64_t package, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT chunk, members FROM package_images WHERE package_id = $1 "
            "ORDER BY chunk",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            matching_touch_image(matching, rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i]);
    }
    return rows_finish(&rows, err);
}

/* A finding as it is stored. */
struct stored_finding {
    int64_t vulnerability;
    int64_t severity;
    int64_t fix_state;
    struct view detail;
    int64_t described; /* hash of what the package said of the vulnerability; 0 =
                        nothing that stands */
    bool is_kept;
};

/* Never 0. */
static bool hash_description(struct matching *matching, const struct finding *finding, int64_t *hash, struct error *err)
{
    struct view ratings;
    if (!ratings_write(matching->arena, finding->ratings, finding->rating_count, NULL, 0, &ratings, err))
        return false;
    uint64_t value = view_hash(finding->summary) * 31 + view_hash(ratings);
    *hash = (int64_t)(value >> 1) | 1;
    return true;
}

static bool insert_finding(struct matching *matching, int64_t package, const struct finding *finding,
    const struct stored_finding *row, int64_t generation, struct error *err)
{
    return RUN(matching->transaction->connection, err,
        "INSERT INTO package_findings (package_id, vulnerability_id, severity, "
        "fix_state, detail, changed_generation, "
        "described, first_generation, first_ms) VALUES ($1, $2, $3, $4, $5, $6, "
        "$7, $6, $8) ON CONFLICT (package_id, vulnerability_id) DO UPDATE SET "
        "severity = excluded.severity, fix_state = excluded.fix_state, detail = "
        "excluded.detail, "
        "changed_generation = excluded.changed_generation, described = "
        "excluded.described",
        SQL_INTEGER(package), SQL_INTEGER(row->vulnerability), SQL_INTEGER(finding->severity),
        SQL_INTEGER(finding->fix_state), SQL_TEXT(row->detail), SQL_INTEGER(generation), SQL_INTEGER(row->described),
        SQL_INTEGER(matching->transaction->now_ms));
}

/* Tells one change of a finding; those that sum up are counted. Nothing is told
 * of what a package brings when it is new. */
static bool tell(
    struct matching *matching, const struct stored_package *package, struct event_new event, struct error *err)
{
    if (package->is_new)
        return true;
    enum lag_cause cause = package->is_lagging ? package->cause : LAG_ADVISORY;
    matching->findings_added[cause] += event.change == CHANGE_NEW;
    matching->findings_removed[cause] += event.change == CHANGE_RESOLVED;
    event.generation = matching->generation;
    event.cause = CAUSE_ADVISORY;
    event.package = package->id;
    return cause != LAG_ADVISORY || events_add(matching->transaction, &event, err);
}

static bool has_same_fixes(
    struct matching *matching, const struct finding *finding, struct view stored, bool *is_same, struct error *err)
{
    struct finding before = {0};
    if (!finding_read_detail(matching->arena, stored, &before, err))
        return false;
    *is_same = before.fixed_version_count == finding->fixed_version_count;
    for (size_t i = 0; i < before.fixed_version_count && *is_same; i++)
        *is_same = view_equal(before.fixed_versions[i], finding->fixed_versions[i]);
    return true;
}

/* "fixed 1.2-3", "wont-fix" */
static struct view describe_fix(struct arena *arena, enum fix_state state, const struct view *versions, size_t count)
{
    struct view text = view_text(fix_state_name(state));
    for (size_t i = 0; i < count; i++)
        text = arena_format(arena, "%.*s %.*s", VIEW_PRINT(text), VIEW_PRINT(versions[i]));
    return text;
}

static bool tell_fix(struct matching *matching, const struct stored_package *package, const struct finding *finding,
    const struct stored_finding *known, struct error *err)
{
    struct finding before = {0};
    if (!finding_read_detail(matching->arena, known->detail, &before, err))
        return false;
    return tell(matching, package,
        (struct event_new){.change = CHANGE_FIX,
            .vulnerability = known->vulnerability,
            .before = describe_fix(
                matching->arena, (enum fix_state)known->fix_state, before.fixed_versions, before.fixed_version_count),
            .after = describe_fix(
                matching->arena, finding->fix_state, finding->fixed_versions, finding->fixed_version_count)},
        err);
}

/* What became of a finding; `known` is NULL if it is new. */
static bool tell_finding(struct matching *matching, const struct stored_package *package, const struct finding *finding,
    const struct stored_finding *known, const struct stored_finding *now, struct error *err)
{
    bool has_same_fix = true;
    if (known == NULL)
        return tell(matching, package,
            (struct event_new){.change = CHANGE_NEW,
                .vulnerability = now->vulnerability,
                .after = view_text(severity_name(finding->severity))},
            err);
    if (known->severity != (int64_t)finding->severity &&
        !tell(matching, package,
            (struct event_new){.change = CHANGE_SEVERITY,
                .vulnerability = now->vulnerability,
                .before = view_text(severity_name((enum severity)known->severity)),
                .after = view_text(severity_name(finding->severity))},
            err))
        return false;
    if (!view_equal(known->detail, now->detail) &&
        !has_same_fixes(matching, finding, known->detail, &has_same_fix, err))
        return false;
    return (has_same_fix && known->fix_state == (int64_t)finding->fix_state) ||
           tell_fix(matching, package, finding, known, err);
}

/* A package that is new is in no image whose counters could move. */
static void move(struct matching *matching, const struct stored_package *package, int64_t vulnerability,
    const struct stored_finding *before, const struct finding *after)
{
    struct finding_move given = {.vulnerability = vulnerability, .package = package->id};
    if (package->is_new)
        return;
    if (before != NULL)
        given.before =
            (struct finding_rating){true, (enum severity)before->severity, before->fix_state == FIX_AVAILABLE};
    if (after != NULL)
        given.after = (struct finding_rating){true, after->severity, after->fix_state == FIX_AVAILABLE};
    matching_move(matching, &given);
}

/* Verdicts of images that hold the package may be others now; nobody holds a new one yet. */
static void note_change(struct matching *matching, const struct stored_package *package)
{
    struct view key = view_of(&package->id, sizeof(package->id));
    if (!package->is_new && map_get(&matching->changed_packages, key) == NULL)
        map_set(&matching->changed_packages, arena_copy(matching->arena, key), matching);
}

/* The answer of one package that takes the place of the stored one. */
struct replacement {
    struct matching *matching;
    const struct stored_package *package;
    int64_t generation;
    struct map stored; /* struct stored_finding */
    struct view undecidable; /* as it is stored */
    int64_t fingerprint; /* of what is stored */
    bool counts_change;
    bool is_settled; /* all that it says of vulnerabilities stands */
};

/* By the name of the vulnerability. */
static bool read_stored(struct replacement *replacement, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct matching *matching = replacement->matching;
    struct connection *connection = matching->transaction->connection;
    const struct sql_value package = SQL_INTEGER(replacement->package->id);
    if (!QUERY(connection, &rows, err, "SELECT undecidable, fingerprint FROM packages WHERE id = $1", package))
        return false;
    if (rows_next(&rows)) {
        replacement->undecidable = rows_copy(&rows, matching->arena, 0);
        replacement->fingerprint = rows_integer(&rows, 1);
    }
    if (!rows_finish(&rows, err) || !QUERY(connection, &rows, err,
                                        "SELECT vulnerability_id, severity, fix_state, detail, described, "
                                        "name FROM package_findings "
                                        "JOIN vulnerabilities ON vulnerabilities.id = vulnerability_id "
                                        "WHERE package_id = $1",
                                        package))
        return false;
    while (rows_next(&rows)) {
        struct stored_finding *finding = ARENA_NEW(matching->arena, struct stored_finding);
        *finding = (struct stored_finding){rows_integer(&rows, 0), rows_integer(&rows, 1), rows_integer(&rows, 2),
            rows_copy(&rows, matching->arena, 3), rows_integer(&rows, 4), false};
        map_set(&replacement->stored, rows_copy(&rows, matching->arena, 5), finding);
    }
    return rows_finish(&rows, err);
}

static bool write_finding(struct replacement *replacement, const struct finding *finding, struct error *err)
{
    struct matching *matching = replacement->matching;
    const struct stored_package *package = replacement->package;
    int64_t generation = replacement->generation;
    struct stored_finding *known = map_get(&replacement->stored, finding->id);
    struct stored_finding now = {.vulnerability = known == NULL ? 0 : known->vulnerability};
    bool is_described = true;
    if (!hash_description(matching, finding, &now.described, err) ||
        !finding_write_detail(matching->arena, finding, &now.detail, err))
        return false;
    if ((known == NULL || known->described != now.described) &&
        !matching_describe(matching, package->id, finding, generation, &now.vulnerability, &is_described, err))
        return false;
    if (!is_described)
        now.described = 0;
    replacement->is_settled = replacement->is_settled && is_described;
    bool is_rated_same = known != NULL && known->severity == (int64_t)finding->severity &&
                         known->fix_state == (int64_t)finding->fix_state;
    if (known != NULL)
        known->is_kept = true;
    else
        matching->counts.findings_added++;
    replacement->counts_change |= !is_rated_same;
    if (!is_rated_same)
        move(matching, package, now.vulnerability, known, finding);
    bool is_same = is_rated_same && view_equal(known->detail, now.detail) && known->described == now.described;
    if (!is_same)
        note_change(matching, package);
    return is_same || (tell_finding(matching, package, finding, known, &now, err) &&
                          insert_finding(matching, package->id, finding, &now, generation, err));
}

/* A finding that is no more: what its package said of the vulnerability goes
 * with it. */
static bool remove_finding(struct matching *matching, const struct stored_package *package,
    const struct stored_finding *finding, struct error *err)
{
    struct connection *connection = matching->transaction->connection;
    matching->counts.findings_removed++;
    note_change(matching, package);
    return RUN(connection, err,
               "DELETE FROM package_findings WHERE package_id = $1 AND "
               "vulnerability_id = $2",
               SQL_INTEGER(package->id), SQL_INTEGER(finding->vulnerability)) &&
           RUN(connection, err,
               "UPDATE vulnerabilities SET described_generation = -1 WHERE id = "
               "$1",
               SQL_INTEGER(finding->vulnerability)) &&
           matching_forget_description(matching, finding->vulnerability, package->id, err) &&
           tell(matching, package,
               (struct event_new){.change = CHANGE_RESOLVED,
                   .vulnerability = finding->vulnerability,
                   .before = view_text(severity_name((enum severity)finding->severity))},
               err);
}

/* Up to date now, or not: then exactly this package is matched again. */
static bool mark(struct matching *matching, const struct stored_package *package, int64_t generation, struct error *err)
{
    struct connection *connection = matching->transaction->connection;
    if (generation == matching->generation)
        return !package->is_lagging ||
               RUN(connection, err, "DELETE FROM lagging_packages WHERE package_id = $1", SQL_INTEGER(package->id));
    return package->is_lagging ||
           RUN(connection, err, "INSERT INTO lagging_packages (package_id, cause) VALUES ($1, $2)",
               SQL_INTEGER(package->id), SQL_INTEGER(LAG_ADVISORY));
}

static bool remove_others(struct replacement *replacement, struct error *err)
{
    for (size_t i = 0; i < replacement->stored.count; i++) {
        const struct stored_finding *finding = replacement->stored.entries[i].value;
        if (finding->is_kept)
            continue;
        replacement->counts_change = true;
        move(replacement->matching, replacement->package, finding->vulnerability, finding, NULL);
        if (!remove_finding(replacement->matching, replacement->package, finding, err))
            return false;
    }
    return true;
}

/* Whether the package can be decided, and the fingerprint: 0 if some of the answer has to be given again. */
static bool write_package(struct replacement *replacement, const struct package_answer *answer, struct error *err)
{
    struct matching *matching = replacement->matching;
    const struct stored_package *package = replacement->package;
    const struct finding_list *findings = &answer->findings;
    struct view now = findings->is_undecidable ? findings->undecidable : view_text("");
    bool was_there = replacement->undecidable.size > 0;
    if (!view_equal(now, replacement->undecidable))
        note_change(matching, package);
    const struct finding_move decision = {
        .package = package->id, .before.is_there = was_there, .after.is_there = now.size > 0};
    if (was_there != (now.size > 0) && !package->is_new)
        matching_move(matching, &decision);
    replacement->counts_change |= was_there != (now.size > 0);
    matching->counts.packages_changed += replacement->counts_change;
    bool is_settled = replacement->is_settled && replacement->generation == matching->generation;
    int64_t fingerprint = is_settled ? package_answer_fingerprint(answer) : 0;
    if (replacement->counts_change || package->is_new || !view_equal(now, replacement->undecidable))
        return RUN(matching->transaction->connection, err,
            "UPDATE packages SET matched_generation = $2, undecidable = $3, fingerprint = $4 WHERE id = $1",
            SQL_INTEGER(package->id), SQL_INTEGER(replacement->generation), SQL_TEXT(now), SQL_INTEGER(fingerprint));
    return fingerprint == replacement->fingerprint ||
           RUN(matching->transaction->connection, err, "UPDATE packages SET fingerprint = $2 WHERE id = $1",
               SQL_INTEGER(package->id), SQL_INTEGER(fingerprint));
}

bool matching_replace(struct matching *matching, const struct stored_package *package,
    const struct package_answer *answer, int64_t generation, struct error *err)
{
    struct replacement replacement = {
        .matching = matching, .package = package, .generation = generation, .is_settled = true};
    map_init(&replacement.stored, matching->arena);
    if (!package->is_new && !read_stored(&replacement, err))
        return false;
    for (size_t i = 0; i < answer->findings.count; i++) {
        if (!write_finding(&replacement, &answer->findings.items[i], err))
            return false;
    }
    return remove_others(&replacement, err) && write_package(&replacement, answer, err) &&
           matching_suppress(matching, package, &answer->suppressed, err) && mark(matching, package, generation, err);
}
