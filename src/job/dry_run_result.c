/* SPDX-License-Identifier: Apache-2.0 */
#include "job/dry_run_result.h"

#include "base/clock.h"
#include "base/json.h"

/* One chunk has at most what is below DRY_RUN_CHUNK_BYTES and a repository with at most LISTED_TAGS_MAX tags. */
#define CHUNK_BYTES_MAX (256u * 1024 * 1024)

void dry_run_result_init(struct dry_run_result *result, struct store *store, int64_t dry_run)
{
    *result = (struct dry_run_result){.store = store, .dry_run = dry_run};
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++)
        buffer_init(&result->texts[part], CHUNK_BYTES_MAX);
}

void dry_run_result_done(struct dry_run_result *result)
{
    for (int part = 0; part < DRY_RUN_PART_COUNT; part++)
        buffer_done(&result->texts[part]);
}

static void write_tag(struct json_writer *writer, const struct plan_step *step)
{
    char time[TIME_TEXT_SIZE];
    json_begin_object(writer);
    json_pair(writer, "tag", step->tag);
    if (step->observed != NULL) {
        time_format(step->observed->first_observed_ms, time);
        json_pair_text(writer, "observed_at", time);
    }
    if (step->observed != NULL && step->observed->pushed_ms != 0) {
        time_format(step->observed->pushed_ms, time);
        json_pair_text(writer, "pushed_at", time);
    }
    json_pair_text(writer, "action", plan_action_name(step->action));
    if (step->selection != NULL) {
        json_pair_text(writer, "reason", selection_reason_code(step->selection->reason));
        json_pair_text(writer, "clock", selection_clock_name(step->selection->clock));
    }
    json_end_object(writer);
}

static bool is_of_part(const struct plan_step *step, int part)
{
    if (part == DRY_RUN_DELETE)
        return step->action == PLAN_DELETE || step->action == PLAN_DELETE_GONE;
    return step->action == PLAN_IMPORT || step->action == PLAN_IMPORT_LATER || step->action == PLAN_REFRESH;
}

static bool is_any_of_part(const struct planned *planned, int part)
{
    for (size_t i = 0; i < planned->step_count; i++) {
        if (is_of_part(&planned->steps[i], part))
            return true;
    }
    return false;
}

static bool flush_part(struct dry_run_result *result, int part, struct error *err)
{
    struct buffer *text = &result->texts[part];
    bool is_done =
        text->size == 0 || (buffer_check(text, "result of a dry run", err) &&
                               store_add_dry_run_chunk(result->store, result->dry_run, (enum dry_run_part)part,
                                   result->positions[part]++, buffer_view(text), err));
    buffer_clear(text);
    return is_done;
}

static bool add_part(
    struct dry_run_result *result, int part, struct view repository, const struct planned *planned, struct error *err)
{
    struct buffer *text = &result->texts[part];
    struct json_writer writer;
    if (!is_any_of_part(planned, part))
        return true;
    buffer_append_text(text, text->size > 0 ? "," : "");
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_pair(&writer, "repository", repository);
    json_key(&writer, "tags");
    json_begin_array(&writer);
    for (size_t i = 0; i < planned->step_count; i++) {
        if (is_of_part(&planned->steps[i], part))
            write_tag(&writer, &planned->steps[i]);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return text->size < DRY_RUN_CHUNK_BYTES || flush_part(result, part, err);
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
