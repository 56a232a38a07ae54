/* SPDX-License-Identifier: Apache-2.0 */
/* What some databases leave to the readers of their OSV records: facts that stand in another member than the schema's, or in
   another spelling. Applied to each record once, when it is parsed. Makes no system call. */
#ifndef FEED_OSV_CORRECTIONS_H
#define FEED_OSV_CORRECTIONS_H

#include "advisory/advisory.h"
#include "base/json.h"

/* Ecosystems get OSV's spelling ("kubernetes" → "Kubernetes"; CleanStart's records that say "Alpine" → "CleanStart").
   CVEs that an advisory of a distribution only names in `related` become `upstream`, as since OSV 1.7. Elements whose
   fixed builds are modular (".module" in the release) get the stream that the summary names: "nodejs:18 security update". */
void osv_correct(struct arena *arena, struct json record, struct advisory *advisory);

#endif
