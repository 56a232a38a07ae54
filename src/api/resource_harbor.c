/* SPDX-License-Identifier: Apache-2.0 */
/* Harbor's scanner adapter API, version 1.2, so that a Harbor can use this server as its scanner: what it can do, a scan
   request, and the report of one. The image is fetched with the credentials of the integration that covers it, never with
   those that Harbor sends: no connection goes where no integration leads. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "base/json.h"
#include "store/images.h"
#include "store/scan_requests.h"

#define ERROR_TYPE "application/vnd.scanner.adapter.error+json; version=1.0"
#define REPORT_TYPE "application/vnd.security.vulnerability.report; version=1.1"
#define OLD_REPORT_TYPE "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
#define REFRESH_AFTER_S "5"

enum { FINDINGS_MAX = 50000 };

static bool answer(struct response *response, int status, const char *type)
{
    struct error err;
    if (!buffer_check(&response->body, "answer", &err)) {
        buffer_clear(&response->body);
        status = 500;
    }
    response->status = status;
    response->content_type = type;
    response->cache_control = "no-store";
    return true;
}

static bool refuse(struct response *response, int status, struct view message)
{
    struct json_writer writer;
    buffer_clear(&response->body);
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_key(&writer, "error");
    json_begin_object(&writer);
    json_pair(&writer, "message", message);
    json_end_object(&writer);
    json_end_object(&writer);
    return answer(response, status, ERROR_TYPE);
}

static bool check_rights(const struct request *request, struct response *response, enum permission permission)
{
    if (permission_has(request->permissions, permission) && !request->session.owners.is_set)
        return true;
    refuse(response, 403,
        arena_format(request->arena, "the token needs the permission %s for the whole organization",
            permission_name(permission)));
    return false;
}

static void write_scanner(struct json_writer *writer)
{
    json_key(writer, "scanner");
    json_begin_object(writer);
    json_pair_text(writer, "name", "Tidewaiter");
    json_pair_text(writer, "vendor", "Tidewaiter");
    json_pair_text(writer, "version", TIDEWAITER_VERSION);
    json_end_object(writer);
}

static void write_texts(struct json_writer *writer, const char *name, const char *const *texts)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (; *texts != NULL; texts++)
        json_write_text(writer, *texts);
    json_end_array(writer);
}

bool route_harbor_metadata(struct request *request, struct response *response)
{
    static const char *const consumed[] = {
        "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json", NULL};
    static const char *const produced[] = {REPORT_TYPE, OLD_REPORT_TYPE, NULL};
    struct json_writer writer;
    (void)request;
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    write_scanner(&writer);
    json_key(&writer, "capabilities");
    json_begin_array(&writer);
    json_begin_object(&writer);
    json_pair_text(&writer, "type", "vulnerability");
    write_texts(&writer, "consumes_mime_types", consumed);
    write_texts(&writer, "produces_mime_types", produced);
    json_end_object(&writer);
    json_end_array(&writer);
    json_key(&writer, "properties");
    json_begin_object(&writer);
    json_pair_text(&writer, "harbor.scanner-adapter/scanner-type", "os-package-vulnerability");
    json_end_object(&writer);
    json_end_object(&writer);
    return answer(response, 200, "application/vnd.scanner.adapter.metadata+json; version=1.1");
}

/* "https://harbor.example/" as the host of a reference. */
static struct view host_of(struct view url)
{
    size_t scheme = view_find_text(url, view_text("://"));
    struct view rest = scheme < url.size ? view_from(url, scheme + 3) : url;
    return view_cut(&rest, '/');
}

static bool read_reference(
    const struct request *request, struct response *response, struct json root, struct reference *reference)
{
    struct error err;
    struct json artifact = json_member(root, "artifact");
    struct view host = host_of(json_member_string(json_member(root, "registry"), "url"));
    struct view repository = json_member_string(artifact, "repository");
    struct view digest = json_member_string(artifact, "digest");
    if (host.size == 0 || repository.size == 0 || digest.size == 0) {
        refuse(response, 422, view_text("registry.url, artifact.repository and artifact.digest are needed"));
        return false;
    }
    struct view text =
        arena_format(request->arena, "%.*s/%.*s@%.*s", VIEW_PRINT(host), VIEW_PRINT(repository), VIEW_PRINT(digest));
    if (reference_parse(request->arena, text, reference, &err))
        return true;
    refuse(response, 422, view_text(err.message));
    return false;
}

static bool respond_id(struct response *response, const struct uuid *uuid)
{
    struct json_writer writer;
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair_text(&writer, "id", uuid->text);
    json_end_object(&writer);
    return answer(response, 202, "application/vnd.scanner.adapter.scan.response+json; version=1.0");
}

bool route_harbor_scan(struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct json root;
    struct reference reference;
    struct integration integration;
    struct uuid uuid;
    bool found = false, is_new = false;
    int64_t organization = request->session.account.organization;
    if (!check_rights(request, response, PERMISSION_ORG_SCAN_REQUEST_EDIT))
        return false;
    if (!json_parse(document, request->body, REQUEST_BODY_BYTES_MAX, "request body", &root, &err))
        return refuse(response, 400, view_text(err.message));
    if (!read_reference(request, response, root, &reference))
        return false;
    if (!store_find_covering_integration(request->api->store, request->arena, organization, reference.host,
            reference.repository, &integration, &found, &err))
        return refuse(response, 500, view_text("the store does not answer"));
    if (!found)
        return refuse(response, 422,
            arena_format(request->arena, "no integration covers \"%.*s/%.*s\": connect this Harbor first",
                VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository)));
    const struct scan_request_new given = {.integration = &integration,
        .reference = &reference,
        .who = request->session.account.user_name,
        .requester = view_text("")};
    if (!store_new_scan_request(request->api->store, organization, &given, &uuid, &is_new, &err))
        return refuse(response, 500, view_text(err.code == ERROR_LIMIT ? err.message : "the store does not answer"));
    return respond_id(response, &uuid);
}

