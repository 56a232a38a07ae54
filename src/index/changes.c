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
    return known->is_complete && changes->newer_count == 0 && is_same_count;
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

/* A record of the list. */
struct wanted {
    struct view id;
    const struct change *change;
    bool is_done;
};

/* Many at once; what does not come so is asked for alone. */
struct record_batch {
    struct http_batch batch; /* first */
    const struct changes *changes;
    struct wanted *items;
    size_t count;
    size_t next;
    bool is_absent; /* one is listed, but not there */
};

static struct feed_request request_of(const struct changes *changes, struct arena *arena, const struct wanted *wanted)
{
    return (struct feed_request){.file = &feed_of(changes)->record,
        .ecosystem = changes->ecosystem,
        .name = arena_text(arena, wanted->change->name)};
}

/* A record that cannot be understood is a gap; false for what would meet every record. */
static bool take_failure(
    const struct changes *changes, const struct wanted *wanted, const struct error *why, struct error *err)
{
    struct feed_sink *sink = &changes->fetch->intake->sink;
    if (why->code == ERROR_CORRUPT || why->code == ERROR_INVALID || why->code == ERROR_LIMIT ||
        why->code == ERROR_UNSUPPORTED)
        return sink->gap(sink, wanted->id, view_text(why->message), err);
    *err = *why;
    return false;
}

static bool next_record(struct http_batch *batch, struct arena *arena, struct http_request *request)
{
    struct record_batch *records = (struct record_batch *)batch;
    struct error ignored; /* asked for alone, it tells */
    if (records->is_absent || records->next == records->count)
        return false;
    struct feed_request wanted = request_of(records->changes, arena, &records->items[records->next]);
    *request = (struct http_request){.method = "GET", .timeout_ms = CHANGES_RECORD_MS};
    if (!feed_location_url(records->changes->fetch->location, arena, &wanted, &request->url, &ignored))
        return false;
    records->next++;
    return true;
}

static bool take_record(struct http_batch *batch, size_t index, const struct http_response *response, struct error *err)
{
    struct record_batch *records = (struct record_batch *)batch;
    struct wanted *wanted = &records->items[index];
    const struct fetch *fetch = records->changes->fetch;
    struct error why;
    if (response != NULL && response->status == 404)
        records->is_absent = true;
    if (response == NULL || response->status != 200)
        return true;
    wanted->is_done = true;
    AUTO_ARENA *scratch = arena_new();
    AUTO_SOURCE *content = source_from_memory(response->body);
    struct feed_request request = request_of(records->changes, scratch, wanted);
    return fetch_read(fetch, &request, content, &fetch->intake->sink, &why) ||
           take_failure(records->changes, wanted, &why, err);
}

static bool fetch_alone(struct record_batch *records, const struct wanted *wanted, struct error *err)
{
    const struct fetch *fetch = records->changes->fetch;
    struct feed_answer answer;
    struct error why;
    struct feed_request request = request_of(records->changes, fetch->intake->arena, wanted);
    if (!fetch_file(fetch, &request, &fetch->intake->sink, &answer, &why))
        return take_failure(records->changes, wanted, &why, err);
    records->is_absent = answer.is_absent;
    return true;
}

/* Those of the list that changed, or that are not there though they should be. */
static size_t find_wanted(struct changes *changes, struct wanted *items, size_t count_max)
{
    size_t count = 0;
    bool is_missing_wanted = feed_of(changes)->changes_name_all;
    for (size_t i = 0; i < changes->listed.count && count < count_max; i++) {
        const struct change *change = changes->listed.entries[i].value;
        struct view id = changes->listed.entries[i].key;
        bool is_wanted = change->modified_ms > changes->since_ms ||
                         (is_missing_wanted && !index_builder_has(changes->fetch->intake->builder, id));
        if (!change->is_gone && is_wanted)
            items[count++] = (struct wanted){.id = id, .change = change};
    }
    return count;
}

bool changes_fetch(struct changes *changes, bool *is_unfit, struct error *err)
{
    size_t count_max = feed_of(changes)->changes_max + 1;
    struct record_batch records = {.batch = {next_record, take_record}, .changes = changes};
    records.items = ARENA_ARRAY(changes->fetch->intake->arena, struct wanted, count_max);
    records.count = find_wanted(changes, records.items, count_max);
    *is_unfit = records.count == count_max;
    if (*is_unfit)
        return true;
    bool is_stopped = false;
    if (!http_fetch_batch(changes->fetch->location->client, &records.batch, CHANGES_PARALLEL, &is_stopped, err))
        return false;
    for (size_t i = 0; i < records.count && !records.is_absent; i++) {
        if (!records.items[i].is_done && !fetch_alone(&records, &records.items[i], err))
            return false;
    }
    *is_unfit = records.is_absent;
    return true;
}

bool changes_are_dear(const struct changes *changes)
{
    const struct fetch *fetch = changes->fetch;
    struct feed_request request = {.file = &feed_of(changes)->records, .ecosystem = changes->ecosystem};
    struct feed_probe probe;
    struct error ignored;
    AUTO_ARENA *scratch = arena_new();
    return changes->newer_count > CHANGES_ASKED_MIN && request.file->latest == NULL &&
           feed_location_probe(fetch->location, scratch, &request, &probe, &ignored) && probe.size >= 0 &&
           (uint64_t)probe.size / CHANGES_RECORD_COST < changes->newer_count;
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
