/* SPDX-License-Identifier: Apache-2.0 */
#include "store/issues.h"

#include "base/map.h"
#include "store/image_contents.h"
#include "store/image_tallies.h"
#include "store/matching.h"
#include "store/page.h"

#include <stdio.h>
#include <stdlib.h>

struct listed_project {
    int64_t id;
    struct uuid uuid;
};

struct issue_list {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    const struct issue_query *query;
    bool is_reversed;
    const char *projects_sql;
    struct image_keys keys;
    int64_t from; /* the project where the page begins */
    struct view from_name; /* behind this vulnerability, in the direction of reading; empty = all of the project */
    struct view only; /* this vulnerability alone; empty = all */
    struct issue_row *rows;
    size_t capacity;
    size_t count;
};

/* Projects that one page may have to read: a filter by time may let few of millions through. */
enum { PROJECTS_READ_MAX = 2000 };

/* An issue's UUID (RFC 9562, 5.8: version 8) holds the keys of project and vulnerability, so that it can be found by it; mixed with
   a digest of the organization, so that they show nothing, and checked by another. */
enum { KEY_DIGITS = 12, CHECK_DIGITS = 6, ID_DIGITS = 2 * KEY_DIGITS + CHECK_DIGITS, VERSION_AT = 14, VARIANT_AT = 19 };

/* Places of the text that hold digits of the id. */
static bool holds_digit(int at)
{
    return at != 8 && at != 13 && at != 18 && at != 23 && at != VERSION_AT && at != VARIANT_AT;
}

static struct digest mix_of(int64_t organization, const char *more)
{
    char text[64];
    struct digest digest;
    snprintf(text, sizeof(text), "issue %lld %s", (long long)organization, more);
    digest_of(view_text(text), &digest);
    return digest;
}

static unsigned digit_value(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a') + 10;
}

static void name_issue(int64_t organization, int64_t project, int64_t vulnerability, struct uuid *uuid)
{
    char plain[ID_DIGITS + 1];
    snprintf(plain, sizeof(plain), "%012llx%012llx", (unsigned long long)project, (unsigned long long)vulnerability);
    struct digest check = mix_of(organization, plain);
    struct digest mask = mix_of(organization, "mask");
    memcpy(plain + 2 * KEY_DIGITS, digest_hex(&check).data, CHECK_DIGITS);
    size_t next = 0;
    for (int at = 0; at < UUID_TEXT_SIZE; at++) {
        if (holds_digit(at)) {
            unsigned mixed = digit_value(plain[next]) ^ digit_value(digest_hex(&mask).data[next]);
            uuid->text[at] = "0123456789abcdef"[mixed];
            next++;
        } else {
            uuid->text[at] = at == VERSION_AT || at == VARIANT_AT ? '8' : '-';
        }
    }
    uuid->text[UUID_TEXT_SIZE] = '\0';
}

/* False if no issue of the organization can have this name. */
static bool parse_name(int64_t organization, const struct uuid *uuid, int64_t *project, int64_t *vulnerability)
{
    int64_t keys[2] = {0};
    struct uuid again;
    struct digest mask = mix_of(organization, "mask");
    size_t next = 0;
    for (int at = 0; at < UUID_TEXT_SIZE && next < 2 * KEY_DIGITS; at++) {
        if (!holds_digit(at))
            continue;
        unsigned plain = digit_value(uuid->text[at]) ^ digit_value(digest_hex(&mask).data[next]);
        keys[next / KEY_DIGITS] = keys[next / KEY_DIGITS] << 4 | plain;
        next++;
    }
    name_issue(organization, keys[0], keys[1], &again);
    *project = keys[0];
    *vulnerability = keys[1];
    return strcmp(again.text, uuid->text) == 0;
}

static bool is_between(int64_t value, int64_t after, int64_t before)
{
    return (after == 0 || value >= after) && (before == 0 || value < before);
}

