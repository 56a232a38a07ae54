/* SPDX-License-Identifier: Apache-2.0 */
/* Reading projects: rows come in the order of their keys, and the filters are looked at one row after the other. */
#include "store/counters.h"
#include "store/page.h"
#include "store/projects.h"
#include "store/transaction.h"

#define PROJECT_SELECT                                                                                                 \
    "SELECT projects.id, projects.uuid, targets.uuid, repositories.name, projects.tag, integrations.host, "            \
    "integrations.uuid, integrations.name, integrations.type, coalesce(snapshots.digest, ''), "                        \
    "coalesce(first.platform, ''), coalesce(inventories.distribution_id, ''), projects.importer, projects.is_active, " \
    "projects.test_frequency, projects.tags, projects.criticality, projects.environment, projects.lifecycle, "         \
    "projects.owner, projects.created_ms, gone_ms, out_of_policy_ms, projects.deleted_ms, projects.deleted_by, "       \
    "coalesce(teams.id, 0), coalesce(teams.uuid, ''), coalesce(teams.name, ''), projects.looked_ms, "                  \
    "projects.looked_by, CASE WHEN projects.is_active = 1 AND projects.test_frequency <> 'never' "                     \
    "AND projects.tag NOT LIKE '%:%' THEN projects.due_ms ELSE 0 END "                                                 \
    "FROM projects JOIN targets ON targets.id = projects.target_id "                                                   \
    "JOIN repositories ON repositories.id = targets.repository_id "                                                    \
    "JOIN integrations ON integrations.id = repositories.integration_id "                                              \
    "LEFT JOIN teams ON teams.id = repositories.team_id "                                                              \
    "LEFT JOIN snapshots ON snapshots.id = projects.snapshot_id "                                                      \
    "LEFT JOIN snapshot_images AS first ON first.id = (SELECT min(id) FROM snapshot_images "                           \
    "WHERE snapshot_id = projects.snapshot_id) "                                                                       \
    "LEFT JOIN inventories ON inventories.image_id = first.image_id WHERE projects.organization_id = $1 "

static struct view column(const struct rows *rows, struct arena *arena, int index)
{
    return arena == NULL ? rows_view(rows, index) : rows_copy(rows, arena, index);
}

/* Without an arena the texts are borrowed until the next row. */
static void read_project(const struct rows *rows, struct arena *arena, struct project_row *project)
{
    *project = (struct project_row){
        .id = rows_integer(rows, 0),
        .repository = column(rows, arena, 3),
        .tag = column(rows, arena, 4),
        .host = column(rows, arena, 5),
        .integration_name = column(rows, arena, 7),
        .integration_type = column(rows, arena, 8),
        .digest = column(rows, arena, 9),
        .platform = column(rows, arena, 10),
        .distribution = column(rows, arena, 11),
        .settings = {.is_active = rows_boolean(rows, 13),
            .frequency = column(rows, arena, 14),
            .tags = column(rows, arena, 15),
            .criticality = column(rows, arena, 16),
            .environment = column(rows, arena, 17),
            .lifecycle = column(rows, arena, 18)},
        .created_ms = rows_integer(rows, 20),
        .gone_ms = rows_integer(rows, 21),
        .out_of_policy_ms = rows_integer(rows, 22),
        .deleted_ms = rows_integer(rows, 23),
        .deleted_by = column(rows, arena, 24),
        .looked_ms = rows_integer(rows, 28),
        .looked_by = column(rows, arena, 29),
        .next_look_ms = rows_integer(rows, 30),
        .team = {rows_integer(rows, 25), column(rows, arena, 26), column(rows, arena, 27)},
    };
    uuid_parse(rows_view(rows, 1), &project->uuid);
    uuid_parse(rows_view(rows, 2), &project->target_uuid);
    uuid_parse(rows_view(rows, 6), &project->integration_uuid);
    if (!uuid_parse(rows_view(rows, 12), &project->importer))
        project->importer.text[0] = '\0';
    if (!uuid_parse(rows_view(rows, 19), &project->settings.owner))
        project->settings.owner.text[0] = '\0';
    if (arena != NULL)
        project->cursor = page_cursor(arena, project->id);
}

