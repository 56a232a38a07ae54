/* SPDX-License-Identifier: Apache-2.0 */
/* The list of images (a tag at its present digest, times the platforms of an index), one of them, and its gaps. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/team_limit.h"
#include "store/images.h"

#include <stdio.h>

void image_write_severities(struct json_writer *writer, const struct tally *tally)
{
    json_key(writer, "severity_counts");
    json_begin_object(writer);
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        json_pair_integer(writer, severity_name((enum severity)severity),
            tally_count(tally, (struct kind_filter){.severities = 1u << severity}));
    json_end_object(writer);
}

/* Below 0: nobody tells. */
static void write_count_or_null(struct json_writer *writer, const char *name, int64_t count)
{
    if (count < 0)
        json_pair_null(writer, name);
    else
        json_pair_integer(writer, name, count);
}

/* The score, and how many vulnerabilities are in each class, from the worst that there is. */
static void write_score(struct json_writer *writer, const struct image_counts *counts)
{
    enum { REASON_BYTES_MAX = 80 };
    char reason[REASON_BYTES_MAX];
    json_pair_integer(writer, "score", counts->score);
    json_pair_integer(writer, "score_version", SCORE_VERSION);
    json_key(writer, "score_reasons");
    json_begin_array(writer);
    for (int i = SCORE_CLASS_COUNT - 1; i > 0; i--) {
        int64_t count = tally_class_count(&counts->tally, i);
        if (count == 0)
            continue;
        snprintf(reason, sizeof(reason), "%lld %s", (long long)count, score_class_name(i));
        json_write_text(writer, reason);
    }
    json_end_array(writer);
}

/* What accepted risks cover, by severity as severity_counts. */
static void write_accepted(struct json_writer *writer, const struct image_row *image)
{
    json_pair_integer(writer, "accepted_count", image->accepted);
    json_key(writer, "accepted_severity_counts");
    json_begin_object(writer);
    for (int severity = SEVERITY_COUNT - 1; severity >= 0; severity--)
        json_pair_integer(writer, severity_name((enum severity)severity), image->accepted_by_severity[severity]);
    json_end_object(writer);
    json_pair_text(writer, "policy_verdict", evaluation_outcome_name(image->outcome));
}

/* When the registry had it, and how old it and the advisories are. */
static void write_ages(struct json_writer *writer, const struct image_row *image)
{
    json_pair_time(writer, "built_at", image->image_created_ms);
    json_pair_time(writer, "pushed_at", image->pushed_ms);
    json_pair_or_null(writer, "push_source", image->push_source);
    json_pair_time(writer, "first_seen_at", image->first_seen_ms);
    json_pair_time(writer, "last_seen_at", image->last_seen_ms);
    json_pair_boolean(writer, "is_obsolete", image->is_obsolete);
    json_pair_time(writer, "feeds_date", image->feeds_ms);
    json_pair_or_null(writer, "owner_id", view_text(image->owner.text));
    json_pair_or_null(writer, "team", image->team);
}

/* Only a scanned image has counts; for others 0 would say that they are clean. */
static void write_counts(struct json_writer *writer, const struct image_row *image)
{
    static const char *const names[] = {"package_count", "severity_counts", "vulnerability_count", "fixable_count",
        "unfixed_count", "exploitable_count", "kev_count", "finding_count", "score", "score_version", "score_reasons",
        "gap_count", "removed_package_count", "unattributed_count", "layers_fetched", "layers_shared", "verdict"};
    if (!image->is_image || image->state != IMAGE_SCANNED) {
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            json_pair_null(writer, names[i]);
        return;
    }
    json_pair_integer(writer, "package_count", image->counts.packages);
    image_write_severities(writer, &image->counts.tally);
    json_pair_integer(writer, "vulnerability_count", image->counts.vulnerabilities);
    json_pair_integer(writer, "fixable_count", image->counts.fixable);
    json_pair_integer(writer, "unfixed_count", image->counts.unfixed);
    write_count_or_null(writer, "exploitable_count", image->counts.exploitable);
    write_count_or_null(writer, "kev_count", image->counts.kev);
    json_pair_integer(writer, "finding_count", image->counts.findings);
    write_score(writer, &image->counts);
    write_accepted(writer, image);
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

bool image_write(
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
    write_ages(writer, image);
    json_pair_time(writer, "scanned_at", image->scanned_ms);
    json_pair_time(writer, "created_at", image->created_ms);
    jsonapi_end_resource(writer);
    return true;
}

static bool read_order(const struct request *request, struct response *response, struct image_query *query)
{
    struct view name = request_parameter(request, "sort");
    query->order = IMAGE_ORDER_REFERENCE;
    return name.size == 0 || image_order_parse(name, &query->order, &query->is_reversed) ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "sort",
               "\"%.*s\" is none of " IMAGE_ORDER_WORDS ", with or without a minus before it", VIEW_PRINT(name));
}

