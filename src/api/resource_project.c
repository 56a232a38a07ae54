/* SPDX-License-Identifier: Apache-2.0 */
/* Projects: tags that were imported, in the published shape; and those that were deleted and can be restored. */
#include "api/api.h"
#include "api/list_parameters.h"
#include "api/project_json.h"
#include "api/route.h"
#include "api/team_limit.h"

static bool read_lists(const struct request *request, struct response *response, struct project_query *query)
{
    return parameter_uuids(request, response, "target_id", &query->targets) &&
           parameter_uuids(request, response, "ids", &query->ids) &&
           parameter_list(request, response, "names", &query->names) &&
           parameter_list(request, response, "names_start_with", &query->prefixes) &&
           parameter_list(request, response, "origins", &query->origins) &&
           parameter_list(request, response, "types", &query->types) &&
           parameter_list(request, response, "tags", &query->tags) &&
           parameter_list(request, response, "importing_user_public_id", &query->importers) &&
           parameter_words(request, response, "business_criticality", PROJECT_CRITICALITY_WORDS, &query->criticality) &&
           parameter_words(request, response, "environment", PROJECT_ENVIRONMENT_WORDS, &query->environment) &&
           parameter_words(request, response, "lifecycle", PROJECT_LIFECYCLE_WORDS, &query->lifecycle);
}

static bool read_mark(const struct request *request, struct response *response, struct project_query *query)
{
    static const struct {
        const char *name;
        enum project_mark mark;
    } marks[] = {
        {"", PROJECT_MARK_ANY},
        {"none", PROJECT_MARK_NONE},
        {"gone-from-registry", PROJECT_MARK_GONE},
        {"out-of-policy", PROJECT_MARK_OUT_OF_POLICY},
    };
    struct view given = request_parameter(request, "mark");
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        query->mark = marks[i].mark;
        if (view_is(given, marks[i].name))
            return true;
    }
    return respond_parameter_error(
        response, API_ERROR_INVALID_PARAMETER, "mark", "mark must be none, gone-from-registry or out-of-policy");
}

struct listing_options {
    struct project_options shown;
    bool counts_only;
    bool is_nothing; /* a filter that lets nothing of ours through */
};

/* Our projects have no file, no runtime, and no CLI monitors them. */
static bool read_query(const struct request *request, struct response *response, struct project_query *query,
    struct listing_options *options)
{
    struct view_list expanded;
    int64_t before_ms, after_ms;
    struct view count = request_parameter(request, "meta_count");
    *options = (struct listing_options){.counts_only = view_is(count, "only")};
    if (count.size > 0 && !options->counts_only)
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "meta_count", "meta_count must be \"only\"");
    query->tag = request_parameter(request, "target_reference");
    if (!page_read(request, response, &query->page) || !read_lists(request, response, query) ||
        !parameter_owner(request, response, &query->owners) || !read_mark(request, response, query) ||
        !parameter_words(request, response, "expand", "target", &expanded) ||
        !parameter_switch(request, response, "meta.latest_issue_counts", &options->shown.has_issue_counts) ||
        !parameter_switch(request, response, "meta.latest_dependency_total", &options->shown.has_dependency_total) ||
        !parameter_time(request, response, "cli_monitored_before", &before_ms) ||
        !parameter_time(request, response, "cli_monitored_after", &after_ms))
        return false;
    options->shown.expands_target = expanded.count > 0;
    options->is_nothing = before_ms != 0 || after_ms != 0 || request_parameter(request, "target_file").size > 0 ||
                          request_parameter(request, "target_runtime").size > 0;
    return true;
}

static bool respond_count(const struct request *request, struct response *response, const struct project_query *query,
    const struct listing_options *options)
{
    struct error err;
    struct page_rows rows = {.has_total = true};
    if (!options->is_nothing && !store_count_matching_projects(request->api->store,
                                    request->session.account.organization, query, &rows.total, &err))
        return respond_failure(request, response, &err);
    return respond_page(request, response, &query->page, &rows);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    return project_write(request, writer, PAGE_ROW(struct project_row, rows, i), rows->context, err);
}

