/* SPDX-License-Identifier: Apache-2.0 */
/* GET …/audit_logs/search: the audit trail in the published shape. Events are named "org.integration.edit". */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/audit.h"
#include "store/users.h"

#define SIZE_DEFAULT 100
#define SIZE_MAX_ITEMS 100
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static bool read_time(const struct request *request, struct response *response, const char *name, int64_t *ms)
{
    struct error err;
    const struct query_parameter *given = query_find(&request->query, name);
    return given == NULL || time_parse(given->value, ms, &err) ||
           respond_parameter_error(
               response, API_ERROR_INVALID_PARAMETER, name, "%s must be a time such as 2026-11-22T08:00:00Z", name);
}

static bool read_size(const struct request *request, struct response *response, int *size)
{
    int64_t value = SIZE_DEFAULT;
    const struct query_parameter *given = query_find(&request->query, "size");
    if (given != NULL && (!view_to_integer(given->value, &value) || value < 1 || value > SIZE_MAX_ITEMS))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "size", "size must be a number from 1 to %d", SIZE_MAX_ITEMS);
    *size = (int)value;
    return true;
}

static bool read_order(const struct request *request, struct response *response, struct audit_query *query)
{
    struct view order = request_parameter(request, "sort_order");
    query->is_ascending = view_is(order, "ASC");
    return query->is_ascending || view_is(order, "DESC") || query_find(&request->query, "sort_order") == NULL ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "sort_order", "sort_order is ASC or DESC");
}

/* "events" or "exclude_events", never both. */
static bool read_events(const struct request *request, struct response *response, struct audit_query *query)
{
    const struct query_parameter *wanted = query_find(&request->query, "events");
    const struct query_parameter *unwanted = query_find(&request->query, "exclude_events");
    if (wanted != NULL && unwanted != NULL)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "exclude_events",
            "events and exclude_events cannot be given together");
    const struct query_parameter *given = wanted != NULL ? wanted : unwanted;
    query->excludes = unwanted != NULL;
    for (struct view rest = given == NULL ? view_text("") : given->value; rest.size > 0;) {
        struct view event = view_cut(&rest, ',');
        if (query->action_count == AUDIT_ACTIONS_MAX)
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER,
                arena_text(request->arena, given->name), "at most %d events can be named", AUDIT_ACTIONS_MAX);
        query->actions[query->action_count++] = view_starts_with(event, "org.") ? view_from(event, 4) : event;
    }
    return true;
}

/* An id of nobody's matches nothing, as a name that nobody can have. */
static bool read_user(const struct request *request, struct response *response, struct audit_query *query)
{
    struct error err;
    struct user user;
    struct uuid uuid;
    struct view given = request_parameter(request, "user_id");
    if (query_find(&request->query, "user_id") == NULL)
        return true;
    if (!uuid_parse(given, &uuid))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "user_id", "user_id is not a UUID");
    bool found = store_find_user(
        request->api->store, request->arena, request->session.account.organization, view_text(uuid.text), &user, &err);
    if (!found && err.code != ERROR_NOT_FOUND)
        return respond_failure(request, response, &err);
    query->actor = found ? user.name : view_text("/");
    return true;
}

static bool read_query(const struct request *request, struct response *response, struct audit_query *query)
{
    struct error err;
    struct uuid uuid;
    struct view key = view_text("");
    const struct query_parameter *cursor = query_find(&request->query, "cursor");
    const struct query_parameter *project = query_find(&request->query, "project_id");
    *query = (struct audit_query){.from_ms = (request->now_ms / DAY_MS - 1) * DAY_MS, .to_ms = INT64_MAX};
    if (!read_time(request, response, "from", &query->from_ms) || !read_time(request, response, "to", &query->to_ms) ||
        !read_size(request, response, &query->limit) || !read_order(request, response, query) ||
        !read_events(request, response, query) || !read_user(request, response, query))
        return false;
    if (project != NULL && !uuid_parse(project->value, &uuid))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "project_id", "project_id is not a UUID");
    if (project != NULL)
        query->subject_id = arena_copy(request->arena, view_text(uuid.text));
    if (cursor != NULL && (!cursor_decode(request->arena, cursor->value, &key, &err) ||
                              !view_to_integer(key, &query->after) || query->after < 1))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "cursor",
            "the cursor was not made by this list: take it from the links of a page");
    return true;
}

static void write_item(const struct request *request, struct json_writer *writer, const struct audit_event *event)
{
    json_begin_object(writer);
    json_pair_time(writer, "created", event->at_ms);
    json_pair(writer, "event", arena_format(request->arena, "org.%.*s", VIEW_PRINT(event->action)));
    json_pair_text(writer, "org_id", request->session.account.organization_uuid.text);
    if (view_is(event->subject_type, "project"))
        json_pair(writer, "project_id", event->subject_id);
    json_key(writer, "content");
    json_begin_object(writer);
    json_pair_text(writer, "id", event->uuid.text);
    json_pair(writer, "actor", event->actor);
    json_pair(writer, "subject_type", event->subject_type);
    json_pair(writer, "subject_id", event->subject_id);
    json_pair(writer, "subject_name", event->subject_name);
    json_pair(writer, "detail", event->detail);
    json_end_object(writer);
    json_end_object(writer);
}

bool route_audit_log_search(struct request *request, struct response *response)
{
    struct error err;
    struct audit_query query;
    struct json_writer writer;
    struct audit_event *items;
    size_t count;
    bool has_more;
    if (!read_query(request, response, &query))
        return false;
    if (!store_search_audit_events(request->api->store, request->arena, request->session.account.organization, &query,
            &items, &count, &has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_object(&writer);
    json_pair_text(&writer, "type", "audit_logs");
    json_key(&writer, "items");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_item(request, &writer, &items[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    return jsonapi_end_cursor(
        request, response, &writer, has_more && count > 0 ? items[count - 1].cursor : view_text(""));
}
