/* SPDX-License-Identifier: Apache-2.0 */
#include "index/update.h"

#include "base/map.h"
#include "index/fetch.h"

#include <inttypes.h>
#include <stdlib.h>

struct import {
    struct intake intake; /* first */
    struct fetch fetch;
};

/* A database is complete if the list of ids names nothing that did not come; a feed need not have a list. False only on
   cancel. */
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
            import->intake.missing_count, import->fetch.location->feed->records.name, VIEW_PRINT(buffer_view(&names)),
            import->intake.missing_count > INTAKE_MISSING_SHOWN_MAX ? ", …" : "");
    return true;
}

/* Only a complete, undamaged database of the same source can be confirmed by "not modified": its
   validators. NULL: there is none. */
static const struct index_database *confirmable(const struct import *import, struct view ecosystem)
{
    struct error ignored;
    struct view feed = view_text(import->fetch.location->feed->name);
    const struct index_database *known = index_builder_database(import->intake.builder, feed, ecosystem);
    if (known == NULL || !known->is_remote || !known->is_complete ||
        !view_equal(known->source, import->fetch.location->base) ||
        !index_builder_verify(import->intake.builder, feed, ecosystem, &ignored))
        return NULL;
    struct index_database *copy =
        ARENA_NEW(import->intake.arena, struct index_database); /* the builder moves its own */
    copy->etag = arena_copy(import->intake.arena, known->etag);
    copy->last_modified = arena_copy(import->intake.arena, known->last_modified);
    return copy;
}

static bool update_one(const struct index_update *update, struct import *import, struct view ecosystem,
    enum update_outcome *outcome, struct error *err)
{
    const struct feed_location *location = import->fetch.location;
    struct view feed = view_text(location->feed->name);
    struct index_database info = {
        .ecosystem = ecosystem,
        .checked_ms = update->clock->wall_ms(update->clock),
        .source = location->base,
        .is_remote = location->is_remote,
    };
    struct fetched fetched;
    const struct index_database *known = confirmable(import, ecosystem);
    if (!intake_begin(&import->intake, feed, ecosystem, err) ||
        !fetch_records(&import->fetch, ecosystem, known, &fetched, err))
        return false;
    if (fetched.is_absent && !feed_has_folders(location->feed)) {
        *outcome = UPDATE_ABSENT;
        return true;
    }
    if (fetched.is_absent)
        return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no \"%.*s/%s\"", VIEW_PRINT(location->base),
            VIEW_PRINT(ecosystem), location->feed->records.name);
    if (fetched.is_unchanged) {
        index_builder_set_checked(import->intake.builder, feed, ecosystem, info.checked_ms);
        *outcome = UPDATE_UNCHANGED;
        return true;
    }
    if (location->feed->only_ecosystem != NULL) /* facts have dates of their own, or none at all */
        info.date_ms = fetched.date_ms;
    info.etag = fetched.etag;
    info.last_modified = fetched.last_modified;
    *outcome = UPDATE_BUILT;
    return check_complete(import, &info, err) && intake_finish(&import->intake, update->accepts_loss, &info, err);
}

/* Fails only on cancel; everything else is a result. */
static bool update_ecosystem(const struct index_update *update, const struct feed_location *location,
    struct index_builder *builder, struct map *seen, struct view name, size_t *failed, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct import import;
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
