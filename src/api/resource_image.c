/* SPDX-License-Identifier: Apache-2.0 */
/* The list of images (a tag at its present digest, times the platforms of an index), and the findings and gaps of one. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/images.h"

static void write_severity_counts(struct json_writer *writer, const struct image_counts *counts)
{
    json_key(writer, "severity_counts");
    json_begin_object(writer);
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        json_pair_integer(writer, severity_name((enum severity)severity), counts->by_severity[severity]);
    json_end_object(writer);
}

/* Only a scanned image has counts; for others 0 would say that they are clean. */
static void write_counts(struct json_writer *writer, const struct image_row *image)
{
    static const char *const names[] = {"package_count", "severity_counts", "vulnerability_count", "fixable_count",
        "kev_count", "gap_count", "removed_package_count", "unattributed_count", "layers_fetched", "layers_shared",
        "verdict"};
    if (!image->is_image || image->state != IMAGE_SCANNED) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            json_pair_null(writer, names[i]);
        return;
    }
    json_pair_integer(writer, "package_count", image->counts.packages);
    write_severity_counts(writer, &image->counts);
    json_pair_integer(writer, "vulnerability_count", image->counts.vulnerabilities);
    json_pair_integer(writer, "fixable_count", image->counts.fixable);
    if (image->counts.kev < 0)
        json_pair_null(writer, "kev_count");
    else
        json_pair_integer(writer, "kev_count", image->counts.kev);
    json_pair_integer(writer, "gap_count", image->counts.gaps);
    json_pair_integer(writer, "removed_package_count", image->counts.removed);
    json_pair_integer(writer, "unattributed_count", image->counts.unattributed);
    json_pair_integer(writer, "layers_fetched", image->layers_fetched);
    json_pair_integer(writer, "layers_shared", image->layers_shared);
    /* As long as no threshold is set, nothing was asked of the image: it has not passed, whatever it holds. */
    if (image->verdict == VERDICT_PASSED)
        json_pair_null(writer, "verdict");
    else
        json_pair_text(writer, "verdict", verdict_name(image->verdict));
}

/* Reasons of one verdict that are listed; the page of the image has all gaps. */
enum { REASONS_MAX = 5 };

/* Why the answer is "could not tell": gaps that may hide packages, else the feeds (without a threshold there is no other
   reason). */
static bool write_reasons(
    const struct request *request, struct json_writer *writer, const struct image_row *image, struct error *err)
{
    bool is_open = image->is_image && image->state == IMAGE_SCANNED && image->verdict == VERDICT_COULD_NOT_TELL;
    struct gap_list gaps = {0};
    int written = 0;
    if (is_open && image->counts.gaps > 0 &&
        !store_list_gaps(
            request->api->store, request->arena, request->session.account.organization, &image->uuid, &gaps, err))
        return false;
    json_key(writer, "verdict_reasons");
    json_begin_array(writer);
    for (size_t i = 0; i < gaps.count && written < REASONS_MAX; i++) {
        const struct gap *gap = &gaps.items[i];
        if (!gap_kind_hides_packages(gap->kind))
            continue;
        json_write(writer, arena_format(request->arena, "%s%s%.*s: %.*s", gap_kind_name(gap->kind),
                               gap->path.size > 0 ? " " : "", VIEW_PRINT(gap->path), VIEW_PRINT(gap->reason)));
        written++;
    }
    if (is_open && written == 0)
        json_write_text(writer, "the advisory feeds are missing, incomplete or too old");
    json_end_array(writer);
    return true;
}

static bool write_image(
    const struct request *request, struct json_writer *writer, const struct image_row *image, struct error *err)
{
    jsonapi_begin_resource(writer, "image_summary", view_text(image->uuid.text));
    json_pair(writer, "reference", image->reference);
    json_pair(writer, "integration", image->integration_name);
    json_pair(writer, "repository", image->repository);
    json_pair_or_null(writer, "tag", image->tag);
    json_pair(writer, "digest", image->digest);
    json_pair_or_null(writer, "image_id", image->image_id);
    json_pair_or_null(writer, "platform", image->platform);
    json_pair_boolean(writer, "is_image", image->is_image);
    json_pair_or_null(writer, "artifact_type", image->artifact_type);
    json_pair_text(writer, "state", image_state_name(image->state));
    json_pair_or_null(writer, "error", image->error);
    json_pair_or_null(writer, "distribution", image->distribution);
    write_counts(writer, image);
    json_pair_boolean(writer, "counts_are_minimum", image->is_demo);
    if (!write_reasons(request, writer, image, err))
        return false;
    json_pair_time(writer, "scanned_at", image->scanned_ms);
    json_pair_time(writer, "created_at", image->created_ms);
    jsonapi_end_resource(writer);
    return true;
}

