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

/* Null if no feed told. */
static void write_threats(struct json_writer *writer, const char *name, bool is_told, int64_t count)
{
    if (is_told)
        json_pair_integer(writer, name, count);
    else
        json_pair_null(writer, name);
}

static bool write_day(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)request;
    (void)err;
    const struct day_counters *day = PAGE_ROW(struct day_counters, rows, i);
    const struct tally *tally = &day->tally;
    char time[TIME_TEXT_SIZE];
    time_format(day->day_ms, time);
    struct view date = view_of(time, strlen("2026-01-31"));
    jsonapi_begin_resource(writer, "daily_counters", date);
    json_pair(writer, "date", date);
    json_pair_time(writer, "counted_at", day->counted_ms);
    json_pair_integer(writer, "image_count", day->images);
    json_pair_integer(writer, "package_count", tally->packages);
    json_pair_integer(writer, "vulnerability_count", count_of(tally, 0, 0));
    json_pair_integer(writer, "finding_count", tally->findings);
    image_write_severities(writer, tally);
    json_pair_integer(writer, "fixable_count", count_of(tally, KIND_WITH_FIX, 0));
    json_pair_integer(writer, "unfixed_count", count_of(tally, KIND_WITHOUT_FIX, 0));
    write_threats(
        writer, "exploitable_count", day->has_exploits, count_of(tally, 0, 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN));
    write_threats(writer, "kev_count", day->has_kev, count_of(tally, 0, 1u << THREAT_KNOWN));
    json_pair_integer(writer, "score", tally_score(tally));
    json_pair_integer(writer, "score_version", SCORE_VERSION);
    jsonapi_end_resource(writer);
    return true;
}

static bool read_query(const struct request *request, struct response *response, struct day_query *query)
{
    struct view integration = request_parameter(request, "integration_id");
    *query =
        (struct day_query){.repository = request_parameter(request, "repository"), .owners = request->session.owners};
    if (integration.size > 0 && !uuid_parse(integration, &query->integration))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "integration_id", "integration_id must be a UUID");
    if (query->repository.size > 0 && integration.size == 0)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "repository",
            "repository needs integration_id: registries may have repositories of one name");
    return page_read(request, response, &query->page) &&
           parameter_time(request, response, "days_from", &query->from_ms) &&
           parameter_time(request, response, "days_before", &query->to_ms);
}

bool route_daily_counters_list(struct request *request, struct response *response)
{
    struct error err;
    struct day_query query;
    struct day_counters *items = NULL;
    struct page_rows rows = {PAGE_OF(struct day_counters, write_day)};
    if (!read_query(request, response, &query))
        return false;
    if (!store_list_days(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &query.page, &rows);
}
