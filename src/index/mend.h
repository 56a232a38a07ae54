/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at every byte of an index, and builds what is damaged or missing again from the records that were kept. */
#ifndef INDEX_MEND_H
#define INDEX_MEND_H

#include "index/update.h"

enum mend_outcome { MEND_INTACT, MEND_BUILT, MEND_LOST /* damaged, and so are its records, or none were kept */ };

struct mend_result {
    const struct index_database *database;
    enum mend_outcome outcome;
    bool has_records; /* whether the kept records are whole */
    struct error damage; /* code ERROR_NONE if it was intact */
    struct error why; /* of MEND_LOST: why it could not be built again */
};

struct index_mending {
    const char *folder;
    bool only_looks; /* what is damaged is told and stays */
    struct sandbox *sandbox; /* NULL with only_looks */
    const struct cancel *cancel; /* may be NULL */
    const struct clock *clock;
    void (*done)(void *context, const struct mend_result *result); /* for each database */
    void *context;
};

/* Fails if the index cannot be opened or written. `*lost` counts what stays damaged. */
bool index_mend(const struct index_mending *mending, size_t *lost, struct error *err) MUST_CHECK;

#endif
