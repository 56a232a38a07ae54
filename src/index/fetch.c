/* SPDX-License-Identifier: Apache-2.0 */
#include "index/fetch.h"

#include "base/clock.h"
#include "base/digest.h"
#include "feed/repository.h"

#include <inttypes.h>

#define FILES_TAG "files:"

/* Words for errors: the file of a request. */
static struct view place_of(const struct fetch *fetch, const struct feed_request *request)
{
    if (request->url.size > 0)
        return request->url;
    return arena_format(fetch->intake->arena, "%.*s/%.*s%s%s", VIEW_PRINT(fetch->location->base),
        VIEW_PRINT(request->ecosystem), request->ecosystem.size > 0 ? "/" : "",
        request->name != NULL ? request->name : request->file->name);
}

bool fetch_read(const struct fetch *fetch, const struct feed_request *request, struct source *content,
    struct feed_sink *sink, struct error *err)
{
    struct feed_reading reading = {
        .sandbox = fetch->sandbox,
        .cancel = fetch->cancel,
        .feed = fetch->location->feed,
        .file = request->file,
    };
    return feed_read(&reading, content, sink, err) || error_wrap(err, "\"%.*s\"", VIEW_PRINT(place_of(fetch, request)));
}

bool fetch_file(const struct fetch *fetch, const struct feed_request *request, struct feed_sink *sink,
    struct feed_answer *answer, struct error *err)
{
    if (!feed_location_open(fetch->location, fetch->intake->arena, request, answer, err))
        return false;
    if (answer->source == NULL)
        return true;
    bool is_read = fetch_read(fetch, request, answer->source, sink, err);
    source_close(answer->source);
    answer->source = NULL;
    return is_read;
}

static int year_of(const struct clock *clock)
{
    char text[TIME_TEXT_SIZE];
    time_format(clock->wall_ms(clock), text);
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
    *is_end = file->first_number > 0 && location->is_remote && i > 0 && parts > 0 && i % parts == 0;
    return true;
}

/* All files of a feed without folders, one after the other. */
static bool read_files(const struct fetch *fetch, struct feed_request *request, const struct view *names, size_t count,
    struct fetched *fetched, struct error *err)
{
    const struct feed_location *location = fetch->location;
    bool has_parts = location->feed->records.parts != NULL, is_end = false;
    size_t present = 0;
    for (size_t i = 0; i < count && !is_end && (present > 0 || i < 2 || has_parts); i++) {
        struct feed_answer answer;
        request->name = arena_text(fetch->intake->arena, names[i]);
        if (!fetch_file(fetch, request, &fetch->intake->sink, &answer, err))
            return false;
        if (answer.is_absent && !may_be_absent(location, i, present, &is_end))
            return error_set(err, ERROR_NOT_FOUND, "\"%.*s\" has no \"%s\"", VIEW_PRINT(location->base), request->name);
        present += !answer.is_absent;
        if (answer.date_ms > fetched->date_ms)
            fetched->date_ms = answer.date_ms;
        if (count == 1) {
            fetched->is_unchanged = answer.is_unchanged;
            fetched->etag = answer.etag;
            fetched->last_modified = answer.last_modified;
        }
    }
    fetched->is_absent = present == 0;
    return true;
}

/* -- what the validators of several files say together -- */

struct validators {
    struct hash *hash;
    size_t present;
    bool is_known; /* each file that is there has one */
};

static void add_validator(struct validators *validators, struct view name, const struct feed_probe *probe)
{
    if (probe->is_absent)
        return;
    validators->present++;
    validators->is_known = validators->is_known && (probe->etag.size > 0 || probe->last_modified.size > 0);
    const struct view texts[] = {name, probe->etag, probe->last_modified};
    for (size_t i = 0; i < 3; i++) {
        hash_update(validators->hash, texts[i]);
        hash_update(validators->hash, view_of("", 1));
    }
}

/* Asks for the head of each. Empty if some file does not tell enough, or cannot be asked. */
static struct view tag_of_files(
    const struct fetch *fetch, const struct feed_request *like, const struct view *names, size_t count)
{
    struct validators validators = {.hash = hash_new(NULL), .is_known = true};
    struct digest digest;
    for (size_t i = 0; i < count && validators.is_known; i++) {
        struct error ignored;
        struct feed_probe probe;
        struct feed_request request = *like;
        bool is_end = false;
        request.name = arena_text(fetch->intake->arena, names[i]);
        if (!feed_location_probe(fetch->location, fetch->intake->arena, &request, &probe, &ignored))
            validators.is_known = false;
        else
            add_validator(&validators, names[i], &probe);
        if (probe.is_absent && (!may_be_absent(fetch->location, i, validators.present, &is_end) || is_end))
            break;
    }
    hash_finish(validators.hash, &digest);
    hash_free(validators.hash);
    if (!validators.is_known || validators.present == 0)
        return view_text("");
    return arena_format(fetch->intake->arena, FILES_TAG "%s", digest.text);
}

/* -- yum repositories -- */

struct listed {
    struct feed_sink sink; /* first */
    struct arena *arena;
    struct view id; /* the last one */
};

static bool take_listed(struct feed_sink *sink, struct view id, int64_t modified_ms, struct error *err)
{
    (void)modified_ms;
    struct listed *listed = (struct listed *)sink;
    (void)err;
    listed->id = arena_copy(listed->arena, id);
    return true;
}

