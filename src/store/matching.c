/* SPDX-License-Identifier: Apache-2.0 */
#include "store/matching.h"

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
    *matching = (struct matching){.transaction = transaction, .arena = arena};
    map_init(&matching->vulnerabilities, arena);
    map_init(&matching->packages, arena);
    map_init(&matching->images, arena);
    return LOOKUP(
        transaction->connection, &one, &matching->has_kev, err, "SELECT 1 FROM feeds WHERE name = 'kev'", SQL_NONE);
}

/* The 32 bytes of the sha256 of all fields. */
static struct view hash_package(struct arena *arena, const struct package *package)
{
    struct digest digest;
    digest_of(package_key(arena, package), &digest);
    struct view hex = digest_hex(&digest);
    char *bytes = arena_alloc(arena, hex.size / 2);
    for (size_t i = 0; i < hex.size; i++) {
        int digit = hex.data[i] <= '9' ? hex.data[i] - '0' : hex.data[i] - 'a' + 10;
        bytes[i / 2] = (char)((unsigned char)bytes[i / 2] << 4 | digit);
    }
    return view_of(bytes, hex.size / 2);
}

static bool find_package(struct transaction *transaction, struct view key, int64_t *id, int64_t *matched_generation,
    bool *found, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, "SELECT id, matched_generation FROM packages WHERE key = $1",
            SQL_BYTES(key)))
        return false;
    *found = rows_next(&rows);
    if (*found) {
        *id = rows_integer(&rows, 0);
        *matched_generation = rows_integer(&rows, 1);
    }
    return rows_finish(&rows, err);
}

bool matching_package(struct matching *matching, const struct package *package, int64_t *id,
    int64_t *matched_generation, struct error *err)
{
    bool found = false;
    struct view key = hash_package(matching->arena, package);
    if (!find_package(matching->transaction, key, id, matched_generation, &found, err) || found)
        return found;
    *matched_generation = -1;
    return LOOKUP(matching->transaction->connection, id, &found, err,
        "INSERT INTO packages (key, type, name, version, arch, source_name, source_version, epoch, release, "
        "source_rpm, modularity, vendor, ecosystem, matched_generation, undecidable) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, -1, '') RETURNING id",
        SQL_BYTES(key), SQL_WORD(package_type_name(package->type)), SQL_TEXT(package->name), SQL_TEXT(package->version),
        SQL_TEXT(package->arch), SQL_TEXT(package->source_name), SQL_TEXT(package->source_version),
        SQL_TEXT(package->epoch), SQL_TEXT(package->release), SQL_TEXT(package->source_rpm),
        SQL_TEXT(package->modularity), SQL_TEXT(package->vendor), SQL_TEXT(package->ecosystem));
}

bool package_read(const struct rows *rows, int column, struct arena *arena, struct package *package, struct error *err)
{
    struct package read = {0};
    if (!package_type_parse(rows_view(rows, column), &read.type))
        return error_set(
            err, ERROR_CORRUPT, "stored package is of an unknown type \"%.*s\"", VIEW_PRINT(rows_view(rows, column)));
    struct view *fields[] = {&read.name, &read.version, &read.arch, &read.source_name, &read.source_version,
        &read.epoch, &read.release, &read.source_rpm, &read.modularity, &read.vendor, &read.ecosystem};
    static_assert(sizeof(fields) / sizeof(fields[0]) == PACKAGE_COLUMN_COUNT - 1, "a field for each column");
    for (int i = 0; i < PACKAGE_COLUMN_COUNT - 1; i++)
        *fields[i] = rows_copy(rows, arena, column + 1 + i);
    *package = read;
    return true;
}

static bool touch_images_of(struct matching *matching, int64_t package, struct error *err)
{
    AUTO_ROWS rows = {0};
    uint16_t members[MEMBERS_CHUNK];
    size_t count = 0;
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT chunk, members FROM package_images WHERE package_id = $1 ORDER BY chunk", SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        if (!members_read(rows_view(&rows, 1), members, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            matching_touch_image(matching, rows_integer(&rows, 0) * MEMBERS_CHUNK + members[i]);
    }
    return rows_finish(&rows, err);
}

/* Shares of 1 are stored as real numbers and travel as millionths. */
enum { MILLION = 1000000 };

/* What the feeds about vulnerabilities say; -1 = nothing. */
struct stored_facts {
    int64_t epss;
    int64_t percentile;
    int64_t kev_added_ms;
};

static struct stored_facts facts_of(const struct vulnerability_facts *facts)
{
    struct stored_facts stored = {-1, -1, -1};
    if (facts != NULL && facts->has_epss) {
        stored.epss = (int64_t)(facts->epss_score * MILLION + 0.5);
        stored.percentile = (int64_t)(facts->epss_percentile * MILLION + 0.5);
    }
    if (facts != NULL && facts->is_known_exploited)
        stored.kev_added_ms = facts->kev_added_ms;
    return stored;
}