static bool is_wanted(const struct issue_query *query, const struct issue_row *row)
{
    return (query->severities == 0 || (query->severities & 1u << row->severity) != 0) &&
           is_between(row->first_ms, query->first_after_ms, query->first_before_ms) &&
           is_between(row->last_ms, query->last_after_ms, query->last_before_ms);
}

static int compare_issues(const void *a, const void *b)
{
    const struct issue_row *left = *(const struct issue_row *const *)a;
    const struct issue_row *right = *(const struct issue_row *const *)b;
    return view_compare(left->vulnerability, right->vulnerability);
}

static bool has_package(const struct issue_row *row, const struct package *package)
{
    for (size_t i = 0; i < row->package_count; i++) {
        if (view_equal(row->packages[i].name, package->name) && view_equal(row->packages[i].version, package->version))
            return true;
    }
    return false;
}

static void add_finding(struct arena *arena, struct issue_row *row, const struct finding_row *found)
{
    const struct finding *finding = &found->finding;
    size_t capacity = row->package_count;
    if (finding->severity > row->severity)
        row->severity = finding->severity;
    row->is_fixable |= finding->fix_state == FIX_AVAILABLE;
    if (found->first_ms > 0 && (row->first_ms == 0 || found->first_ms < row->first_ms))
        row->first_ms = found->first_ms;
    if (found->first_ms > row->last_ms)
        row->last_ms = found->first_ms;
    row->summary = finding->summary;
    row->ratings = finding->ratings;
    row->rating_count = finding->rating_count;
    row->facts = finding->facts;
    if (has_package(row, &found->package))
        return;
    struct issue_package *package =
        arena_push(arena, (void **)&row->packages, &row->package_count, &capacity, sizeof(row->packages[0]));
    *package = (struct issue_package){.name = found->package.name,
        .version = found->package.version,
        .fixed_versions = finding->fixed_versions,
        .fixed_version_count = finding->fixed_version_count,
        .first_ms = found->first_ms};
}

/* The findings of one image, which the project's issues gather by vulnerability. */
static bool add_image(struct issue_list *list, const struct listed_project *project, const struct uuid *row,
    struct map *issues, struct error *err)
{
    struct contents contents = {0};
    struct finding_page page = {.has_more = true};
    struct finding_query query = {.page.limit = PAGE_LIMIT_MAX, .vulnerability = list->only};
    if (!contents_begin(&contents, list->transaction, list->arena, list->organization, row, err))
        return false;
    while (page.has_more) {
        if (!contents_findings(&contents, &query, &page, err))
            return false;
        for (size_t i = 0; i < page.count; i++) {
            struct map_entry *entry = map_entry(issues, page.items[i].finding.id);
            if (entry->value == NULL) {
                struct issue_row *issue = ARENA_NEW(list->arena, struct issue_row);
                issue->vulnerability = page.items[i].finding.id;
                issue->project_uuid = project->uuid;
                entry->value = issue;
            }
            add_finding(list->arena, entry->value, &page.items[i]);
        }
        if (page.count > 0)
            query.page.after = page.items[page.count - 1].cursor;
    }
    return true;
}

static bool read_project(struct issue_list *list, struct listed_project *project, struct map *issues, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct {
        struct uuid *items;
        size_t count, capacity;
    } images = {0};
    if (!QUERY(list->transaction->connection, &rows, err,
            "SELECT snapshot_images.uuid FROM projects JOIN snapshot_images "
            "ON snapshot_images.snapshot_id = projects.snapshot_id WHERE projects.id = $1 AND state = 1 AND is_image = 1 "
            "ORDER BY snapshot_images.id",
            SQL_INTEGER(project->id)))
        return false;
    while (rows_next(&rows))
        uuid_parse(rows_view(&rows, 0), ARENA_PUSH(list->arena, &images));
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < images.count; i++) {
        if (!add_image(list, project, &images.items[i], issues, err))
            return false;
    }
    return true;
}

