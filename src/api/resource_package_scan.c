/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/package_scans: what the server's advisories and vulnerability policies say of packages that somebody inventoried
   elsewhere, such as those of an image that was never pushed. Nothing is stored. The package URLs are parsed in the sandbox. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "job/advisories.h"
#include "report/report.h"
#include "scan/list.h"
#include "store/vulnerability_policies.h"

#define PACKAGE_SCAN_GAPS_MAX 1000
#define PACKAGE_SCAN_POLICIES_MAX 20
#define NAME_BYTES_MAX 1024
#define ATTRIBUTES "reference packages gaps format fail_on only_fixed policies"

struct package_scan {
    const struct request *request;
    struct response *response;
    struct json attributes;
    struct view reference;
    const struct report_format *format;
    struct gate gate;
    struct scan_image image;
    struct advisories advisories;
};

static void package_scan_done(struct package_scan *scan)
{
    advisories_done(&scan->advisories);
}

static bool complain(const struct package_scan *scan, const char *name, const char *detail)
{
    return body_complain(
        scan->response, arena_format(scan->request->arena, "/data/attributes/%s", name).data, view_text(detail));
}

static bool read_gate(struct package_scan *scan)
{
    struct json fail_on = json_member(scan->attributes, "fail_on");
    struct json format = json_member(scan->attributes, "format");
    struct json only_fixed = json_member(scan->attributes, "only_fixed");
    scan->gate.feed_age_max_ms = INT64_C(7) * 24 * 3600 * 1000;
    scan->gate.has_threshold = json_is_present(fail_on);
    scan->gate.only_fixed = json_boolean(only_fixed);
    scan->format = report_format_named(json_is_present(format) ? json_string(format) : view_text("table"));
    if (json_is_present(fail_on) && !severity_parse(json_string(fail_on), &scan->gate.fail_on))
        return complain(scan, "fail_on", "is negligible, low, medium, high or critical");
    if (json_is_present(only_fixed) && json_type(only_fixed) != JSON_BOOLEAN)
        return complain(scan, "only_fixed", "is true or false");
    return scan->format != NULL || complain(scan, "format", "there is no such format of reports");
}

static bool add_policy(struct package_scan *scan, struct view name, const struct vulnerability_policy **added)
{
    struct error err;
    struct view document;
    const struct request *request = scan->request;
    struct vulnerability_policy *policy = ARENA_NEW(request->arena, struct vulnerability_policy);
    if (!store_resolve_policy(
            request->api->store, request->arena, request->session.account.organization, name, &document, &err))
        return err.code == ERROR_NOT_FOUND ? complain(scan, "policies", err.message)
                                           : respond_failure(request, scan->response, &err);
    if (!vulnerability_policy_parse_text(request->arena, document, policy, &err))
        return respond_failure(request, scan->response, &err);
    *added = policy;
    return true;
}

static bool read_policies(struct package_scan *scan)
{
    struct json list = json_member(scan->attributes, "policies");
    size_t count = json_count(list);
    if (json_is_present(list) && (json_type(list) != JSON_ARRAY || count > PACKAGE_SCAN_POLICIES_MAX))
        return complain(scan, "policies", "is a list of at most 20 names of vulnerability policies");
    const struct vulnerability_policy **policies =
        ARENA_ARRAY(scan->request->arena, const struct vulnerability_policy *, count);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        if (!add_policy(scan, json_string(i.value), &policies[scan->gate.policy_count]))
            return false;
        scan->gate.policy_count++;
    }
    scan->gate.policies = policies;
    return true;
}

/* Lines for the reader of lists, which refuses what is no package URL as a gap. */
static bool read_packages(struct package_scan *scan, struct error *err)
{
    const struct request *request = scan->request;
    const struct scan_context context = {.sandbox = request->api->sandbox, .cancel = request->api->cancel};
    AUTO_BUFFER lines;
    buffer_init(&lines, REQUEST_BODY_BYTES_MAX);
    for (struct json_iterator i = json_each(json_member(scan->attributes, "packages")); json_next(&i);) {
        struct view purl = json_string(i.value);
        for (size_t j = 0; j < purl.size; j++)
            buffer_append_byte(&lines, (unsigned char)purl.data[j] < ' ' ? '?' : purl.data[j]);
        buffer_append_byte(&lines, '\n');
    }
    if (!buffer_check(&lines, "list of packages", err))
        return false;
    AUTO_SOURCE *input = source_from_memory(buffer_view(&lines));
    return scan_list(&context, LIST_PURLS, input, request->arena, &scan->image, err);
}

