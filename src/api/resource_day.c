/* SPDX-License-Identifier: Apache-2.0 */
/* Counters by day, for trends. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "store/daily_counters.h"

static int64_t count_of(const struct tally *tally, unsigned fixable, unsigned threats)
{
    return tally_count(tally, (struct kind_filter){.fixable = fixable, .threats = threats});
}

static void write_day(struct json_writer *writer, const struct day_counters *day)
{
    char date[TIME_TEXT_SIZE];
    time_format(day->day_ms, date);
    jsonapi_begin_resource(writer, "daily_counters", view_of(date, strlen("2026-01-31")));
    json_pair(writer, "date", view_of(date, strlen("2026-01-31")));
    json_pair_integer(writer, "image_count", day->images);
    json_pair_integer(writer, "package_count", day->tally.packages);
    json_pair_integer(writer, "vulnerability_count", count_of(&day->tally, 0, 0));
    image_write_severities(writer, &day->tally);
    json_pair_integer(writer, "fixable_count", count_of(&day->tally, KIND_WITH_FIX, 0));
    json_pair_integer(writer, "unfixed_count", count_of(&day->tally, KIND_WITHOUT_FIX, 0));
    json_pair_integer(
        writer, "exploitable_count", count_of(&day->tally, 0, 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN));
    json_pair_integer(writer, "kev_count", count_of(&day->tally, 0, 1u << THREAT_KNOWN));
    json_pair_integer(writer, "score", tally_score(&day->tally));
    jsonapi_end_resource(writer);
}

static bool read_query(const struct request *request, struct response *response, struct day_query *query)
{
    struct view integration = request_parameter(request, "integration_id");
    *query = (struct day_query){.repository = request_parameter(request, "repository")};
    if (integration.size > 0 && !uuid_parse(integration, &query->integration))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "integration_id", "integration_id must be a UUID");
    if (query->repository.size > 0 && integration.size == 0)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "repository",
            "repository needs integration_id: registries may have repositories of one name");
    return page_read(request, response, &query->page) &&
           parameter_time(request, response, "from", &query->from_ms) &&
           parameter_time(request, response, "to", &query->to_ms);
}

bool route_daily_counters_list(struct request *request, struct response *response)
{
    struct error err;
    struct day_query query;
    struct json_writer writer;
    struct day_counters *rows = NULL;
    struct page_edges edges = {0};
    size_t count = 0;
    if (!read_query(request, response, &query))
        return false;
    if (!store_list_days(request->api->store, request->arena, request->session.account.organization, &query, &rows,
            &count, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_day(&writer, &rows[i]);
    json_end_array(&writer);
    if (count > 0) {
        edges.first = rows[0].cursor;
        edges.last = rows[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &query.page, &edges);
}