/* The issues behind the cursor, in the direction of reading, until the page is full. */
static void take_issues(struct issue_list *list, const struct listed_project *project, const struct map *issues)
{
    const struct issue_row **sorted = ARENA_ARRAY(list->arena, const struct issue_row *, issues->count);
    bool is_first = project->id == list->from && list->from_name.size > 0;
    for (size_t i = 0; i < issues->count; i++)
        sorted[i] = issues->entries[i].value;
    if (issues->count > 0)
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
        qsort(sorted, issues->count, sizeof(sorted[0]), compare_issues);
    for (size_t i = 0; i < issues->count && list->count < list->capacity; i++) {
        const struct issue_row *issue = sorted[list->is_reversed ? issues->count - 1 - i : i];
        int order = is_first ? view_compare(issue->vulnerability, list->from_name) : 0;
        bool is_behind = !is_first || (list->is_reversed ? order < 0 : order > 0);
        if (!is_behind || !is_wanted(list->query, issue))
            continue;
        list->rows[list->count] = *issue;
        list->rows[list->count++].cursor = page_cursor_text(list->arena, project->id, issue->vulnerability);
    }
}

/* Scanned images of projects from `from` on, in the direction of reading. */
#define PROJECTS                                                                                                       \
    "SELECT projects.id, projects.uuid, shown.image_id FROM projects CROSS JOIN snapshot_images AS shown "             \
    "WHERE +projects.organization_id = $1 AND projects.deleted_ms = 0 AND projects.is_active = 1 "                     \
    "AND ($3 = '' OR projects.uuid = $3) AND shown.snapshot_id = projects.snapshot_id "                                \
    "AND shown.image_id IS NOT NULL "
static const char upward[] = PROJECTS "AND projects.id >= $2 ORDER BY projects.id";
static const char downward[] = PROJECTS "AND projects.id <= $2 ORDER BY projects.id DESC";

static const char *projects_sql(const struct issue_list *list)
{
    const struct owner_filter *owners = &list->query->owners;
    if (!owners->is_set)
        return list->is_reversed ? downward : upward;
    return arena_format(list->arena,
        PROJECTS "AND projects.target_id IN (SELECT id FROM targets WHERE organization_id = $1%.*s) "
                 "AND projects.id %s= $2 ORDER BY projects.id%s",
        VIEW_PRINT(owner_filter_sql(list->arena, owners, "repository_id")), list->is_reversed ? "<" : ">",
        list->is_reversed ? " DESC" : "")
        .data;
}

/* The next one with a vulnerability of the severities asked for, which the keys of its images tell. */
static bool next_project(
    struct issue_list *list, int64_t from, struct listed_project *project, bool *is_there, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct image_key key;
    int64_t kinds = kinds_mask((struct kind_filter){.severities = list->query->severities});
    *is_there = false;
    *project = (struct listed_project){.id = 0};
    if (!QUERY(list->transaction->connection, &rows, err, list->projects_sql, SQL_INTEGER(list->organization),
            SQL_INTEGER(from), SQL_WORD(list->query->project.text)))
        return false;
    while (!*is_there && rows_next(&rows)) {
        if (!image_keys_find(&list->keys, rows_integer(&rows, 2), &key, err))
            return false;
        if ((key.kinds & kinds) == 0)
            continue;
        *is_there = true;
        project->id = rows_integer(&rows, 0);
        uuid_parse(rows_view(&rows, 1), &project->uuid);
    }
    return rows_finish(&rows, err);
}

