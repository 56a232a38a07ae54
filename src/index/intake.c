/* SPDX-License-Identifier: Apache-2.0 */
#include "index/intake.h"

#include "index/folder.h"
#include "index/kept_files.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define INTAKE_FILE "records.tmp"

static bool take_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    struct intake *intake = (struct intake *)sink;
    struct feed_sink *kept = kept_writer_sink(intake->kept);
    return index_builder_add(intake->builder, advisory, err) && kept->advisory(kept, advisory, err);
}

static bool take_facts(
    struct feed_sink *sink, struct view vulnerability, const struct vulnerability_facts *facts, struct error *err)
{
    struct intake *intake = (struct intake *)sink;
    struct feed_sink *kept = kept_writer_sink(intake->kept);
    return index_builder_add_facts(intake->builder, vulnerability, facts, err) &&
           kept->facts(kept, vulnerability, facts, err);
}

static bool take_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    struct intake *intake = (struct intake *)sink;
    struct feed_sink *kept = kept_writer_sink(intake->kept);
    index_builder_add_gap(intake->builder, name, reason);
    return kept->gap(kept, name, reason, err);
}

static bool take_listed(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    (void)err;
    (void)modified_ms;
    struct intake *intake = (struct intake *)sink;
    if (index_builder_has(intake->builder, id))
        return true;
    if (intake->missing_count < INTAKE_MISSING_SHOWN_MAX)
        intake->missing[intake->missing_count] = arena_copy(intake->arena, id);
    intake->missing_count++;
    return true;
}

void intake_init(struct intake *intake, struct arena *arena, struct index_builder *builder, const char *folder)
{
    *intake = (struct intake){
        .sink = {.advisory = take_advisory, .facts = take_facts, .gap = take_gap, .listed = take_listed},
        .arena = arena,
        .builder = builder,
        .folder = folder,
    };
}

void intake_done(struct intake *intake)
{
    if (intake->kept != NULL)
        folder_remove(intake->folder, INTAKE_FILE);
    kept_writer_free(intake->kept);
    intake->kept = NULL;
    index_builder_drop(intake->builder);
}

bool intake_begin(struct intake *intake, struct view feed, struct view ecosystem, struct error *err)
{
    char path[FOLDER_PATH_SIZE];
    intake_done(intake);
    intake->missing_count = 0;
    return folder_path(intake->folder, INTAKE_FILE, path, err) &&
           index_builder_begin(intake->builder, feed, ecosystem, err) && kept_writer_new(path, &intake->kept, err);
}

bool intake_finish(struct intake *intake, bool accepts_loss, struct index_database *info, struct error *err)
{
    char name[KEPT_PATH_SIZE], from[FOLDER_PATH_SIZE], to[FOLDER_PATH_SIZE];
    if (!kept_writer_finish(intake->kept, &info->records, &info->records_size, err))
        return false;
    kept_file_path(&info->records, name);
    if (!folder_path(intake->folder, INTAKE_FILE, from, err) || !folder_path(intake->folder, name, to, err))
        return false;
    /* Before the database, so that no generation names a file that is not there. */
    if (rename(from, to) != 0)
        return error_set_errno(err, errno, "could not write \"%s\"", to);
    kept_writer_free(intake->kept);
    intake->kept = NULL;
    return index_builder_finish(intake->builder, accepts_loss, info, err);
}

bool intake_read_kept(struct intake *intake, const struct intake_reading *reading, struct source *content,
    struct index_database *info, struct error *err)
{
    struct feed_reading parsing = {
        .sandbox = reading->sandbox,
        .cancel = reading->cancel,
        .feed = &feed_kept,
        .file = &feed_kept.records,
    };
    bool is_built = intake_begin(intake, info->feed, info->ecosystem, err) &&
                    feed_read(&parsing, content, &intake->sink, err) &&
                    intake_finish(intake, reading->accepts_loss, info, err);
    intake_done(intake);
    return is_built;
}
