/* SPDX-License-Identifier: Apache-2.0 */
/* Packages, their findings, and the counters that follow from them, inside one
 * transaction. For the files of this folder. */
#ifndef STORE_MATCHING_H
#define STORE_MATCHING_H

#include "base/map.h"
#include "finding/finding.h"
#include "store/results.h"
#include "store/tally.h"
#include "store/transaction.h"

/* What a package has of a vulnerability. */
struct finding_rating {
    bool is_there;
    enum severity severity;
    bool is_fixable;
};

/* A finding that came, went or is rated otherwise. Without a vulnerability:
 * whether the package can be decided. */
struct finding_move {
    int64_t vulnerability;
    int64_t package;
    struct finding_rating before;
    struct finding_rating after;
};

struct matching {
    struct transaction *transaction;
    struct arena *arena; /* lives as long as the transaction */
    struct map vulnerabilities; /* key by name */
    struct map packages; /* what counters need of a package, by key */
    struct map images; /* whose counters must be counted again, by key */
    struct map flipped; /* vulnerabilities that are known to be exploited since
                         this transaction, or no longer, by key */
    struct {
        struct finding_move *items;
        size_t count, capacity;
    } moves;
    struct map changed_packages; /* whose findings are others now, by key: verdicts may follow */
    struct map changed_facts; /* vulnerabilities of which feeds say something else that a verdict may hang on, by key */
    struct score_limits *score_limits; /* read when a score changes; NULL before */
    int64_t generation; /* of advisories; 0 = none yet */
    bool has_kev; /* a feed tells what is known to be exploited */
    struct rematch_counts counts;
    int64_t findings_added[LAG_CAUSE_COUNT]; /* those that are told in one event */
    int64_t findings_removed[LAG_CAUSE_COUNT];
};

bool matching_begin(
    struct matching *matching, struct transaction *transaction, struct arena *arena, struct error *err) MUST_CHECK;

/* A package as it is stored. */
struct stored_package {
    int64_t id;
    bool is_new; /* just made: it has no findings yet */
    bool is_lagging; /* its findings may be older than the current generation */
    enum lag_cause cause; /* if it lags */
};

/* The package of the distribution that owns the files of another, as it is stored. */
struct package_owner {
    const struct package *package;
    int64_t id;
};

/* The stored package, made if it is absent. `owner` is NULL if nothing owns it. */
bool matching_package(struct matching *matching, const struct package *package, const struct package_owner *owner,
    struct stored_package *stored, struct error *err) MUST_CHECK;

/* Replaces the findings of a package by those of `generation` and marks the
   images that hold it. Afterwards it lags behind unless that is the current
   one. */
bool matching_replace(struct matching *matching, const struct stored_package *package,
    const struct package_answer *answer, int64_t generation, struct error *err) MUST_CHECK;

/* Likewise the findings that do not count because of what is said of the package's owner. */
bool matching_suppress(struct matching *matching, const struct stored_package *package,
    const struct finding_list *suppressed, struct error *err) MUST_CHECK;

/* ERROR_CONFLICT unless the generation is the current one. */
bool matching_check_generation(const struct matching *matching, int64_t generation, struct error *err) MUST_CHECK;

/* Adds the names by which advisories may know a package: its own, or its owner's. */
bool matching_set_keys(
    struct matching *matching, int64_t id, const struct package *package, struct error *err) MUST_CHECK;

/* Stores what feeds say of a vulnerability in the current generation; NULL =
 * nothing. */
bool matching_set_facts(struct matching *matching, int64_t vulnerability, const struct vulnerability_facts *facts,
    struct error *err) MUST_CHECK;

/* Adds what the finding says of its vulnerability, made if it is absent, to
   what other packages say. Where that changes what stood there, the others say
   theirs again: a later generation replaces the description; within one, the
   first summary by bytes and all ratings stand, so that the order does not
   matter. `*is_described` is false if a later generation describes it already.
 */
bool matching_describe(struct matching *matching, int64_t package, const struct finding *finding, int64_t generation,
    int64_t *id, bool *is_described, struct error *err) MUST_CHECK;