bool route_image_list(struct request *request, struct response *response)
{
    struct error err;
    struct image_query query = {.order = IMAGE_ORDER_REFERENCE};
    struct json_writer writer;
    struct image_row *rows;
    struct page_edges edges = {.has_total = true};
    size_t count, total;
    if (!page_read(request, response, &query.page) || !image_read_search(request, response, &query.search))
        return false;
    if (!store_list_images(request->api->store, request->arena, request->session.account.organization, &query, &rows,
            &count, &total, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        if (!write_image(request, &writer, &rows[i], &err))
            return respond_failure(request, response, &err);
    }
    json_end_array(&writer);
    edges.total = (int64_t)total;
    if (count > 0) {
        edges.first = rows[0].cursor;
        edges.last = rows[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &query.page, &edges);
}

bool route_image_get(struct request *request, struct response *response)
{
    struct error err;
    struct image_row image;
    struct json_writer writer;
    struct uuid uuid = image_of_path(request);
    if (!store_find_image(
            request->api->store, request->arena, request->session.account.organization, &uuid, NULL, &image, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    if (!write_image(request, &writer, &image, &err))
        return respond_failure(request, response, &err);
    return jsonapi_end(request, response, &writer);
}

static void write_layer(struct json_writer *writer, const struct layer_list *layers, struct view digest)
{
    size_t index = 0;
    while (index < layers->count && !view_equal(layers->items[index].digest, digest))
        index++;
    if (index < layers->count)
        json_pair_integer(writer, "layer", (int64_t)index);
    else
        json_pair_null(writer, "layer");
    json_pair_or_null(writer, "layer_digest", digest);
}

static void write_texts(struct json_writer *writer, const char *name, const struct view *items, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        json_write(writer, items[i]);
    json_end_array(writer);
}

static void write_evidence(struct json_writer *writer, const struct finding_evidence *evidence)
{
    json_begin_object(writer);
    json_pair_text(writer, "feed", evidence->feed);
    json_pair(writer, "advisory", evidence->advisory);
    json_pair(writer, "ecosystem", evidence->ecosystem);
    json_pair(writer, "name", evidence->name);
    json_pair(writer, "version", evidence->version);
    json_pair_or_null(writer, "introduced", evidence->introduced);
    json_pair_or_null(writer, "fixed", evidence->fixed);
    json_pair_or_null(writer, "last_affected", evidence->last_affected);
    json_pair_boolean(writer, "is_listed", evidence->is_listed);
    json_pair_text(writer, "order", evidence->order);
    json_pair_time(writer, "modified", evidence->modified_ms);
    json_end_object(writer);
}

static void write_finding_lists(
    struct json_writer *writer, const struct finding_row *row, const struct layer_list *layers)
{
    const struct finding *finding = &row->finding;
    json_key(writer, "cvss");
    json_begin_array(writer);
    for (size_t i = 0; i < finding->rating_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "type", finding->ratings[i].type);
        json_pair(writer, "score", finding->ratings[i].score);
        json_end_object(writer);
    }
    json_end_array(writer);
    write_texts(writer, "fixed_versions", finding->fixed_versions, finding->fixed_version_count);
    json_key(writer, "locations");
    json_begin_array(writer);
    for (size_t i = 0; i < row->path_count; i++) {
        json_begin_object(writer);
        json_pair(writer, "path", row->paths[i]);
        write_layer(writer, layers, row->layer);
        json_end_object(writer);
    }
    json_end_array(writer);
    json_key(writer, "evidence");
    json_begin_array(writer);
    for (size_t i = 0; i < finding->evidence_count; i++)
        write_evidence(writer, &finding->evidence[i]);
    json_end_array(writer);
}

/* An id for what has none: the same vulnerability in the same package, with the same owner, of the same image keeps it. */
static struct view finding_id(struct arena *arena, const struct finding_row *row)
{
    struct view key = package_key(arena, &row->package);
    struct view text =
        arena_format(arena, "%.*s\n%.*s\n%.*s", VIEW_PRINT(row->finding.id), VIEW_PRINT(key), VIEW_PRINT(row->owner));
    struct digest digest;
    digest_of(text, &digest);
    return view_slice(arena_copy(arena, digest_hex(&digest)), 0, 32);
}

static void write_exploit(struct json_writer *writer, const struct vulnerability_exploit *exploit)
{
    json_begin_object(writer);
    json_pair(writer, "source", exploit->source);
    json_pair(writer, "reference", exploit->reference);
    json_end_object(writer);
}

/* null where no feed tells. */
static void write_facts(struct json_writer *writer, const struct vulnerability_facts *facts)
{
    enum { EPSS_DECIMALS = 5 };
    bool has_epss = facts != NULL && facts->has_epss;
    json_key(writer, "epss_score");
    if (has_epss)
        json_write_number(writer, facts->epss_score, EPSS_DECIMALS);
    else
        json_write_null(writer);
    json_key(writer, "epss_percentile");
    if (has_epss)
        json_write_number(writer, facts->epss_percentile, EPSS_DECIMALS);
    else
        json_write_null(writer);
    bool is_exploited = facts != NULL && facts->is_known_exploited;
    char added[TIME_TEXT_SIZE];
    time_format(is_exploited ? facts->kev_added_ms : 0, added);
    json_pair_or_null(writer, "kev_added_at", view_text(is_exploited ? added : ""));
    time_format(facts != NULL ? facts->published_ms : 0, added);
    json_pair_or_null(writer, "published_at", view_text(facts != NULL && facts->published_ms > 0 ? added : ""));
    json_pair_boolean(writer, "is_disputed", facts != NULL && facts->is_disputed);
    json_key(writer, "exploits");
    json_begin_array(writer);
    for (size_t i = 0; facts != NULL && i < facts->exploit_count; i++)
        write_exploit(writer, &facts->exploits[i]);
    json_end_array(writer);
}

static void write_finding(
    struct arena *arena, struct json_writer *writer, const struct finding_row *row, const struct layer_list *layers)
{
    const struct finding *finding = &row->finding;
    jsonapi_begin_resource(writer, "finding", finding_id(arena, row));
    json_pair(writer, "vulnerability", finding->id);
    write_texts(writer, "aliases", finding->aliases, finding->alias_count);
    json_pair_text(writer, "severity", severity_name(finding->severity));
    json_pair_or_null(writer, "severity_source", view_text(finding->severity_source));
    json_pair_or_null(writer, "summary", finding->summary);
    write_facts(writer, finding->facts);
    json_pair_text(writer, "fix_state", fix_state_name(finding->fix_state));
    json_key(writer, "package");
    json_begin_object(writer);
    image_write_package(writer, &row->package, row->purl);
    json_end_object(writer);
    write_finding_lists(writer, row, layers);
    jsonapi_end_resource(writer);
}

static bool read_severities(const struct request *request, struct response *response, unsigned int *severities)
{
    *severities = 0;
    for (struct view rest = request_parameter(request, "severity"); rest.size > 0;) {
        enum severity severity;
        struct view word = view_trim(view_cut(&rest, ','));
        if (!severity_parse(word, &severity))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "severity",
                "\"%.*s\" is none of critical, high, medium, low, negligible, unknown", VIEW_PRINT(word));
        *severities |= 1u << severity;
    }
    return true;
}

static bool read_finding_query(const struct request *request, struct response *response, struct finding_query *query)
{
    struct view has_fix = request_parameter(request, "has_fix");
    *query =
        (struct finding_query){.fixable_only = view_is(has_fix, "true"), .unfixed_only = view_is(has_fix, "false")};
    if (has_fix.size > 0 && !query->fixable_only && !query->unfixed_only)
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "has_fix", "has_fix must be true or false");
    return page_read(request, response, &query->page) && read_severities(request, response, &query->severities) &&
           image_read_search(request, response, &query->search);
}

bool route_finding_list(struct request *request, struct response *response)
{
    struct error err;
    struct finding_query query;
    struct json_writer writer;
    struct finding_row *items;
    struct layer_list layers;
    struct page_edges edges = {.has_total = true};
    size_t count, total;
    struct uuid uuid = image_of_path(request);
    if (!read_finding_query(request, response, &query) || !image_read_layers(request, response, &uuid, &layers))
        return false;
    if (!store_list_findings(request->api->store, request->arena, request->session.account.organization, &uuid, &query,
            &items, &count, &total, &edges.has_more, &err))
        return respond_failure(request, response, &err);
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++)
        write_finding(request->arena, &writer, &items[i], &layers);
    json_end_array(&writer);
    edges.total = (int64_t)total;
    if (count > 0) {
        edges.first = items[0].cursor;
        edges.last = items[count - 1].cursor;
    }
    return jsonapi_end_page(request, response, &writer, &query.page, &edges);
}

bool route_gap_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct page_slice slice;
    struct gap_list gaps;
    struct json_writer writer;
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_gaps(
            request->api->store, request->arena, request->session.account.organization, &uuid, &gaps, &err))
        return respond_failure(request, response, &err);
    if (!page_slice(request, response, &page, gaps.count, &slice))
        return false;
    jsonapi_begin(&writer, response);
    json_begin_array(&writer);
    for (size_t i = slice.start; i < slice.end; i++) {
        const struct gap *gap = &gaps.items[i];
        jsonapi_begin_resource(&writer, "scan_gap", arena_format(request->arena, "%zu", i));
        json_pair_text(&writer, "kind", gap_kind_name(gap->kind));
        json_pair_or_null(&writer, "path", gap->path);
        json_pair(&writer, "reason", gap->reason);
        json_pair_text(&writer, "consequence", gap_kind_consequence(gap->kind));
        json_pair_boolean(&writer, "hides_packages", gap_kind_hides_packages(gap->kind));
        jsonapi_end_resource(&writer);
    }
    json_end_array(&writer);
    return jsonapi_end_page(request, response, &writer, &page, &slice.edges);
}
