/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"

#include "store/integrations.h"

bool project_integration(
    struct command_call *call, struct workspace *workspace, int64_t *integration, struct error *err)
{
    struct integration found;
    *integration = 0;
    if (!call_has_option(call, "integration"))
        return true;
    if (!store_find_integration(workspace->store, workspace->arena, workspace->account.organization,
            call_option(call, "integration"), &found, err))
        return false;
    *integration = found.id;
    return true;
}

bool project_find(struct command_call *call, struct workspace *workspace, struct view name, bool is_deleted,
    struct project_row *project, struct error *err)
{
    struct project_row *rows;
    size_t count;
    bool has_more;
    struct uuid uuid;
    struct project_query query = {.is_deleted = is_deleted, .page = {.limit = 2}};
    struct view text = uuid_parse(name, &uuid) ? view_text(uuid.text) : name;
    const struct view_list given = {&text, 1};
    *(text.data == uuid.text ? &query.ids : &query.names) = given;
    if (!project_integration(call, workspace, &query.integration, err) ||
        !store_list_projects(
            workspace->store, workspace->arena, workspace->account.organization, &query, &rows, &count, &has_more, err))
        return false;
    if (count == 0)
        return error_set(err, ERROR_NOT_FOUND,
            "there is no %sproject \"%.*s\"; \"tidewaiter project list%s\" shows them", is_deleted ? "deleted " : "",
            VIEW_PRINT(name), is_deleted ? " --deleted" : "");
    if (count > 1)
        return error_set(err, ERROR_USAGE,
            "several registries have a project \"%.*s\": say which with --integration NAME", VIEW_PRINT(name));
    *project = rows[0];
    return true;
}
