/* SPDX-License-Identifier: Apache-2.0 */
/* Which team owns which repository. */
#include "store/import_jobs.h"
#include "store/team_rows.h"
#include "store/teams.h"

#include "base/regex.h"

#include <assert.h>

struct owner {
    int64_t team;
    struct view prefixes;
    struct regex **expressions;
    size_t expression_count;
};

/* The teams of an organization with compiled expressions. */
struct owner_list {
    struct owner *items;
    size_t count, capacity;
};

static void owner_list_done(struct owner_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < list->items[i].expression_count; k++)
            regex_free(list->items[i].expressions[k]);
    }
}

/* Expressions were checked when they were saved; one that cannot be read any more fits nothing. */
static void compile(struct arena *arena, struct view expressions, struct owner *owner)
{
    owner->expressions = ARENA_ARRAY(arena, struct regex *, TEAM_PATTERNS_MAX);
    for (struct view rest = expressions; rest.size > 0 && owner->expression_count < TEAM_PATTERNS_MAX;) {
        struct error err;
        owner->expression_count +=
            regex_compile(view_cut(&rest, '\n'), &owner->expressions[owner->expression_count], &err);
    }
}

static bool read_list(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct owner_list *list, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT id, prefixes, expressions FROM teams WHERE organization_id = $1 ORDER BY name",
            SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        struct owner *owner = ARENA_PUSH(arena, list);
        *owner = (struct owner){.team = rows_integer(&rows, 0), .prefixes = rows_copy(&rows, arena, 1)};
        compile(arena, rows_view(&rows, 2), owner);
    }
    return rows_finish(&rows, err);
}

static size_t longest_prefix(const struct owner *owner, struct view name)
{
    size_t longest = 0;
    for (struct view rest = owner->prefixes; rest.size > 0;) {
        struct view prefix = view_cut(&rest, '\n');
        if (prefix.size > longest && view_equal(view_slice(name, 0, prefix.size), prefix))
            longest = prefix.size;
    }
    return longest;
}

static bool has_match(const struct owner *owner, struct view name)
{
    for (size_t i = 0; i < owner->expression_count; i++) {
        if (regex_search(owner->expressions[i], name))
            return true;
    }
    return false;
}

/* 0 = nobody. */
static int64_t choose(const struct owner_list *list, struct view name)
{
    size_t longest = 0;
    int64_t team = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t size = longest_prefix(&list->items[i], name);
        if (size > longest) {
            longest = size;
            team = list->items[i].team;
        }
    }
    for (size_t i = 0; i < list->count && team == 0; i++)
        team = has_match(&list->items[i], name) ? list->items[i].team : 0;
    return team;
}

/* Rows that belong to the team whose patterns fit a name. */
struct owned_table {
    const char *list; /* key, name of the repository, owner, host of the registry if that may stand before the name */
    const char *set;
};

static_assert(IMPORT_JOB_ITEMS_MAX <= 1024, "the key of an item");
static const struct owned_table tables[] = {
    {"SELECT repositories.id, repositories.name, coalesce(team_id, 0), '' FROM repositories "
     "JOIN integrations ON integrations.id = integration_id WHERE organization_id = $1",
        "UPDATE repositories SET team_id = $2 WHERE id = $1"},
    {"SELECT id, repository, coalesce(team_id, 0), '' FROM scan_requests WHERE organization_id = $1",
        "UPDATE scan_requests SET team_id = $2 WHERE id = $1"},
    /* these have a key of two parts; a job has fewer items than 1024 */
    {"SELECT import_job_id * 1024 + position, import_job_items.name, coalesce(team_id, 0), host FROM import_job_items "
     "JOIN import_jobs ON import_jobs.id = import_job_id JOIN integrations ON integrations.id = integration_id "
     "WHERE import_jobs.organization_id = $1",
        "UPDATE import_job_items SET team_id = $2 WHERE import_job_id = $1 / 1024 AND position = $1 % 1024"},
};

static bool set_owner(struct transaction *transaction, const char *sql, int64_t row, int64_t team, struct error *err)
{
    return RUN(transaction->connection, err, sql, SQL_INTEGER(row), team == 0 ? SQL_NULL : SQL_INTEGER(team));
}

bool team_choose_owners(struct transaction *transaction, int64_t organization, const struct view *names, size_t count,
    int64_t *teams, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(owner_list_done) struct owner_list list = {0};
    if (!read_list(transaction, arena, organization, &list, err))
        return false;
    for (size_t i = 0; i < count; i++)
        teams[i] = choose(&list, names[i]);
    return true;
}

bool store_name_owners(struct store *store, int64_t organization, const struct view *names, size_t count,
    int64_t *teams, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, team_choose_owners(&transaction, organization, names, count, teams, err), err);
}

bool team_own_repository(
    struct transaction *transaction, int64_t organization, int64_t repository, struct view name, struct error *err)
{
    int64_t team = 0;
    return team_choose_owners(transaction, organization, &name, 1, &team, err) &&
           (team == 0 || set_owner(transaction, tables[0].set, repository, team, err));
}

struct owned {
    int64_t row;
    int64_t team;
};

