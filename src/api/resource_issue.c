/* SPDX-License-Identifier: Apache-2.0 */
/* Issues of the published API: a vulnerability of a project, with its packages. Those that are there are open; what is resolved is
   told by events. */
#include "advisory/cvss.h"
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/issues.h"

/* The published levels: negligible and unknown severities are info. */
static const char *level_of(enum severity severity)
{
    return severity <= SEVERITY_NEGLIGIBLE ? "info" : severity_name(severity);
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    json_pair_text(writer, name, text);
}

static void write_coordinate(struct json_writer *writer, const struct issue_package *package)
{
    json_begin_object(writer);
    json_key(writer, "representations");
    json_begin_array(writer);
    json_begin_object(writer);
    json_key(writer, "dependency");
    json_begin_object(writer);
    json_pair(writer, "package_name", package->name);
    json_pair(writer, "package_version", package->version);
    json_end_object(writer);
    json_end_object(writer);
    json_end_array(writer);
    json_pair_boolean(writer, "is_fixable_manually", false);
    json_pair_boolean(writer, "is_fixable_snyk", false);
    json_pair_boolean(writer, "is_fixable_upstream", package->fixed_version_count > 0);
    json_pair_boolean(writer, "is_patchable", false);
    json_pair_boolean(writer, "is_pinnable", false);
    json_pair_boolean(writer, "is_upgradeable", package->fixed_version_count > 0);
    json_pair_text(writer, "reachability", "no-info");
    json_pair_text(writer, "state", "open");
    if (package->first_ms > 0)
        write_time(writer, "last_introduced_at", package->first_ms);
    if (package->fixed_version_count > 0) {
        json_key(writer, "remedies");
        json_begin_array(writer);
        json_begin_object(writer);
        json_pair_text(writer, "type", "indeterminate");
        json_pair(writer, "description", package->fixed_versions[0]);
        json_end_object(writer);
        json_end_array(writer);
    }
    json_end_object(writer);
}

static void write_severity(struct json_writer *writer, const struct severity_rating *rating, int64_t time_ms)
{
    static const char *const versions[] = {
        [CVSS_2_0] = "2.0", [CVSS_3_0] = "3.0", [CVSS_3_1] = "3.1", [CVSS_4_0] = "4.0"};
    struct cvss cvss;
    if (!cvss_parse(rating->score, &cvss))
        return;
    json_begin_object(writer);
    json_pair_text(writer, "level", level_of(cvss_severity(&cvss)));
    write_time(writer, "modification_time", time_ms);
    json_key(writer, "score");
    json_write_number(writer, cvss.score / 10.0, 1);
    json_pair(writer, "source", rating->source.size > 0 ? rating->source : view_text("advisory"));
    json_pair(writer, "vector", rating->score);
    json_pair_text(writer, "version", versions[cvss.version]);
    json_end_object(writer);
}

static void write_exploits(struct json_writer *writer, const struct vulnerability_facts *facts)
{
    if (facts == NULL || (facts->exploit_count == 0 && !facts->is_known_exploited))
        return;
    json_key(writer, "exploit_details");
    json_begin_object(writer);
    json_key(writer, "maturity_levels");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair_text(writer, "format", "CVSSv3");
    json_pair_text(writer, "level", facts->is_known_exploited ? "High" : "Proof of Concept");
    json_end_object(writer);
    json_end_array(writer);
    json_key(writer, "sources");
    json_begin_array(writer);
    if (facts->is_known_exploited)
        json_write_text(writer, "CISA");
    for (size_t i = 0; i < facts->exploit_count; i++)
        json_write(writer, facts->exploits[i].source);
    json_end_array(writer);
    json_end_object(writer);
}

static void write_problems(struct json_writer *writer, const struct issue_row *row)
{
    json_key(writer, "problems");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair(writer, "id", row->vulnerability);
    json_pair_text(writer, "source", view_starts_with(row->vulnerability, "CVE-") ? "CVE" : "advisory");
    json_pair_text(writer, "type", "vulnerability");
    if (row->facts != NULL && row->facts->published_ms > 0)
        write_time(writer, "disclosed_at", row->facts->published_ms);
    json_end_object(writer);
    json_end_array(writer);
}

static void write_reference(struct json_writer *writer, const char *name, const char *type, const char *id)
{
    json_key(writer, name);
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(writer, "id", id);
    json_pair_text(writer, "type", type);
    json_end_object(writer);
    json_end_object(writer);
}

