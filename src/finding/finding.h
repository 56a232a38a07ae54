/* SPDX-License-Identifier: Apache-2.0 */
/* package × vulnerability: the matcher's answer, with its evidence. Pure. */
#ifndef FINDING_FINDING_H
#define FINDING_FINDING_H

#include "advisory/lookup.h"
#include "package/package.h"

enum fix_state { FIX_UNKNOWN, FIX_AVAILABLE, FIX_NONE, FIX_WILL_NOT, FIX_DEFERRED, FIX_END_OF_LIFE, FIX_STATE_COUNT };
const char *fix_state_name(
    enum fix_state state); /* "unknown" "fixed" "not-fixed" "wont-fix" "deferred" "end-of-life" */

/* Why one advisory says so. */
struct json_writer;

struct finding_evidence {
    const char *feed;
    struct view advisory; /* its id */
    struct view ecosystem; /* as the advisory has it */
    struct view name; /* package name compared: source or binary */
    struct view version; /* version compared */
    struct view introduced; /* "0" = all before */
    struct view fixed;
    struct view last_affected;
    bool is_listed; /* by an explicit version list */
    const char *order; /* comparator */
    int64_t modified_ms; /* of the advisory */
};

/* What a VEX document says of a finding that counts all the same. */
struct finding_vex {
    const char *status; /* OpenVEX's: "affected" "under_investigation" */
    struct view statement; /* what to do; may be empty */
    struct view document; /* its id, else its file */
    struct view author;
    int64_t time_ms;
};

struct finding {
    struct view id; /* the vulnerability: CVE, else the home database's id */
    struct view *aliases; /* ids of the advisories and their other names, sorted */
    size_t alias_count;
    enum severity severity;
    const char *severity_source; /* as advisory_severity, or "nvd": from the vulnerability's facts */
    struct severity_rating *ratings; /* all CVSS vectors of its advisories, each with its source */
    size_t rating_count;
    struct view summary;
    enum fix_state fix_state;
    struct view *fixed_versions; /* sorted by the package's order */
    size_t fixed_version_count;
    struct finding_evidence *evidence;
    size_t evidence_count;
    const struct vulnerability_facts *facts; /* of the vulnerability; NULL if no feed has any */
    const struct finding_vex *vex; /* NULL if no document speaks of it */
    const struct accepted_risk *accepted; /* finding/accepted_risk.h; NULL: nobody accepted it */
    bool is_known; /* an image that this one is compared with has it as well */
};

struct finding_list {
    struct finding *items; /* sorted by id */
    size_t count;
    bool is_undecidable; /* some boundary could not be ordered: see `undecidable` */
    struct view undecidable; /* the first such advisory id */
};

/* Which rules the matcher follows: raised with every change after which the same advisories give a package other findings, evidence or
   names to ask for. Stored results of another version are matched again. */
enum { MATCHER_VERSION = 4 };

/* The evidence as JSON, the same in reports, in the API and in the store. Boundaries that the range does not have are null, or left
   out. */
void finding_evidence_write(struct json_writer *writer, const struct finding_evidence *evidence, bool shows_absent);

/* What a VEX document says of a finding, the same in reports and in the API. A statement that it does not make is null, or left out. */
void finding_vex_write(struct json_writer *writer, const struct finding_vex *vex, bool shows_absent);

/* Whether it is this vulnerability: by its id or an alias, in any case. */
bool finding_has_id(const struct finding *finding, struct view id);

/* The ratings one after the other: those of the advisories, then those of the vulnerability's facts. False behind the last. */
bool finding_rating(const struct finding *finding, size_t i, struct severity_rating *rating);

/* The newest CVSS vector of the advisories; only where they have none, of the facts. Empty if there is none. */
void finding_newest_rating(const struct finding *finding, struct severity_rating *rating);

/* All findings of one package. A package without ecosystem or version has none; the caller reports it as a gap.
   `now_ms` decides whether a withdrawal lies in the past. */
bool match_package(struct arena *arena, const struct lookup *lookup, const struct package *package, int64_t now_ms,
    struct finding_list *findings, struct error *err) MUST_CHECK;

#endif
