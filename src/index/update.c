/* SPDX-License-Identifier: Apache-2.0 */
#include "index/update.h"

#include "base/map.h"
#include "index/intake.h"

#include <inttypes.h>
#include <stdlib.h>

struct import {
    struct intake intake; /* first */
    const struct feed_location *location;
};

static bool read_file(const struct index_update *update, struct import *import, const struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    if (!feed_location_open(import->location, import->intake.arena, request, answer, err))
        return false;
    if (answer->source == NULL)
        return true;
    struct feed_reading reading = {
        .sandbox = update->sandbox,
        .cancel = update->cancel,
        .feed = import->location->feed,
        .file = request->file,
    };
    bool is_read = feed_read(&reading, answer->source, &import->intake.sink, err);
    source_close(answer->source);
    answer->source = NULL;
    return is_read ||
           error_wrap(err, "\"%.*s/%.*s%s%s\"", VIEW_PRINT(import->location->base), VIEW_PRINT(request->ecosystem),
               request->ecosystem.size > 0 ? "/" : "", request->name != NULL ? request->name : request->file->name);
}

/* A database is complete if the list of ids names nothing that did not come; a feed need not have a list. False only on
   cancel. */
static bool check_complete(
    const struct index_update *update, struct import *import, struct index_database *info, struct error *err)
{
    const struct feed_file *list = &import->location->feed->list;
    struct feed_request request = {.ecosystem = info->ecosystem, .file = list};
    struct feed_answer answer;
    info->is_complete = list->name == NULL;
    if (info->is_complete)
        return true; /* its files tell where they end */
    if (!read_file(update, import, &request, &answer, err)) {
        info->incomplete_reason =
            arena_format(import->intake.arena, "the list of its records cannot be read: %s", err->message);
        return err->code != ERROR_CANCELLED;
    }
    if (import->intake.missing_count == 0) {
        info->is_complete = true;
        return true;
    }
    AUTO_BUFFER names;
    buffer_init(&names, ERROR_MESSAGE_MAX);
    for (size_t i = 0; i < import->intake.missing_count && i < INTAKE_MISSING_SHOWN_MAX; i++) {
        buffer_append_text(&names, i == 0 ? "" : ", ");
        buffer_append(&names, import->intake.missing[i]);
    }
    info->incomplete_reason =
        arena_format(import->intake.arena, "%s names %" PRIu64 " records that %s does not have: %.*s%s", list->name,
            import->intake.missing_count, import->location->feed->records.name, VIEW_PRINT(buffer_view(&names)),
            import->intake.missing_count > INTAKE_MISSING_SHOWN_MAX ? ", …" : "");
    return true;
}

/* Only a complete, undamaged database of the same source can be confirmed by "not modified". */
static void set_validators(struct import *import, struct view ecosystem, struct feed_request *request)
{
    struct error ignored;
    struct view feed = view_text(import->location->feed->name);
    const struct index_database *known = index_builder_database(import->intake.builder, feed, ecosystem);
    if (known == NULL || !known->is_remote || !known->is_complete ||
        !view_equal(known->source, import->location->base) ||
        !index_builder_verify(import->intake.builder, feed, ecosystem, &ignored))
        return;
    request->known_etag = known->etag;
    request->known_last_modified = known->last_modified;
}

static int year_of(const struct index_update *update)
{
    char text[TIME_TEXT_SIZE];
    time_format(update->clock->wall_ms(update->clock), text);
    int64_t year = 0;
    (void)view_to_integer(view_of(text, 4), &year);
    return (int)year;
}

/* Whether a file that is not there is one of those that may be missing; `*is_end`: no more will come. In January the
   file of the year may not be there yet, but what follows the first one must be there. Of parts some may be missing;
   numbered ones end at an address with the first number that has none, while a folder may have some numbers only. */
static bool may_be_absent(const struct feed_location *location, size_t i, size_t present, bool *is_end)
{
    const struct feed_file *file = &location->feed->records;
    size_t parts = 0;
    *is_end = false;
    if (file->parts == NULL)
        return present == 0;
    while (file->parts[parts] != NULL)
        parts++;
    *is_end = file->first_number > 0 && location->is_remote && i > 0 && i % parts == 0;
    return true;
}

/* All files of a feed without folders. */
static bool read_files(const struct index_update *update, struct import *import, struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    const struct feed_location *location = import->location;
    struct view *names;
    size_t count, present = 0;
    bool has_parts = location->feed->records.parts != NULL, is_end = false;
    if (!feed_location_files(location, import->intake.arena, year_of(update), &names, &count, err))
        return false;
    *answer = (struct feed_answer){.is_absent = true};
    if (count > 1) /* they belong together: what is known of one says nothing of the others */
        request->known_etag = request->known_last_modified = view_text("");
    for (size_t i = 0; i < count && !is_end && (present > 0 || i < 2 || has_parts); i++) {
        struct feed_answer next;
        request->name = arena_text(import->intake.arena, names[i]);
        if (!read_file(update, import, request, &next, err))
            return false;
        if (next.is_absent && !may_be_absent(location, i, present, &is_end))
            return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no \"%s\"", VIEW_PRINT(location->base), request->name);
        present += !next.is_absent;
        answer->is_absent = present == 0;
        if (!next.is_absent && next.date_ms > answer->date_ms)
            answer->date_ms = next.date_ms;
        if (count == 1)
            *answer = next;
    }
    return true;
}

