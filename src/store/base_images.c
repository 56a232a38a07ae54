/* SPDX-License-Identifier: Apache-2.0 */
#include "store/base_images.h"

#include "store/audit.h"
#include "store/page.h"
#include "store/transaction.h"

#include <stdlib.h>

/* One version of them all: a custom base image with what its repository decides. */
#define BASE_COLUMNS                                                                                                   \
    "SELECT base.id, base.uuid, projects.uuid, integrations.host || '/' || repositories.name, projects.tag, "          \
    "base.is_recommended, base.schema, base.expression, base.label, base.is_selected, repositories.id "                \
    "FROM custom_base_images AS base JOIN projects ON projects.id = base.project_id "                                  \
    "JOIN targets ON targets.id = projects.target_id JOIN repositories ON repositories.id = targets.repository_id "    \
    "JOIN integrations ON integrations.id = repositories.integration_id "
#define OF_ORGANIZATION "WHERE base.organization_id = $1 AND projects.deleted_ms = 0 "

/* With the keys behind it. */
struct stored_base {
    struct base_image image;
    int64_t id;
    int64_t repository;
};

static bool read_base(const struct rows *rows, struct arena *arena, struct stored_base *stored, struct error *err)
{
    struct base_image *image = &stored->image;
    stored->id = rows_integer(rows, 0);
    stored->repository = rows_integer(rows, 10);
    *image = (struct base_image){.repository = rows_copy(rows, arena, 3),
        .tag = rows_copy(rows, arena, 4),
        .is_recommended = rows_integer(rows, 5) != 0,
        .expression = rows_copy(rows, arena, 7),
        .label = rows_copy(rows, arena, 8),
        .is_selected = rows_integer(rows, 9) != 0,
        .cursor = page_cursor(arena, stored->id)};
    return (uuid_parse(rows_view(rows, 1), &image->uuid) && uuid_parse(rows_view(rows, 2), &image->project) &&
               base_schema_parse(rows_view(rows, 6), &image->schema)) ||
           error_set(err, ERROR_CORRUPT, "a stored base image cannot be read");
}

static bool find_base(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct stored_base *stored, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, BASE_COLUMNS OF_ORGANIZATION "AND base.uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found && !read_base(&rows, arena, stored, err))
        return false;
    return rows_finish(&rows, err) && (found || error_set(err, ERROR_NOT_FOUND, "there is no such base image"));
}

static bool note(struct transaction *transaction, int64_t organization, const struct base_image *image, struct view who,
    const char *action, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("custom_base_image"),
        .subject_id = view_text(image->uuid.text),
        .subject_name = arena_format(arena, "%.*s:%.*s", VIEW_PRINT(image->repository), VIEW_PRINT(image->tag)),
    };
    return audit_add(transaction, organization, &event, err);
}

static bool check_tag(const struct base_image_change *change, struct view tag, struct error *err)
{
    AUTO_REGEX *regex = NULL;
    if (change->schema == BASE_SCHEMA_SEMVER && !base_tag_is_semver(tag))
        return error_set(err, ERROR_INVALID,
            "tag \"%.*s\" is not MAJOR.MINOR.PATCH by the letter, as the versioning schema \"semver\" needs it",
            VIEW_PRINT(tag));
    if (change->schema != BASE_SCHEMA_CUSTOM)
        return true;
    return (change->expression.size > 0 ||
               error_set(err, ERROR_INVALID, "the versioning schema \"custom\" needs an expression")) &&
           regex_compile(change->expression, &regex, err) &&
           (regex_search(regex, tag) ||
               error_set(err, ERROR_INVALID, "tag \"%.*s\" does not match the expression \"%.*s\"", VIEW_PRINT(tag),
                   VIEW_PRINT(change->expression)));
}