static void write_attributes(struct arena *arena, struct json_writer *writer, const struct issue_row *row)
{
    enum { TITLE_BYTES_MAX = 2048, DESCRIPTION_BYTES_MAX = 4096 };
    struct view title = arena_format(arena, "%.*s in %.*s", VIEW_PRINT(row->vulnerability),
        VIEW_PRINT(row->package_count > 0 ? row->packages[0].name : view_text("")));
    json_pair(writer, "key", row->vulnerability);
    json_pair(writer, "title", view_slice(title, 0, title.size < TITLE_BYTES_MAX ? title.size : TITLE_BYTES_MAX));
    if (row->summary.size > 0 && row->summary.size <= DESCRIPTION_BYTES_MAX)
        json_pair(writer, "description", row->summary);
    json_pair_text(writer, "type", "package_vulnerability");
    json_pair_text(writer, "status", "open");
    json_pair_boolean(writer, "ignored", false);
    json_pair_text(writer, "effective_severity_level", level_of(row->severity));
    write_time(writer, "created_at", row->first_ms);
    write_time(writer, "updated_at", row->last_ms);
    write_problems(writer, row);
    json_key(writer, "severities");
    json_begin_array(writer);
    for (size_t i = 0; i < row->rating_count; i++)
        write_severity(writer, &row->ratings[i], row->last_ms);
    json_end_array(writer);
    write_exploits(writer, row->facts);
    json_key(writer, "coordinates");
    json_begin_array(writer);
    for (size_t i = 0; i < row->package_count; i++)
        write_coordinate(writer, &row->packages[i]);
    json_end_array(writer);
}

static void write_issue(const struct request *request, struct json_writer *writer, const struct issue_row *row)
{
    json_begin_object(writer);
    json_pair_text(writer, "type", "issue");
    json_pair_text(writer, "id", row->uuid.text);
    json_key(writer, "attributes");
    json_begin_object(writer);
    write_attributes(request->arena, writer, row);
    json_end_object(writer);
    json_key(writer, "relationships");
    json_begin_object(writer);
    write_reference(writer, "organization", "organization", request->session.account.organization_uuid.text);
    write_reference(writer, "scan_item", "project", row->project_uuid.text);
    json_end_object(writer);
    json_end_object(writer);
}

/* What is asked for besides open vulnerabilities of projects is never there. */
struct wanted_issues {
    struct issue_query query;
    bool is_nothing;
};

static bool read_levels(const struct request *request, struct response *response, struct wanted_issues *wanted)
{
    struct view_list words;
    if (!parameter_words(request, response, "effective_severity_level", "info low medium high critical", &words))
        return false;
    for (size_t i = 0; i < words.count; i++) {
        for (int severity = 0; severity < SEVERITY_COUNT; severity++) {
            if (view_is(words.items[i], level_of((enum severity)severity)))
                wanted->query.severities |= 1u << severity;
        }
    }
    return true;
}

static bool read_wanted(const struct request *request, struct response *response, struct wanted_issues *wanted)
{
    struct view_list types, kinds, states;
    bool is_ignored = false;
    struct issue_query *query = &wanted->query;
    struct view project = request_parameter(request, "scan_item.id");
    *wanted = (struct wanted_issues){.is_nothing = false};
    if (!page_read(request, response, &query->page) || !read_levels(request, response, wanted) ||
        !parameter_words(request, response, "scan_item.type", "project environment", &kinds) ||
        !parameter_words(request, response, "type", "package_vulnerability license cloud code custom config", &types) ||
        !parameter_words(request, response, "status", "open resolved", &states) ||
        !parameter_switch(request, response, "ignored", &is_ignored) ||
        !parameter_time(request, response, "created_after", &query->first_after_ms) ||
        !parameter_time(request, response, "created_before", &query->first_before_ms) ||
        !parameter_time(request, response, "updated_after", &query->last_after_ms) ||
        !parameter_time(request, response, "updated_before", &query->last_before_ms) ||
        !parameter_owner(request, response, &query->owners))
        return false;
    if (project.size > 0 && !uuid_parse(project, &query->project))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "scan_item.id", "scan_item.id must be a UUID");
    bool has_open = states.count == 0;
    for (size_t i = 0; i < states.count; i++)
        has_open |= view_is(states.items[i], "open");
    wanted->is_nothing = is_ignored || !has_open ||
                         (types.count > 0 && !view_is(types.items[0], "package_vulnerability")) ||
                         (kinds.count > 0 && !view_is(kinds.items[0], "project"));
    return true;
}

static bool write_issue_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    write_issue(request, writer, PAGE_ROW(struct issue_row, rows, i));
    return true;
}

bool route_issue_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct issue_row, write_issue_row)};
    struct wanted_issues wanted;
    struct issue_row *items = NULL;
    if (!read_wanted(request, response, &wanted))
        return false;
    if (!wanted.is_nothing &&
        !store_list_issues(request->api->store, request->arena, request->session.account.organization, &wanted.query,
            &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &wanted.query.page, &rows);
}

bool route_issue_get(struct request *request, struct response *response)
{
    struct error err;
    struct issue_row row;
    struct json_writer writer;
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "issue_id"), &uuid);
    if (!store_find_issue(
            request->api->store, request->arena, request->session.account.organization, &uuid, &row, &err))
        return respond_failure(request, response, &err);
    if (!team_limit_owns(request, response, OWNED_PROJECT, view_text(row.project_uuid.text)))
        return false;
    jsonapi_begin(&writer, response);
    write_issue(request, &writer, &row);
    return jsonapi_end(request, response, &writer);
}
