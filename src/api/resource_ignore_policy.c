/* SPDX-License-Identifier: Apache-2.0 */
/* Ignores in the published shape: accepted risks of one vulnerability, wherever it is. Accepted risks that are narrower than that
   are shown as well, by their vulnerability; the resource accepted_risks has all of them. */
#include "api/accepted_risk_query.h"
#include "api/api.h"
#include "api/body.h"
#include "api/list_parameters.h"
#include "api/route.h"

#define POINTER "/data/attributes"
#define FIELD "snyk/asset/finding/v1"
#define SOURCES "api cli ide web unknown"

static void write_action(struct json_writer *writer, const struct accepted_risk *risk)
{
    json_key(writer, "action");
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    if (risk->expires_ms > 0)
        json_pair_time(writer, "expires", risk->expires_ms);
    json_pair_text(writer, "ignore_type", accept_kind_name(risk->kind));
    json_pair_optional(writer, "reason", risk->description);
    json_end_object(writer);
    json_end_object(writer);
    json_pair_text(writer, "action_type", "ignore");
}

static void write_conditions(struct json_writer *writer, const struct accepted_risk *risk)
{
    json_key(writer, "conditions_group");
    json_begin_object(writer);
    json_key(writer, "conditions");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair_text(writer, "field", FIELD);
    json_pair_text(writer, "operator", "includes");
    json_pair(writer, "value", risk->vulnerability);
    json_end_object(writer);
    json_end_array(writer);
    json_pair_text(writer, "logical_operator", "and");
    json_end_object(writer);
}

static void write_policy(const struct request *request, struct json_writer *writer, const struct accepted_risk_row *row)
{
    const struct accepted_risk *risk = &row->risk;
    jsonapi_begin_resource(writer, "policy", view_text(row->uuid.text));
    write_action(writer, risk);
    write_conditions(writer, risk);
    json_pair_time(writer, "created_at", risk->created_ms);
    json_pair(writer, "name", risk->name.size > 0 ? risk->name : accepted_risk_text(request->arena, risk));
    json_pair_text(writer, "review", "not-required");
    json_pair_time(writer, "updated_at", row->updated_ms);
    jsonapi_end_resource(writer);
}

static bool respond_policy(
    const struct request *request, struct response *response, const struct accepted_risk_row *row, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_policy(request, &writer, row);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

static bool write_policy_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    write_policy(request, writer, PAGE_ROW(struct accepted_risk_row, rows, i));
    return true;
}

bool route_ignore_policy_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct accepted_risk_row, write_policy_row)};
    struct accepted_risk_query query;
    struct view_list reviews = {0};
    struct accepted_risk_row *items = NULL;
    if (!accepted_risk_query_read(request, response, &query) ||
        !parameter_words(request, response, "review", "pending approved rejected not-required", &reviews))
        return false;
    query.of_vulnerabilities_only = true;
    bool is_wanted = reviews.count == 0;
    for (size_t i = 0; i < reviews.count; i++)
        is_wanted = is_wanted || view_is(reviews.items[i], "not-required");
    if (is_wanted && !store_list_accepted_risks(request->api->store, request->arena,
                         request->session.account.organization, &query, &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}

static bool find_policy(const struct request *request, struct response *response, struct accepted_risk_row *row)
{
    return accepted_risk_of_path(request, response, "policy_id", row) &&
           (row->risk.vulnerability.size > 0 ||
               respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "this accepted risk names no vulnerability"));
}

bool route_ignore_policy_get(struct request *request, struct response *response)
{
    struct accepted_risk_row row;
    return find_policy(request, response, &row) && respond_policy(request, response, &row, 200);
}

bool route_ignore_policy_delete(struct request *request, struct response *response)
{
    struct accepted_risk_row row;
    return find_policy(request, response, &row) && accepted_risk_revoke(request, response, "policy_id");
}

/* The one condition: a finding. */
static void read_condition(struct document_reader *reader, struct json attributes, struct accepted_risk *risk)
{
    static const char *const group_members[] = {"conditions", "logical_operator", NULL};
    static const char *const members[] = {"field", "operator", "value", NULL};
    struct view outer = reader->pointer;
    struct json group = json_member(attributes, "conditions_group");
    reader->pointer = document_pointer(reader, "conditions_group");
    if (document_is_object(reader, group, "\"conditions_group\"")) {
        document_check_members(reader, group, group_members);
        if (!view_is(json_member_string(group, "logical_operator"), "and"))
            document_complain(reader, "logical_operator", "\"logical_operator\" must be \"and\"");
    }
    if (document_list(reader, group, "conditions", true, 1)) {
        struct json_iterator i = json_each(json_member(group, "conditions"));
        (void)json_next(&i);
        reader->pointer = document_item_pointer(reader, "conditions", 0);
        if (document_is_object(reader, i.value, "a condition")) {
            document_check_members(reader, i.value, members);
            if (!view_is(json_member_string(i.value, "field"), FIELD))
                document_complain(reader, "field", "\"field\" must be \"" FIELD "\"");
            if (!view_is(json_member_string(i.value, "operator"), "includes"))
                document_complain(reader, "operator", "\"operator\" must be \"includes\"");
            risk->vulnerability = document_text(reader, i.value, "value", true, ACCEPTED_TEXT_BYTES_MAX);
        }
    }
    reader->pointer = outer;
}