/* The schema is the repository's: all its base images get it, and a selected one takes the place of another. */
static bool set_schema(struct transaction *transaction, const struct stored_base *stored,
    const struct base_image_change *change, struct error *err)
{
#define OF_REPOSITORY                                                                                                  \
    "project_id IN (SELECT projects.id FROM projects JOIN targets ON targets.id = projects.target_id "                 \
    "WHERE targets.repository_id = $1)"
    bool is_custom = change->schema == BASE_SCHEMA_CUSTOM;
    bool is_selected = change->schema == BASE_SCHEMA_SINGLE_SELECTION && change->is_selected;
    struct connection *connection = transaction->connection;
    return check_tag(change, stored->image.tag, err) &&
           RUN(connection, err,
               "UPDATE custom_base_images SET schema = $2, expression = $3, label = $4 WHERE " OF_REPOSITORY,
               SQL_INTEGER(stored->repository), SQL_WORD(base_schema_name(change->schema)),
               SQL_TEXT(is_custom ? change->expression : view_text("")),
               SQL_TEXT(is_custom ? change->label : view_text(""))) &&
           (change->schema == BASE_SCHEMA_SINGLE_SELECTION && !is_selected
                   ? RUN(connection, err, "UPDATE custom_base_images SET is_selected = 0 WHERE id = $1",
                         SQL_INTEGER(stored->id))
                   : RUN(connection, err,
                         "UPDATE custom_base_images SET is_selected = CASE WHEN id = $2 THEN CAST($3 AS {integer}) "
                         "ELSE 0 END WHERE " OF_REPOSITORY,
                         SQL_INTEGER(stored->repository), SQL_INTEGER(stored->id), SQL_INTEGER(is_selected)));
}

/* A new one takes the schema that its repository has. */
static bool take_schema(struct transaction *transaction, const struct stored_base *stored, struct error *err)
{
    return RUN(transaction->connection, err,
        "UPDATE custom_base_images SET (schema, expression, label) = (SELECT other.schema, other.expression, other.label "
        "FROM custom_base_images AS other JOIN projects ON projects.id = other.project_id "
        "JOIN targets ON targets.id = projects.target_id WHERE targets.repository_id = $1 AND other.id <> $2 LIMIT 1) "
        "WHERE id = $2 AND EXISTS (SELECT 1 FROM custom_base_images AS other "
        "JOIN projects ON projects.id = other.project_id JOIN targets ON targets.id = projects.target_id "
        "WHERE targets.repository_id = $1 AND other.id <> $2)",
        SQL_INTEGER(stored->repository), SQL_INTEGER(stored->id));
}

static bool check_new(
    struct transaction *transaction, int64_t organization, const struct uuid *uuid, int64_t *project, struct error *err)
{
    int64_t other = 0, count = 0;
    bool has_project = false, is_base = false, found = false;
    if (!LOOKUP(transaction->connection, project, &has_project, err,
            "SELECT id FROM projects WHERE organization_id = $1 AND uuid = $2 AND deleted_ms = 0",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)) ||
        !LOOKUP(transaction->connection, &other, &is_base, err,
            "SELECT id FROM custom_base_images WHERE project_id = $1", SQL_INTEGER(*project)) ||
        !LOOKUP(transaction->connection, &count, &found, err,
            "SELECT count(*) FROM custom_base_images WHERE organization_id = $1", SQL_INTEGER(organization)))
        return false;
    if (!has_project)
        return error_set(err, ERROR_NOT_FOUND, "there is no project \"%s\"", uuid->text);
    if (is_base)
        return error_set(err, ERROR_CONFLICT, "project \"%s\" is a base image already", uuid->text);
    return count < BASE_IMAGES_MAX ||
           error_set(err, ERROR_LIMIT, "an organization has at most %d base images", BASE_IMAGES_MAX);
}

static bool add_base(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct base_image_change *given, struct view who, struct stored_base *made, struct error *err)
{
    struct uuid uuid;
    int64_t project = 0;
    uuid_new(&uuid);
    if (!check_new(transaction, organization, &given->project, &project, err) ||
        !RUN(transaction->connection, err,
            "INSERT INTO custom_base_images (organization_id, uuid, project_id, is_recommended, schema, expression, "
            "label, is_selected, created_ms) VALUES ($1, $2, $3, $4, '', '', '', 0, $5)",
            SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_INTEGER(project), SQL_INTEGER(given->is_recommended),
            SQL_INTEGER(transaction->now_ms)) ||
        !find_base(transaction, arena, organization, &uuid, made, err))
        return false;
    bool is_set = given->has_schema ? set_schema(transaction, made, given, err) : take_schema(transaction, made, err);
    return is_set && find_base(transaction, arena, organization, &uuid, made, err) &&
           note(transaction, organization, &made->image, who, "custom_base_image.create", err);
}

