/* SPDX-License-Identifier: Apache-2.0 */
#include "api/team_limit.h"

#include "api/api.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/router.h"

enum reach {
    REACH_CLOSED,
    REACH_OPEN,
    REACH_FILTERED,
    REACH_CHECKED,
    REACH_IMAGE,
    REACH_IMPORT_JOB,
    REACH_INTEGRATION,
    REACH_PROJECT,
    REACH_SCAN_REQUEST,
    REACH_TARGET
};

static const struct {
    enum reach reach;
    const char *reason; /* REACH_CLOSED */
} limits[ROUTE_COUNT] = {
#define TEAM_ROUTE(route, how, why) [ROUTE_##route] = {REACH_##how, why},
#include "api/team_routes.def"
#undef TEAM_ROUTE
};

static bool refuse(const struct request *request, struct response *response, const char *reason)
{
    bool is_read = request->method == METHOD_GET || request->method == METHOD_HEAD;
    return is_read ? respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such organization or resource")
                   : respond_error(
                         response, API_ERROR_FORBIDDEN, "your role is limited to what your teams own: %s", reason);
}

/* What another team owns is as if it were not there. */
bool team_limit_owns(const struct request *request, struct response *response, enum owned_kind kind, struct view uuid)
{
    struct error err;
    bool is_owned = false;
    if (!request->session.owners.is_set)
        return true;
    if (!store_is_owned(request->api->store, request->session.account.organization, kind, uuid,
            &request->session.owners, &is_owned, &err))
        return respond_failure(request, response, &err);
    return is_owned || respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such resource");
}

bool team_limit_repositories(
    const struct request *request, struct response *response, const struct view *names, size_t count)
{
    struct error err;
    int64_t *teams = ARENA_ARRAY(request->arena, int64_t, count);
    if (!request->session.owners.is_set)
        return true;
    if (!store_name_owners(request->api->store, request->session.account.organization, names, count, teams, &err))
        return respond_failure(request, response, &err);
    for (size_t i = 0; i < count; i++) {
        if (!owner_filter_has(&request->session.owners, teams[i]))
            return respond_error(response, API_ERROR_FORBIDDEN,
                "your role is limited to what your teams own: repository \"%.*s\" is not theirs", VIEW_PRINT(names[i]));
    }
    return true;
}

static struct view project_of_path(const struct request *request)
{
    return request->route == &routes[ROUTE_deleted_project_restore] ? request_path_value(request, "deleted_project_id")
                                                                    : request_path_value(request, "project_id");
}

bool team_limit_check(const struct request *request, struct response *response)
{
    enum permission permission = request->route->permission;
    int route = (int)(request->route - routes);
    if (!request->session.owners.is_set || permission == PERMISSION_ANYONE || permission == PERMISSION_SIGNED_IN)
        return true;
    switch (limits[route].reach) {
    case REACH_CLOSED:
        break;
    case REACH_OPEN:
    case REACH_FILTERED:
    case REACH_CHECKED:
        return true;
    case REACH_IMAGE:
        return team_limit_owns(request, response, OWNED_IMAGE, request_path_value(request, "image_id"));
    case REACH_IMPORT_JOB:
        return team_limit_owns(request, response, OWNED_IMPORT_JOB, request_path_value(request, "import_job_id"));
    case REACH_INTEGRATION:
        return team_limit_owns(request, response, OWNED_INTEGRATION, request_path_value(request, "integration_id"));
    case REACH_PROJECT:
        return team_limit_owns(request, response, OWNED_PROJECT, project_of_path(request));
    case REACH_SCAN_REQUEST:
        return team_limit_owns(request, response, OWNED_SCAN_REQUEST, request_path_value(request, "scan_request_id"));
    case REACH_TARGET:
        return team_limit_owns(request, response, OWNED_TARGET, request_path_value(request, "target_id"));
    }
    return refuse(request, response, limits[route].reason);
}

bool parameter_owner(const struct request *request, struct response *response, struct owner_filter *owners)
{
    struct error err;
    struct view_list names;
    struct owner_filter asked = {0};
    if (!parameter_list(request, response, "owner", &names))
        return false;
    int64_t *teams = ARENA_ARRAY(request->arena, int64_t, names.count);
    asked.teams = teams;
    asked.is_set = names.count > 0;
    for (size_t i = 0; i < names.count; i++) {
        struct team team;
        if (view_is(names.items[i], "none")) {
            asked.has_unowned = true;
            continue;
        }
        if (!store_find_team(request->api->store, request->arena, request->session.account.organization, names.items[i],
                &team, &err))
            return err.code == ERROR_NOT_FOUND
                       ? respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "owner", "%s", err.message)
                       : respond_failure(request, response, &err);
        teams[asked.count++] = team.id;
    }
    *owners = owner_filter_both(request->arena, &asked, &request->session.owners);
    return true;
}

void team_write_relationship(struct json_writer *writer, const struct owning_team *team)
{
    if (team->id == 0)
        return;
    json_key(writer, "team");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "type", "team");
    json_pair(writer, "id", team->uuid);
    json_key(writer, "attributes");
    json_begin_object(writer);
    json_pair(writer, "name", team->name);
    json_end_object(writer);
    json_end_object(writer);
    json_end_object(writer);
}
