/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/secdb.h"

#include "base/json.h"
#include "base/map.h"
#include "feed/unpacked.h"

enum {
    PACKAGES_MAX = 200 * 1000,
    FIXES_MAX = 5 * 1000 * 1000,
    TEXT_BYTES_MAX = 256,
};

/* One vulnerability while packages add to it. */
struct vulnerability {
    struct view id;
    struct affected_list {
        struct affected *items;
        size_t count;
        size_t capacity;
    } affected;
};

struct secdb {
    struct arena *arena;
    struct feed_sink *sink;
    struct view ecosystem; /* "Alpine:v3.20", "Wolfi" */
    struct view suffix; /* of the ids, which are unique in a feed of several files: "/v3.20/main"; empty */
    struct map vulnerabilities; /* id → struct vulnerability */
    size_t fix_count;
};

/* "CVE-2021-36159", "GHSA-…", "XSA-401"; not "CVE-????-?????". */
static bool is_id(struct view text)
{
    size_t hyphen = view_find(text, '-');
    if (hyphen == 0 || hyphen + 1 >= text.size || text.size > TEXT_BYTES_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '.' && byte != '_')
            return false;
    }
    return true;
}

static void add_fix(struct secdb *secdb, struct view id, struct view package, struct view fixed)
{
    struct map_entry *entry = map_entry(&secdb->vulnerabilities, id);
    if (entry->value == NULL) {
        struct vulnerability *made = ARENA_NEW(secdb->arena, struct vulnerability);
        made->id = id;
        entry->value = made;
    }
    struct vulnerability *vulnerability = entry->value;
    struct range *range = ARENA_NEW(secdb->arena, struct range);
    *range = (struct range){RANGE_ECOSYSTEM, ARENA_ARRAY(secdb->arena, struct range_event, 2), 2};
    range->events[0] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    range->events[1] = (struct range_event){EVENT_FIXED, fixed}; /* "0": never affected */
    *(struct affected *)ARENA_PUSH(secdb->arena, &vulnerability->affected) =
        (struct affected){.ecosystem = secdb->ecosystem, .name = package, .ranges = range, .range_count = 1};
}

/* "CVE-2021-36159", and "CVE-2022-21123 XSA-404": of several names of one vulnerability the CVE, else the first. */
static bool read_row(struct secdb *secdb, struct view package, struct view fixed, struct view row, struct error *err)
{
    struct view chosen = view_text("");
    if (++secdb->fix_count > FIXES_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d fixes", FIXES_MAX);
    for (struct view rest = row; rest.size > 0;) {
        struct view id = view_trim(view_cut(&rest, ' '));
        if (is_id(id) && (chosen.size == 0 || (view_starts_with(id, "CVE-") && !view_starts_with(chosen, "CVE-"))))
            chosen = id;
    }
    if (chosen.size == 0)
        return secdb->sink->gap(
            secdb->sink, view_slice(row, 0, TEXT_BYTES_MAX), view_text("this is no name of a vulnerability"), err);
    add_fix(secdb, chosen, package, fixed);
    return true;
}

static bool read_package(struct secdb *secdb, struct json package, struct error *err)
{
    struct view name = json_member_string(package, "name");
    struct json fixes = json_member(package, "secfixes");
    if (name.size == 0 || name.size > TEXT_BYTES_MAX)
        return secdb->sink->gap(secdb->sink, view_slice(name, 0, TEXT_BYTES_MAX),
            view_text("the name of a package is missing or too long"), err);
    for (struct json_iterator i = json_each(fixes); json_next(&i);) {
        struct view version = i.key;
        if (version.size == 0 || version.size > TEXT_BYTES_MAX) {
            if (!secdb->sink->gap(secdb->sink, name, view_text("a fixed version is missing or too long"), err))
                return false;
            continue;
        }
        for (struct json_iterator j = json_each(i.value); json_next(&j);) {
            if (!read_row(secdb, name, version, json_string(j.value), err))
                return false;
        }
    }
    return true;
}

static bool write_advisory(struct secdb *secdb, const struct vulnerability *vulnerability, struct error *err)
{
    struct view id = vulnerability->id;
    bool is_cve = view_starts_with(id, "CVE-");
    struct advisory advisory = {
        .id = arena_format(secdb->arena, "%.*s%.*s", VIEW_PRINT(id), VIEW_PRINT(secdb->suffix)),
        .upstream = &id,
        .upstream_count = is_cve ? 1 : 0,
        .aliases = &id,
        .alias_count = is_cve || secdb->suffix.size == 0 ? 0 : 1,
        .affected = vulnerability->affected.items,
        .affected_count = vulnerability->affected.count,
    };
    return secdb->sink->advisory(secdb->sink, &advisory, err);
}

static bool read_document(struct secdb *secdb, struct json root, const char *ecosystem, struct error *err)
{
    struct json packages = json_member(root, "packages");
    struct view release = json_member_string(root, "distroversion");
    struct view repository = json_member_string(root, "reponame");
    if (json_type(packages) != JSON_ARRAY)
        return error_set(err, ERROR_CORRUPT, "the database has no list \"packages\"");
    if (json_count(packages) > PACKAGES_MAX)
        return error_set(err, ERROR_LIMIT, "the database has more than %d packages", PACKAGES_MAX);
    if (release.size > TEXT_BYTES_MAX || repository.size > TEXT_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the name of the release is too long");
    secdb->ecosystem = view_text(ecosystem);
    if (release.size > 0) {
        secdb->ecosystem = arena_format(secdb->arena, "%s:%.*s", ecosystem, VIEW_PRINT(release));
        secdb->suffix = arena_format(secdb->arena, "/%.*s/%.*s", VIEW_PRINT(release), VIEW_PRINT(repository));
    }
    for (struct json_iterator i = json_each(packages); json_next(&i);) {
        if (!read_package(secdb, json_member(i.value, "pkg"), err))
            return false;
    }
    for (size_t i = 0; i < secdb->vulnerabilities.count; i++) {
        if (!write_advisory(secdb, secdb->vulnerabilities.entries[i].value, err))
            return false;
    }
    return true;
}

bool secdb_read(struct source *input, const char *ecosystem, struct feed_sink *sink, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER text;
    AUTO_SOURCE *content = unpacked(input, SECDB_BYTES_MAX, "the database");
    struct secdb secdb = {.arena = arena, .sink = sink};
    struct error why;
    struct json root;
    buffer_init(&text, SECDB_BYTES_MAX);
    map_init(&secdb.vulnerabilities, arena);
    if (!source_read_all(content, &text, "the database", err))
        return false;
    if (!json_parse(document, buffer_view(&text), SECDB_BYTES_MAX, "the database", &root, &why))
        return error_set(err, ERROR_CORRUPT, "%s", why.message);
    return read_document(&secdb, root, ecosystem, err);
}