/* What the metadata of one repository says of its updates; empty if there is no such repository, or it has none. */
static bool find_updates(
    const struct fetch *fetch, const char *path, struct view *address, struct view *entry, struct error *err)
{
    struct listed listed = {.sink = {.listed = take_listed}, .arena = fetch->intake->arena, .id = view_text("")};
    struct feed_request request = {.file = &repository_metadata, .ecosystem = view_text("")};
    struct feed_answer answer;
    *entry = view_text("");
    if (!feed_location_repository(fetch->location, fetch->intake->arena, path, address, err)) {
        if (err->code != ERROR_DENIED)
            return false;
        *address = view_text(""); /* so S3 says that there is none */
        return true;
    }
    request.url = arena_format(fetch->intake->arena, "%.*s/%s", VIEW_PRINT(*address), repository_metadata.name);
    if (!fetch_file(fetch, &request, &listed.sink, &answer, err))
        return err->code == ERROR_DENIED;
    *entry = listed.id;
    return true;
}

static bool read_updates(
    const struct fetch *fetch, struct view address, struct view entry, bool *is_absent, struct error *err)
{
    struct view name;
    struct digest digest;
    bool has_digest;
    struct feed_answer answer;
    struct feed_request request = {.file = &fetch->location->feed->records, .ecosystem = view_text("")};
    if (!repository_entry_parse(entry, &name, &digest, &has_digest))
        return error_set(
            err, ERROR_CORRUPT, "the metadata of \"%.*s\" does not name a file of it", VIEW_PRINT(address));
    request.url = arena_format(fetch->intake->arena, "%.*s/%.*s", VIEW_PRINT(address), VIEW_PRINT(name));
    if (!feed_location_open(fetch->location, fetch->intake->arena, &request, &answer, err))
        return false;
    *is_absent = answer.is_absent;
    if (answer.source == NULL)
        return true;
    AUTO_SOURCE *source = has_digest ? source_verify(answer.source, &digest, UINT64_MAX) : answer.source;
    return fetch_read(fetch, &request, source, &fetch->intake->sink, err);
}

/* Their metadata name each file by its digest, so they stand for its content. */
static bool read_repositories(
    const struct fetch *fetch, const struct index_database *known, struct fetched *fetched, struct error *err)
{
    struct arena *arena = fetch->intake->arena;
    const char *const *paths = fetch->location->feed->records.repositories;
    struct validators validators = {.hash = hash_new(NULL)};
    struct digest digest;
    size_t count = 0;
    bool is_found = true;
    while (paths[count] != NULL)
        count++;
    struct view *addresses = ARENA_ARRAY(arena, struct view, count);
    struct view *entries = ARENA_ARRAY(arena, struct view, count);
    for (size_t i = 0; i < count && is_found; i++) {
        is_found = find_updates(fetch, paths[i], &addresses[i], &entries[i], err);
        hash_update(validators.hash, is_found ? entries[i] : view_text(""));
        hash_update(validators.hash, view_of("", 1));
        validators.present += is_found && entries[i].size > 0;
    }
    hash_finish(validators.hash, &digest);
    hash_free(validators.hash);
    if (!is_found)
        return false;
    fetched->etag = arena_format(arena, FILES_TAG "%s", digest.text);
    fetched->is_absent = validators.present == 0;
    fetched->is_unchanged = known != NULL && !fetched->is_absent && view_equal(known->etag, fetched->etag);
    for (size_t i = 0; i < count && !fetched->is_unchanged; i++) {
        bool is_absent = false;
        if (entries[i].size > 0 && !read_updates(fetch, addresses[i], entries[i], &is_absent, err))
            return false;
        if (is_absent)
            return error_set(
                err, ERROR_NOT_FOUND, "\"%.*s\" lacks a file that its metadata name", VIEW_PRINT(addresses[i]));
    }
    return true;
}

static bool read_without_folders(const struct fetch *fetch, const struct index_database *known,
    struct feed_request *request, struct fetched *fetched, struct error *err)
{
    struct view *names;
    size_t count;
    if (fetch->location->is_remote && request->file->repositories != NULL)
        return read_repositories(fetch, known, fetched, err);
    if (!feed_location_files(fetch->location, fetch->intake->arena, year_of(fetch->clock), &names, &count, err))
        return false;
    if (count > 1 && fetch->location->is_remote) {
        request->known_etag = request->known_last_modified = view_text("");
        fetched->etag = tag_of_files(fetch, request, names, count);
        fetched->is_unchanged = known != NULL && fetched->etag.size > 0 && view_equal(known->etag, fetched->etag);
        if (fetched->is_unchanged)
            return true;
    }
    return read_files(fetch, request, names, count, fetched, err);
}

bool fetch_records(const struct fetch *fetch, struct view ecosystem, const struct index_database *known,
    struct fetched *fetched, struct error *err)
{
    struct feed_request request = {.file = &fetch->location->feed->records, .ecosystem = view_text("")};
    struct feed_answer answer;
    *fetched = (struct fetched){.etag = view_text("")};
    if (known != NULL) {
        request.known_etag = known->etag;
        request.known_last_modified = known->last_modified;
    }
    if (!feed_has_folders(fetch->location->feed))
        return read_without_folders(fetch, known, &request, fetched, err);
    request.ecosystem = ecosystem;
    if (!fetch_file(fetch, &request, &fetch->intake->sink, &answer, err))
        return false;
    *fetched = (struct fetched){.is_absent = answer.is_absent,
        .is_unchanged = answer.is_unchanged,
        .date_ms = answer.date_ms,
        .etag = answer.etag,
        .last_modified = answer.last_modified};
    return true;
}
