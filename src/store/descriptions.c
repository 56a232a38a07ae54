/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored of vulnerabilities, whatever package has them. Its summary and
   ratings are what the advisories of all packages that have it say together;
   EPSS, KEV and the like come from feeds of their own. */
#include "advisory/provider.h"
#include "store/events_internal.h"
#include "store/matching.h"
#include "store/score_limits.h"

/* Shares of 1 are stored as real numbers and travel as millionths. */
enum { MILLION = 1000000 };

/* Of more exploits or ratings of one vulnerability the first are kept. */
enum { EXPLOITS_STORED_MAX = 32, RATINGS_STORED_MAX = 16 };

/* What the feeds about vulnerabilities say; -1 = nothing. */
struct stored_facts {
    int64_t epss;
    int64_t percentile;
    int64_t kev_added_ms;
    int64_t kev_due_ms;
    int64_t published_ms;
    int64_t is_used_by_ransomware;
    int64_t is_disputed;
    struct view exploits; /* "SOURCE REFERENCE", one a line */
    struct view ratings; /* "TYPE VECTOR" of NVD, one a line */
};

static const struct stored_facts no_facts = {
    .epss = -1, .percentile = -1, .kev_added_ms = -1, .kev_due_ms = -1, .published_ms = -1};

static struct view join_exploits(struct arena *arena, const struct vulnerability_facts *facts)
{
    struct view text = view_text("");
    size_t kept = 0;
    for (size_t i = 0; i < facts->exploit_count && kept < EXPLOITS_STORED_MAX; i++) {
        const struct vulnerability_exploit *exploit = &facts->exploits[i];
        if (view_find(exploit->source, ' ') < exploit->source.size ||
            view_find(exploit->reference, '\n') < exploit->reference.size)
            continue;
        text = arena_format(arena, "%.*s%s%.*s %.*s", VIEW_PRINT(text), kept++ > 0 ? "\n" : "",
            VIEW_PRINT(exploit->source), VIEW_PRINT(exploit->reference));
    }
    return text;
}

static bool is_word(struct view text)
{
    return text.size > 0 && view_find(text, ' ') == text.size && view_find(text, '\n') == text.size;
}

static struct view join_ratings(struct arena *arena, const struct vulnerability_facts *facts)
{
    struct view text = view_text("");
    size_t kept = 0;
    for (size_t i = 0; i < facts->rating_count && kept < RATINGS_STORED_MAX; i++) {
        const struct severity_rating *rating = &facts->ratings[i];
        if (is_word(rating->type) && is_word(rating->score))
            text = arena_format(arena, "%.*s%s%.*s %.*s", VIEW_PRINT(text), kept++ > 0 ? "\n" : "",
                VIEW_PRINT(rating->type), VIEW_PRINT(rating->score));
    }
    return text;
}

static struct stored_facts facts_of(struct arena *arena, const struct vulnerability_facts *facts)
{
    struct stored_facts stored = no_facts;
    if (facts == NULL)
        return stored;
    if (facts->has_epss) {
        stored.epss = (int64_t)(facts->epss_score * MILLION + 0.5);
        stored.percentile = (int64_t)(facts->epss_percentile * MILLION + 0.5);
    }
    if (facts->is_known_exploited) {
        stored.kev_added_ms = facts->kev_added_ms;
        stored.kev_due_ms = facts->kev_due_ms > 0 ? facts->kev_due_ms : -1;
        stored.is_used_by_ransomware = facts->is_used_by_ransomware;
    }
    stored.published_ms = facts->published_ms > 0 ? facts->published_ms : -1;
    stored.is_disputed = facts->is_disputed;
    stored.exploits = join_exploits(arena, facts);
    stored.ratings = join_ratings(arena, facts);
    return stored;
}

static struct sql_value or_null(int64_t value)
{
    return value < 0 ? SQL_NULL : SQL_INTEGER(value);
}

static struct sql_value text_or_null(struct view text)
{
    return text.size == 0 ? SQL_NULL : SQL_TEXT(text);
}

static bool is_same_facts(const struct stored_facts *left, const struct stored_facts *right)
{
    return left->epss == right->epss && left->percentile == right->percentile &&
           left->kev_added_ms == right->kev_added_ms && left->kev_due_ms == right->kev_due_ms &&
           left->published_ms == right->published_ms && left->is_used_by_ransomware == right->is_used_by_ransomware &&
           left->is_disputed == right->is_disputed && view_equal(left->exploits, right->exploits) &&
           view_equal(left->ratings, right->ratings);
}

