/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that decide whether an advisory that names a package speaks of this installation of it. Each answer is one of
   these, so that "why is it not reported?" always has an answer. Pure. */
#ifndef FINDING_RULE_H
#define FINDING_RULE_H

#include "finding/query.h"

enum match_rule {
    MATCH_AFFECTED, /* it does, and the version is affected */
    MATCH_WITHDRAWN,
    MATCH_OTHER_RELEASE,
    MATCH_OTHER_STREAM, /* Ubuntu Pro and regular updates, FIPS, Oracle's Ksplice */
    MATCH_OTHER_MODULE,
    MATCH_OTHER_ARCHITECTURE,
    MATCH_THIRD_PARTY, /* another vendor's build */
    MATCH_HEADERS_ONLY, /* headers of the kernel hold none of its code */
    MATCH_NEVER_AFFECTED, /* the advisory says that no version is */
    MATCH_VERSION_OUTSIDE,
    MATCH_NO_VERSIONS, /* neither ranges nor versions that could be compared */
    MATCH_UNDECIDABLE, /* a boundary or the version cannot be ordered */
    MATCH_OVERRULED, /* the ecosystem's own database says of this vulnerability that the version is not affected */
    MATCH_REJECTED, /* the CVE was rejected */
    MATCH_RULE_COUNT
};

const char *match_rule_name(enum match_rule rule); /* "version-outside" */
const char *match_rule_reason(enum match_rule rule); /* a clause for people: "the version lies outside of its ranges" */

/* What can be said of the package without looking at an advisory: MATCH_AFFECTED if it may match. */
enum match_rule rule_for_package(const struct package *package, const struct query *query);

/* Of one element of an advisory; its name is the caller's business. `result` is filled if versions were compared. */
enum match_rule rule_for_element(struct arena *arena, const struct package *package, const struct query *query,
    const struct affected *affected, struct applicability_result *result);

/* Whether the element is about builds for subscribers of Ubuntu Pro only. */
bool rule_is_for_pro(const struct affected *affected);

#endif
