/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project_name.h"

#include "base/text.h"
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

static void append_since(struct buffer *text, const char *what, int64_t since_ms)
{
    char time[TIME_TEXT_SIZE];
    if (since_ms == 0)
        return;
    time_format(since_ms, time);
    buffer_append_format(text, "  %s %s", what, time);
}

/* "  daily  looked up 2026-11-22T13:03:12Z by sync  due 2026-11-23T13:03:12Z" */
static void append_looks(struct buffer *text, const struct project_row *project)
{
    if (project->deleted_ms != 0)
        return;
    buffer_append_format(text, "  %.*s", VIEW_PRINT(project->settings.frequency));
    append_since(text, "looked up", project->looked_ms);
    if (project->looked_by.size > 0)
        buffer_append_format(text, " by %.*s", VIEW_PRINT(project->looked_by));
    append_since(text, "due", project->next_look_ms);
}

void project_print(const struct project_row *project, FILE *out)
{
    AUTO_BUFFER text;
    buffer_init(&text, 16 * 1024);
    buffer_append_format(&text, "%s  ", project->uuid.text);
    text_append_printable(&text, project->integration_name);
    buffer_append_text(&text, "  ");
    text_append_printable(&text, project->repository);
    buffer_append_byte(&text, ':');
    text_append_printable(&text, project->tag);
    if (project->team.id != 0) {
        buffer_append_text(&text, "  owner ");
        text_append_printable(&text, project->team.name);
    }
    if (!project->settings.is_active)
        buffer_append_text(&text, "  inactive");
    append_looks(&text, project);
    append_since(&text, "not in registry since", project->gone_ms);
    append_since(&text, "out of policy since", project->out_of_policy_ms);
    append_since(&text, "deleted", project->deleted_ms);
    if (project->deleted_ms != 0) {
        buffer_append_text(&text, " by ");
        text_append_printable(&text, project->deleted_by);
    }
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, out);
}