static bool list_issues(struct issue_list *list, struct error *err)
{
    struct listed_project project;
    bool is_there = true;
    int64_t from = list->from;
    if (!image_keys_begin(&list->keys, list->transaction, list->arena, err))
        return false;
    for (int read = 0; list->count < list->capacity; read++) {
        struct map issues;
        if (read == PROJECTS_READ_MAX)
            return error_set(err, ERROR_LIMIT,
                "too few issues among %d projects: ask for one project or severity, or without times",
                PROJECTS_READ_MAX);
        map_init(&issues, list->arena);
        if (!next_project(list, from, &project, &is_there, err))
            return false;
        if (!is_there)
            return true;
        if (!read_project(list, &project, &issues, err))
            return false;
        take_issues(list, &project, &issues);
        from = list->is_reversed ? project.id - 1 : project.id + 1;
    }
    return true;
}

/* The rows of the page get their names. */
static bool name_issues(struct issue_list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct issue_row *row = &list->rows[i];
        struct view unused = {NULL, 0};
        int64_t project = 0, vulnerability = 0;
        bool found = false;
        if (!page_parse(row->cursor, &project, &unused, err) ||
            !LOOKUP(list->transaction->connection, &vulnerability, &found, err,
                "SELECT id FROM vulnerabilities WHERE name = $1", SQL_TEXT(row->vulnerability)))
            return false;
        name_issue(list->organization, project, vulnerability, &row->uuid);
    }
    return true;
}

bool store_list_issues(struct store *store, struct arena *arena, int64_t organization, const struct issue_query *query,
    struct issue_row **rows, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    const struct page_request *page = &query->page;
    struct issue_list list = {.transaction = &transaction,
        .arena = arena,
        .organization = organization,
        .query = query,
        .is_reversed = page->before.size > 0};
    struct view cursor = list.is_reversed ? page->before : page->after;
    list.from = list.is_reversed ? INT64_MAX : 0;
    list.projects_sql = projects_sql(&list);
    if (!page_check(page, err) || (cursor.size > 0 && !page_parse(cursor, &list.from, &list.from_name, err)))
        return false;
    list.capacity = (size_t)page->limit + 1;
    list.rows = ARENA_ARRAY(arena, struct issue_row, list.capacity);
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_issues(&list, err) && name_issues(&list, err), err))
        return false;
    page_finish(list.rows, sizeof(list.rows[0]), &list.count, page->limit, list.is_reversed, has_more);
    *rows = list.rows;
    *count = list.count;
    return true;
}

static bool find_issue(struct issue_list *list, const struct uuid *uuid, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t vulnerability = 0;
    struct listed_project project;
    struct map issues;
    bool is_there = parse_name(list->organization, uuid, &list->from, &vulnerability);
    map_init(&issues, list->arena);
    if (!is_there || !QUERY(list->transaction->connection, &rows, err, "SELECT name FROM vulnerabilities WHERE id = $1",
                         SQL_INTEGER(vulnerability)))
        return is_there ? false : error_set(err, ERROR_NOT_FOUND, "there is no issue \"%s\"", uuid->text);
    if (rows_next(&rows))
        list->only = rows_copy(&rows, list->arena, 0);
    if (!rows_finish(&rows, err) || !image_keys_begin(&list->keys, list->transaction, list->arena, err) ||
        !next_project(list, list->from, &project, &is_there, err))
        return false;
    if (is_there && project.id == list->from && list->only.size > 0) {
        if (!read_project(list, &project, &issues, err))
            return false;
        take_issues(list, &project, &issues);
    }
    return name_issues(list, err) &&
           (list->count > 0 || error_set(err, ERROR_NOT_FOUND, "there is no issue \"%s\"", uuid->text));
}

bool store_find_issue(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct issue_row *row, struct error *err)
{
    struct transaction transaction;
    static const struct issue_query all;
    struct issue_list list = {
        .transaction = &transaction, .arena = arena, .organization = organization, .query = &all, .capacity = 1};
    list.rows = ARENA_NEW(arena, struct issue_row);
    list.projects_sql = projects_sql(&list);
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find_issue(&list, uuid, err), err))
        return false;
    *row = list.rows[0];
    return true;
}