static bool read_records(const struct index_update *update, struct import *import, struct feed_request *request,
    struct feed_answer *answer, struct error *err)
{
    return feed_has_folders(import->location->feed) ? read_file(update, import, request, answer, err)
                                                    : read_files(update, import, request, answer, err);
}

static bool update_one(const struct index_update *update, struct import *import, struct view ecosystem,
    enum update_outcome *outcome, struct error *err)
{
    const struct feed_location *location = import->location;
    struct view feed = view_text(location->feed->name);
    struct index_database info = {
        .ecosystem = ecosystem,
        .checked_ms = update->clock->wall_ms(update->clock),
        .source = location->base,
        .is_remote = location->is_remote,
    };
    struct feed_request request = {.ecosystem = ecosystem, .file = &location->feed->records};
    struct feed_answer answer;
    if (!feed_has_folders(location->feed))
        request.ecosystem = view_text("");
    set_validators(import, ecosystem, &request);
    if (!intake_begin(&import->intake, feed, ecosystem, err) || !read_records(update, import, &request, &answer, err))
        return false;
    if (answer.is_absent && !feed_has_folders(location->feed)) {
        *outcome = UPDATE_ABSENT;
        return true;
    }
    if (answer.is_absent)
        return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no \"%.*s/%s\"", VIEW_PRINT(location->base),
            VIEW_PRINT(ecosystem), request.file->name);
    if (answer.is_unchanged) {
        index_builder_set_checked(import->intake.builder, feed, ecosystem, info.checked_ms);
        *outcome = UPDATE_UNCHANGED;
        return true;
    }
    if (location->feed->only_ecosystem != NULL) /* facts have dates of their own, or none at all */
        info.date_ms = answer.date_ms;
    info.etag = answer.etag;
    info.last_modified = answer.last_modified;
    *outcome = UPDATE_BUILT;
    return check_complete(update, import, &info, err) &&
           intake_finish(&import->intake, update->accepts_loss, &info, err);
}

/* Fails only on cancel; everything else is a result. */
static bool update_ecosystem(const struct index_update *update, const struct feed_location *location,
    struct index_builder *builder, struct map *seen, struct view name, size_t *failed, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct import import = {.location = location};
    intake_init(&import.intake, arena, builder, update->folder);
    struct update_result result = {.feed = location->feed, .ecosystem = name};
    struct view ecosystem = name;
    bool is_found =
        !feed_has_folders(location->feed) || feed_location_ecosystem(location, arena, name, &ecosystem, &result.error);
    if (is_found && !map_set(seen, arena_copy(seen->arena, ecosystem), NULL))
        return true; /* named twice */
    if (is_found)
        result.ecosystem = ecosystem;
    if (!is_found || !update_one(update, &import, ecosystem, &result.outcome, &result.error)) {
        if (result.error.code == ERROR_CANCELLED) {
            *err = result.error;
            return false;
        }
        result.outcome = UPDATE_FAILED;
        ++*failed;
    }
    intake_done(&import.intake);
    result.database = index_builder_database(builder, view_text(location->feed->name), result.ecosystem);
    if (update->done != NULL)
        update->done(update->context, &result);
    return true;
}

static bool update_feed(const struct index_update *update, const struct feed_location *location,
    struct index_builder *builder, size_t *failed, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct map seen;
    map_init(&seen, arena);
    if (location->feed->is_about_vulnerabilities)
        return update_ecosystem(update, location, builder, &seen, view_text(""), failed, err);
    for (size_t i = 0; i < update->ecosystem_count; i++) {
        struct view ecosystem = update->ecosystems[i];
        if (location->feed->only_ecosystem != NULL) {
            struct view only = view_text(location->feed->only_ecosystem);
            if (!view_equal_ignoring_case(ecosystem_base(ecosystem), only))
                continue;
            ecosystem = only;
        }
        if (!update_ecosystem(update, location, builder, &seen, ecosystem, failed, err))
            return false;
    }
    return true;
}

/* Those about packages come before those about vulnerabilities. */
static bool update_feeds(const struct index_update *update, bool are_about_vulnerabilities,
    struct index_builder *builder, size_t *failures, struct error *err)
{
    for (size_t i = 0; i < update->location_count; i++) {
        const struct feed_location *location = &update->locations[i];
        if (location->feed->is_about_vulnerabilities == are_about_vulnerabilities &&
            !update_feed(update, location, builder, failures, err))
            return false;
    }
    return true;
}

bool index_update(const struct index_update *update, uint64_t *generation, size_t *failed, struct error *err)
{
    AUTO_INDEX_BUILDER *builder = NULL;
    size_t failures = 0;
    if (!index_builder_new(update->folder, update->clock, &builder, err) ||
        !update_feeds(update, false, builder, &failures, err) || !update_feeds(update, true, builder, &failures, err) ||
        !index_builder_commit(builder, generation, err))
        return false;
    *failed = failures;
    return true;
}
