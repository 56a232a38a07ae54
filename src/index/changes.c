/* SPDX-License-Identifier: Apache-2.0 */
#include "index/changes.h"

#include "index/kept_files.h"

/* Lists are read into this. */
struct list_sink {
    struct feed_sink sink; /* first */
    struct changes *changes;
    bool is_of_deletions;
};

static const struct feed *feed_of(const struct changes *changes)
{
    return changes->fetch->location->feed;
}

static bool take_listed(struct feed_sink *sink, struct view text, int64_t modified_ms, struct error *err)
{
    struct list_sink *list = (struct list_sink *)sink;
    struct changes *changes = list->changes;
    struct arena *arena = changes->listed.arena;
    struct view id, name;
    if (!feed_of(changes)->name_change(arena, text, &id, &name))
        return error_set(err, ERROR_CORRUPT, "\"%.*s\" is not the name of a record", VIEW_PRINT(text));
    if (changes->listed.count == CHANGES_LISTED_MAX)
        return error_set(err, ERROR_LIMIT, "the list has more than %d records", CHANGES_LISTED_MAX);
    struct map_entry *entry = map_entry(&changes->listed, id);
    if (entry->value == NULL)
        entry->value = ARENA_NEW(arena, struct change);
    struct change *change = entry->value;
    change->name = name;
    change->is_gone = list->is_of_deletions && modified_ms >= change->modified_ms;
    if (list->is_of_deletions || modified_ms <= change->modified_ms)
        return true;
    changes->newer_count += modified_ms > changes->since_ms && change->modified_ms <= changes->since_ms;
    change->modified_ms = modified_ms;
    return true;
}

static bool has_changed(const struct changes *changes, struct view id)
{
    const struct change *change = map_get(&changes->listed, id);
    if (change == NULL)
        return feed_of(changes)->changes_name_all;
    return change->is_gone || change->modified_ms > changes->since_ms;
}

static bool pass_advisory(struct feed_sink *sink, const struct advisory *advisory, struct error *err)
{
    struct changes *changes = (struct changes *)sink;
    struct feed_sink *intake = &changes->fetch->intake->sink;
    return has_changed(changes, advisory->id) || intake->advisory(intake, advisory, err);
}

static bool pass_gap(struct feed_sink *sink, struct view name, struct view reason, struct error *err)
{
    struct changes *changes = (struct changes *)sink;
    struct feed_sink *intake = &changes->fetch->intake->sink;
    struct view id = name, ignored;
    if (!feed_of(changes)->name_change(changes->listed.arena, name, &id, &ignored))
        id = name;
    return has_changed(changes, id) || intake->gap(intake, name, reason, err);
}

static bool read_list(
    struct changes *changes, const struct feed_file *file, bool is_of_deletions, bool *is_absent, struct error *err)
{
    struct list_sink list = {.sink = {.listed = take_listed}, .changes = changes, .is_of_deletions = is_of_deletions};
    struct feed_request request = {.file = file, .ecosystem = changes->ecosystem};
    struct feed_answer answer;
    if (!fetch_file(changes->fetch, &request, &list.sink, &answer, err))
        return false;
    *is_absent = answer.is_absent;
    return true;
}

bool changes_read(struct changes *changes, const struct fetch *fetch, struct view ecosystem, int64_t since_ms,
    bool *has_list, struct error *err)
{
    const struct feed *feed = fetch->location->feed;
    struct error why;
    bool is_absent = true, is_ignored;
    *changes = (struct changes){.sink = {.advisory = pass_advisory, .gap = pass_gap},
        .fetch = fetch,
        .ecosystem = ecosystem,
        .since_ms = since_ms};
    map_init(&changes->listed, fetch->intake->arena);
    *has_list = false;
    if (feed->changes.name == NULL || !fetch->location->is_remote)
        return true;
    bool is_read =
        read_list(changes, &feed->changes, false, &is_absent, &why) &&
        (is_absent || feed->deletions.name == NULL || read_list(changes, &feed->deletions, true, &is_ignored, &why));
    if (!is_read && why.code == ERROR_CANCELLED) {
        *err = why;
        return false;
    }
    *has_list = is_read && !is_absent && changes->newer_count <= feed->changes_max &&
                changes->newer_count * 100 <= changes->listed.count * CHANGES_PERCENT_MAX;
    return true;
}

bool changes_are_none(const struct changes *changes, const struct index_database *known)
{
    bool is_same_count =
        !feed_of(changes)->changes_name_all || changes->listed.count == known->record_count + known->gap_count;
    return changes->newer_count == 0 && is_same_count;
}

bool changes_replay(struct changes *changes, const char *folder, const struct index_database *known, struct error *err)
{
    AUTO_SOURCE *content = NULL;
    struct feed_reading reading = {
        .sandbox = changes->fetch->sandbox,
        .cancel = changes->fetch->cancel,
        .feed = &feed_kept,
        .file = &feed_kept.records,
    };
    return kept_file_open(folder, known, &content, err) && feed_read(&reading, content, &changes->sink, err);
}

/* `*is_absent`: it is listed, but not there. A record that cannot be understood is a gap. */
static bool fetch_one(
    const struct changes *changes, struct view id, const struct change *change, bool *is_absent, struct error *err)
{
    const struct fetch *fetch = changes->fetch;
    struct feed_answer answer;
    struct error why;
    struct feed_request request = {
        .file = &feed_of(changes)->record,
        .ecosystem = changes->ecosystem,
        .name = arena_text(fetch->intake->arena, change->name),
    };
    *is_absent = false;
    if (fetch_file(fetch, &request, &fetch->intake->sink, &answer, &why)) {
        *is_absent = answer.is_absent;
        return true;
    }
    bool is_of_record = why.code == ERROR_CORRUPT || why.code == ERROR_INVALID || why.code == ERROR_LIMIT ||
                        why.code == ERROR_UNSUPPORTED;
    if (is_of_record)
        return fetch->intake->sink.gap(&fetch->intake->sink, id, view_text(why.message), err);
    *err = why;
    return false;
}

bool changes_fetch(struct changes *changes, bool *is_unfit, struct error *err)
{
    size_t count = 0;
    bool is_missing_fetched = feed_of(changes)->changes_name_all;
    *is_unfit = false;
    for (size_t i = 0; i < changes->listed.count && !*is_unfit; i++) {
        struct view id = changes->listed.entries[i].key;
        const struct change *change = changes->listed.entries[i].value;
        bool is_wanted = change->modified_ms > changes->since_ms ||
                         (is_missing_fetched && !index_builder_has(changes->fetch->intake->builder, id));
        if (change->is_gone || !is_wanted)
            continue;
        if (++count > feed_of(changes)->changes_max)
            *is_unfit = true;
        else if (!fetch_one(changes, id, change, is_unfit, err))
            return false;
    }
    return true;
}

void changes_count_missing(const struct changes *changes)
{
    struct intake *intake = changes->fetch->intake;
    intake->missing_count = 0;
    for (size_t i = 0; i < changes->listed.count && feed_of(changes)->changes_name_all; i++) {
        const struct change *change = changes->listed.entries[i].value;
        struct error ignored;
        if (!change->is_gone)
            (void)!intake->sink.listed(&intake->sink, changes->listed.entries[i].key, 0, &ignored);
    }
}
