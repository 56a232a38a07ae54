/* SPDX-License-Identifier: Apache-2.0 */
#include "index/manifest.h"

#include "base/clock.h"
#include "base/json.h"
#include "index/folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void index_manifest_path(uint64_t number, char path[MANIFEST_PATH_SIZE])
{
    snprintf(path, MANIFEST_PATH_SIZE, "generations/%" PRIu64 ".json", number);
}

bool index_manifest_number_of(const char *file_name, uint64_t *number)
{
    struct view name = view_text(file_name);
    int64_t value;
    if (!view_ends_with(name, ".json") || !view_to_integer(view_slice(name, 0, name.size - 5), &value))
        return false;
    *number = (uint64_t)value;
    return true;
}

struct view index_database_name(struct arena *arena, const struct index_database *database)
{
    if (database->ecosystem.size == 0)
        return arena_copy(arena, database->feed);
    return arena_format(arena, "%.*s/%.*s", VIEW_PRINT(database->feed), VIEW_PRINT(database->ecosystem));
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    json_pair_text(writer, name, text);
}

static void write_database(struct json_writer *writer, const struct index_database *database)
{
    char checksum[17];
    snprintf(checksum, sizeof(checksum), "%016" PRIx64, database->checksum);
    json_begin_object(writer);
    json_pair(writer, "feed", database->feed);
    json_pair(writer, "ecosystem", database->ecosystem);
    json_pair(writer, "digest", digest_view(&database->digest));
    json_pair_integer(writer, "size", (int64_t)database->size);
    json_pair_text(writer, "checksum", checksum);
    json_pair_integer(writer, "records", (int64_t)database->record_count);
    json_pair_integer(writer, "gaps", (int64_t)database->gap_count);
    write_time(writer, "date", database->date_ms);
    json_pair_integer(writer, "date_ms", database->date_ms); /* what changed since is asked to the millisecond */
    write_time(writer, "checked_at", database->checked_ms);
    if (database->alarm.size > 0) {
        json_pair(writer, "alarm", database->alarm);
        write_time(writer, "alarm_at", database->alarm_ms);
    }
    if (database->whole_ms != 0)
        write_time(writer, "whole_at", database->whole_ms);
    json_pair(writer, "source", database->source);
    json_pair_boolean(writer, "is_remote", database->is_remote);
    if (digest_is_set(&database->records)) {
        json_pair(writer, "records_digest", digest_view(&database->records));
        json_pair_integer(writer, "records_size", (int64_t)database->records_size);
    }
    json_pair_optional(writer, "etag", database->etag);
    json_pair_optional(writer, "last_modified", database->last_modified);
    json_pair_boolean(writer, "is_complete", database->is_complete);
    json_pair_optional(writer, "incomplete_reason", database->incomplete_reason);
    json_pair_boolean(writer, "is_demo", database->is_demo);
    json_key(writer, "releases");
    json_begin_array(writer);
    for (size_t i = 0; i < database->release_count; i++)
        json_write(writer, database->releases[i]);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_delta(struct json_writer *writer, const struct index_delta_entry *delta)
{
    json_begin_object(writer);
    json_pair_integer(writer, "number", (int64_t)delta->number);
    json_pair_integer(writer, "from", (int64_t)delta->from);
    json_pair(writer, "from_digest", digest_view(&delta->from_digest));
    json_pair(writer, "digest", digest_view(&delta->digest));
    json_end_object(writer);
}

void index_manifest_write(struct buffer *out, const struct index_manifest *manifest)
{
    struct json_writer writer;
    json_writer_init(&writer, out);
    json_begin_object(&writer);
    json_pair_integer(&writer, "number", (int64_t)manifest->number);
    write_time(&writer, "created_at", manifest->created_ms);
    json_key(&writer, "databases");
    json_begin_array(&writer);
    for (size_t i = 0; i < manifest->database_count; i++)
        write_database(&writer, &manifest->databases[i]);
    json_end_array(&writer);
    json_key(&writer, "deltas");
    json_begin_array(&writer);
    for (size_t i = 0; i < manifest->delta_count; i++)
        write_delta(&writer, &manifest->deltas[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    buffer_append_byte(out, '\n');
}

static bool read_count(struct json object, const char *name, uint64_t *count)
{
    int64_t value;
    if (!json_integer(json_member(object, name), &value) || value < 0)
        return false;
    *count = (uint64_t)value;
    return true;
}

static bool read_checksum(struct view text, uint64_t *checksum)
{
    *checksum = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *digits = "0123456789abcdef";
        const char *digit = memchr(digits, text.data[i], 16);
        if (digit == NULL)
            return false;
        *checksum = *checksum << 4 | (uint64_t)(digit - digits);
    }
    return text.size == 16;
}

static bool read_boolean(struct json object, const char *name, bool *value)
{
    struct json member = json_member(object, name);
    *value = json_boolean(member);
    return json_type(member) == JSON_BOOLEAN;
}

static struct view read_text(struct arena *arena, struct json object, const char *name)
{
    return arena_copy(arena, json_member_string(object, name));
}

static bool read_releases(struct arena *arena, struct json item, struct index_database *database)
{
    struct json releases = json_member(item, "releases");
    size_t count = json_count(releases);
    if (json_type(releases) != JSON_ARRAY || count > INDEX_RELEASES_MAX)
        return false;
    database->releases = ARENA_ARRAY(arena, struct view, count);
    for (struct json_iterator i = json_each(releases); json_next(&i);)
        database->releases[database->release_count++] = arena_copy(arena, json_string(i.value));
    return true;
}

/* A database that was made before records were kept has none. */
static bool read_records(struct json item, struct index_database *database)
{
    struct error ignored;
    struct view digest = json_member_string(item, "records_digest");
    return digest.size == 0 ||
           (digest_parse(digest, &database->records, &ignored) && view_starts_with(digest, "sha256:") &&
               read_count(item, "records_size", &database->records_size));
}

static bool parse_database(struct arena *arena, struct json item, struct index_database *database, struct error *err)
{
    struct error ignored;
    database->feed = read_text(arena, item, "feed");
    database->ecosystem = read_text(arena, item, "ecosystem");
    database->source = read_text(arena, item, "source");
    database->etag = read_text(arena, item, "etag");
    database->last_modified = read_text(arena, item, "last_modified");
    database->incomplete_reason = read_text(arena, item, "incomplete_reason");
    database->alarm = read_text(arena, item, "alarm");
    if (!time_parse(json_member_string(item, "alarm_at"), &database->alarm_ms, &ignored))
        database->alarm_ms = 0;
    if (!time_parse(json_member_string(item, "whole_at"), &database->whole_ms, &ignored))
        database->whole_ms = 0;
    bool is_whole =
        database->feed.size > 0 && json_type(json_member(item, "ecosystem")) == JSON_STRING &&
        digest_parse(json_member_string(item, "digest"), &database->digest, &ignored) &&
        view_starts_with(digest_view(&database->digest), "sha256:") && read_count(item, "size", &database->size) &&
        read_checksum(json_member_string(item, "checksum"), &database->checksum) &&
        read_count(item, "records", &database->record_count) && read_count(item, "gaps", &database->gap_count) &&
        time_parse(json_member_string(item, "date"), &database->date_ms, &ignored) &&
        time_parse(json_member_string(item, "checked_at"), &database->checked_ms, &ignored) &&
        read_boolean(item, "is_remote", &database->is_remote) &&
        read_boolean(item, "is_complete", &database->is_complete) &&
        read_boolean(item, "is_demo", &database->is_demo) && read_records(item, database) &&
        read_releases(arena, item, database);
    int64_t date_ms;
    if (is_whole && json_integer(json_member(item, "date_ms"), &date_ms))
        database->date_ms = date_ms;
    return is_whole || error_set(err, ERROR_CORRUPT, "the entry of database \"%.*s/%.*s\" is damaged",
                           VIEW_PRINT(database->feed), VIEW_PRINT(database->ecosystem));
}

/* An index that was made before there were deltas has none. */
static bool parse_deltas(struct arena *arena, struct json list, struct index_manifest *manifest)
{
    struct error ignored;
    size_t count = json_count(list);
    if (count > MANIFEST_DELTAS_MAX)
        return false;
    manifest->deltas = ARENA_ARRAY(arena, struct index_delta_entry, count);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct index_delta_entry *delta = &manifest->deltas[manifest->delta_count++];
        if (!read_count(i.value, "number", &delta->number) || !read_count(i.value, "from", &delta->from) ||
            !digest_parse(json_member_string(i.value, "from_digest"), &delta->from_digest, &ignored) ||
            !digest_parse(json_member_string(i.value, "digest"), &delta->digest, &ignored))
            return false;
    }
    return true;
}

bool index_manifest_parse(struct arena *arena, struct view text, struct index_manifest *manifest, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    if (!json_parse(document, text, INDEX_MANIFEST_BYTES_MAX, "the manifest", &root, err))
        return error_set(err, ERROR_CORRUPT, "the manifest is damaged");
    struct json databases = json_member(root, "databases");
    struct index_manifest made = {.database_count = json_count(databases)};
    struct error ignored;
    if (!read_count(root, "number", &made.number) || json_type(databases) != JSON_ARRAY ||
        !time_parse(json_member_string(root, "created_at"), &made.created_ms, &ignored) ||
        made.database_count > MANIFEST_DATABASES_MAX)
        return error_set(err, ERROR_CORRUPT, "the manifest is damaged");
    made.databases = ARENA_ARRAY(arena, struct index_database, made.database_count);
    size_t i = 0;
    for (struct json_iterator each = json_each(databases); json_next(&each); i++) {
        if (!parse_database(arena, each.value, &made.databases[i], err))
            return false;
    }
    if (!parse_deltas(arena, json_member(root, "deltas"), &made))
        return error_set(err, ERROR_CORRUPT, "the manifest is damaged");
    *manifest = made;
    return true;
}

void index_manifest_write_current(struct buffer *out, uint64_t number, struct view manifest)
{
    struct digest digest;
    digest_of(manifest, &digest);
    buffer_append_format(out, "%" PRIu64 " %s\n", number, digest.text);
}

static bool read_current(const char *folder, uint64_t *number, struct digest *digest, struct error *err)
{
    enum { CURRENT_BYTES_MAX = 256 };
    int64_t value;
    struct error ignored;
    AUTO_BUFFER text;
    buffer_init(&text, CURRENT_BYTES_MAX);
    if (!folder_read(folder, "current", &text, err))
        return false;
    struct view rest = view_trim(buffer_view(&text));
    struct view first = view_cut(&rest, ' ');
    if (!view_to_integer(first, &value) || !digest_parse(rest, digest, &ignored))
        return error_set(err, ERROR_CORRUPT, "\"current\" does not hold the number and digest of a generation");
    *number = (uint64_t)value;
    return true;
}

bool index_manifest_current_number(const char *folder, uint64_t *number, struct error *err)
{
    struct digest digest;
    return read_current(folder, number, &digest, err);
}

static bool read_generation(const char *folder, struct arena *arena, uint64_t number, const struct digest *digest,
    struct index_manifest *manifest, struct error *err)
{
    char path[MANIFEST_PATH_SIZE];
    index_manifest_path(number, path);
    AUTO_BUFFER text;
    struct digest found;
    buffer_init(&text, INDEX_MANIFEST_BYTES_MAX);
    if (!folder_read(folder, path, &text, err))
        return false;
    digest_of(buffer_view(&text), &found);
    if (!digest_equal(&found, digest))
        return error_set(err, ERROR_CORRUPT, "\"%s\" is damaged", path);
    if (!index_manifest_parse(arena, buffer_view(&text), manifest, err))
        return error_wrap(err, "\"%s\"", path);
    if (manifest->number != number)
        return error_set(err, ERROR_CORRUPT, "\"%s\" says that it is generation %" PRIu64, path, manifest->number);
    manifest->digest = found;
    return true;
}

bool index_manifest_read_current(
    const char *folder, struct arena *arena, struct index_manifest *manifest, struct error *err)
{
    enum { ATTEMPTS_MAX = 5 };
    for (int attempt = 1;; attempt++) {
        uint64_t number;
        struct digest digest;
        if (!read_current(folder, &number, &digest, err))
            return false;
        if (read_generation(folder, arena, number, &digest, manifest, err))
            return true;
        if (err->code != ERROR_NOT_FOUND)
            return false;
        /* Two commits since we read `current` remove the generation that it named: then it names another one now. */
        if (attempt == ATTEMPTS_MAX)
            return error_set(err, ERROR_CORRUPT, "the current generation %" PRIu64 " is missing", number);
    }
}
