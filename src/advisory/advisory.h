/* SPDX-License-Identifier: Apache-2.0 */
/* One normalized advisory and the rules that decide whether it affects a package (OSV schema 1.7, "Evaluation"). Feeds
   parse into it, the index stores it, the matcher reads it. All views are borrowed from the arena of whoever filled it.
   Pure. */
#ifndef ADVISORY_ADVISORY_H
#define ADVISORY_ADVISORY_H

#include "advisory/ecosystem.h"
#include "base/arena.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum severity {
    SEVERITY_UNKNOWN,
    SEVERITY_NEGLIGIBLE,
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL,
    SEVERITY_COUNT
};

const char *severity_name(enum severity severity);
bool severity_parse(struct view name, enum severity *severity); /* our six names */

enum range_type { RANGE_SEMVER, RANGE_ECOSYSTEM, RANGE_GIT };
enum event_kind { EVENT_INTRODUCED, EVENT_FIXED, EVENT_LAST_AFFECTED, EVENT_LIMIT };

struct range_event {
    enum event_kind kind;
    struct view version; /* "0" of EVENT_INTRODUCED means: before all versions */
};

struct range {
    enum range_type type;
    struct range_event *events;
    size_t event_count;
};

/* As the record has it: {"type": "CVSS_V3", "score": "CVSS:3.1/…"}; also {"Ubuntu", "medium"}. */
struct severity_rating {
    struct view type;
    struct view score;
    struct view source; /* who gave it, of ratings in findings: see advisory_provider; empty in records */
};

struct affected {
    struct view ecosystem; /* complete, "Debian:12" */
    struct view name;
    struct range *ranges;
    size_t range_count;
    struct view *versions;
    size_t version_count;
    struct severity_rating *ratings;
    size_t rating_count;
    struct view status; /* database's own word on the state: Debian urgency, "needed", "end-of-life"; empty */
    struct view
        module; /* rpm: "nodejs:18" if these are builds of a module stream, MODULE_UNNAMED if of an unknown one */
    struct view *architectures; /* rpm: builds of these only; none = of all */
    size_t architecture_count;
};

/* The record does not tell the stream of its modular builds. */
#define MODULE_UNNAMED "*"

struct advisory {
    struct view id;
    struct view summary; /* cut at 500 bytes */
    int64_t modified_ms;
    int64_t published_ms; /* 0 = unknown */
    int64_t withdrawn_ms; /* 0 = not withdrawn */
    struct view *aliases;
    size_t alias_count;
    struct view *upstream;
    size_t upstream_count;
    struct severity_rating *ratings;
    size_t rating_count;
    struct view severity_word; /* database_specific.severity: "MODERATE"; empty */
    struct affected *affected;
    size_t affected_count;
};

enum applicability { APPLIES_NO, APPLIES_YES, APPLIES_UNKNOWN /* a boundary or the version cannot be ordered */ };

/* Where a version stands in one `affected` element. */
struct applicability_result {
    enum applicability applies;
    bool is_listed; /* found in versions[] */
    const struct range *range; /* the range that contains it */
    struct view introduced; /* start of the interval, "0" = all before */
    struct view fixed; /* end of the interval: first version without the problem; empty = none known */
    struct view last_affected; /* or: last version with it */
    const char *order; /* comparator that decided: "dpkg" */
};

/* What rpm's epochs mean to a comparison. */
enum epoch_rule {
    EPOCH_COUNTS, /* an absent one is 0 */
    EPOCH_MAY_BE_LEFT_OUT, /* a boundary without one is compared without: the database leaves them out */
    EPOCH_IGNORED, /* that of the version is not known */
};

struct applicability_question {
    struct view ecosystem; /* of the package; decides the order */
    struct view version;
    enum epoch_rule epochs;
};

/* Name, ecosystem, module and architecture are the caller's business. An empty version is affected, as OSV says. */
void affected_evaluate(struct arena *arena, const struct affected *affected,
    const struct applicability_question *question, struct applicability_result *result);

/* Severity from what the record says of itself, in the order of the rules: distribution's word, affected[].severity,
   severity[], database_specific; `*rating` is the one that decided (empty type if it was a word), `*source` names the step:
   "distribution", "affected", "advisory", "database"; "none" if none knew. */
enum severity advisory_severity(const struct advisory *advisory, const struct affected *affected,
    struct severity_rating *rating, const char **source);

/* Severity of the newest CVSS vector of a list; SEVERITY_UNKNOWN if there is none. */
enum severity severity_of_ratings(const struct severity_rating *ratings, size_t count, struct severity_rating *rating);

bool severity_rating_equal(const struct severity_rating *left, const struct severity_rating *right);

/* The vulnerabilities that the record is about: the CVE ids among id, aliases and upstream; without any, its own id. */
void advisory_vulnerabilities(struct arena *arena, const struct advisory *advisory, struct view **ids, size_t *count);

#endif