bool store_add_base_image(struct store *store, struct arena *arena, int64_t organization,
    const struct base_image_change *given, struct view who, struct base_image *made, struct error *err)
{
    struct transaction transaction;
    struct stored_base stored = {.id = 0};
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add_base(&transaction, arena, organization, given, who, &stored, err), err))
        return false;
    *made = stored.image;
    return true;
}

static bool edit_base(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, const struct base_image_change *change, struct view who, struct stored_base *edited,
    struct error *err)
{
    return find_base(transaction, arena, organization, uuid, edited, err) &&
           (!change->has_recommended ||
               RUN(transaction->connection, err, "UPDATE custom_base_images SET is_recommended = $2 WHERE id = $1",
                   SQL_INTEGER(edited->id), SQL_INTEGER(change->is_recommended))) &&
           (!change->has_schema || set_schema(transaction, edited, change, err)) &&
           find_base(transaction, arena, organization, uuid, edited, err) &&
           note(transaction, organization, &edited->image, who, "custom_base_image.edit", err);
}

bool store_edit_base_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct base_image_change *change, struct view who, struct base_image *edited, struct error *err)
{
    struct transaction transaction;
    struct stored_base stored = {.id = 0};
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, edit_base(&transaction, arena, organization, uuid, change, who, &stored, err), err))
        return false;
    *edited = stored.image;
    return true;
}

bool store_remove_base_image(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    struct stored_base stored = {.id = 0};
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done =
        find_base(&transaction, arena, organization, uuid, &stored, err) &&
        RUN(transaction.connection, err, "DELETE FROM custom_base_images WHERE id = $1", SQL_INTEGER(stored.id)) &&
        note(&transaction, organization, &stored.image, who, "custom_base_image.delete", err);
    return transaction_end(&transaction, is_done, err);
}

bool store_find_base_image(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct base_image *image, struct error *err)
{
    struct transaction transaction;
    struct stored_base stored = {.id = 0};
    if (!transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, find_base(&transaction, arena, organization, uuid, &stored, err), err))
        return false;
    *image = stored.image;
    return true;
}

bool base_order_parse(struct view name, enum base_order *order)
{
    static const char *const names[BASE_ORDER_COUNT] = {"created", "repository", "tag", "version"};
    for (*order = BASE_ORDER_REPOSITORY; *order < BASE_ORDER_COUNT; (*order)++) {
        if (view_is(name, names[*order]))
            return true;
    }
    return false;
}

static bool read_bases(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct base_image_query *query, const struct key_page *page, struct base_image **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = arena_format(arena,
        BASE_COLUMNS OF_ORGANIZATION
        "AND base.id %c $2 AND ($3 = '' OR projects.uuid = $3) AND ($4 = '' OR repositories.name = $4 "
        "OR integrations.host || '/' || repositories.name = $4) AND ($5 = '' OR projects.tag = $5) "
        "AND ($6 < 0 OR base.is_recommended = $6) ORDER BY base.id %s LIMIT $7",
        page->is_downward ? '<' : '>', page->is_downward ? "DESC" : "ASC")
                          .data;
    struct {
        struct base_image *items;
        size_t count, capacity;
    } list = {0};
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_WORD(query->project.text), SQL_TEXT(query->repository), SQL_TEXT(query->tag),
            SQL_INTEGER(query->has_recommended ? query->is_recommended : -1), SQL_INTEGER(page->limit)))
        return false;
    while (rows_next(&rows)) {
        struct stored_base stored;
        if (!read_base(&rows, arena, &stored, err))
            return false;
        *(struct base_image *)ARENA_PUSH(arena, &list) = stored.image;
    }
    *items = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

/* Where a row stands in an order. The rows of a repository have one versioning. */
struct base_key {
    enum base_order order;
    enum base_schema schema;
    struct view repository;
    struct view tag;
    struct view cursor; /* of the row in the order of creation: of equals one comes first */
    size_t index;
};

static int compare_views(struct view a, struct view b, int otherwise)
{
    int compared = view_compare(a, b);
    return compared != 0 ? compared : otherwise;
}