static struct stored_facts stored_facts_read(const struct rows *rows, int column, struct arena *arena)
{
    return (struct stored_facts){
        .epss = rows_integer(rows, column),
        .percentile = rows_integer(rows, column + 1),
        .kev_added_ms = rows_integer(rows, column + 2),
        .kev_due_ms = rows_integer(rows, column + 3),
        .published_ms = rows_integer(rows, column + 4),
        .is_used_by_ransomware = rows_integer(rows, column + 5),
        .is_disputed = rows_integer(rows, column + 6),
        .exploits = rows_copy(rows, arena, column + 7),
        .ratings = rows_copy(rows, arena, column + 8),
    };
}

static void split_exploits(struct arena *arena, struct view text, struct vulnerability_facts *facts)
{
    facts->exploits = ARENA_ARRAY(arena, struct vulnerability_exploit, EXPLOITS_STORED_MAX);
    while (text.size > 0 && facts->exploit_count < EXPLOITS_STORED_MAX) {
        struct view line = view_cut(&text, '\n');
        struct vulnerability_exploit *exploit = &facts->exploits[facts->exploit_count++];
        exploit->source = view_cut(&line, ' ');
        exploit->reference = line;
    }
}

void facts_ratings_read(struct arena *arena, struct view text, struct severity_rating **ratings, size_t *count)
{
    *count = 0;
    *ratings = ARENA_ARRAY(arena, struct severity_rating, RATINGS_STORED_MAX);
    while (text.size > 0 && *count < RATINGS_STORED_MAX) {
        struct view line = view_cut(&text, '\n');
        struct severity_rating *rating = &(*ratings)[(*count)++];
        rating->source = view_text(FACTS_PROVIDER);
        rating->type = view_cut(&line, ' ');
        rating->score = line;
    }
}

const struct vulnerability_facts *facts_read(const struct rows *rows, int column, struct arena *arena)
{
    const struct stored_facts stored = stored_facts_read(rows, column, arena);
    if (is_same_facts(&stored, &no_facts))
        return NULL;
    struct vulnerability_facts *facts = ARENA_NEW(arena, struct vulnerability_facts);
    facts->has_epss = stored.epss >= 0;
    if (facts->has_epss) {
        facts->epss_score = (double)stored.epss / MILLION;
        facts->epss_percentile = (double)stored.percentile / MILLION;
    }
    facts->is_known_exploited = stored.kev_added_ms >= 0;
    if (facts->is_known_exploited)
        facts->kev_added_ms = stored.kev_added_ms;
    facts->kev_due_ms = stored.kev_due_ms > 0 ? stored.kev_due_ms : 0;
    facts->published_ms = stored.published_ms > 0 ? stored.published_ms : 0;
    facts->is_used_by_ransomware = stored.is_used_by_ransomware != 0;
    facts->is_disputed = stored.is_disputed != 0;
    if (stored.exploits.size > 0)
        split_exploits(arena, stored.exploits, facts);
    if (stored.ratings.size > 0)
        facts_ratings_read(arena, stored.ratings, &facts->ratings, &facts->rating_count);
    return facts;
}

/* What is stored of a vulnerability. */
struct description {
    struct stored_facts facts;
    int64_t id;
    struct view summary;
    struct view ratings;
    int64_t generation;
};

static bool read_description(
    struct matching *matching, struct view name, struct description *description, bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT id, summary, ratings, described_generation, " FACTS_COLUMNS " FROM vulnerabilities WHERE name = $1",
            SQL_TEXT(name)))
        return false;
    *found = rows_next(&rows);
    if (*found)
        *description = (struct description){
            .id = rows_integer(&rows, 0),
            .summary = rows_copy(&rows, matching->arena, 1),
            .ratings = rows_copy(&rows, matching->arena, 2),
            .generation = rows_integer(&rows, 3),
            .facts = stored_facts_read(&rows, 4, matching->arena),
        };
    return rows_finish(&rows, err);
}

/* Several packages' findings describe one vulnerability: a later generation
   replaces the description, within one the first summary by bytes and all
   ratings stand, so that the order of scans does not matter. */
static bool merge_description(struct matching *matching, const struct finding *finding, int64_t generation,
    const struct description *stored, struct description *merged, struct error *err)
{
    bool is_same = stored->generation == generation;
    struct severity_rating *ratings = NULL;
    size_t count = 0;
    merged->generation = generation;
    merged->summary = finding->summary;
    merged->id = stored->id;
    if (is_same && stored->summary.size > 0 &&
        (finding->summary.size == 0 || view_compare(stored->summary, finding->summary) < 0))
        merged->summary = stored->summary;
    if (is_same && !ratings_read(matching->arena, stored->ratings, &ratings, &count, err))
        return false;
    return ratings_write(
        matching->arena, finding->ratings, finding->rating_count, ratings, count, &merged->ratings, err);
}