const char *project_type(const struct project_row *project)
{
    static const struct {
        const char *type;
        const char *distributions; /* ids of os-release */
    } types[] = {
        {"apk", "alpine chainguard wolfi alpaquita postmarketos minimos"},
        {"deb", "debian ubuntu linuxmint raspbian kali devuan echo"},
        {"rpm", "almalinux amazonlinux amzn azurelinux centos cbl-mariner fedora mariner ol opensuse-leap "
                "opensuse-tumbleweed oracle openeuler photon rhel rocky sle-micro sled sles suse"},
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        for (struct view rest = view_text(types[i].distributions); rest.size > 0;) {
            if (view_equal(view_cut(&rest, ' '), project->distribution))
                return types[i].type;
        }
    }
    return "linux";
}

static bool list_has(const struct view_list *list, struct view text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (view_equal(list->items[i], text))
            return true;
    }
    return list->count == 0;
}

/* Whether one of the lines is in the list. */
static bool list_has_line(const struct view_list *list, struct view lines)
{
    for (struct view rest = lines; rest.size > 0;) {
        if (list_has(list, view_cut(&rest, '\n')))
            return true;
    }
    return list->count == 0;
}

/* "repository:tag" without putting it together. */
static bool has_name(const struct project_row *project, struct view name)
{
    size_t size = project->repository.size;
    return name.size == size + 1 + project->tag.size && name.data[size] == ':' &&
           view_equal(view_slice(name, 0, size), project->repository) &&
           view_equal(view_slice(name, size + 1, project->tag.size), project->tag);
}

static bool has_prefix(const struct project_row *project, struct view prefix)
{
    size_t size = project->repository.size;
    if (prefix.size <= size)
        return view_equal(view_slice(project->repository, 0, prefix.size), prefix);
    size_t rest = prefix.size - size - 1;
    return prefix.data[size] == ':' && rest <= project->tag.size &&
           view_equal(view_slice(prefix, 0, size), project->repository) &&
           view_equal(view_slice(prefix, size + 1, rest), view_slice(project->tag, 0, rest));
}

static bool list_has_name(const struct view_list *list, const struct project_row *project,
    bool (*fits)(const struct project_row *project, struct view name))
{
    for (size_t i = 0; i < list->count; i++) {
        if (fits(project, list->items[i]))
            return true;
    }
    return list->count == 0;
}

static bool has_mark(const struct project_row *project, enum project_mark mark)
{
    switch (mark) {
    case PROJECT_MARK_ANY:
        return true;
    case PROJECT_MARK_NONE:
        return project->gone_ms == 0 && project->out_of_policy_ms == 0;
    case PROJECT_MARK_GONE:
        return project->gone_ms != 0;
    case PROJECT_MARK_OUT_OF_POLICY:
        return project->out_of_policy_ms != 0;
    }
    return true;
}

static bool is_wanted(const struct project_row *project, const struct project_query *query)
{
    const struct project_settings *settings = &project->settings;
    return has_mark(project, query->mark) && (query->tag.size == 0 || view_equal(project->tag, query->tag)) &&
           list_has(&query->targets, view_text(project->target_uuid.text)) &&
           list_has(&query->ids, view_text(project->uuid.text)) && list_has_name(&query->names, project, has_name) &&
           list_has_name(&query->prefixes, project, has_prefix) &&
           list_has(&query->origins, project->integration_type) &&
           list_has(&query->types, view_text(project_type(project))) && list_has_line(&query->tags, settings->tags) &&
           list_has_line(&query->criticality, settings->criticality) &&
           list_has_line(&query->environment, settings->environment) &&
           list_has_line(&query->lifecycle, settings->lifecycle) &&
           list_has(&query->importers, view_text(project->importer.text)) &&
           owner_filter_has(&query->owners, project->team.id);
}

#define DELETED_AS "AND (projects.deleted_ms <> 0) = $3 AND ($4 = 0 OR integrations.id = $4) AND projects.id "

static bool open_list(struct transaction *transaction, int64_t organization, const struct project_query *query,
    const struct key_page *page, struct rows *rows, struct error *err)
{
    const char *sql = page->is_downward ? PROJECT_SELECT DELETED_AS "< $2 ORDER BY projects.id DESC"
                                        : PROJECT_SELECT DELETED_AS "> $2 ORDER BY projects.id";
    return QUERY(transaction->connection, rows, err, sql, SQL_INTEGER(organization), SQL_INTEGER(page->from),
        SQL_INTEGER(query->is_deleted), SQL_INTEGER(query->integration));
}