static int compare_keys(const void *left, const void *right)
{
    const struct base_key *a = left;
    const struct base_key *b = right;
    const struct base_versioning versioning = {.schema = a->schema};
    int last = compare_views(a->cursor, b->cursor, 0);
    if (a->order == BASE_ORDER_TAG)
        return compare_views(a->tag, b->tag, compare_views(a->repository, b->repository, last));
    int by_tag = compare_views(a->tag, b->tag, last);
    int by_version = a->order == BASE_ORDER_VERSION && view_equal(a->repository, b->repository)
                         ? base_tags_compare(&versioning, a->tag, b->tag)
                         : 0;
    return compare_views(a->repository, b->repository, by_version != 0 ? by_version : by_tag);
}

/* "12.REPOSITORY TAG": names of repositories have no spaces. */
static struct view cursor_of(struct arena *arena, const struct base_key *key)
{
    return arena_format(
        arena, "%.*s.%.*s %.*s", VIEW_PRINT(key->cursor), VIEW_PRINT(key->repository), VIEW_PRINT(key->tag));
}

static bool parse_cursor(struct arena *arena, struct view cursor, struct base_key *key, struct error *err)
{
    int64_t id = 0;
    if (!page_parse(cursor, &id, &key->tag, err))
        return false;
    key->repository = view_cut(&key->tag, ' ');
    key->cursor = page_cursor(arena, id);
    return true;
}

/* How many rows come before the cursor's; `*is_there` if that is among them. */
static size_t rows_before(const struct base_key *keys, size_t count, const struct base_key *cursor, bool *is_there)
{
    size_t before = 0;
    *is_there = false;
    for (size_t i = 0; i < count; i++) {
        int compared = compare_keys(&keys[i], cursor);
        before += compared < 0;
        *is_there = *is_there || compared == 0;
    }
    return before;
}

/* The rows of the page in their order, from `*first` of the keys on, or falling from it. */
static bool choose_page(struct arena *arena, const struct base_image_query *query, const struct base_key *keys,
    size_t whole, size_t *first, size_t *count, bool *has_more, struct error *err)
{
    struct base_key cursor = {.order = query->order};
    bool is_back = query->page.before.size > 0, is_there = false;
    bool is_upward = is_back == query->is_falling;
    struct view given = is_back ? query->page.before : query->page.after;
    size_t limit = (size_t)query->page.limit, from = query->is_falling ? whole : 0;
    if (given.size > 0) {
        if (!parse_cursor(arena, given, &cursor, err))
            return false;
        from = rows_before(keys, whole, &cursor, &is_there);
        from += is_there && is_upward;
    }
    size_t rest = is_upward ? whole - from : from;
    *has_more = rest > limit;
    *count = rest > limit ? limit : rest;
    *first = is_upward ? from : from - *count;
    return true;
}

/* An organization has few base images: they are put in order in memory. */
static bool list_in_order(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct base_image_query *query, struct base_image **items, size_t *count, bool *has_more, struct error *err)
{
    const struct key_page all = {.limit = BASE_IMAGES_MAX};
    struct base_image *rows;
    size_t whole, first;
    if (!page_check(&query->page, err) ||
        !read_bases(transaction, arena, organization, query, &all, &rows, &whole, err))
        return false;
    struct base_key *keys = ARENA_ARRAY(arena, struct base_key, whole);
    for (size_t i = 0; i < whole; i++)
        keys[i] = (struct base_key){query->order, rows[i].schema, rows[i].repository, rows[i].tag, rows[i].cursor, i};
    if (whole > 0)
        qsort(keys, whole, sizeof(*keys), compare_keys);
    if (!choose_page(arena, query, keys, whole, &first, count, has_more, err))
        return false;
    *items = ARENA_ARRAY(arena, struct base_image, *count);
    for (size_t i = 0; i < *count; i++) {
        const struct base_key *key = &keys[query->is_falling ? first + *count - 1 - i : first + i];
        (*items)[i] = rows[key->index];
        (*items)[i].cursor = cursor_of(arena, key);
    }
    return true;
}

bool store_list_base_images(struct store *store, struct arena *arena, int64_t organization,
    const struct base_image_query *query, struct base_image **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (query->order != BASE_ORDER_CREATED)
        return transaction_read(store, &transaction, err) &&
               transaction_end(&transaction,
                   list_in_order(&transaction, arena, organization, query, items, count, has_more, err), err);
    if (!page_begin(&query->page, query->is_falling, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, read_bases(&transaction, arena, organization, query, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}