/* What the sender could not read keeps the answer from being "passed" here as there. */
static bool add_gaps(struct package_scan *scan)
{
    struct json list = json_member(scan->attributes, "gaps");
    struct arena *arena = scan->request->arena;
    if (json_is_present(list) && (json_type(list) != JSON_ARRAY || json_count(list) > PACKAGE_SCAN_GAPS_MAX))
        return complain(scan, "gaps", "is a list of at most 1000 gaps");
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        enum gap_kind kind;
        struct view reason = json_member_string(i.value, "reason");
        struct view path = json_member_string(i.value, "path");
        if (!gap_kind_parse(json_member_string(i.value, "kind"), &kind) || reason.size > NAME_BYTES_MAX ||
            path.size > NAME_BYTES_MAX)
            return complain(scan, "gaps", "a gap has a \"kind\" of scan gaps, a \"path\" and a \"reason\"");
        gap_add(arena, &scan->image.inventory.gaps, kind, path, arena_text(arena, reason));
    }
    return true;
}

static bool match(struct package_scan *scan, struct error *err)
{
    const struct request *request = scan->request;
    const struct job_surroundings surroundings = {
        .store = request->api->store, .index_folder = request->api->index_folder};
    return advisories_open(&surroundings, request->arena, &scan->advisories, err) &&
           scan_match(scan->advisories.lookup, scan->advisories.feeds, scan->advisories.feed_count, request->arena,
               request->now_ms, &scan->image, err);
}

static bool respond(struct package_scan *scan)
{
    const struct request *request = scan->request;
    struct json_writer writer;
    struct verdict_result verdict;
    struct uuid uuid;
    AUTO_BUFFER text;
    buffer_init(&text, RESPONSE_BYTES_MAX / 4);
    scan_verdict(&scan->image, scan->advisories.feeds, scan->advisories.feed_count, &scan->gate, request->now_ms,
        request->arena, &verdict);
    const struct report report = {.reference = scan->reference,
        .is_directory = true,
        .image = &scan->image,
        .has_findings = true,
        .feeds = scan->advisories.feeds,
        .feed_count = scan->advisories.feed_count,
        .gate = &scan->gate,
        .verdict = &verdict};
    scan->format->write(&report, 1, &text);
    struct error err;
    if (!buffer_check(&text, "report", &err))
        return respond_failure(request, scan->response, &err);
    uuid_new(&uuid);
    jsonapi_begin(&writer, scan->response);
    jsonapi_begin_resource(&writer, "package_scan", view_text(uuid.text));
    json_pair_text(&writer, "verdict", verdict_name(verdict.verdict));
    json_key(&writer, "reasons");
    json_begin_array(&writer);
    for (size_t i = 0; i < verdict.reason_count; i++)
        json_write(&writer, verdict.reasons[i]);
    json_end_array(&writer);
    json_pair(&writer, "report", buffer_view(&text));
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, scan->response, &writer);
}

bool route_package_scan_create(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "package_scan", .attributes = ATTRIBUTES};
    AUTO_JSON *document = json_document_new();
    CLEANUP(package_scan_done) struct package_scan scan = {.request = request, .response = response};
    struct error err;
    if (!body_attributes(request, response, document, &shape, &scan.attributes) ||
        !body_text(request, response, scan.attributes, "reference", NAME_BYTES_MAX, &scan.reference) ||
        !read_gate(&scan) || !read_policies(&scan))
        return false;
    if (json_type(json_member(scan.attributes, "packages")) != JSON_ARRAY)
        return complain(&scan, "packages", "must be a list of package URLs");
    if (request->api->sandbox == NULL)
        return respond_error(response, API_ERROR_NOT_READY, "this process scans nothing: it has no sandbox");
    if (!read_packages(&scan, &err))
        return err.code == ERROR_INVALID ? complain(&scan, "packages", err.message)
                                         : respond_failure(request, response, &err);
    if (!add_gaps(&scan))
        return false;
    return match(&scan, &err) ? respond(&scan) : respond_failure(request, response, &err);
}