/* As THREAT_COLUMN has it. */
static enum threat threat_of(const struct stored_facts *facts)
{
    if (facts->kev_added_ms >= 0)
        return THREAT_KNOWN;
    return facts->exploits.size > 0 ? THREAT_EXPLOIT : THREAT_NONE;
}

/* What is known of attacks counts in every image that has it. */
static bool touch_images_with(struct matching *matching, int64_t vulnerability, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT package_id FROM package_findings WHERE vulnerability_id = $1", SQL_INTEGER(vulnerability)))
        return false;
    while (rows_next(&rows)) {
        if (!matching_touch_images_of(matching, rows_integer(&rows, 0), err))
            return false;
    }
    return rows_finish(&rows, err);
}

static bool insert_vulnerability(
    struct matching *matching, const struct description *description, struct view name, int64_t *id, struct error *err)
{
    bool found;
    const struct stored_facts *facts = &description->facts;
    return LOOKUP(matching->transaction->connection, id, &found, err,
        "INSERT INTO vulnerabilities (name, summary, ratings, described_generation, epss, epss_percentile, "
        "kev_added_ms, kev_due_ms, published_ms, is_used_by_ransomware, is_disputed, exploit, facts_ratings) VALUES ($1, $2, $3, $4, "
        "CAST($5 AS {real}) / 1000000, CAST($6 AS {real}) / 1000000, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
        SQL_TEXT(name), SQL_TEXT(description->summary), SQL_TEXT(description->ratings),
        SQL_INTEGER(description->generation), or_null(facts->epss), or_null(facts->percentile),
        or_null(facts->kev_added_ms), or_null(facts->kev_due_ms), or_null(facts->published_ms),
        SQL_INTEGER(facts->is_used_by_ransomware), SQL_INTEGER(facts->is_disputed), text_or_null(facts->exploits),
        text_or_null(facts->ratings));
}

static bool update_description(struct matching *matching, const struct description *description, struct error *err)
{
    return RUN(matching->transaction->connection, err,
        "UPDATE vulnerabilities SET summary = $2, ratings = $3, "
        "described_generation = $4 WHERE id = $1",
        SQL_INTEGER(description->id), SQL_TEXT(description->summary), SQL_TEXT(description->ratings),
        SQL_INTEGER(description->generation));
}

static bool read_cause(struct matching *matching, int64_t vulnerability, enum lag_cause *cause, struct error *err)
{
    int64_t stored = LAG_ADVISORY;
    bool found = false;
    if (!LOOKUP(matching->transaction->connection, &stored, &found, err,
            "SELECT cause FROM lagging_vulnerabilities WHERE "
            "vulnerability_id = $1",
            SQL_INTEGER(vulnerability)))
        return false;
    *cause = (enum lag_cause)stored;
    return true;
}

/* News only if a package has it, and the list is not new itself. */
static bool tell_known_exploited(struct matching *matching, int64_t vulnerability, struct error *err)
{
    enum lag_cause cause;
    int64_t one = 0;
    bool is_stored = false;
    const struct event_new event = {.generation = matching->generation,
        .cause = CAUSE_ADVISORY,
        .change = CHANGE_KEV,
        .vulnerability = vulnerability};
    return read_cause(matching, vulnerability, &cause, err) &&
           LOOKUP(matching->transaction->connection, &one, &is_stored, err,
               "SELECT 1 FROM package_findings WHERE vulnerability_id = $1 "
               "LIMIT 1",
               SQL_INTEGER(vulnerability)) &&
           (!is_stored || cause != LAG_ADVISORY || events_add(matching->transaction, &event, err));
}

static struct vulnerability_facts scores_of(const struct stored_facts *facts)
{
    return (struct vulnerability_facts){.has_epss = facts->epss >= 0,
        .epss_score = (double)facts->epss / MILLION,
        .epss_percentile = (double)facts->percentile / MILLION};
}

/* Notes the vulnerability if a verdict may hang on what is said of it now: on anything but a score, or on that. */
static bool note_change(struct matching *matching, int64_t id, const struct stored_facts *stored,
    const struct stored_facts *facts, struct error *err)
{
    struct stored_facts rescored = *stored;
    rescored.epss = facts->epss;
    rescored.percentile = facts->percentile;
    bool is_noted = !is_same_facts(&rescored, facts);
    if (!is_noted) {
        const struct vulnerability_facts before = scores_of(stored);
        const struct vulnerability_facts after = scores_of(facts);
        if (matching->score_limits == NULL &&
            !score_limits_read(matching->transaction, matching->arena, &matching->score_limits, err))
            return false;
        is_noted = score_limits_passed(matching->score_limits, &before, &after);
    }
    if (is_noted)
        map_set(&matching->changed_facts, arena_copy(matching->arena, view_of(&id, sizeof(id))), matching);
    return true;
}

