/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the file of an export: the issues of the organization page by page, in the memory of one page and one part of the file. */
#include "base/log.h"
#include "job/export_order.h"
#include "job/kind.h"
#include "report/rows.h"
#include "store/exports.h"

/* A row may have many long cells. */
enum { ROW_BYTES_MAX = 1 << 19, PAGE_ROWS = 200 };

struct export_job {
    struct job_run *run;
    struct export record;
    struct organization organization;
    struct export_order order;
    struct buffer part; /* at hand */
    int64_t position;
    struct export_end end;
};

static bool flush(struct export_job *job, struct error *err)
{
    if (!store_add_export_part(
            job->run->surroundings->store, job->record.id, job->position, buffer_view(&job->part), err))
        return false;
    job->position++;
    job->end.bytes += (int64_t)job->part.size;
    buffer_clear(&job->part);
    return true;
}

/* The parts are whole rows. */
static bool append_line(struct export_job *job, struct view line, struct error *err)
{
    if (job->part.size + line.size > EXPORT_PART_BYTES_MAX && !flush(job, err))
        return false;
    buffer_append(&job->part, line);
    return buffer_check(&job->part, "part of an export", err);
}

static bool write_names(struct export_job *job, struct error *err)
{
    AUTO_BUFFER line;
    buffer_init(&line, ROW_BYTES_MAX);
    if (job->order.format != EXPORT_FORMAT_CSV)
        return true;
    for (size_t i = 0; i < job->order.column_count; i++) {
        buffer_append_text(&line, i > 0 ? "," : "");
        buffer_append_text(&line, job->order.columns[i]->name);
    }
    buffer_append_text(&line, "\r\n");
    return append_line(job, buffer_view(&line), err);
}

static void write_csv(
    struct buffer *line, struct arena *arena, const struct export_job *job, const struct export_row *row)
{
    for (size_t i = 0; i < job->order.column_count; i++) {
        struct export_cell cell = export_cell_of(arena, job->order.columns[i], row);
        buffer_append_text(line, i > 0 ? "," : "");
        export_cell_write(&cell, line);
    }
    buffer_append_text(line, "\r\n");
}

static void write_object(
    struct buffer *line, struct arena *arena, const struct export_job *job, const struct export_row *row)
{
    struct json_writer writer;
    json_writer_init(&writer, line);
    json_begin_object(&writer);
    for (size_t i = 0; i < job->order.column_count; i++) {
        struct export_cell cell = export_cell_of(arena, job->order.columns[i], row);
        json_key(&writer, job->order.columns[i]->name);
        export_cell_write_json(&cell, &writer);
    }
    json_end_object(&writer);
    buffer_append_byte(line, '\n');
}

static bool write_row(struct export_job *job, struct arena *arena, const struct export_row *row, struct error *err)
{
    AUTO_BUFFER line;
    buffer_init(&line, ROW_BYTES_MAX);
    if (job->order.format == EXPORT_FORMAT_NDJSON)
        write_object(&line, arena, job, row);
    else
        write_csv(&line, arena, job, row);
    job->end.rows++;
    return buffer_check(&line, "row of an export", err) && append_line(job, buffer_view(&line), err);
}

/* The project of the issue, unless that is the one at hand; `*is_there` is false if it was deleted meanwhile. */
static bool find_project(struct export_job *job, struct arena *arena, const struct uuid *uuid,
    struct project_row *project, bool *is_there, struct error *err)
{
    if (*is_there && strcmp(project->uuid.text, uuid->text) == 0)
        return true;
    *is_there =
        store_find_project(job->run->surroundings->store, arena, job->run->job->organization, uuid, project, err);
    return *is_there || err->code == ERROR_NOT_FOUND;
}

static bool write_page(
    struct export_job *job, struct arena *arena, const struct issue_row *issues, size_t count, struct error *err)
{
    struct project_row project = {.id = 0};
    bool is_there = false;
    for (size_t i = 0; i < count; i++) {
        const struct export_row row = {&job->organization, &project, &issues[i]};
        if (!find_project(job, arena, &issues[i].project_uuid, &project, &is_there, err))
            return false;
        if (is_there && export_order_wants(arena, &job->order, &row) && !write_row(job, arena, &row, err))
            return false;
    }
    return true;
}

static bool write_rows(struct export_job *job, struct error *err)
{
    AUTO_BUFFER cursor;
    buffer_init(&cursor, 4096);
    for (bool has_more = true; has_more;) {
        AUTO_ARENA *arena = arena_new();
        struct issue_row *issues = NULL;
        size_t count = 0;
        const struct issue_query query = {.page = {.limit = PAGE_ROWS, .after = buffer_view(&cursor)}};
        if (!cancel_check(job->run->cancel, err) ||
            !store_list_issues(job->run->surroundings->store, arena, job->run->job->organization, &query, &issues,
                &count, &has_more, err) ||
            !write_page(job, arena, issues, count, err))
            return false;
        buffer_clear(&cursor);
        if (count > 0)
            buffer_append(&cursor, issues[count - 1].cursor);
        if (!buffer_check(&cursor, "cursor of issues", err))
            return false;
    }
    return true;
}

/* {"organization": …, "order": …} */
static bool read_document(struct export_job *job, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct document_problems problems = {.count = 0};
    struct document_reader reader = {.arena = job->run->arena, .problems = &problems, .pointer = view_text("")};
    if (!json_parse(document, job->record.document, JSON_BYTES_MAX, "document of an export", &root, err) ||
        !store_get_organization(job->run->surroundings->store, job->run->arena,
            json_member_string(root, "organization"), &job->organization, err))
        return false;
    export_order_read(&reader, json_member(root, "order"), &job->order);
    return problems.count == 0 || document_refuse(&problems, "document of an export", err);
}

static bool find_record(struct job_run *run, struct export *record, struct error *err)
{
    struct uuid uuid;
    if (!uuid_parse(job_parameter(run, "export"), &uuid))
        return error_set(err, ERROR_INVALID, "the job does not name its export");
    return store_find_export(run->surroundings->store, run->arena, run->job->organization, &uuid, record, err);
}

static void export_job_done(struct export_job *job)
{
    buffer_done(&job->part);
}

static bool run_export(struct job_run *run, struct error *err)
{
    CLEANUP(export_job_done) struct export_job job = {.run = run};
    struct store *store = run->surroundings->store;
    buffer_init(&job.part, EXPORT_PART_BYTES_MAX);
    if (!find_record(run, &job.record, err))
        return false;
    if (job.record.state == EXPORT_FINISHED)
        return true; /* an earlier attempt ended it, and its process died before the job was completed */
    return read_document(&job, err) && store_begin_export(store, job.record.id, err) && write_names(&job, err) &&
           write_rows(&job, err) && flush(&job, err) && store_finish_export(store, job.record.id, &job.end, err);
}

static void export_failed(struct job_run *run, const struct error *why)
{
    struct error err;
    struct export record;
    const struct export_end end = {.error = view_text(why->message)};
    if (!find_record(run, &record, &err) || !store_finish_export(run->surroundings->store, record.id, &end, &err))
        LOG(LOG_ERROR, "could not record a failed export", {"job", view_text(run->job->uuid.text)},
            {"error", view_text(err.message)});
}

const struct job_kind job_export = {JOB_EXPORT, run_export, export_failed};
