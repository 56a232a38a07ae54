/* SPDX-License-Identifier: Apache-2.0 */
#include "index/update.h"

#include "base/map.h"
#include "index/changes.h"

#include <inttypes.h>
#include <stdlib.h>

struct import {
    struct intake intake; /* first */
    struct fetch fetch;
    bool has_whole; /* it was just fetched: only what changed since can tell more */
};

/* What the list of ids names and did not come makes the database incomplete. */
static void judge_complete(struct import *import, struct index_database *info, const char *list, const char *records)
{
    info->is_complete = import->intake.missing_count == 0;
    if (info->is_complete)
        return;
    AUTO_BUFFER names;
    buffer_init(&names, ERROR_MESSAGE_MAX);
    for (size_t i = 0; i < import->intake.missing_count && i < INTAKE_MISSING_SHOWN_MAX; i++) {
        buffer_append_text(&names, i == 0 ? "" : ", ");
        buffer_append(&names, import->intake.missing[i]);
    }
    info->incomplete_reason = arena_format(import->intake.arena,
        "%s names %" PRIu64 " records that %s does not have: %.*s%s", list, import->intake.missing_count, records,
        VIEW_PRINT(buffer_view(&names)), import->intake.missing_count > INTAKE_MISSING_SHOWN_MAX ? ", …" : "");
}

/* A feed need not have a list. False only on cancel. */
static bool check_complete(struct import *import, struct index_database *info, struct error *err)
{
    const struct feed_file *list = &import->fetch.location->feed->list;
    struct feed_request request = {.ecosystem = info->ecosystem, .file = list};
    struct feed_answer answer;
    info->is_complete = list->name == NULL;
    if (info->is_complete)
        return true; /* its files tell where they end */
    if (!fetch_file(&import->fetch, &request, &import->intake.sink, &answer, err)) {
        info->incomplete_reason =
            arena_format(import->intake.arena, "the list of its records cannot be read: %s", err->message);
        return err->code != ERROR_CANCELLED;
    }
    judge_complete(import, info, list->name, import->fetch.location->feed->records.name);
    return true;
}

/* Only an undamaged database of the same source can be confirmed by "not modified", or brought up to date by what changed.
   NULL: there is none. */
static const struct index_database *find_known(const struct import *import, struct view ecosystem)
{
    struct error ignored;
    struct arena *arena = import->intake.arena;
    struct view feed = view_text(import->fetch.location->feed->name);
    const struct index_database *known = index_builder_database(import->intake.builder, feed, ecosystem);
    if (known == NULL || !known->is_remote || !view_equal(known->source, import->fetch.location->base) ||
        !index_builder_verify(import->intake.builder, feed, ecosystem, &ignored))
        return NULL;
    struct index_database *copy = ARENA_NEW(arena, struct index_database); /* the builder moves its own */
    *copy = *known;
    copy->feed = arena_copy(arena, known->feed);
    copy->ecosystem = arena_copy(arena, known->ecosystem);
    copy->etag = arena_copy(arena, known->etag);
    copy->last_modified = arena_copy(arena, known->last_modified);
    return copy;
}

enum delta { DELTA_NONE /* there is no list */, DELTA_UNFIT /* fetch the whole */, DELTA_SAME, DELTA_MADE };

static bool make_delta(const struct index_update *update, struct import *import, struct changes *changes,
    const struct index_database *known, struct index_database *info, enum delta *delta, struct error *err)
{
    bool is_unfit;
    struct error why;
    *delta = DELTA_UNFIT;
    if (!changes_replay(changes, update->folder, known, &why)) {
        *err = why;
        return why.code != ERROR_CANCELLED;
    }
    if (!changes_fetch(changes, &is_unfit, err))
        return false;
    if (is_unfit)
        return true;
    changes_count_missing(changes);
    judge_complete(import, info, changes->fetch->location->feed->changes.name, "the location");
    info->etag = known->etag;
    info->last_modified = known->last_modified;
    info->whole_ms = known->whole_ms;
    *delta = DELTA_MADE;
    return intake_finish(&import->intake, update->accepts_loss, info, err);
}

/* Brings what is known up to date by what changed since, if that is possible. A list that names all records finds what an
   incomplete one lacks. */
static bool try_delta(const struct index_update *update, struct import *import, const struct index_database *known,
    struct index_database *info, enum delta *delta, struct error *err)
{
    struct changes changes;
    struct view ecosystem = feed_has_folders(import->fetch.location->feed) ? info->ecosystem : view_text("");
    bool has_list;
    *delta = DELTA_NONE;
    const struct feed *feed = import->fetch.location->feed;
    if (known == NULL || feed->changes.name == NULL || !digest_is_set(&known->records) ||
        (!known->is_complete && !feed->changes_name_all))
        return true;
    if (!changes_read(&changes, &import->fetch, ecosystem, known->date_ms, &has_list, err))
        return false;
    if (changes.listed.count == 0)
        return true;
    bool is_fit = has_list && known->whole_ms + CHANGES_WHOLE_MS >= info->checked_ms;
    if (is_fit && changes_are_none(&changes, known)) {
        *delta = DELTA_SAME;
        return true;
    }
    *delta = DELTA_UNFIT;
    if (!is_fit || (!import->has_whole && changes_are_dear(&changes)))
        return true;
    return make_delta(update, import, &changes, known, info, delta, err);
}

