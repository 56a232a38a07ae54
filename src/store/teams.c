/* SPDX-License-Identifier: Apache-2.0 */
#include "store/teams.h"

#include "base/regex.h"
#include "store/accounts_internal.h"
#include "store/audit.h"
#include "store/page.h"
#include "store/team_rows.h"

#define TEAM_COLUMNS                                                                                                   \
    "id, uuid, name, prefixes, expressions, created_ms, "                                                              \
    "(SELECT count(*) FROM team_members WHERE team_id = teams.id), "                                                   \
    "(SELECT count(*) FROM repositories WHERE team_id = teams.id)"

static void read_team(const struct rows *rows, struct arena *arena, struct team *team)
{
    *team = (struct team){
        .id = rows_integer(rows, 0),
        .name = rows_copy(rows, arena, 2),
        .patterns = {rows_copy(rows, arena, 3), rows_copy(rows, arena, 4)},
        .created_ms = rows_integer(rows, 5),
        .members = rows_integer(rows, 6),
        .repositories = rows_integer(rows, 7),
        .cursor = page_cursor(arena, rows_integer(rows, 0)),
    };
    uuid_parse(rows_view(rows, 1), &team->uuid);
}

static bool find_team(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct team *team, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " TEAM_COLUMNS " FROM teams WHERE organization_id = $1 AND (name = $2 OR uuid = $2) "
            "ORDER BY uuid = $2 DESC",
            SQL_INTEGER(organization), SQL_TEXT(name_or_uuid)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_team(&rows, arena, team);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no team \"%.*s\"", VIEW_PRINT(name_or_uuid)));
}

bool store_find_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct team *team, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_team(&transaction, arena, organization, name_or_uuid, team, err), err);
}

bool team_find_uuid(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view *uuid, struct error *err)
{
    struct team team;
    *uuid = view_text("");
    if (name_or_uuid.size == 0)
        return true;
    if (!find_team(transaction, arena, organization, name_or_uuid, &team, err))
        return false;
    *uuid = arena_copy(arena, view_text(team.uuid.text));
    return true;
}

/* A line cannot be empty: it would fit everything. */
static bool check_lines(const char *what, struct view lines, struct error *err)
{
    size_t count = 0;
    for (struct view rest = lines; rest.size > 0;) {
        struct view line = view_cut(&rest, '\n');
        if (line.size == 0 || line.size > REGEX_BYTES_MAX)
            return error_set(err, ERROR_INVALID, "%s has 1 to %d bytes", what, REGEX_BYTES_MAX);
        if (++count > TEAM_PATTERNS_MAX)
            return error_set(err, ERROR_LIMIT, "a team has at most %d of each kind of pattern", TEAM_PATTERNS_MAX);
    }
    return true;
}

static bool check_patterns(const struct team_patterns *patterns, struct error *err)
{
    if (!check_lines("a prefix", patterns->prefixes, err) ||
        !check_lines("a regular expression", patterns->expressions, err))
        return false;
    for (struct view rest = patterns->expressions; rest.size > 0;) {
        AUTO_REGEX *regex = NULL;
        struct view line = view_cut(&rest, '\n');
        if (!regex_compile(line, &regex, err))
            return error_wrap(err, "regular expression \"%.*s\"", VIEW_PRINT(line));
    }
    return true;
}

static bool note(struct transaction *transaction, int64_t organization, const struct team *team, struct view who,
    const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {
        .actor = who,
        .action = view_text(action),
        .subject_type = view_text("team"),
        .subject_id = view_text(team->uuid.text),
        .subject_name = team->name,
        .detail = detail,
    };
    return audit_add(transaction, organization, &event, err);
}

/* Another team than `own` with that name. */
static bool check_name_is_free(
    struct transaction *transaction, int64_t organization, struct view name, int64_t own, struct error *err)
{
    int64_t id = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &id, &found, err,
               "SELECT id FROM teams WHERE organization_id = $1 AND name = $2 AND id <> $3", SQL_INTEGER(organization),
               SQL_TEXT(name), SQL_INTEGER(own)) &&
           (!found || error_set(err, ERROR_CONFLICT, "there is a team \"%.*s\" already", VIEW_PRINT(name)));
}

static bool check_count(struct transaction *transaction, int64_t organization, struct error *err)
{
    int64_t count = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &count, &found, err, "SELECT count(*) FROM teams WHERE organization_id = $1",
               SQL_INTEGER(organization)) &&
           (count < TEAMS_MAX || error_set(err, ERROR_LIMIT, "an organization has at most %d teams", TEAMS_MAX));
}

static bool add_team(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct team_new *given, struct team *made, struct error *err)
{
    struct uuid uuid;
    uuid_new(&uuid);
    return check_name_is_free(transaction, organization, given->name, 0, err) &&
           check_count(transaction, organization, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO teams (organization_id, uuid, name, prefixes, expressions, created_ms) "
               "VALUES ($1, $2, $3, $4, $5, $6)",
               SQL_INTEGER(organization), SQL_WORD(uuid.text), SQL_TEXT(given->name),
               SQL_TEXT(given->patterns.prefixes), SQL_TEXT(given->patterns.expressions),
               SQL_INTEGER(transaction->now_ms)) &&
           team_own_repositories(transaction, organization, err) &&
           find_team(transaction, arena, organization, view_text(uuid.text), made, err) &&
           note(transaction, organization, made, given->who, "team.create", view_text(""), err);
}

bool store_add_team(struct store *store, struct arena *arena, int64_t organization, const struct team_new *given,
    struct team *made, struct error *err)
{
    struct transaction transaction;
    struct team added;
    if (!account_name_check("a team's name", given->name, TEAM_NAME_BYTES_MAX, err) ||
        !check_patterns(&given->patterns, err) || !transaction_write(store, &transaction, err) ||
        !transaction_end(&transaction, add_team(&transaction, arena, organization, given, &added, err), err))
        return false;
    *made = added;
    return true;
}

