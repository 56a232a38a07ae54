/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a dry run as it is stored: packed, in chunks of about DRY_RUN_CHUNK_BYTES, so that a registry of any size needs
   little memory and few transactions. */
#ifndef JOB_DRY_RUN_RESULT_H
#define JOB_DRY_RUN_RESULT_H

#include "base/buffer.h"
#include "job/plan_repository.h"

#define DRY_RUN_CHUNK_BYTES (1024u * 1024)

struct dry_run_result {
    struct store *store;
    int64_t dry_run;
    int64_t positions[DRY_RUN_PART_COUNT];
    struct buffer chunks[DRY_RUN_PART_COUNT]; /* at hand */
    size_t empty_size; /* of a chunk without repositories */
};

void dry_run_result_init(struct dry_run_result *result, struct store *store, int64_t dry_run);
void dry_run_result_done(struct dry_run_result *result); /* a zeroed one is fine */

/* What the plan of one repository imports and deletes; nothing if it does neither. */
bool dry_run_result_add(
    struct dry_run_result *result, struct view repository, const struct planned *planned, struct error *err) MUST_CHECK;

/* Stores what is at hand. */
bool dry_run_result_flush(struct dry_run_result *result, struct error *err) MUST_CHECK;

#endif
