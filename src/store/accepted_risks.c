/* SPDX-License-Identifier: Apache-2.0 */
#include "store/accepted_risks.h"

#include "store/acceptance.h"
#include "store/audit.h"
#include "store/evaluations_internal.h"
#include "store/page.h"
#include "store/risk_owners.h"

enum { DOCUMENT_BYTES_MAX = 1 << 20 };
#define COLUMNS "id, uuid, name, document, expires_ms, created_by, created_ms, updated_by, updated_ms"

static bool read_risk(
    const struct rows *rows, struct arena *arena, int64_t now_ms, struct accepted_risk_row *row, struct error *err)
{
    *row = (struct accepted_risk_row){.updated_by = rows_copy(rows, arena, 7), .updated_ms = rows_integer(rows, 8)};
    uuid_parse(rows_view(rows, 1), &row->uuid);
    if (!acceptance_parse(arena, rows_view(rows, 3), &row->risk, err))
        return false;
    row->risk.id = rows_copy(rows, arena, 1);
    row->is_expired = accepted_risk_is_expired(&row->risk, now_ms);
    return true;
}

static bool find_risk(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct accepted_risk_row *row, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT " COLUMNS " FROM accepted_risks WHERE organization_id = $1 AND uuid = $2",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found && !read_risk(&rows, arena, transaction->now_ms, row, err))
        return false;
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no accepted risk \"%s\"", uuid->text));
}

bool store_find_accepted_risk(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct accepted_risk_row *row, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_risk(&transaction, arena, organization, uuid, row, err), err);
}

static bool write_document(
    struct arena *arena, const struct accepted_risk *risk, struct view *document, struct error *err)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, DOCUMENT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    accepted_risk_write_members(risk, &writer);
    json_end_object(&writer);
    if (!buffer_check(&text, "accepted risk", err))
        return false;
    *document = arena_copy(arena, buffer_view(&text));
    return true;
}

static bool note(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk_row *row, struct view who, const char *action, struct view detail, struct error *err)
{
    const struct audit_event event = {.actor = who,
        .action = view_text(action),
        .subject_type = view_text("accepted_risk"),
        .subject_id = view_text(row->uuid.text),
        .subject_name = row->risk.name.size > 0 ? row->risk.name : accepted_risk_text(arena, &row->risk),
        .detail = detail};
    return audit_add(transaction, organization, &event, err);
}

/* A risk as it is to be stored. */
struct risk_save {
    int64_t organization;
    const struct uuid *uuid;
    const struct accepted_risk *given; /* with author and creation */
    struct view who;
    bool is_new;
};

static bool write_risk(struct transaction *transaction, struct arena *arena, const struct risk_save *save,
    struct accepted_risk_row *row, struct error *err)
{
    struct view document = view_text("");
    const struct accepted_risk *risk = save->given;
    bool is_over = accepted_risk_is_expired(risk, transaction->now_ms);
    return write_document(arena, risk, &document, err) &&
           RUN(transaction->connection, err,
               "INSERT INTO accepted_risks (organization_id, uuid, name, vulnerability, kind, document, expires_ms, "
               "is_ended, created_by, created_ms, updated_by, updated_ms) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (uuid) DO UPDATE SET "
               "name = excluded.name, kind = excluded.kind, document = excluded.document, "
               "expires_ms = excluded.expires_ms, is_ended = excluded.is_ended, updated_by = excluded.updated_by, "
               "updated_ms = excluded.updated_ms",
               SQL_INTEGER(save->organization), SQL_WORD(save->uuid->text), SQL_TEXT(risk->name),
               SQL_TEXT(risk->vulnerability), SQL_WORD(accept_kind_name(risk->kind)), SQL_TEXT(document),
               SQL_INTEGER(risk->expires_ms), SQL_INTEGER(is_over), SQL_TEXT(risk->author),
               SQL_INTEGER(risk->created_ms), SQL_TEXT(save->who), SQL_INTEGER(transaction->now_ms)) &&
           find_risk(transaction, arena, save->organization, save->uuid, row, err) &&
           note(transaction, arena, save->organization, row, save->who,
               save->is_new ? "accepted_risk.create" : "accepted_risk.edit", document, err) &&
           due_mark_risk(transaction, arena, save->organization, risk, DUE_PERSON, err);
}

static bool check_count(struct transaction *transaction, int64_t organization, size_t added, struct error *err)
{
    int64_t count = 0;
    bool found = false;
    return LOOKUP(transaction->connection, &count, &found, err,
               "SELECT count(*) FROM accepted_risks WHERE organization_id = $1", SQL_INTEGER(organization)) &&
           ((size_t)count + added <= ACCEPTED_RISKS_MAX ||
               error_set(err, ERROR_LIMIT, "an organization has at most %d accepted risks: revoke some first",
                   ACCEPTED_RISKS_MAX));
}