static const char *severity_of(enum severity severity)
{
    static const char *const names[SEVERITY_COUNT] = {
        [SEVERITY_UNKNOWN] = "Unknown",
        [SEVERITY_NEGLIGIBLE] = "Negligible",
        [SEVERITY_LOW] = "Low",
        [SEVERITY_MEDIUM] = "Medium",
        [SEVERITY_HIGH] = "High",
        [SEVERITY_CRITICAL] = "Critical",
    };
    return names[severity];
}

static void write_finding(const struct request *request, struct json_writer *writer, const struct finding_row *row)
{
    struct view id = row->finding.id;
    json_begin_object(writer);
    json_pair(writer, "id", id);
    json_pair(writer, "package", row->package.name);
    json_pair(writer, "version", row->package.version);
    json_pair(
        writer, "fix_version", row->finding.fixed_version_count > 0 ? row->finding.fixed_versions[0] : view_text(""));
    json_pair_text(writer, "severity", severity_of(row->finding.severity));
    json_pair(writer, "description", row->finding.summary);
    json_key(writer, "links");
    json_begin_array(writer);
    if (view_starts_with(id, "CVE-"))
        json_write(writer, arena_format(request->arena, "https://www.cve.org/CVERecord?id=%.*s", VIEW_PRINT(id)));
    json_end_array(writer);
    json_end_object(writer);
}

/* The findings of all platforms of the project. */
static bool write_findings(const struct request *request, struct json_writer *writer, const struct image_row *image,
    enum severity *worst, struct error *err)
{
    struct finding_query query = {.page = {.limit = PAGE_LIMIT_MAX}};
    size_t written = 0;
    for (bool has_more = true; has_more;) {
        struct finding_row *items;
        size_t count, total;
        if (!store_list_findings(request->api->store, request->arena, request->session.account.organization,
                &image->uuid, &query, &items, &count, &total, &has_more, err))
            return false;
        for (size_t i = 0; i < count && written < FINDINGS_MAX; i++, written++) {
            write_finding(request, writer, &items[i]);
            if (items[i].finding.severity > *worst)
                *worst = items[i].finding.severity;
        }
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return true;
}

static void write_artifact(struct json_writer *writer, const struct scan_request *asked)
{
    json_key(writer, "artifact");
    json_begin_object(writer);
    json_pair(writer, "repository", asked->repository);
    json_pair(writer, "digest", digest_view(&asked->digest));
    if (asked->tag.size > 0)
        json_pair(writer, "tag", asked->tag);
    json_end_object(writer);
}

static bool write_report(
    const struct request *request, struct response *response, const struct scan_request *asked, struct error *err)
{
    struct json_writer writer;
    struct image_row *rows;
    size_t count;
    enum severity worst = SEVERITY_UNKNOWN;
    if (!store_list_project_images(request->api->store, request->arena, request->session.account.organization,
            &asked->project, &rows, &count, err))
        return false;
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair_time(&writer, "generated_at", asked->finished_ms);
    write_artifact(&writer, asked);
    write_scanner(&writer);
    json_key(&writer, "vulnerabilities");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_image && rows[i].state == IMAGE_SCANNED &&
            !write_findings(request, &writer, &rows[i], &worst, err))
            return false;
    }
    json_end_array(&writer);
    json_pair_text(&writer, "severity", severity_of(worst));
    json_end_object(&writer);
    return true;
}

/* A report that Harbor shows; others (bills of materials) are not made. */
static const char *report_type(const struct request *request)
{
    struct view accepted = request_header(request, "Accept");
    if (view_find_text(accepted, view_text("vuln.report.harbor+json")) < accepted.size)
        return OLD_REPORT_TYPE;
    bool is_ours = accepted.size == 0 || view_find_text(accepted, view_text("*/*")) < accepted.size ||
                   view_find_text(accepted, view_text("vnd.security.vulnerability.report")) < accepted.size;
    return is_ours ? REPORT_TYPE : NULL;
}

bool route_harbor_report(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = {0};
    struct scan_request asked;
    const char *type = report_type(request);
    if (!check_rights(request, response, PERMISSION_ORG_SCAN_REQUEST_READ))
        return false;
    if (type == NULL)
        return refuse(response, 501, view_text("there is no such report: ask for " REPORT_TYPE));
    uuid_parse(request_path_value(request, "scan_request_id"), &uuid); /* its form was checked with the path */
    if (!store_find_scan_request(
            request->api->store, request->arena, request->session.account.organization, &uuid, &asked, &err))
        return refuse(response, err.code == ERROR_NOT_FOUND ? 404 : 500, view_text(err.message));
    if (!scan_request_state_is_final(asked.state)) {
        response_header(response, "Refresh-After", view_text(REFRESH_AFTER_S));
        response_header(response, "Location", request->path);
        return answer(response, 302, NULL);
    }
    if (asked.state != SCAN_REQUEST_DONE)
        return refuse(response, 500, asked.error.size > 0 ? asked.error : view_text("the scan was cancelled"));
    return write_report(request, response, &asked, &err)
               ? answer(response, 200, type)
               : refuse(response, 500, view_text("the store does not answer"));
}