static bool make_whole(const struct index_update *update, struct import *import, const struct index_database *known,
    struct index_database *info, enum update_outcome *outcome, struct error *err)
{
    const struct feed_location *location = import->fetch.location;
    struct fetched fetched;
    if (!intake_begin(&import->intake, view_text(location->feed->name), info->ecosystem, err) ||
        !fetch_records(&import->fetch, info->ecosystem, known, &fetched, err))
        return false;
    if (fetched.is_absent && !feed_has_folders(location->feed)) {
        *outcome = UPDATE_ABSENT;
        return true;
    }
    if (fetched.is_absent)
        return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no \"%.*s/%s\"", VIEW_PRINT(location->base),
            VIEW_PRINT(info->ecosystem), location->feed->records.name);
    *outcome = fetched.is_unchanged ? UPDATE_UNCHANGED : UPDATE_BUILT;
    if (fetched.is_unchanged)
        return true;
    if (location->feed->only_ecosystem != NULL) /* facts have dates of their own, or none at all */
        info->date_ms = fetched.date_ms;
    info->etag = fetched.etag;
    info->last_modified = fetched.last_modified;
    info->whole_ms = info->checked_ms;
    return check_complete(import, info, err) && intake_finish(&import->intake, update->accepts_loss, info, err);
}

static bool update_one(const struct index_update *update, struct import *import, struct view ecosystem,
    enum update_outcome *outcome, enum delta *delta, struct error *err)
{
    const struct feed_location *location = import->fetch.location;
    struct view feed = view_text(location->feed->name);
    struct index_database info = {
        .ecosystem = ecosystem,
        .checked_ms = update->clock->wall_ms(update->clock),
        .source = location->base,
        .is_remote = location->is_remote,
    };
    const struct index_database *known = find_known(import, ecosystem);
    if (!intake_begin(&import->intake, feed, ecosystem, err) || !try_delta(update, import, known, &info, delta, err))
        return false;
    *outcome = *delta == DELTA_SAME ? UPDATE_UNCHANGED : UPDATE_BUILT;
    bool needs_whole = (*delta == DELTA_NONE || *delta == DELTA_UNFIT) && !import->has_whole;
    bool may_confirm = *delta == DELTA_NONE && known != NULL && known->is_complete;
    if (needs_whole && !make_whole(update, import, may_confirm ? known : NULL, &info, outcome, err))
        return false;
    if (*outcome == UPDATE_UNCHANGED)
        index_builder_set_checked(import->intake.builder, feed, ecosystem, info.checked_ms);
    return true;
}

/* An archive that is made from time to time is followed by what changed since: where the list tells which records it lacks, if
   it lacks any. */
static bool update_twice(const struct index_update *update, struct import *import, struct view ecosystem,
    enum update_outcome *outcome, struct error *err)
{
    const struct feed *feed = import->fetch.location->feed;
    enum update_outcome ignored;
    struct error why;
    enum delta delta;
    if (!update_one(update, import, ecosystem, outcome, &delta, err))
        return false;
    if (*outcome != UPDATE_BUILT || delta == DELTA_MADE || !import->fetch.location->is_remote ||
        feed->changes.name == NULL)
        return true;
    const struct index_database *made =
        index_builder_database(import->intake.builder, view_text(feed->name), ecosystem);
    import->has_whole = true;
    if ((feed->changes_name_all && made->is_complete) || update_one(update, import, ecosystem, &ignored, &delta, &why))
        return true;
    *err = why;
    return feed->changes_name_all && why.code != ERROR_CANCELLED; /* it is in force, and says that it is incomplete */
}

/* Fails only on cancel; everything else is a result. */
static bool update_ecosystem(const struct index_update *update, const struct feed_location *location,
    struct index_builder *builder, struct map *seen, struct view name, size_t *failed, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct import import = {.has_whole = false};
    intake_init(&import.intake, arena, builder, update->folder);
    import.fetch = (struct fetch){update->sandbox, update->cancel, update->clock, location, &import.intake};
    struct update_result result = {.feed = location->feed, .ecosystem = name};
    struct view ecosystem = name;
    bool is_found =
        !feed_has_folders(location->feed) || feed_location_ecosystem(location, arena, name, &ecosystem, &result.error);
    if (is_found && !map_set(seen, arena_copy(seen->arena, ecosystem), NULL))
        return true; /* named twice */
    if (is_found)
        result.ecosystem = ecosystem;
    if (!is_found || !update_twice(update, &import, ecosystem, &result.outcome, &result.error)) {
        if (result.error.code == ERROR_CANCELLED) {
            *err = result.error;
            return false;
        }
        result.outcome = UPDATE_FAILED;
        ++*failed;
        index_builder_set_alarm(builder, view_text(location->feed->name), result.ecosystem,
            view_text(result.error.message), update->clock->wall_ms(update->clock));
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
