/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten after a time. Each is a use case of many short transactions, so that nobody waits long; done again it
   changes nothing more. */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include "store/store.h"

/* Results of images that a tag no longer names, and events, are kept for so long; of each project the two newest snapshots
   are kept however old they are. */
#define RESULT_KEEP_MS (INT64_C(90) * 24 * 3600 * 1000)

bool store_prune_snapshots(struct store *store, struct error *err) MUST_CHECK;
bool store_prune_events(struct store *store, struct error *err) MUST_CHECK;

/* Those whose results nobody can ask for any more. */
bool store_prune_dry_runs(struct store *store, struct error *err) MUST_CHECK;

#endif