/* All packages but this one say again what they say of the vulnerability. */
bool matching_forget_description(
    struct matching *matching, int64_t vulnerability, int64_t package, struct error *err) MUST_CHECK;

bool matching_touch_images_of(struct matching *matching, int64_t package, struct error *err) MUST_CHECK;
/* The counters of all images that hold the package follow in matching_finish.
 */
void matching_move(struct matching *matching, const struct finding_move *move);
bool matching_apply_moves(struct matching *matching, struct error *err) MUST_CHECK;

void matching_touch_image(struct matching *matching, int64_t image);

/* Moves the counters, and counts again for all marked images. */
bool matching_finish(struct matching *matching, struct error *err) MUST_CHECK;

/* What is known of a vulnerability whatever package has it, from 9 columns on;
 * NULL if nothing is. Without dates of EPSS and summary. */
#define FACTS_COLUMNS                                                                                                  \
    "coalesce(CAST(round(vulnerabilities.epss * 1000000) AS {integer}), -1), "                                         \
    "coalesce(CAST(round(vulnerabilities.epss_percentile * 1000000) AS "                                               \
    "{integer}), -1), "                                                                                                \
    "coalesce(vulnerabilities.kev_added_ms, -1), coalesce(vulnerabilities.kev_due_ms, -1), "                           \
    "coalesce(vulnerabilities.published_ms, -1), vulnerabilities.is_used_by_ransomware, "                              \
    "vulnerabilities.is_disputed, coalesce(vulnerabilities.exploit, ''), "                                             \
    "coalesce(vulnerabilities.facts_ratings, '')"
/* The last of these columns. */
void facts_ratings_read(struct arena *arena, struct view text, struct severity_rating **ratings, size_t *count);
const struct vulnerability_facts *facts_read(const struct rows *rows, int column, struct arena *arena);

/* The stored fields of a package, in a table or under an alias of it. */
#define PACKAGE_COLUMNS_OF(table)                                                                                      \
    table ".type, " table ".name, " table ".version, " table ".arch, " table ".source_name, " table                    \
          ".source_version, " table ".epoch, " table ".release, " table ".source_rpm, " table ".modularity, " table    \
          ".vendor, " table ".ecosystem"
#define PACKAGE_COLUMNS PACKAGE_COLUMNS_OF("packages")
enum { PACKAGE_COLUMN_COUNT = 12 };
bool package_read(
    const struct rows *rows, int column, struct arena *arena, struct package *package, struct error *err) MUST_CHECK;

/* Findings as JSON: what no query asks for. */
bool finding_write_detail(
    struct arena *arena, const struct finding *finding, struct view *detail, struct error *err) MUST_CHECK;
bool finding_read_detail(
    struct arena *arena, struct view detail, struct finding *finding, struct error *err) MUST_CHECK;

/* Ratings as JSON: sorted, each once. The second list may be empty. */
bool ratings_write(struct arena *arena, const struct severity_rating *first, size_t first_count,
    const struct severity_rating *second, size_t second_count, struct view *json, struct error *err) MUST_CHECK;
bool ratings_read(struct arena *arena, struct view json, struct severity_rating **ratings, size_t *count,
    struct error *err) MUST_CHECK;

/* What the store knows of the current generation; all 0 if there is none. */
bool generation_read(struct transaction *transaction, struct generation_state *state, struct error *err) MUST_CHECK;

/* Marks what has to be matched again because `given` comes after `state`. */
bool lag_after_generation(struct transaction *transaction, struct arena *arena, const struct generation_state *state,
    const struct generation_new *given, struct error *err) MUST_CHECK;

/* The current generation and its feeds. */
bool feeds_read(struct transaction *transaction, struct arena *arena, int64_t *generation, struct feed_state **feeds,
    size_t *count, struct error *err) MUST_CHECK;

/* What is known of attacks on a vulnerability, as enum threat. */
#define THREAT_COLUMN                                                                                                  \
    "CASE WHEN vulnerabilities.kev_added_ms IS NOT NULL THEN 2 "                                                       \
    "WHEN coalesce(vulnerabilities.exploit, '') <> '' THEN 1 ELSE 0 END"

#endif