static bool list_projects(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct project_query *query, const struct key_page *page, struct project_row **items, size_t *count,
    struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!open_list(transaction, organization, query, page, &rows, err))
        return false;
    struct project_row *list = ARENA_ARRAY(arena, struct project_row, (size_t)page->limit);
    for (*count = 0; *count < (size_t)page->limit && rows_next(&rows);) {
        struct project_row row;
        read_project(&rows, NULL, &row);
        if (is_wanted(&row, query))
            read_project(&rows, arena, &list[(*count)++]);
    }
    *items = list;
    return rows_finish(&rows, err);
}

bool store_list_projects(struct store *store, struct arena *arena, int64_t organization,
    const struct project_query *query, struct project_row **items, size_t *count, bool *has_more, struct error *err)
{
    struct transaction transaction;
    struct key_page keys;
    if (!page_begin(&query->page, false, &keys, err) || !transaction_read(store, &transaction, err) ||
        !transaction_end(
            &transaction, list_projects(&transaction, arena, organization, query, &keys, items, count, err), err))
        return false;
    page_finish(*items, sizeof(**items), count, query->page.limit, keys.is_reversed, has_more);
    return true;
}

static bool count_matching(struct transaction *transaction, int64_t organization, const struct project_query *query,
    int64_t *total, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!open_list(transaction, organization, query, &(struct key_page){.from = 0}, &rows, err))
        return false;
    for (*total = 0; rows_next(&rows);) {
        struct project_row row;
        read_project(&rows, NULL, &row);
        *total += is_wanted(&row, query);
    }
    return rows_finish(&rows, err);
}

bool store_count_matching_projects(
    struct store *store, int64_t organization, const struct project_query *query, int64_t *total, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, count_matching(&transaction, organization, query, total, err), err);
}

static bool find_project(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct uuid *uuid, struct project_row *project, struct error *err)
{
    AUTO_ROWS rows = {0};
    if (!QUERY(transaction->connection, &rows, err, PROJECT_SELECT "AND projects.uuid = $2 AND projects.deleted_ms = 0",
            SQL_INTEGER(organization), SQL_WORD(uuid->text)))
        return false;
    bool found = rows_next(&rows);
    if (found)
        read_project(&rows, arena, project);
    return rows_finish(&rows, err) &&
           (found || error_set(err, ERROR_NOT_FOUND, "there is no project \"%s\"", uuid->text));
}

bool store_find_project(struct store *store, struct arena *arena, int64_t organization, const struct uuid *uuid,
    struct project_row *project, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, find_project(&transaction, arena, organization, uuid, project, err), err);
}

/* The images of its present snapshot. */
static bool count_project(struct transaction *transaction, int64_t organization, int64_t project,
    struct project_counts *counts, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_ROWS rows = {0};
    struct {
        int64_t *items;
        size_t count, capacity;
    } images = {0};
    *counts = (struct project_counts){0};
    if (!QUERY(transaction->connection, &rows, err,
            "SELECT coalesce(image_id, 0), scanned_ms FROM snapshot_images JOIN projects "
            "ON projects.snapshot_id = snapshot_images.snapshot_id "
            "WHERE projects.id = $1 AND projects.organization_id = $2 AND is_image = 1",
            SQL_INTEGER(project), SQL_INTEGER(organization)))
        return false;
    while (rows_next(&rows)) {
        counts->images++;
        if (rows_integer(&rows, 1) > counts->scanned_ms)
            counts->scanned_ms = rows_integer(&rows, 1);
        if (rows_integer(&rows, 0) != 0)
            *(int64_t *)ARENA_PUSH(arena, &images) = rows_integer(&rows, 0);
    }
    counts->scanned_images = (int64_t)images.count;
    struct tally whole = {0};
    if (!rows_finish(&rows, err) || !counters_of_images(transaction, arena, images.items, images.count, &whole, err))
        return false;
    counts->packages = whole.packages;
    counts->vulnerabilities = tally_count(&whole, (struct kind_filter){0});
    for (int severity = 0; severity < SEVERITY_COUNT; severity++)
        counts->by_severity[severity] = tally_count(&whole, (struct kind_filter){.severities = 1u << severity});
    return true;
}

bool store_count_project(struct store *store, int64_t organization, const struct project_row *project,
    struct project_counts *counts, struct error *err)
{
    struct transaction transaction;
    return transaction_read(store, &transaction, err) &&
           transaction_end(&transaction, count_project(&transaction, organization, project->id, counts, err), err);
}
