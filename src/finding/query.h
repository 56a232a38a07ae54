/* SPDX-License-Identifier: Apache-2.0 */
/* Under which names and with which version advisories may know a package: by source package, by binary package or by both,
   as each ecosystem publishes. Pure. */
#ifndef FINDING_QUERY_H
#define FINDING_QUERY_H

#include "advisory/advisory.h"
#include "package/package.h"

struct query {
    struct view ecosystem; /* the package's, or that of a supplier of patched builds: "Root:Alpine:3.18" */
    struct view name; /* as ecosystem_package_name spells it */
    struct applicability_question question; /* with the package's own ecosystem, which decides the order */
    bool is_by_source; /* the name is the source package's, not the package's own */
};

/* Source and own name, each also at a supplier of patched builds. */
enum { QUERIES_MAX = 4 };

/* None if the package has no ecosystem or no version. */
size_t query_choose(struct arena *arena, const struct package *package, struct query queries[QUERIES_MAX]);

#endif