static bool accept_risks(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk *items, size_t count, struct view who, struct accepted_risk_row *made, struct error *err)
{
    if (!check_count(transaction, organization, count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct uuid uuid;
        struct accepted_risk given = items[i];
        uuid_new(&uuid);
        given.author = who;
        given.created_ms = transaction->now_ms - transaction->now_ms % 1000;
        const struct risk_save save = {
            .organization = organization, .uuid = &uuid, .given = &given, .who = who, .is_new = true};
        if (!write_risk(transaction, arena, &save, &made[i], err))
            return false;
    }
    return due_settle(transaction, organization, err);
}

bool store_accept_risks(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk *items, size_t count, struct view who, struct accepted_risk_row **made,
    struct error *err)
{
    struct transaction transaction;
    struct accepted_risk_row *rows = ARENA_ARRAY(arena, struct accepted_risk_row, count);
    if (!transaction_write(store, &transaction, err) ||
        !transaction_end(
            &transaction, accept_risks(&transaction, arena, organization, items, count, who, rows, err), err))
        return false;
    *made = rows;
    return true;
}

static bool edit_risk(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, const struct accepted_risk *given, struct view who, struct accepted_risk_row *row,
    struct error *err)
{
    if (!find_risk(transaction, arena, organization, uuid, row, err))
        return false;
    struct accepted_risk changed = row->risk;
    changed.name = given->name;
    changed.reason = given->reason;
    changed.kind = given->kind;
    changed.description = given->description;
    changed.expires_ms = given->expires_ms;
    changed.until_fixed = given->until_fixed;
    const struct risk_save save = {.organization = organization, .uuid = uuid, .given = &changed, .who = who};
    return write_risk(transaction, arena, &save, row, err) && due_settle(transaction, organization, err);
}

bool store_edit_accepted_risk(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    const struct accepted_risk *given, struct view who, struct accepted_risk_row *edited, struct error *err)
{
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(
               &transaction, edit_risk(&transaction, arena, organization, uuid, given, who, edited, err), err);
}

static bool revoke_risk(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct view who, struct error *err)
{
    struct accepted_risk_row row;
    return find_risk(transaction, arena, organization, uuid, &row, err) &&
           due_mark_risk(transaction, arena, organization, &row.risk, DUE_PERSON, err) &&
           RUN(transaction->connection, err, "DELETE FROM accepted_risks WHERE organization_id = $1 AND uuid = $2",
               SQL_INTEGER(organization), SQL_WORD(uuid->text)) &&
           note(transaction, arena, organization, &row, who, "accepted_risk.revoke", view_text(""), err) &&
           due_settle(transaction, organization, err);
}

bool store_revoke_accepted_risk(
    struct store *store, int64_t organization, const struct uuid *uuid, struct view who, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct transaction transaction;
    return transaction_write(store, &transaction, err) &&
           transaction_end(&transaction, revoke_risk(&transaction, arena, organization, uuid, who, err), err);
}

/* What a list is ordered by: an integer or a text, then the key. Without an end is the latest end. */
static const struct {
    const char *key;
    bool is_text;
} orders[ACCEPTED_RISK_ORDER_COUNT] = {
    [RISKS_BY_CREATED] = {"id", false},
    [RISKS_BY_EXPIRES] = {"CASE WHEN expires_ms = 0 THEN 9223372036854775807 ELSE expires_ms END", false},
    [RISKS_BY_KIND] = {"kind", true},
    [RISKS_BY_AUTHOR] = {"created_by", true},
};

#define FILTERS                                                                                                        \
    " FROM accepted_risks WHERE organization_id = $1 AND ($2 = '' OR lower(name || ' ' || created_by || ' ' || "       \
    "document) LIKE lower($2) ESCAPE '\\') AND ($3 = '' OR upper(vulnerability) = upper($3)) "                         \
    "AND ($4 = 0 OR expires_ms = 0 OR expires_ms > $5) AND ($6 = 0 OR (expires_ms > 0 AND expires_ms <= $5)) "         \
    "AND ($7 = 0 OR expires_ms = 0) AND ($8 = 0 OR (expires_ms > 0 AND expires_ms >= $8)) "                            \
    "AND ($9 = 0 OR (expires_ms > 0 AND expires_ms < $9)) AND ($13 = 0 OR vulnerability <> '') AND ($14 = '' OR kind = $14) "

struct position {
    int64_t id;
    int64_t integer;
    struct view text;
};

static bool parse_cursor(const struct accepted_risk_query *query, struct position *position, struct error *err)
{
    struct view cursor = query->page.before.size > 0 ? query->page.before : query->page.after;
    if (!page_check(&query->page, err))
        return false;
    if (cursor.size == 0)
        return true;
    if (!page_parse(cursor, &position->id, &position->text, err))
        return false;
    return orders[query->order].is_text || view_to_integer(position->text, &position->integer) ||
           error_set(err, ERROR_INVALID, "the cursor is of a list in another order: start again without one");
}

static const char *list_sql(struct arena *arena, const struct accepted_risk_query *query, bool is_downward)
{
    bool has_cursor = query->page.after.size + query->page.before.size > 0;
    const char *key = orders[query->order].key;
    const char *way = is_downward ? "DESC" : "ASC";
    const char *value = orders[query->order].is_text ? "$11" : "CAST($11 AS {integer})";
    struct view cursor = view_text("");
    if (has_cursor)
        cursor = arena_format(arena, "AND (%s, id) %c (%s, $10) ", key, is_downward ? '<' : '>', value);
    return arena_format(arena, "SELECT " COLUMNS ", %s" FILTERS "%.*sORDER BY %s %s, id %s LIMIT $12", key,
        VIEW_PRINT(cursor), key, way, way)
        .data;
}

/* Text that LIKE finds anywhere; '\' escapes what would be special. */
static struct view like_pattern(struct arena *arena, struct view text)
{
    char *pattern = arena_alloc(arena, 2 * text.size + 2);
    size_t size = 0;
    if (text.size == 0)
        return text;
    pattern[size++] = '%';
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '%' || text.data[i] == '_' || text.data[i] == '\\')
            pattern[size++] = '\\';
        pattern[size++] = text.data[i];
    }
    pattern[size++] = '%';
    return view_of(pattern, size);
}

