/* SPDX-License-Identifier: Apache-2.0 */
/* Teams that own repositories, and who belongs to them. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/teams.h"

#define USER_BYTES_MAX 100

static void write_lines(struct json_writer *writer, const char *name, struct view lines)
{
    json_key(writer, name);
    json_begin_array(writer);
    while (lines.size > 0)
        json_write(writer, view_cut(&lines, '\n'));
    json_end_array(writer);
}

static void write_team(struct json_writer *writer, const struct team *team)
{
    jsonapi_begin_resource(writer, "team", view_text(team->uuid.text));
    json_pair(writer, "name", team->name);
    write_lines(writer, "prefixes", team->patterns.prefixes);
    write_lines(writer, "expressions", team->patterns.expressions);
    json_pair_integer(writer, "member_count", team->members);
    json_pair_integer(writer, "repository_count", team->repositories);
    json_pair_time(writer, "created_at", team->created_ms);
    jsonapi_end_resource(writer);
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)request;
    (void)err;
    write_team(writer, PAGE_ROW(struct team, rows, i));
    return true;
}

bool route_team_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct team *items;
    struct page_rows rows = {PAGE_OF(struct team, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_teams(request->api->store, request->arena, request->session.account.organization, &page, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

static bool respond_team(const struct request *request, struct response *response, const struct team *team, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_team(&writer, team);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

bool route_team_get(struct request *request, struct response *response)
{
    struct error err;
    struct team team;
    return store_find_team(request->api->store, request->arena, request->session.account.organization,
               request_path_value(request, "team_id"), &team, &err)
               ? respond_team(request, response, &team, 200)
               : respond_failure(request, response, &err);
}

/* A list of texts as lines; `*is_given` if the member is there. */
static bool read_lines(const struct request *request, struct response *response, struct json attributes,
    const char *name, struct view *lines, bool *is_given)
{
    struct json member = json_member(attributes, name);
    const char *pointer = arena_format(request->arena, "/data/attributes/%s", name).data;
    AUTO_BUFFER text;
    buffer_init(&text, REQUEST_BODY_BYTES_MAX);
    *is_given = json_is_present(member);
    if (*is_given && json_type(member) != JSON_ARRAY)
        return body_complain(response, pointer, view_text("this must be a list of texts"));
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct view line = json_string(i.value);
        if (line.size == 0 || view_find(line, '\n') < line.size)
            return body_complain(response, pointer, view_text("each item must be a text of one line"));
        buffer_append_text(&text, text.size > 0 ? "\n" : "");
        buffer_append(&text, line);
    }
    *lines = arena_copy(request->arena, buffer_view(&text));
    return true;
}

/* What the store does not take is the patterns' fault: the name was checked with the body. */
static bool respond_refusal(const struct request *request, struct response *response, const struct error *err)
{
    return err->code == ERROR_INVALID || err->code == ERROR_LIMIT
               ? body_complain(response, "/data/attributes", view_text(err->message))
               : respond_failure(request, response, err);
}

bool route_team_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "team", .attributes = "expressions name prefixes"};
    AUTO_JSON *document = json_document_new();
    struct team_new given = {.who = request->session.account.user_name};
    struct json attributes;
    struct team made;
    struct error err;
    bool has_prefixes, has_expressions;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "name", TEAM_NAME_BYTES_MAX, &given.name) ||
        !read_lines(request, response, attributes, "prefixes", &given.patterns.prefixes, &has_prefixes) ||
        !read_lines(request, response, attributes, "expressions", &given.patterns.expressions, &has_expressions))
        return false;
    if (!store_add_team(
            request->api->store, request->arena, request->session.account.organization, &given, &made, &err))
        return respond_refusal(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_team(request, response, &made, 201);
}

bool route_team_edit(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "team", .attributes = "expressions name prefixes", .id_name = "team_id"};
    AUTO_JSON *document = json_document_new();
    struct team_change change = {.who = request->session.account.user_name};
    struct json attributes;
    struct view prefixes, expressions;
    struct team edited;
    struct error err;
    bool has_prefixes, has_expressions;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        (json_is_present(json_member(attributes, "name")) &&
            !body_text(request, response, attributes, "name", TEAM_NAME_BYTES_MAX, &change.name)) ||
        !read_lines(request, response, attributes, "prefixes", &prefixes, &has_prefixes) ||
        !read_lines(request, response, attributes, "expressions", &expressions, &has_expressions))
        return false;
    change.prefixes = has_prefixes ? &prefixes : NULL;
    change.expressions = has_expressions ? &expressions : NULL;
    if (!store_edit_team(request->api->store, request->arena, request->session.account.organization,
            request_path_value(request, "team_id"), &change, &edited, &err))
        return respond_refusal(request, response, &err);
    return respond_team(request, response, &edited, 200);
}

bool route_team_delete(struct request *request, struct response *response)
{
    struct error err;
    if (!store_remove_team(request->api->store, request->arena, request->session.account.organization,
            request_path_value(request, "team_id"), request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}

static bool write_member(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)request;
    (void)err;
    const struct team_member *member = PAGE_ROW(struct team_member, rows, i);
    jsonapi_begin_resource(writer, "team_member", view_text(member->user.text));
    json_pair(writer, "name", member->name);
    json_pair(writer, "role", member->role);
    json_pair_boolean(writer, "limited", member->is_limited);
    jsonapi_end_resource(writer);
    return true;
}

bool route_team_member_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct team_member *items;
    struct page_rows rows = {SLICE_OF(struct team_member, write_member)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_team_members(request->api->store, request->arena, request->session.account.organization,
            request_path_value(request, "team_id"), &items, &rows.count, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_slice(request, response, &page, &rows);
}

bool route_team_member_add(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "team_member", .attributes = "user"};
    AUTO_JSON *document = json_document_new();
    struct team_membership membership = {
        .team = request_path_value(request, "team_id"), .is_member = true, .who = request->session.account.user_name};
    struct json attributes;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes) ||
        !body_text(request, response, attributes, "user", USER_BYTES_MAX, &membership.user))
        return false;
    if (!store_set_team_member(
            request->api->store, request->arena, request->session.account.organization, &membership, &err))
        return respond_failure(request, response, &err);
    return route_team_get(request, response);
}

bool route_team_member_remove(struct request *request, struct response *response)
{
    const struct team_membership membership = {.team = request_path_value(request, "team_id"),
        .user = request_path_value(request, "user_id"),
        .who = request->session.account.user_name};
    struct error err;
    if (!store_set_team_member(
            request->api->store, request->arena, request->session.account.organization, &membership, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