static struct sql_value or_null(int64_t value)
{
    return value < 0 ? SQL_NULL : SQL_INTEGER(value);
}

static bool is_same_facts(const struct stored_facts *left, const struct stored_facts *right)
{
    return left->epss == right->epss && left->percentile == right->percentile &&
           left->kev_added_ms == right->kev_added_ms;
}

const struct vulnerability_facts *facts_read(const struct rows *rows, int column, struct arena *arena)
{
    struct vulnerability_facts *facts = ARENA_NEW(arena, struct vulnerability_facts);
    int64_t epss = rows_integer(rows, column);
    int64_t kev_added_ms = rows_integer(rows, column + 2);
    facts->has_epss = epss >= 0;
    if (facts->has_epss) {
        facts->epss_score = (double)epss / MILLION;
        facts->epss_percentile = (double)rows_integer(rows, column + 1) / MILLION;
    }
    facts->is_known_exploited = kev_added_ms >= 0;
    if (facts->is_known_exploited)
        facts->kev_added_ms = kev_added_ms;
    return facts->has_epss || facts->is_known_exploited ? facts : NULL;
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
            .facts = {rows_integer(&rows, 4), rows_integer(&rows, 5), rows_integer(&rows, 6)},
        };
    return rows_finish(&rows, err);
}

/* Several packages' findings describe one vulnerability: a later generation replaces the description, within one the
   first summary by bytes and all ratings stand, so that the order of scans does not matter. */
static bool merge_description(struct matching *matching, const struct finding *finding, int64_t generation,
    const struct description *stored, struct description *merged, struct error *err)
{
    bool is_same = stored->generation == generation;
    struct severity_rating *ratings = NULL;
    size_t count = 0;
    merged->generation = generation;
    merged->summary = finding->summary;
    merged->facts = facts_of(finding->facts);
    if (is_same && stored->summary.size > 0 &&
        (finding->summary.size == 0 || view_compare(stored->summary, finding->summary) < 0))
        merged->summary = stored->summary;
    if (is_same && !ratings_read(matching->arena, stored->ratings, &ratings, &count, err))
        return false;
    return ratings_write(
        matching->arena, finding->ratings, finding->rating_count, ratings, count, &merged->ratings, err);
}

/* Whether it is known to be exploited counts in every image that has it. */
static bool touch_images_with(struct matching *matching, int64_t vulnerability, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT package_id FROM package_findings WHERE vulnerability_id = $1", SQL_INTEGER(vulnerability)))
        return false;
    while (rows_next(&rows)) {
        if (!touch_images_of(matching, rows_integer(&rows, 0), err))
            return false;
    }
    return rows_finish(&rows, err);
}

static bool insert_vulnerability(
    struct matching *matching, const struct description *description, struct view name, int64_t *id, struct error *err)
{
    bool found;
    return LOOKUP(matching->transaction->connection, id, &found, err,
        "INSERT INTO vulnerabilities (name, summary, ratings, described_generation, epss, epss_percentile, "
        "kev_added_ms) VALUES ($1, $2, $3, $4, CAST($5 AS {real}) / 1000000, CAST($6 AS {real}) / 1000000, $7) "
        "RETURNING id",
        SQL_TEXT(name), SQL_TEXT(description->summary), SQL_TEXT(description->ratings),
        SQL_INTEGER(description->generation), or_null(description->facts.epss), or_null(description->facts.percentile),
        or_null(description->facts.kev_added_ms));
}

static bool update_vulnerability(struct matching *matching, const struct description *description, struct error *err)
{
    return RUN(matching->transaction->connection, err,
        "UPDATE vulnerabilities SET summary = $2, ratings = $3, described_generation = $4, "
        "epss = CAST($5 AS {real}) / 1000000, epss_percentile = CAST($6 AS {real}) / 1000000, kev_added_ms = $7 "
        "WHERE id = $1",
        SQL_INTEGER(description->id), SQL_TEXT(description->summary), SQL_TEXT(description->ratings),
        SQL_INTEGER(description->generation), or_null(description->facts.epss), or_null(description->facts.percentile),
        or_null(description->facts.kev_added_ms));
}

static bool store_vulnerability(
    struct matching *matching, const struct finding *finding, int64_t generation, int64_t *id, struct error *err)
{
    struct description stored = {.generation = -1};
    struct description merged = {0};
    bool found = false;
    if (!read_description(matching, finding->id, &stored, &found, err))
        return false;
    *id = stored.id;
    if (found && stored.generation > generation)
        return true;
    if (!merge_description(matching, finding, generation, &stored, &merged, err))
        return false;
    if (!found)
        return insert_vulnerability(matching, &merged, finding->id, id, err);
    if (stored.generation == generation && view_equal(stored.summary, merged.summary) &&
        view_equal(stored.ratings, merged.ratings) && is_same_facts(&stored.facts, &merged.facts))
        return true;
    merged.id = stored.id;
    return update_vulnerability(matching, &merged, err) &&
           (stored.facts.kev_added_ms == merged.facts.kev_added_ms || touch_images_with(matching, stored.id, err));
}

