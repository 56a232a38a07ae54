/* SPDX-License-Identifier: Apache-2.0 */
/* Why an image has a vulnerability and what to do about it, or why it is not reported: as a document, or with an Accept header of
   text/markdown as a text for people. Its address holds as long as the image is in the list. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/route.h"
#include "image/history.h"
#include "store/explanation_text.h"

static bool wants_markdown(const struct request *request)
{
    for (struct view rest = request_header(request, "Accept"); rest.size > 0;) {
        struct view item = view_cut(&rest, ',');
        if (view_is(view_trim(view_cut(&item, ';')), "text/markdown"))
            return true;
    }
    return false;
}

/* A finding, and beside it what brought it and what to do. */
static void write_item(const struct request *request, struct json_writer *writer, const struct explanation *explanation,
    const struct finding_row *row, const struct layer_list *layers)
{
    struct explained explained;
    struct remedy remedy;
    explanation_item(explanation, row, &explained);
    const struct remedy_question question = {.package = explained.package,
        .finding = explained.finding,
        .origin = explained.origin,
        .base = explained.base,
        .path = explained.path_count > 0 ? explained.paths[0] : view_text(""),
        .owner = explained.owner};
    remedy_find(request->arena, &question, &remedy);
    json_begin_object(writer);
    image_write_finding(writer, row, layers);
    json_pair(writer, "severity_reason", severity_reason(request->arena, explained.finding));
    json_pair_text(writer, "origin", layer_origin_name(explained.origin));
    json_pair_or_null(writer, "base_image", explained.origin == ORIGIN_BASE ? explained.base : view_text(""));
    json_pair_or_null(writer, "instruction", instruction_text(request->arena, explained.created_by));
    json_pair_or_null(writer, "smallest_fixed_version", remedy.fixed_version);
    json_pair(writer, "change", remedy.change);
    json_pair_or_null(writer, "command", remedy.command);
    json_end_object(writer);
}

static void write_asked(struct json_writer *writer, const struct explanation *explanation)
{
    json_key(writer, "asked_feeds");
    json_begin_array(writer);
    for (size_t i = 0; i < explanation->feed_count; i++) {
        const struct feed_state *feed = &explanation->feeds[i];
        json_begin_object(writer);
        json_pair(writer, "name", feed->name);
        json_pair_time(writer, "date", feed->date_ms);
        json_pair_integer(writer, "record_count", (int64_t)feed->records);
        json_pair_boolean(writer, "is_complete", feed->is_complete);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static bool respond_markdown(struct response *response, const struct request *request,
    const struct explanation *explanation, struct view vulnerability, struct view permalink)
{
    const struct explanation_writer writer = {request->arena, &response->body, true};
    explanation_write_stored(&writer, explanation, vulnerability, permalink);
    response->status = 200;
    response->content_type = "text/markdown; charset=utf-8";
    return true;
}

static bool respond_document(const struct request *request, struct response *response,
    const struct explanation *explanation, struct view vulnerability, const struct layer_list *layers)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "explanation", vulnerability);
    json_pair(&writer, "reference", explanation->image.reference);
    json_pair_or_null(&writer, "platform", explanation->image.platform);
    json_pair_boolean(&writer, "is_reported", explanation->finding_count > 0);
    json_key(&writer, "findings");
    json_begin_array(&writer);
    for (size_t i = 0; i < explanation->finding_count; i++)
        write_item(request, &writer, explanation, &explanation->findings[i], layers);
    json_end_array(&writer);
    json_pair_integer(&writer, "suppressed_count", (int64_t)explanation->suppressed_count);
    write_asked(&writer, explanation);
    json_pair_integer(&writer, "gap_count", (int64_t)explanation->gaps.count);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}

bool route_image_explanation(struct request *request, struct response *response)
{
    struct error err;
    struct explanation explanation;
    struct layer_list layers;
    struct uuid uuid = image_of_path(request);
    struct view vulnerability = request_path_value(request, "vulnerability");
    if (!image_read_layers(request, response, &uuid, &layers))
        return false;
    if (!store_explain(request->api->store, request->arena, request->session.account.organization, &uuid, vulnerability,
            &explanation, &err))
        return respond_failure(request, response, &err);
    response_header(response, "Vary", view_text("Accept"));
    if (!wants_markdown(request))
        return respond_document(request, response, &explanation, vulnerability, &layers);
    return respond_markdown(
        response, request, &explanation, vulnerability, explanation_page(request->arena, &uuid, vulnerability));
}
