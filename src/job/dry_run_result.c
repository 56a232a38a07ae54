/* SPDX-License-Identifier: Apache-2.0 */
#include "job/dry_run_result.h"

#include "sync/plan_chunk.h"

/* One chunk has at most what is below DRY_RUN_CHUNK_BYTES and a repository with at most LISTED_TAGS_MAX tags. */
#define CHUNK_BYTES_MAX (64u * 1024 * 1024)

void dry_run_result_init(struct dry_run_result *result, struct store *store, int64_t dry_run)
{
    *result = (struct dry_run_result){.store = store, .dry_run = dry_run};
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++)
        buffer_init(&result->chunks[part], CHUNK_BYTES_MAX);
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++)
        plan_chunk_begin(&result->chunks[part]);
    result->empty_size = result->chunks[0].size;
}

void dry_run_result_done(struct dry_run_result *result)
{
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++)
        buffer_done(&result->chunks[part]);
}

static bool is_import(const struct plan_step *step)
{
    return step->action == PLAN_IMPORT || step->action == PLAN_IMPORT_LATER || step->action == PLAN_REFRESH;
}

static bool is_deletion(const struct plan_step *step)
{
    return step->action == PLAN_DELETE || step->action == PLAN_DELETE_GONE;
}

static plan_step_filter *const filters[DRY_RUN_PART_COUNT] = {
    [DRY_RUN_IMPORT] = is_import,
    [DRY_RUN_DELETE] = is_deletion,
};

static bool flush_part(struct dry_run_result *result, int part, struct error *err)
{
    struct buffer *chunk = &result->chunks[part];
    bool is_done = chunk->size == result->empty_size ||
                   (buffer_check(chunk, "result of a dry run", err) &&
                       store_add_dry_run_chunk(result->store, result->dry_run, (enum dry_run_part)part,
                           result->positions[part]++, buffer_view(chunk), err));
    buffer_clear(chunk);
    plan_chunk_begin(chunk);
    return is_done;
}

static bool add_part(
    struct dry_run_result *result, int part, struct view repository, const struct planned *planned, struct error *err)
{
    struct buffer *chunk = &result->chunks[part];
    plan_chunk_add(chunk, repository, planned->steps, planned->step_count, filters[part]);
    return chunk->size < DRY_RUN_CHUNK_BYTES || flush_part(result, part, err);
}

bool dry_run_result_add(
    struct dry_run_result *result, struct view repository, const struct planned *planned, struct error *err)
{
    return add_part(result, DRY_RUN_IMPORT, repository, planned, err) &&
           add_part(result, DRY_RUN_DELETE, repository, planned, err);
}

bool dry_run_result_flush(struct dry_run_result *result, struct error *err)
{
    return flush_part(result, DRY_RUN_IMPORT, err) && flush_part(result, DRY_RUN_DELETE, err);
}
