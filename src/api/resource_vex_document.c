/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents of the organization: what their authors say is not affected or fixed is accepted in its images. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/vex_documents.h"

#define POINTER "/data/attributes/document"

static void write_document(struct json_writer *writer, const struct vex_document_row *row)
{
    jsonapi_begin_resource(writer, "vex_document", view_text(row->uuid.text));
    json_pair(writer, "document_id", row->name);
    json_pair(writer, "format", row->format);
    json_pair(writer, "author", row->author);
    json_pair_time(writer, "issued_at", row->issued_ms);
    json_pair_integer(writer, "statements", row->statements);
    json_pair_integer(writer, "claims", row->claims);
    json_pair(writer, "created_by", row->created_by);
    json_pair_time(writer, "created_at", row->created_ms);
    jsonapi_end_resource(writer);
}

static bool respond_document(
    const struct request *request, struct response *response, const struct vex_document_row *row, int status)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    write_document(&writer, row);
    if (!jsonapi_end(request, response, &writer))
        return false;
    response->status = status;
    response->wants_etag = request->method == METHOD_GET;
    return true;
}

static bool write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)request;
    (void)err;
    write_document(writer, PAGE_ROW(struct vex_document_row, rows, i));
    return true;
}

bool route_vex_document_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct vex_document_row *items;
    struct page_rows rows = {PAGE_OF(struct vex_document_row, write_row)};
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_vex_documents(request->api->store, request->arena, request->session.account.organization, &page,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}

static struct uuid uuid_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "vex_document_id"), &uuid); /* its form was checked with the path */
    return uuid;
}

bool route_vex_document_get(struct request *request, struct response *response)
{
    struct error err;
    struct vex_document_row row;
    const struct uuid uuid = uuid_of_path(request);
    return store_find_vex_document(
               request->api->store, request->arena, request->session.account.organization, &uuid, &row, &err)
               ? respond_document(request, response, &row, 200)
               : respond_failure(request, response, &err);
}

bool route_vex_document_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "vex_document", .attributes = "document"};
    AUTO_JSON *body = json_document_new();
    struct vex_statements statements;
    struct vex_document_row made;
    struct json attributes;
    struct error err;
    if (!body_attributes(request, response, body, &shape, &attributes))
        return false;
    struct json document = json_member(attributes, "document");
    if (json_type(document) != JSON_OBJECT)
        return body_complain(response, POINTER, view_text("this must be an OpenVEX or CSAF document, as an object"));
    if (!vex_read_all(request->arena, document, &statements, &err))
        return body_complain(response, POINTER, view_text(err.message));
    if (!store_import_vex(request->api->store, request->arena, request->session.account.organization, &statements,
            request->session.account.user_name, &made, &err))
        return err.code == ERROR_INVALID || err.code == ERROR_LIMIT
                   ? body_complain(response, POINTER, view_text(err.message))
                   : respond_failure(request, response, &err);
    response_header(
        response, "Location", arena_format(request->arena, "%.*s/%s", VIEW_PRINT(request->path), made.uuid.text));
    return respond_document(request, response, &made, 201);
}

bool route_vex_document_delete(struct request *request, struct response *response)
{
    struct error err;
    const struct uuid uuid = uuid_of_path(request);
    if (!store_delete_vex_document(request->api->store, request->session.account.organization, &uuid,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    response->status = 204;
    return true;
}
