/* SPDX-License-Identifier: Apache-2.0 */
/* What a CSAF document of Red Hat says of rpm packages, as advisories: one for each of its vulnerabilities. Makes no system
   call. */
#ifndef FEED_CSAF_ADVISORIES_H
#define FEED_CSAF_ADVISORIES_H

#include "feed/csaf_document.h"
#include "feed/feed.h"

/* A product's CPE becomes the ecosystem, its component the package. For each package of a product:
   - fixed: affected before the fixed build. Several builds of one product for different minor releases ("el8_8", "el8_10")
     each fix the packages of their own minor release; the last one fixes all others.
   - affected, under investigation: all versions, with Red Hat's word on why there is no fix as the status.
   - not affected: the element says so (introduced "0", fixed "0").
   Containers and what has no version to compare are left out, and so are packages of debugging symbols. */
bool csaf_advisories_write(
    struct arena *arena, const struct csaf_document *document, struct feed_sink *sink, struct error *err) MUST_CHECK;

#endif