/* A finding as it is stored. */
struct stored_finding {
    int64_t vulnerability;
    int64_t severity;
    int64_t fix_state;
    struct view detail;
    bool is_kept;
};

struct stored_findings {
    struct stored_finding *items;
    size_t count;
    size_t capacity;
};

static bool read_stored(struct matching *matching, int64_t package, struct stored_findings *stored,
    struct view *undecidable, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(matching->transaction->connection, &rows, err, "SELECT undecidable FROM packages WHERE id = $1",
            SQL_INTEGER(package)))
        return false;
    *undecidable = rows_next(&rows) ? rows_copy(&rows, matching->arena, 0) : view_text("");
    if (!rows_finish(&rows, err) ||
        !QUERY(matching->transaction->connection, &rows, err,
            "SELECT vulnerability_id, severity, fix_state, detail FROM package_findings WHERE package_id = $1",
            SQL_INTEGER(package)))
        return false;
    while (rows_next(&rows)) {
        struct stored_finding *finding = ARENA_PUSH(matching->arena, stored);
        *finding = (struct stored_finding){rows_integer(&rows, 0), rows_integer(&rows, 1), rows_integer(&rows, 2),
            rows_copy(&rows, matching->arena, 3), false};
    }
    return rows_finish(&rows, err);
}

static bool write_finding(struct matching *matching, int64_t package, const struct finding *finding, int64_t generation,
    struct stored_findings *stored, bool *counts_change, struct error *err)
{
    int64_t vulnerability = 0;
    struct view detail = {NULL, 0};
    struct stored_finding *known = NULL;
    if (!store_vulnerability(matching, finding, generation, &vulnerability, err) ||
        !finding_write_detail(matching->arena, finding, &detail, err))
        return false;
    for (size_t i = 0; i < stored->count && known == NULL; i++) {
        if (stored->items[i].vulnerability == vulnerability)
            known = &stored->items[i];
    }
    bool is_rated_same = known != NULL && known->severity == (int64_t)finding->severity &&
                         known->fix_state == (int64_t)finding->fix_state;
    if (known != NULL)
        known->is_kept = true;
    else
        matching->counts.findings_added++;
    if (!is_rated_same)
        *counts_change = true;
    if (is_rated_same && view_equal(known->detail, detail))
        return true;
    return RUN(matching->transaction->connection, err,
        "INSERT INTO package_findings (package_id, vulnerability_id, severity, fix_state, detail, changed_generation) "
        "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (package_id, vulnerability_id) DO UPDATE SET "
        "severity = excluded.severity, fix_state = excluded.fix_state, detail = excluded.detail, "
        "changed_generation = excluded.changed_generation",
        SQL_INTEGER(package), SQL_INTEGER(vulnerability), SQL_INTEGER(finding->severity),
        SQL_INTEGER(finding->fix_state), SQL_TEXT(detail), SQL_INTEGER(generation));
}

bool matching_replace(struct matching *matching, int64_t package, const struct finding_list *findings,
    int64_t generation, struct error *err)
{
    struct stored_findings stored = {0};
    struct view undecidable = {NULL, 0};
    bool counts_change = false;
    if (!read_stored(matching, package, &stored, &undecidable, err))
        return false;
    for (size_t i = 0; i < findings->count; i++) {
        if (!write_finding(matching, package, &findings->items[i], generation, &stored, &counts_change, err))
            return false;
    }
    for (size_t i = 0; i < stored.count; i++) {
        if (stored.items[i].is_kept)
            continue;
        counts_change = true;
        matching->counts.findings_removed++;
        if (!RUN(matching->transaction->connection, err,
                "DELETE FROM package_findings WHERE package_id = $1 AND vulnerability_id = $2", SQL_INTEGER(package),
                SQL_INTEGER(stored.items[i].vulnerability)))
            return false;
    }
    struct view now = findings->is_undecidable ? findings->undecidable : view_text("");
    counts_change = counts_change || (now.size > 0) != (undecidable.size > 0);
    matching->counts.packages_changed += counts_change;
    return RUN(matching->transaction->connection, err,
               "UPDATE packages SET matched_generation = $2, undecidable = $3 WHERE id = $1", SQL_INTEGER(package),
               SQL_INTEGER(generation), SQL_TEXT(now)) &&
           (!counts_change || touch_images_of(matching, package, err));
}
