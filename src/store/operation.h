/* SPDX-License-Identifier: Apache-2.0 */
/* How the installation fares as a whole, whatever the organizations. */
#ifndef STORE_OPERATION_H
#define STORE_OPERATION_H

#include "store/store.h"

struct sync_totals {
    int64_t integrations;
    int64_t failing; /* whose last run failed, or the last look at its due projects */
    int64_t running;
    int64_t holding; /* whose deletions wait for approval */
    int64_t images_pending; /* rows of the lists of images */
    int64_t images_failed;
};
bool store_read_sync_totals(struct store *store, struct sync_totals *totals, struct error *err) MUST_CHECK;

#endif