static bool update_facts(struct matching *matching, int64_t id, const struct stored_facts *stored,
    const struct stored_facts *facts, struct error *err)
{
    if (is_same_facts(stored, facts))
        return true;
    bool is_flipped = threat_of(stored) != threat_of(facts);
    if (is_flipped)
        map_set(&matching->flipped, arena_copy(matching->arena, view_of(&id, sizeof(id))), matching);
    return note_change(matching, id, stored, facts, err) &&
           RUN(matching->transaction->connection, err,
               "UPDATE vulnerabilities SET epss = CAST($2 AS {real}) / 1000000, "
               "epss_percentile = CAST($3 AS {real}) / 1000000, kev_added_ms = $4, kev_due_ms = $5, published_ms = $6, "
               "is_used_by_ransomware = $7, is_disputed = $8, exploit = $9, facts_ratings = $10 WHERE id = $1",
               SQL_INTEGER(id), or_null(facts->epss), or_null(facts->percentile), or_null(facts->kev_added_ms),
               or_null(facts->kev_due_ms), or_null(facts->published_ms), SQL_INTEGER(facts->is_used_by_ransomware),
               SQL_INTEGER(facts->is_disputed), text_or_null(facts->exploits), text_or_null(facts->ratings)) &&
           (stored->kev_added_ms >= 0 || facts->kev_added_ms < 0 || tell_known_exploited(matching, id, err)) &&
           (!is_flipped || touch_images_with(matching, id, err));
}

bool matching_forget_description(struct matching *matching, int64_t vulnerability, int64_t package, struct error *err)
{
    struct connection *connection = matching->transaction->connection;
    return RUN(connection, err,
               "UPDATE package_findings SET described = 0 WHERE vulnerability_id "
               "= $1 AND package_id <> $2",
               SQL_INTEGER(vulnerability), SQL_INTEGER(package)) &&
           RUN(connection, err,
               "UPDATE packages SET fingerprint = 0 WHERE id IN (SELECT package_id FROM package_findings "
               "WHERE vulnerability_id = $1 AND package_id <> $2)",
               SQL_INTEGER(vulnerability), SQL_INTEGER(package)) &&
           RUN(connection, err,
               "INSERT INTO lagging_packages (package_id, cause) SELECT "
               "package_id, CAST($3 AS {integer}) "
               "FROM package_findings WHERE vulnerability_id = $1 AND package_id "
               "<> $2 "
               "ON CONFLICT (package_id) DO NOTHING",
               SQL_INTEGER(vulnerability), SQL_INTEGER(package), SQL_INTEGER(LAG_ADVISORY));
}

/* Known, but not of the generation that is current: asked again. */
static bool lag_vulnerability(struct matching *matching, int64_t vulnerability, struct error *err)
{
    return RUN(matching->transaction->connection, err,
        "INSERT INTO lagging_vulnerabilities (vulnerability_id, cause) "
        "VALUES ($1, $2) "
        "ON CONFLICT (vulnerability_id) DO NOTHING",
        SQL_INTEGER(vulnerability), SQL_INTEGER(LAG_ADVISORY));
}

bool matching_describe(struct matching *matching, int64_t package, const struct finding *finding, int64_t generation,
    int64_t *id, bool *is_described, struct error *err)
{
    struct description stored = {.generation = -1, .facts = no_facts};
    struct description merged = {0};
    bool found = false;
    if (!read_description(matching, finding->id, &stored, &found, err))
        return false;
    *id = stored.id;
    *is_described = !found || stored.generation <= generation;
    if (!*is_described)
        return true;
    if (!merge_description(matching, finding, generation, &stored, &merged, err))
        return false;
    merged.facts = facts_of(matching->arena, finding->facts);
    bool is_current = generation == matching->generation;
    if (!found)
        return insert_vulnerability(matching, &merged, finding->id, id, err) &&
               (is_current || lag_vulnerability(matching, *id, err));
    bool is_same = view_equal(stored.summary, merged.summary) && view_equal(stored.ratings, merged.ratings);
    if (!is_same &&
        (!update_description(matching, &merged, err) ||
            (stored.generation < generation && !matching_forget_description(matching, stored.id, package, err))))
        return false;
    return !is_current || update_facts(matching, stored.id, &stored.facts, &merged.facts, err);
}

bool matching_set_facts(
    struct matching *matching, int64_t vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct stored_facts stored = no_facts;
    const struct stored_facts now = facts_of(matching->arena, facts);
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT " FACTS_COLUMNS " FROM vulnerabilities WHERE id = $1", SQL_INTEGER(vulnerability)))
        return false;
    if (rows_next(&rows))
        stored = stored_facts_read(&rows, 0, matching->arena);
    return rows_finish(&rows, err) && update_facts(matching, vulnerability, &stored, &now, err);
}