bool route_project_list(struct request *request, struct response *response)
{
    struct error err;
    struct project_row *items = NULL;
    struct project_query query = {.is_deleted = false};
    struct listing_options options;
    struct page_rows rows = {PAGE_OF(struct project_row, write_row), .context = &options.shown};
    if (!read_query(request, response, &query, &options))
        return false;
    if (options.counts_only)
        return respond_count(request, response, &query, &options);
    if (!options.is_nothing &&
        !store_list_projects(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

static struct uuid project_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "project_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

static bool respond_project(
    const struct request *request, struct response *response, const struct uuid *uuid, bool expands_target)
{
    struct error err;
    struct json_writer writer;
    struct project_row project;
    struct project_options options = {.expands_target = expands_target};
    if (!parameter_switch(request, response, "meta.latest_issue_counts", &options.has_issue_counts) ||
        !parameter_switch(request, response, "meta.latest_dependency_total", &options.has_dependency_total))
        return false;
    if (!store_find_project(
            request->api->store, request->arena, request->session.account.organization, uuid, &project, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    if (!project_write(request, &writer, &project, &options, &err))
        return respond_failure(request, response, &err);
    return jsonapi_end(request, response, &writer);
}

bool route_project_get(struct request *request, struct response *response)
{
    struct view_list expanded;
    struct uuid uuid = project_of_path(request);
    return parameter_words(request, response, "expand", "target", &expanded) &&
           respond_project(request, response, &uuid, expanded.count > 0);
}

bool route_project_patch(struct request *request, struct response *response)
{
    struct error err;
    struct view_list expanded;
    struct project_row project;
    struct uuid uuid = project_of_path(request);
    int64_t organization = request->session.account.organization;
    if (!parameter_words(request, response, "expand", "target", &expanded))
        return false;
    if (!store_find_project(request->api->store, request->arena, organization, &uuid, &project, &err))
        return respond_failure(request, response, &err);
    if (!project_read_settings(request, response, &project.settings))
        return false;
    if (!store_edit_project(
            request->api->store, organization, &uuid, &project.settings, request->session.account.user_name, &err))
        return err.code == ERROR_INVALID ? respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message)
                                         : respond_failure(request, response, &err);
    return respond_project(request, response, &uuid, expanded.count > 0);
}

bool route_project_delete(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = project_of_path(request);
    if (!store_delete_project(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    response->content_type = NULL;
    return true;
}

static void write_deleted(const struct request *request, struct json_writer *writer, const struct project_row *project)
{
    jsonapi_begin_resource(writer, "deleted_project", view_text(project->uuid.text));
    json_pair(writer, "name", project_name(request->arena, project));
    json_pair(writer, "integration", project->integration_name);
    json_pair_time(writer, "deleted_at", project->deleted_ms);
    json_pair(writer, "deleted_by", project->deleted_by);
    json_pair_time(writer, "purged_at", project->deleted_ms + PROJECT_RESTORE_MS);
    jsonapi_end_resource(writer);
}

static bool write_deleted_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    const struct project_row *row = PAGE_ROW(struct project_row, rows, i);
    (void)err;
    write_deleted(request, writer, row);
    return true;
}

bool route_deleted_project_list(struct request *request, struct response *response)
{
    struct error err;
    struct project_row *items = NULL;
    struct project_query query = {.is_deleted = true};
    struct page_rows rows = {PAGE_OF(struct project_row, write_deleted_row)};
    if (!page_read(request, response, &query.page) || !parameter_owner(request, response, &query.owners))
        return false;
    if (!store_list_projects(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

bool route_deleted_project_restore(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "deleted_project_id"), &uuid); /* its form was checked with the path */
    if (!store_restore_project(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    return respond_project(request, response, &uuid, false);
}
