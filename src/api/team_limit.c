/* SPDX-License-Identifier: Apache-2.0 */
#include "api/team_limit.h"

#include "api/api.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/router.h"
#include "store/teams.h"

enum reach { REACH_NONE, REACH_OPEN, REACH_FILTERED, REACH_IMAGE, REACH_PROJECT, REACH_TARGET };

static const enum reach reaches[ROUTE_COUNT] = {
#define TEAM_ROUTE(route, how) [ROUTE_##route] = REACH_##how,
#include "api/team_routes.def"
#undef TEAM_ROUTE
};

static bool refuse(const struct request *request, struct response *response)
{
    bool is_read = request->method == METHOD_GET || request->method == METHOD_HEAD;
    return is_read ? respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such organization or resource")
                   : respond_error(response, API_ERROR_FORBIDDEN, "your role is limited to what your teams own");
}

/* What another team owns is as if it were not there. */
static bool check_owner(
    const struct request *request, struct response *response, enum owned_kind kind, struct view uuid)
{
    struct error err;
    int64_t team = 0;
    if (!store_find_owner(request->api->store, request->session.account.organization, kind, uuid, &team, &err))
        return respond_failure(request, response, &err);
    return owner_filter_has(&request->session.owners, team) ||
           respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such resource");
}

static struct view project_of_path(const struct request *request)
{
    return request->route == &routes[ROUTE_deleted_project_restore] ? request_path_value(request, "deleted_project_id")
                                                                    : request_path_value(request, "project_id");
}

bool team_limit_check(const struct request *request, struct response *response)
{
    enum permission permission = request->route->permission;
    if (!request->session.owners.is_set || permission == PERMISSION_ANYONE || permission == PERMISSION_SIGNED_IN)
        return true;
    switch (reaches[request->route - routes]) {
    case REACH_NONE:
        break;
    case REACH_OPEN:
    case REACH_FILTERED:
        return true;
    case REACH_IMAGE:
        return check_owner(request, response, OWNED_IMAGE, request_path_value(request, "image_id"));
    case REACH_PROJECT:
        return check_owner(request, response, OWNED_PROJECT, project_of_path(request));
    case REACH_TARGET:
        return check_owner(request, response, OWNED_TARGET, request_path_value(request, "target_id"));
    }
    return refuse(request, response);
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
