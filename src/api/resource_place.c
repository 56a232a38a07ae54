/* SPDX-License-Identifier: Apache-2.0 */
/* Registries and repositories with what their images have. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/places.h"

static bool write_place(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)request;
    (void)err;
    const struct place_row *row = PAGE_ROW(struct place_row, rows, i);
    const enum place_kind kind = *(const enum place_kind *)rows->context;
    jsonapi_begin_resource(writer, kind == PLACE_REGISTRY ? "registry" : "repository", row->id);
    json_pair(writer, "name", row->name);
    json_pair_text(writer, "integration_id", row->integration_uuid.text);
    json_pair(writer, "integration", row->integration_name);
    if (kind == PLACE_REGISTRY)
        json_pair_integer(writer, "repository_count", row->repositories);
    json_pair_integer(writer, "image_count", row->images);
    json_key(writer, "images_by_state");
    json_begin_object(writer);
    for (int state = 0; state < IMAGE_STATE_COUNT; state++)
        json_pair_integer(writer, image_state_name((enum image_state)state), row->images_by_state[state]);
    json_end_object(writer);
    json_key(writer, "images_by_worst_severity");
    json_begin_object(writer);
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        json_pair_integer(writer, severity_name((enum severity)severity), row->images_by_worst[severity]);
    json_pair_integer(writer, "none", row->images_without_findings);
    json_end_object(writer);
    json_pair_integer(writer, "exploitable_image_count", row->exploitable_images);
    json_pair_integer(writer, "kev_image_count", row->known_images);
    json_pair_integer(writer, "score", row->score);
    json_pair_integer(writer, "score_version", SCORE_VERSION);
    json_pair_time(writer, "scanned_at", row->scanned_ms);
    jsonapi_end_resource(writer);
    return true;
}

static bool read_query(const struct request *request, struct response *response, struct place_query *query)
{
    struct view sort = request_parameter(request, "sort");
    struct view integration = request_parameter(request, "integration_id");
    *query = (struct place_query){.order = PLACE_ORDER_NAME};
    if (sort.size > 0 && !place_order_parse(sort, &query->order, &query->is_reversed))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "sort",
            "\"%.*s\" is none of " PLACE_ORDER_WORDS ", with or without a minus before it", VIEW_PRINT(sort));
    if (integration.size > 0 && !uuid_parse(integration, &query->integration))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "integration_id", "integration_id must be a UUID");
    return page_read(request, response, &query->page) && image_read_search(request, response, &query->search) &&
           parameter_owner(request, response, &query->owners) && image_read_kinds(request, response, &query->kinds);
}

static bool list_places(struct request *request, struct response *response, enum place_kind kind)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct place_row, write_place), .has_total = true, .context = &kind};
    struct place_query query;
    struct place_row *items = NULL;
    size_t total = 0;
    if (!read_query(request, response, &query))
        return false;
    if (!store_list_places(request->api->store, request->arena, request->session.account.organization, kind, &query,
            &items, &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    rows.total = (int64_t)total;
    return respond_page(request, response, &query.page, &rows);
}

bool route_registry_list(struct request *request, struct response *response)
{
    return list_places(request, response, PLACE_REGISTRY);
}

bool route_repository_list(struct request *request, struct response *response)
{
    return list_places(request, response, PLACE_REPOSITORY);
}
