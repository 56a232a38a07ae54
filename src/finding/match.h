/* SPDX-License-Identifier: Apache-2.0 */
/* The walk from a package to the elements of advisories that name it, each with the rule that decided. finding.c makes
   findings of the affected ones, explain.c shows all. Everything lives in the arena. Pure. */
#ifndef FINDING_MATCH_H
#define FINDING_MATCH_H

#include "advisory/alias.h"
#include "advisory/lookup.h"
#include "base/map.h"
#include "finding/rule.h"

/* One element of one advisory. */
struct match {
    const struct lookup_match *found;
    const struct affected *affected;
    const struct query *query;
    struct applicability_result result;
    enum match_rule rule;
    bool
        is_fix_out_of_reach; /* only subscribers of Ubuntu Pro get it, or it is of a later minor release than the image follows */
};

struct match_list {
    struct match *items;
    size_t count;
    size_t capacity;
    struct alias_groups groups; /* of the affected ones */
    struct map
        settled; /* vulnerabilities that the distribution's own feed says never to have been in this release of the package,
                           or that the stream which the image follows has mended in it */
};

struct match_question {
    const struct package *package;
    int64_t now_ms; /* decides whether a withdrawal lies in the past */
    bool keeps_all; /* also what does not match; otherwise affected and undecidable ones only */
};

bool match_walk(struct arena *arena, const struct lookup *lookup, const struct match_question *question,
    struct match_list *matches, struct error *err) MUST_CHECK;

#endif