static bool own_table(struct transaction *transaction, int64_t organization, const struct owner_list *list,
    const struct owned_table *table, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        struct owned *items;
        size_t count, capacity;
    } changed = {0};
    if (!QUERY(transaction->connection, &rows, err, table->list, SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        struct view tag;
        struct view name = rows_view(&rows, 1);
        struct view host = rows_view(&rows, 3);
        if (host.size > 0)
            import_name_split(host, name, &name, &tag);
        int64_t team = choose(list, name);
        if (team != rows_integer(&rows, 2))
            *(struct owned *)ARENA_PUSH(arena, &changed) = (struct owned){rows_integer(&rows, 0), team};
    }
    if (!rows_finish(&rows, err))
        return false;
    for (size_t i = 0; i < changed.count; i++) {
        if (!set_owner(transaction, table->set, changed.items[i].row, changed.items[i].team, err))
            return false;
    }
    return true;
}

bool team_own_repositories(struct transaction *transaction, int64_t organization, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    CLEANUP(owner_list_done) struct owner_list list = {0};
    if (!read_list(transaction, arena, organization, &list, err))
        return false;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (!own_table(transaction, organization, &list, &tables[i], err))
            return false;
    }
    return true;
}

static bool read_teams(
    struct rows *rows, struct arena *arena, bool is_limited, struct owner_filter *owners, struct error *err)
{
    struct {
        int64_t *items;
        size_t count, capacity;
    } teams = {0};
    while (rows_next(rows))
        *(int64_t *)ARENA_PUSH(arena, &teams) = rows_integer(rows, 0);
    *owners = (struct owner_filter){.is_set = is_limited, .teams = teams.items, .count = teams.count};
    return rows_finish(rows, err);
}

bool team_read_owners(
    struct transaction *transaction, struct arena *arena, int64_t user, struct owner_filter *owners, struct error *err)
{
    AUTO_ROWS rows = {0};
    int64_t is_limited = 0;
    bool found = false;
    if (!LOOKUP(transaction->connection, &is_limited, &found, err, "SELECT is_limited FROM users WHERE id = $1",
            SQL_INTEGER(user)))
        return false;
    return QUERY(transaction->connection, &rows, err, "SELECT team_id FROM team_members WHERE user_id = $1 LIMIT $2",
               SQL_INTEGER(user), SQL_INTEGER(OWNERS_MAX)) &&
           read_teams(&rows, arena, is_limited != 0, owners, err);
}

bool team_limit_owners(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view limited_to, struct owner_filter *owners, struct error *err)
{
    AUTO_ROWS rows = {0};
    return QUERY(transaction->connection, &rows, err, "SELECT id FROM teams WHERE organization_id = $1 AND uuid = $2",
               SQL_INTEGER(organization), SQL_TEXT(limited_to)) &&
           read_teams(&rows, arena, limited_to.size > 0, owners, err);
}

#define OF_PROJECTS                                                                                                    \
    " JOIN targets ON targets.id = projects.target_id JOIN repositories ON repositories.id = targets.repository_id "

static const char *const owners_of[OWNED_KIND_COUNT] = {
    [OWNED_IMAGE] = "SELECT coalesce(team_id, 0) FROM snapshot_images JOIN snapshots "
                    "ON snapshots.id = snapshot_images.snapshot_id "
                    "JOIN projects ON projects.id = snapshots.project_id" OF_PROJECTS
                    "WHERE snapshot_images.uuid = $1 AND snapshot_images.organization_id = $2",
    [OWNED_PROJECT] = "SELECT coalesce(team_id, 0) FROM projects" OF_PROJECTS
                      "WHERE projects.uuid = $1 AND projects.organization_id = $2",
    [OWNED_TARGET] =
        ("SELECT coalesce(team_id, 0) FROM targets JOIN repositories ON repositories.id = targets.repository_id "
         "WHERE targets.uuid = $1 AND targets.organization_id = $2"),
    [OWNED_INTEGRATION] =
        ("SELECT DISTINCT coalesce(team_id, 0) FROM integrations JOIN repositories ON integration_id = integrations.id "
         "WHERE integrations.uuid = $1 AND integrations.organization_id = $2"),
    [OWNED_SCAN_REQUEST] = "SELECT coalesce(team_id, 0) FROM scan_requests WHERE uuid = $1 AND organization_id = $2",
    [OWNED_IMPORT_JOB] = "SELECT DISTINCT coalesce(team_id, 0) FROM import_jobs JOIN import_job_items "
                         "ON import_job_id = import_jobs.id WHERE uuid = $1 AND organization_id = $2",
};

static bool read_is_owned(struct transaction *transaction, int64_t organization, enum owned_kind kind, struct view uuid,
    const struct owner_filter *owners, bool *is_owned, struct error *err)
{
    AUTO_ROWS rows = {0};
    *is_owned = false;
    if (!QUERY(transaction->connection, &rows, err, owners_of[kind], SQL_TEXT(uuid), SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows))
        *is_owned |= owner_filter_has(owners, rows_integer(&rows, 0));
    return rows_finish(&rows, err);
}

bool store_is_owned(struct store *store, int64_t organization, enum owned_kind kind, struct view uuid,
    const struct owner_filter *owners, bool *is_owned, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(
               &transaction, read_is_owned(&transaction, organization, kind, uuid, owners, is_owned, err), err);
}
