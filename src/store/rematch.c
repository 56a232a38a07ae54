/* SPDX-License-Identifier: Apache-2.0 */
/* The commit of a rematch. Most packages have the findings that they had: they are known by a fingerprint of the whole answer, so
   that a feed commit costs what it changes and little for what it does not. */
#include "store/matching.h"

/* A package that lags at the time of the commit. */
struct lag {
    int64_t package;
    enum lag_cause cause;
    int64_t fingerprint; /* of the stored answer */
    const struct package_match *match; /* NULL: it stays behind */
};

struct lags {
    struct lag *items;
    size_t count;
    size_t capacity;
};

static uint64_t fold(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t fold_text(uint64_t hash, struct view text)
{
    return fold(fold(hash, text.size), view_hash(text));
}

static uint64_t fold_word(uint64_t hash, const char *word)
{
    return word == NULL ? fold(hash, 0) : fold_text(hash, view_text(word));
}

static uint64_t fold_texts(uint64_t hash, const struct view *texts, size_t count)
{
    hash = fold(hash, count);
    for (size_t i = 0; i < count; i++)
        hash = fold_text(hash, texts[i]);
    return hash;
}

static uint64_t fold_rating(uint64_t hash, const struct severity_rating *rating)
{
    return fold_text(fold_text(fold_text(hash, rating->type), rating->score), rating->source);
}

static uint64_t fold_evidence(uint64_t hash, const struct finding_evidence *evidence)
{
    const struct view texts[] = {evidence->advisory, evidence->ecosystem, evidence->name, evidence->version,
        evidence->introduced, evidence->fixed, evidence->last_affected};
    hash = fold_word(fold_word(hash, evidence->feed), evidence->order);
    hash = fold(fold(hash, evidence->is_listed), (uint64_t)evidence->modified_ms);
    return fold_texts(hash, texts, sizeof(texts) / sizeof(texts[0]));
}

static uint64_t fold_findings(uint64_t hash, const struct finding_list *list)
{
    hash = fold(hash, list->count);
    hash = fold_text(hash, list->is_undecidable ? list->undecidable : view_text(""));
    for (size_t i = 0; i < list->count; i++) {
        const struct finding *finding = &list->items[i];
        hash = fold_text(fold_text(hash, finding->id), finding->summary);
        hash = fold_word(fold(fold(hash, finding->severity), finding->fix_state), finding->severity_source);
        hash = fold_texts(hash, finding->aliases, finding->alias_count);
        hash = fold_texts(hash, finding->fixed_versions, finding->fixed_version_count);
        hash = fold(hash, finding->rating_count);
        for (size_t k = 0; k < finding->rating_count; k++)
            hash = fold_rating(hash, &finding->ratings[k]);
        hash = fold(hash, finding->evidence_count);
        for (size_t k = 0; k < finding->evidence_count; k++)
            hash = fold_evidence(hash, &finding->evidence[k]);
    }
    return hash;
}

int64_t package_answer_fingerprint(const struct package_answer *answer)
{
    uint64_t hash = fold_findings(fold_findings(MATCHER_VERSION, &answer->findings), &answer->suppressed);
    return (int64_t)(hash >> 1) | 1;
}

bool matching_check_generation(const struct matching *matching, int64_t generation, struct error *err)
{
    return matching->generation == generation ||
           error_set(
               err, ERROR_CONFLICT, "generation %lld of the advisories is not current any more", (long long)generation);
}

/* Other rules may ask for other names, of the package and of its owner. */
static bool renew_keys(struct matching *matching, int64_t package, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct package packages[2];
    size_t count = 0;
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT " PACKAGE_COLUMNS_OF(
                "known") " FROM packages JOIN packages AS known "
                         "ON known.id = packages.id OR known.id = packages.owner_id WHERE packages.id = $1",
            SQL_INTEGER(package)))
        return false;
    for (; count < 2 && rows_next(&rows); count++) {
        if (!package_read(&rows, 0, matching->arena, &packages[count], err))
            return false;
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!matching_set_keys(matching, package, &packages[i], err))
            return false;
    }
    return true;
}

/* What lags between the first and the last package of the batch, each with its match if that still holds: a package may have come
   since, or got other findings. */
static bool read_lags(
    struct matching *matching, const struct package_match *matches, size_t count, struct lags *lags, struct error *err)
{
    AUTO_ROWS rows = {0};
    size_t next = 0;
    if (!QUERY(matching->transaction->connection, &rows, err,
            "SELECT package_id, cause, fingerprint FROM lagging_packages JOIN packages ON packages.id = package_id "
            "WHERE package_id BETWEEN $1 AND $2 ORDER BY package_id",
            SQL_INTEGER(matches[0].id), SQL_INTEGER(matches[count - 1].id)))
        return false;
    while (rows_next(&rows)) {
        struct lag lag = {rows_integer(&rows, 0), (enum lag_cause)rows_integer(&rows, 1), rows_integer(&rows, 2), NULL};
        while (next < count && matches[next].id < lag.package)
            next++;
        const struct package_match *match = next < count && matches[next].id == lag.package ? &matches[next] : NULL;
        if (match != NULL &&
            (match->answer != NULL || (match->fingerprint == lag.fingerprint && lag.cause != LAG_RULE)))
            lag.match = match;
        *(struct lag *)ARENA_PUSH(matching->arena, lags) = lag;
    }
    return rows_finish(&rows, err);
}

/* What has a match lags no more; a description that changes below may have it lag again. */
static bool remove_lags(struct matching *matching, const struct lags *lags, struct error *err)
{
    for (size_t i = 0; i < lags->count;) {
        size_t end = i;
        while (end < lags->count && lags->items[end].match != NULL)
            end++;
        if (end > i && !RUN(matching->transaction->connection, err,
                           "DELETE FROM lagging_packages WHERE package_id BETWEEN $1 AND $2",
                           SQL_INTEGER(lags->items[i].package), SQL_INTEGER(lags->items[end - 1].package)))
            return false;
        i = end + (end == i);
    }
    return true;
}

static bool commit_rematch(
    struct matching *matching, int64_t generation, const struct package_match *matches, size_t count, struct error *err)
{
    struct lags lags = {0};
    if (!matching_check_generation(matching, generation, err))
        return false;
    for (size_t i = 1; i < count; i++) {
        if (matches[i].id <= matches[i - 1].id)
            return error_set(err, ERROR_INVALID, "the packages of a rematch are not in the order of their keys");
    }
    if (count > 0 && (!read_lags(matching, matches, count, &lags, err) || !remove_lags(matching, &lags, err)))
        return false;
    for (size_t i = 0; i < lags.count; i++) {
        const struct lag *lag = &lags.items[i];
        const struct stored_package package = {.id = lag->package, .is_lagging = true, .cause = lag->cause};
        if (lag->match == NULL || lag->match->answer == NULL)
            continue;
        if ((lag->cause == LAG_RULE && !renew_keys(matching, lag->package, err)) ||
            !matching_replace(matching, &package, lag->match->answer, generation, err))
            return false;
    }
    return matching_finish(matching, err);
}

bool store_commit_rematch(struct store *store, int64_t generation, const struct package_match *matches, size_t count,
    struct rematch_counts *counts, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct matching matching;
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction,
            matching_begin(&matching, &transaction, arena, err) &&
                commit_rematch(&matching, generation, matches, count, err),
            err))
        return false;
    *counts = matching.counts;
    return true;
}