static bool read_outcomes(const struct request *request, struct response *response, unsigned *outcomes)
{
    struct view_list words;
    enum evaluation_outcome outcome;
    if (!parameter_list(request, response, "verdict", &words))
        return false;
    for (size_t i = 0; i < words.count; i++) {
        if (!evaluation_outcome_parse(words.items[i], &outcome))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "verdict",
                "\"%.*s\" is none of no-policy, passed, accepted, could-not-tell, failed", VIEW_PRINT(words.items[i]));
        *outcomes |= 1u << outcome;
    }
    return true;
}

static bool read_states(const struct request *request, struct response *response, unsigned *states)
{
    struct view_list words;
    if (!parameter_words(request, response, "state", "pending scanned failed", &words))
        return false;
    for (size_t i = 0; i < words.count; i++) {
        for (int state = 0; state < IMAGE_STATE_COUNT; state++)
            *states |= view_is(words.items[i], image_state_name((enum image_state)state)) ? 1u << state : 0;
    }
    return true;
}

/* Empty text if it is absent. */
static bool read_uuid(const struct request *request, struct response *response, const char *name, struct uuid *uuid)
{
    struct view text = request_parameter(request, name);
    uuid->text[0] = '\0';
    return text.size == 0 || uuid_parse(text, uuid) ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, name, "%s must be a UUID", name);
}

static bool read_image_query(const struct request *request, struct response *response, struct image_query *query)
{
    *query = (struct image_query){.repository = request_parameter(request, "repository"),
        .platform = request_parameter(request, "platform"),
        .is_uncounted = request->is_streamed};
    return page_read(request, response, &query->page) && image_read_search(request, response, &query->search) &&
           read_order(request, response, query) && read_states(request, response, &query->states) &&
           read_outcomes(request, response, &query->outcomes) &&
           read_uuid(request, response, "integration_id", &query->integration) &&
           read_uuid(request, response, "owner_id", &query->owner) &&
           parameter_owner(request, response, &query->owners) && image_read_kinds(request, response, &query->kinds) &&
           parameter_switch(request, response, "obsolete", &query->is_obsolete) &&
           parameter_time(request, response, "built_before", &query->built_before_ms);
}

bool image_write_row(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    return image_write(request, writer, PAGE_ROW(struct image_row, rows, i), err);
}

bool route_image_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct image_row, image_write_row), .has_total = true};
    struct image_query query;
    struct image_row *items;
    size_t total = 0;
    if (!read_image_query(request, response, &query))
        return false;
    if (!store_list_images(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    rows.total = (int64_t)total;
    return respond_page(request, response, &query.page, &rows);
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
    if (!image_write(request, &writer, &image, &err))
        return respond_failure(request, response, &err);
    return jsonapi_end(request, response, &writer);
}

static bool write_gap(const struct request *request, struct json_writer *writer, const struct page_rows *rows, size_t i,
    struct error *err)
{
    (void)err;
    const struct gap *gap = PAGE_ROW(struct gap, rows, i);
    jsonapi_begin_resource(writer, "scan_gap", arena_format(request->arena, "%zu", i));
    json_pair_text(writer, "kind", gap_kind_name(gap->kind));
    json_pair_or_null(writer, "path", gap->path);
    json_pair(writer, "reason", gap->reason);
    json_pair_text(writer, "consequence", gap_kind_consequence(gap->kind));
    json_pair_boolean(writer, "hides_packages", gap_kind_hides_packages(gap->kind));
    jsonapi_end_resource(writer);
    return true;
}

bool route_gap_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct gap_list gaps;
    struct page_rows rows = {SLICE_OF(struct gap, write_gap)};
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_gaps(
            request->api->store, request->arena, request->session.account.organization, &uuid, &gaps, &err))
        return respond_failure(request, response, &err);
    rows.items = gaps.items;
    rows.count = gaps.count;
    return respond_slice(request, response, &page, &rows);
}