static bool list_risks(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk_query *query, const struct position *position, struct accepted_risk_row *items,
    size_t *count, struct error *err)
{
    AUTO_ROWS rows = {0};
    bool is_downward = query->is_descending != (query->page.before.size > 0);
    struct sql_value value = orders[query->order].is_text ? SQL_TEXT(position->text) : SQL_INTEGER(position->integer);
    if (!QUERY(transaction->connection, &rows, err, list_sql(arena, query, is_downward), SQL_INTEGER(organization),
            SQL_TEXT(like_pattern(arena, query->search)), SQL_TEXT(query->vulnerability),
            SQL_INTEGER(query->active_only), SQL_INTEGER(transaction->now_ms), SQL_INTEGER(query->expired_only),
            SQL_INTEGER(query->never_only), SQL_INTEGER(query->expires_from_ms), SQL_INTEGER(query->expires_before_ms),
            SQL_INTEGER(position->id), value, SQL_INTEGER(query->page.limit + 1),
            SQL_INTEGER(query->of_vulnerabilities_only), SQL_TEXT(query->kind)))
        return false;
    for (*count = 0; rows_next(&rows); (*count)++) {
        struct accepted_risk_row *row = &items[*count];
        if (!read_risk(&rows, arena, transaction->now_ms, row, err))
            return false;
        row->cursor = page_cursor_text(arena, rows_integer(&rows, 0),
            orders[query->order].is_text ? rows_copy(&rows, arena, 9)
                                         : arena_format(arena, "%lld", (long long)rows_integer(&rows, 9)));
    }
    return rows_finish(&rows, err);
}

/* Until the page is full, or there are no more: risks that are about other teams' repositories are passed over. */
static bool list_owned(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct accepted_risk_query *query, struct accepted_risk_row *items, size_t *count, struct error *err)
{
    struct risk_repositories repositories;
    struct accepted_risk_query next = *query;
    bool is_backward = query->page.before.size > 0;
    size_t wanted = (size_t)query->page.limit + 1, read = wanted;
    struct accepted_risk_row *rows = ARENA_ARRAY(arena, struct accepted_risk_row, wanted);
    if (!risk_repositories_read(transaction, arena, organization, &query->owners, &repositories, err))
        return false;
    for (*count = 0; read == wanted && *count < wanted;) {
        struct position position = {.text = view_text("")};
        if (!parse_cursor(&next, &position, err) ||
            !list_risks(transaction, arena, organization, &next, &position, rows, &read, err))
            return false;
        for (size_t i = 0; i < read && *count < wanted; i++) {
            if (risk_reach_of(&repositories, &rows[i].risk) != RISK_ELSEWHERE)
                items[(*count)++] = rows[i];
        }
        if (read > 0)
            *(is_backward ? &next.page.before : &next.page.after) = rows[read - 1].cursor;
    }
    return true;
}

bool store_list_accepted_risks(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk_query *query, struct accepted_risk_row **items, size_t *count, bool *has_more,
    struct error *err)
{
    struct transaction transaction;
    if (query->search.size > SEARCH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a search has at most %d bytes", SEARCH_BYTES_MAX);
    if (!page_check(&query->page, err) || !transaction_read(store, &transaction, err))
        return false;
    struct accepted_risk_row *list = ARENA_ARRAY(arena, struct accepted_risk_row, (size_t)query->page.limit + 1);
    if (!transaction_end(&transaction, list_owned(&transaction, arena, organization, query, list, count, err), err))
        return false;
    page_finish(list, sizeof(*list), count, query->page.limit, query->page.before.size > 0, has_more);
    *items = list;
    return true;
}
