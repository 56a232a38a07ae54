/* SPDX-License-Identifier: Apache-2.0 */
#include "api/accepted_risk_query.h"

#include "api/api.h"
#include "api/list_parameters.h"

static bool read_order(const struct request *request, struct response *response, struct accepted_risk_query *query)
{
    static const char *const orders[ACCEPTED_RISK_ORDER_COUNT] = {[RISKS_BY_CREATED] = "created",
        [RISKS_BY_EXPIRES] = "expires",
        [RISKS_BY_KIND] = "ignore-type",
        [RISKS_BY_AUTHOR] = "requested-by"};
    struct view order = request_parameter(request, "order_by");
    struct view direction = request_parameter(request, "order_direction");
    int i = 0;
    while (order.size > 0 && i < ACCEPTED_RISK_ORDER_COUNT && !view_is(order, orders[i]))
        i++;
    if (i == ACCEPTED_RISK_ORDER_COUNT)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "order_by",
            "\"order_by\" is created, expires, ignore-type or requested-by");
    if (direction.size > 0 && !view_is(direction, "asc") && !view_is(direction, "desc"))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "order_direction", "\"order_direction\" is asc or desc");
    query->order = (enum accepted_risk_order)i;
    query->is_descending = !view_is(direction, "asc");
    return true;
}

bool accepted_risk_query_read(
    const struct request *request, struct response *response, struct accepted_risk_query *query)
{
    *query =
        (struct accepted_risk_query){.search = request_parameter(request, "search"), .owners = request->session.owners};
    return page_read(request, response, &query->page) && read_order(request, response, query) &&
           parameter_time(request, response, "expires_before", &query->expires_before_ms) &&
           parameter_time(request, response, "expires_after", &query->expires_from_ms) &&
           parameter_switch(request, response, "expires_never", &query->never_only);
}

bool accepted_risk_of_path(
    const struct request *request, struct response *response, const char *name, struct accepted_risk_row *row)
{
    struct error err;
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, name), &uuid); /* its form was checked with the path */
    if (!store_find_accepted_risk(
            request->api->store, request->arena, request->session.account.organization, &uuid, row, &err))
        return respond_failure(request, response, &err);
    return accepted_risk_check_owners(request, response, &row->risk);
}

bool accepted_risk_check_owners(
    const struct request *request, struct response *response, const struct accepted_risk *risk)
{
    struct error err;
    enum risk_reach reach = RISK_ELSEWHERE;
    bool is_read = request->method == METHOD_GET || request->method == METHOD_HEAD;
    if (!request->session.owners.is_set)
        return true;
    if (!store_reach_of_risk(
            request->api->store, request->session.account.organization, risk, &request->session.owners, &reach, &err))
        return respond_failure(request, response, &err);
    if (reach == RISK_ELSEWHERE && request->method != METHOD_POST)
        return respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such accepted risk");
    return is_read || reach == RISK_OWN ||
           respond_error(response, API_ERROR_FORBIDDEN,
               "your role is limited to what your teams own: the risk must name a repository or an image of theirs, "
               "without \"*\"");
}

bool accepted_risk_revoke(const struct request *request, struct response *response, const char *name)
{
    struct error err;
    struct accepted_risk_row row;
    if (!accepted_risk_of_path(request, response, name, &row))
        return false;
    if (!store_revoke_accepted_risk(request->api->store, request->session.account.organization, &row.uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
