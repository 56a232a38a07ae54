/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about a finding, for the developer who must: which version is good, and what to change where. Pure. */
#ifndef REPORT_REMEDY_H
#define REPORT_REMEDY_H

#include "finding/finding.h"

/* Whose layer brought a package. */
enum layer_origin { ORIGIN_UNKNOWN, ORIGIN_BASE, ORIGIN_OWN, ORIGIN_COUNT };
const char *layer_origin_name(enum layer_origin origin); /* "unknown" "base" "own" */

struct remedy_question {
    const struct package *package;
    const struct finding *finding;
    enum layer_origin origin;
    struct view base; /* reference of the base image; empty: it is not known */
    struct view path; /* where the package is recorded */
    struct view owner; /* the distribution's package that this belongs to; empty: to none */
};

struct remedy {
    struct view fixed_version; /* the smallest one that none of the advisories calls affected; empty: none is known */
    struct view change; /* what to change, in sentences */
    struct view command; /* that does it; empty: there is none, or its words would not be safe in a shell */
};

void remedy_find(struct arena *arena, const struct remedy_question *question, struct remedy *remedy);

/* Why the finding has this severity, as words: whose rating decided, and by which rule. */
struct view severity_reason(struct arena *arena, const struct finding *finding);

#endif
