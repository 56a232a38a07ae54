/* SPDX-License-Identifier: Apache-2.0 */
/* Why a vulnerability is not reported for a package: every element of an advisory that names both, and the rule that decided.
   Pure. */
#ifndef FINDING_EXPLAIN_H
#define FINDING_EXPLAIN_H

#include "finding/match.h"

/* Events of a range, and candidates, that are written out; the rest is counted. */
enum { EXPLAIN_EVENTS_MAX = 12, EXPLAIN_CANDIDATES_MAX = 1000 };

struct match_candidate {
    const char *feed;
    struct view advisory;
    struct view ecosystem; /* as the advisory has it */
    struct view name; /* compared: source or binary */
    struct view version; /* compared */
    struct view ranges; /* "from 0, fixed 1.2-1; 3 listed versions" */
    const char *order; /* comparator; "" if none was asked */
    enum match_rule rule;
    int64_t modified_ms;
};

/* Candidates for this vulnerability (a CVE, or the id or alias of an advisory, in any case), in the order of advisories; at
   most EXPLAIN_CANDIDATES_MAX. */
bool match_explain(struct arena *arena, const struct lookup *lookup, const struct match_question *question,
    struct view vulnerability, struct match_candidate **candidates, size_t *count, struct error *err) MUST_CHECK;

#endif
