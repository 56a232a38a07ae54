/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/osv_record.h"

#include "base/clock.h"
#include "base/text.h"
#include "feed/osv_corrections.h"

static bool copy_text(
    struct arena *arena, struct json value, size_t bytes_max, const char *what, struct view *text, struct error *err)
{
    if (json_type(value) != JSON_STRING)
        return error_set(err, ERROR_INVALID, "%s is not a text", what);
    struct view view = json_string(value);
    if (view.size > bytes_max)
        return error_set(err, ERROR_LIMIT, "%s has %zu bytes, more than %zu", what, view.size, bytes_max);
    *text = arena_copy(arena, view);
    return true;
}

/* An array with at most `count_max` items; absent or null counts as empty. */
static bool check_list(struct json list, size_t count_max, const char *what, struct error *err)
{
    if (json_is_present(list) && json_type(list) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "\"%s\" is not a list", what);
    if (json_count(list) > count_max)
        return error_set(err, ERROR_LIMIT, "\"%s\" has %zu items, more than %zu", what, json_count(list), count_max);
    return true;
}

struct text_limits {
    size_t count_max;
    size_t bytes_max;
};

static bool copy_texts(struct arena *arena, struct json object, const char *name, struct text_limits limits,
    struct view **texts, size_t *count, struct error *err)
{
    struct json list = json_member(object, name);
    if (!check_list(list, limits.count_max, name, err))
        return false;
    struct view *copies = ARENA_ARRAY(arena, struct view, json_count(list));
    size_t copied = 0;
    for (struct json_iterator i = json_each(list); json_next(&i); copied++) {
        if (!copy_text(arena, i.value, limits.bytes_max, name, &copies[copied], err))
            return false;
    }
    *texts = copies;
    *count = copied;
    return true;
}

/* A date that only informs: 0 if it is absent or unreadable. */
static int64_t read_date(struct json object, const char *name)
{
    struct error ignored;
    int64_t wall_ms = 0;
    return time_parse(json_member_string(object, name), &wall_ms, &ignored) ? wall_ms : 0;
}

/* Whether a record still stands decides answers, so a date that cannot be read is an error. */
static bool read_withdrawn(struct json record, int64_t *withdrawn_ms, struct error *err)
{
    struct json value = json_member(record, "withdrawn");
    *withdrawn_ms = 0;
    if (!json_is_present(value))
        return true;
    return time_parse(json_string(value), withdrawn_ms, err) || error_wrap(err, "\"withdrawn\"");
}

struct rating_list {
    struct severity_rating *items;
    size_t count;
};

/* Room for the distribution's word beside those of the list. */
enum { WORD_RATINGS_MAX = 2 };

static bool read_ratings(struct arena *arena, struct json object, struct rating_list *ratings, struct error *err)
{
    struct json list = json_member(object, "severity");
    ratings->items = NULL;
    ratings->count = 0;
    if (json_type(list) != JSON_ARRAY) /* some databases put a word here */
        return true;
    if (!check_list(list, OSV_RATINGS_MAX, "severity", err))
        return false;
    ratings->items = ARENA_ARRAY(arena, struct severity_rating, json_count(list) + WORD_RATINGS_MAX);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct json type = json_member(i.value, "type");
        struct json score = json_member(i.value, "score");
        if (json_type(type) != JSON_STRING || json_type(score) != JSON_STRING)
            continue;
        struct severity_rating *rating = &ratings->items[ratings->count++];
        if (!copy_text(arena, type, OSV_TEXT_BYTES_MAX, "severity type", &rating->type, err) ||
            !copy_text(arena, score, OSV_TEXT_BYTES_MAX, "severity score", &rating->score, err))
            return false;
    }
    return true;
}

static bool has_rating(const struct rating_list *ratings, const char *type)
{
    for (size_t i = 0; i < ratings->count; i++) {
        if (view_is(ratings->items[i].type, type))
            return true;
    }
    return false;
}

/* The distribution's word as one more rating, unless the list has one of that type. */
static bool add_word(
    struct arena *arena, struct json word, const char *type, struct rating_list *ratings, struct error *err)
{
    if (json_type(word) != JSON_STRING || json_string(word).size == 0 || has_rating(ratings, type))
        return true;
    if (ratings->items == NULL)
        ratings->items = ARENA_ARRAY(arena, struct severity_rating, WORD_RATINGS_MAX);
    struct severity_rating *rating = &ratings->items[ratings->count++];
    rating->type = view_text(type);
    return copy_text(arena, word, OSV_TEXT_BYTES_MAX, type, &rating->score, err);
}