static bool edit_team(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, const struct team_change *change, struct team *edited, struct error *err)
{
    struct team team;
    if (!find_team(transaction, arena, organization, name_or_uuid, &team, err))
        return false;
    struct view name = change->name.size > 0 ? change->name : team.name;
    struct view prefixes = change->prefixes != NULL ? *change->prefixes : team.patterns.prefixes;
    struct view expressions = change->expressions != NULL ? *change->expressions : team.patterns.expressions;
    return check_name_is_free(transaction, organization, name, team.id, err) &&
           RUN(transaction->connection, err,
               "UPDATE teams SET name = $2, prefixes = $3, expressions = $4 WHERE id = $1", SQL_INTEGER(team.id),
               SQL_TEXT(name), SQL_TEXT(prefixes), SQL_TEXT(expressions)) &&
           team_own_repositories(transaction, organization, err) &&
           find_team(transaction, arena, organization, view_text(team.uuid.text), edited, err) &&
           note(transaction, organization, edited, change->who, "team.edit", view_text(""), err);
}

bool store_edit_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct team_change *change, struct team *edited, struct error *err)
{
    struct transaction transaction;
    struct team team;
    const struct team_patterns patterns = {change->prefixes != NULL ? *change->prefixes : view_text(""),
        change->expressions != NULL ? *change->expressions : view_text("")};
    if ((change->name.size > 0 && !account_name_check("a team's name", change->name, TEAM_NAME_BYTES_MAX, err)) ||
        !check_patterns(&patterns, err) || !transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, edit_team(&transaction, arena, organization, name_or_uuid, change, &team, err), err))
        return false;
    *edited = team;
    return true;
}

bool store_remove_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err)
{
    struct transaction transaction;
    struct team team;
    if (!transaction_write(store, &transaction, err))
        return false;
    bool is_done = find_team(&transaction, arena, organization, name_or_uuid, &team, err) &&
                   RUN(transaction.connection, err, "DELETE FROM teams WHERE id = $1", SQL_INTEGER(team.id)) &&
                   team_own_repositories(&transaction, organization, err) &&
                   note(&transaction, organization, &team, who, "team.remove", view_text(""), err);
    return transaction_end(&transaction, is_done, err);
}

static bool list_teams(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct key_page *page, struct team **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    const char *sql = page->is_downward ? "SELECT " TEAM_COLUMNS " FROM teams WHERE organization_id = $1 AND id < $2 "
                                          "ORDER BY id DESC LIMIT $3"
                                        : "SELECT " TEAM_COLUMNS " FROM teams WHERE organization_id = $1 AND id > $2 "
                                          "ORDER BY id LIMIT $3";
    if (!QUERY(transaction->connection, &rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
            SQL_INTEGER(page->limit)))
        return false;
    struct team *list = ARENA_ARRAY(arena, struct team, (size_t)page->limit);
    for (*count = 0; rows_next(&rows); (*count)++)
        read_team(&rows, arena, &list[*count]);
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_teams(struct store *store, struct arena *arena, int64_t organization, const struct page_request *page,
    struct team **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(&transaction, list_teams(&transaction, arena, organization, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, page->limit, keys.is_reversed, has_more);
    return true;
}

static bool set_member(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct team_membership *membership, struct error *err)
{
    struct team team;
    int64_t user = 0;
    bool found = false;
    if (!find_team(transaction, arena, organization, membership->team, &team, err) ||
        !LOOKUP(transaction->connection, &user, &found, err,
            "SELECT id FROM users WHERE organization_id = $1 AND (name = $2 OR uuid = $2) ORDER BY uuid = $2 DESC",
            SQL_INTEGER(organization), SQL_TEXT(membership->user)))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND, "there is no user \"%.*s\"", VIEW_PRINT(membership->user));
    const char *sql = membership->is_member
                          ? "INSERT INTO team_members (team_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
                          : "DELETE FROM team_members WHERE team_id = $1 AND user_id = $2";
    return RUN(transaction->connection, err, sql, SQL_INTEGER(team.id), SQL_INTEGER(user)) &&
           note(transaction, organization, &team, membership->who,
               membership->is_member ? "team.member.add" : "team.member.remove", membership->user, err);
}

bool store_set_team_member(struct store *store, struct arena *arena, int64_t organization,
    const struct team_membership *membership, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, set_member(&transaction, arena, organization, membership, err), err);
}

static bool list_members(struct transaction *transaction, struct arena *arena, int64_t organization, struct view team,
    struct team_member **items, size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    struct team found;
    struct {
        struct team_member *items;
        size_t count, capacity;
    } list = {0};
    if (!find_team(transaction, arena, organization, team, &found, err) ||
        !QUERY(transaction->connection, &rows, err,
            "SELECT users.uuid, users.name, users.role, users.is_limited FROM team_members "
            "JOIN users ON users.id = user_id WHERE team_id = $1 ORDER BY users.name",
            SQL_INTEGER(found.id)))
        return false;
    while (rows_next(&rows)) {
        struct team_member *member = ARENA_PUSH(arena, &list);
        *member = (struct team_member){.name = rows_copy(&rows, arena, 1),
            .role = rows_copy(&rows, arena, 2),
            .is_limited = rows_boolean(&rows, 3)};
        uuid_parse(rows_view(&rows, 0), &member->user);
    }
    *items = list.items;
    *count = list.count;
    return rows_finish(&rows, err);
}

bool store_list_team_members(struct store *store, struct arena *arena, int64_t organization, struct view team,
    struct team_member **items, size_t *count, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, list_members(&transaction, arena, organization, team, items, count, err), err);
}