static void read_kind(struct document_reader *reader, struct json data, struct accepted_risk *risk)
{
    struct view kind = document_text(reader, data, "ignore_type", true, ACCEPTED_TEXT_BYTES_MAX);
    int i = 0;
    while (i < ACCEPT_KIND_COUNT && !view_is(kind, accept_kind_name((enum accept_kind)i)))
        i++;
    if (i < ACCEPT_KIND_COUNT)
        risk->kind = (enum accept_kind)i;
    else if (kind.size > 0)
        document_complain(
            reader, "ignore_type", "\"ignore_type\" must be wont-fix, temporary-ignore or not-vulnerable");
    risk->reason = risk->kind == ACCEPT_NOT_VULNERABLE ? ACCEPT_REASON_RISK_NOT_RELEVANT : ACCEPT_REASON_RISK_OWNED;
}

static void read_action(struct document_reader *reader, struct json attributes, struct accepted_risk *risk)
{
    static const char *const action_members[] = {"data", NULL};
    static const char *const members[] = {"expires", "ignore_type", "reason", NULL};
    struct error ignored; /* worded below */
    struct view outer = reader->pointer;
    struct json action = json_member(attributes, "action");
    struct json data = json_member(action, "data");
    reader->pointer = document_pointer(reader, "action");
    if (document_is_object(reader, action, "\"action\""))
        document_check_members(reader, action, action_members);
    reader->pointer = document_pointer(reader, "data");
    if (document_is_object(reader, data, "\"data\"")) {
        document_check_members(reader, data, members);
        read_kind(reader, data, risk);
        struct view expires =
            document_text(reader, data, "expires", risk->kind == ACCEPT_TEMPORARY, ACCEPTED_TEXT_BYTES_MAX);
        if (expires.size > 0 && (!time_parse(expires, &risk->expires_ms, &ignored) || risk->expires_ms < 1000))
            document_complain(reader, "expires", "\"expires\" must be a time such as \"2027-01-31T00:00:00Z\"");
        risk->expires_ms -= risk->expires_ms % 1000;
        risk->description = document_text(reader, data, "reason", false, ACCEPTED_DESCRIPTION_BYTES_MAX);
    }
    reader->pointer = outer;
}

static bool read_policy(
    struct arena *arena, struct json attributes, struct accepted_risk *risk, struct document_problems *problems)
{
    *problems = (struct document_problems){.count = 0};
    struct document_reader reader = {arena, problems, view_text(POINTER)};
    struct view source = document_text(&reader, attributes, "source", false, ACCEPTED_NAME_BYTES_MAX);
    *risk = (struct accepted_risk){.kind = ACCEPT_WONT_FIX};
    risk->name = document_text(&reader, attributes, "name", true, ACCEPTED_NAME_BYTES_MAX);
    if (!view_is(json_member_string(attributes, "action_type"), "ignore"))
        document_complain(&reader, "action_type", "\"action_type\" must be \"ignore\"");
    if (source.size > 0 && !word_is_among(source, SOURCES))
        document_complain(&reader, "source", "\"source\" must be one of: " SOURCES);
    read_action(&reader, attributes, risk);
    read_condition(&reader, attributes, risk);
    return problems->count == 0;
}

bool route_ignore_policy_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {
        .type = "policy", .attributes = "action action_type conditions_group name source"};
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct accepted_risk risk;
    struct accepted_risk_row *made;
    struct json attributes;
    struct error err;
    if (!body_attributes(request, response, document, &shape, &attributes))
        return false;
    if (!read_policy(request->arena, attributes, &risk, &problems))
        return body_respond_problems(request, response, &problems);
    if (!store_accept_risks(request->api->store, request->arena, request->session.account.organization, &risk, 1,
            request->session.account.user_name, &made, &err))
        return respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made->uuid.text));
    return respond_policy(request, response, made, 201);
}