static const struct event_name {
    const char *name;
    enum event_kind kind;
} event_names[] = {
    {"introduced", EVENT_INTRODUCED},
    {"fixed", EVENT_FIXED},
    {"last_affected", EVENT_LAST_AFFECTED},
    {"limit", EVENT_LIMIT},
};
enum { EVENT_NAME_COUNT = sizeof(event_names) / sizeof(event_names[0]) };

/* The schema allows one member; older records have two, which then are two events. */
static bool read_event(struct arena *arena, struct json event, struct range *range, struct error *err)
{
    size_t count_before = range->event_count;
    for (size_t i = 0; i < EVENT_NAME_COUNT; i++) {
        struct json version = json_member(event, event_names[i].name);
        if (!json_is_present(version))
            continue;
        struct range_event *read = &range->events[range->event_count++];
        read->kind = event_names[i].kind;
        if (!copy_text(arena, version, OSV_TEXT_BYTES_MAX, event_names[i].name, &read->version, err))
            return false;
        if (read->version.size == 0)
            return error_set(err, ERROR_INVALID, "event \"%s\" names no version", event_names[i].name);
    }
    if (range->event_count == count_before)
        return error_set(err, ERROR_INVALID, "an event is neither introduced, fixed, last_affected nor limit");
    return true;
}

static bool read_range_type(struct json value, enum range_type *type, struct error *err)
{
    static const char *const names[] = {
        [RANGE_SEMVER] = "SEMVER", [RANGE_ECOSYSTEM] = "ECOSYSTEM", [RANGE_GIT] = "GIT"};
    struct view name = json_string(value);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_is(name, names[i])) {
            *type = (enum range_type)i;
            return true;
        }
    }
    return error_set(err, ERROR_INVALID, "range type \"%.*s\" is unknown", VIEW_PRINT(view_slice(name, 0, 64)));
}

static bool read_range(struct arena *arena, struct json value, struct range *range, struct error *err)
{
    struct json events = json_member(value, "events");
    if (!read_range_type(json_member(value, "type"), &range->type, err) ||
        !check_list(events, OSV_EVENTS_MAX, "events", err))
        return false;
    range->events = ARENA_ARRAY(arena, struct range_event, json_count(events) * EVENT_NAME_COUNT);
    for (struct json_iterator i = json_each(events); json_next(&i);) {
        if (!read_event(arena, i.value, range, err))
            return false;
    }
    return true;
}

static bool read_ranges(struct arena *arena, struct json element, struct affected *affected, struct error *err)
{
    struct json ranges = json_member(element, "ranges");
    if (!check_list(ranges, OSV_RANGES_MAX, "ranges", err))
        return false;
    affected->ranges = ARENA_ARRAY(arena, struct range, json_count(ranges));
    for (struct json_iterator i = json_each(ranges); json_next(&i);) {
        if (!read_range(arena, i.value, &affected->ranges[affected->range_count], err))
            return error_wrap(err, "range %zu", affected->range_count);
        affected->range_count++;
    }
    return true;
}

/* Ubuntu and Wolfi say how far a fix is, Debian how urgent one would be. */
static bool read_status(struct arena *arena, struct json element, struct affected *affected, struct error *err)
{
    struct json ecosystem_specific = json_member(element, "ecosystem_specific");
    struct json database_specific = json_member(element, "database_specific");
    const struct json words[] = {
        json_member(ecosystem_specific, "status"),
        json_member(database_specific, "status"),
        json_member(database_specific, "debian_status"),
        json_member(ecosystem_specific, "urgency"),
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (json_string(words[i]).size > 0)
            return copy_text(arena, words[i], OSV_TEXT_BYTES_MAX, "status", &affected->status, err);
    }
    return true;
}

static bool read_affected(struct arena *arena, struct json element, struct affected *affected, struct error *err)
{
    static const struct text_limits versions = {OSV_VERSIONS_MAX, OSV_TEXT_BYTES_MAX};
    struct json package = json_member(element, "package");
    struct json specific = json_member(element, "ecosystem_specific");
    struct rating_list ratings;
    if (!copy_text(
            arena, json_member(package, "ecosystem"), OSV_TEXT_BYTES_MAX, "ecosystem", &affected->ecosystem, err) ||
        !copy_text(arena, json_member(package, "name"), OSV_TEXT_BYTES_MAX, "package name", &affected->name, err) ||
        !read_ranges(arena, element, affected, err) ||
        !copy_texts(arena, element, "versions", versions, &affected->versions, &affected->version_count, err) ||
        !read_status(arena, element, affected, err) || !read_ratings(arena, element, &ratings, err) ||
        !add_word(arena, json_member(specific, "ubuntu_priority"), "Ubuntu", &ratings, err))
        return false;
    if (view_is(ecosystem_base(affected->ecosystem), "Debian") &&
        !add_word(arena, json_member(specific, "urgency"), "Debian", &ratings, err))
        return false;
    affected->ratings = ratings.items;
    affected->rating_count = ratings.count;
    return true;
}

static bool names_package(struct json element)
{
    struct json package = json_member(element, "package");
    return json_member_string(package, "ecosystem").size > 0 && json_member_string(package, "name").size > 0;
}

static bool read_all_affected(struct arena *arena, struct json record, struct advisory *advisory, struct error *err)
{
    struct json list = json_member(record, "affected");
    if (!check_list(list, OSV_AFFECTED_MAX, "affected", err))
        return false;
    advisory->affected = ARENA_ARRAY(arena, struct affected, json_count(list));
    size_t position = 0;
    for (struct json_iterator i = json_each(list); json_next(&i); position++) {
        if (!names_package(i.value))
            continue;
        if (!read_affected(arena, i.value, &advisory->affected[advisory->affected_count], err))
            return error_wrap(err, "affected %zu", position);
        advisory->affected_count++;
    }
    return true;
}

static struct view read_summary(struct arena *arena, struct json record)
{
    struct view summary = view_trim(json_member_string(record, "summary"));
    struct view details = view_trim(json_member_string(record, "details"));
    if (summary.size == 0)
        summary = view_cut_line(&details);
    return arena_copy(arena, text_cut(summary, OSV_SUMMARY_BYTES_MAX));
}

static bool read_severity_word(struct arena *arena, struct json record, struct view *word, struct error *err)
{
    struct json of_database = json_member(json_member(record, "database_specific"), "severity");
    struct json of_record = json_member(record, "severity");
    struct json value = json_type(of_record) == JSON_STRING ? of_record : of_database;
    return json_type(value) != JSON_STRING || copy_text(arena, value, OSV_TEXT_BYTES_MAX, "severity", word, err);
}

static bool read_record(struct arena *arena, struct json record, struct advisory *advisory, struct error *err)
{
    static const struct text_limits ids = {OSV_IDS_MAX, OSV_ID_BYTES_MAX};
    struct rating_list ratings;
    advisory->modified_ms = read_date(record, "modified");
    advisory->published_ms = read_date(record, "published");
    if (!read_withdrawn(record, &advisory->withdrawn_ms, err) ||
        !copy_texts(arena, record, "aliases", ids, &advisory->aliases, &advisory->alias_count, err) ||
        !copy_texts(arena, record, "upstream", ids, &advisory->upstream, &advisory->upstream_count, err) ||
        !read_ratings(arena, record, &ratings, err) ||
        !read_severity_word(arena, record, &advisory->severity_word, err) ||
        !read_all_affected(arena, record, advisory, err))
        return false;
    advisory->ratings = ratings.items;
    advisory->rating_count = ratings.count;
    advisory->summary = read_summary(arena, record);
    return true;
}

bool osv_record_parse(struct arena *arena, struct json record, struct advisory *advisory, struct error *err)
{
    struct advisory read = {0};
    if (json_type(record) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "an OSV record is not an object");
    if (!copy_text(arena, json_member(record, "id"), OSV_ID_BYTES_MAX, "\"id\"", &read.id, err))
        return error_wrap(err, "an OSV record has no usable id");
    if (read.id.size == 0)
        return error_set(err, ERROR_INVALID, "an OSV record has an empty id");
    if (!read_record(arena, record, &read, err))
        return error_wrap(err, "OSV record \"%.*s\"", VIEW_PRINT(read.id));
    osv_correct(arena, record, &read);
    *advisory = read;
    return true;
}
