/* SPDX-License-Identifier: Apache-2.0 */
/* For those who keep the process running: is it alive, can it work, how does it fare. */
#include "api/api.h"
#include "api/notice.h"
#include "api/route.h"
#include "base/json.h"
#include "sandbox/sandbox.h"
#include "store/images.h"

bool route_health(struct request *request, struct response *response)
{
    (void)request;
    buffer_append_text(&response->body, "{\"status\":\"alive\"}\n");
    response->status = 200;
    response->content_type = "application/json";
    return true;
}

/* Ready means that the store answers. Old feeds and a weak sandbox are shown, but a load balancer that took the server
   away for them would help nobody. */
bool route_readiness(struct request *request, struct response *response)
{
    struct error err;
    struct notice_list notices;
    struct json_writer writer;
    if (!notices_read(request, &notices, &err)) {
        (void)respond_failure(request, response, &err); /* writes the reason to the log */
        return respond_error(
            response, API_ERROR_NOT_READY, "the store does not answer; the server's log has the reason");
    }
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair_text(&writer, "status", "ready");
    json_pair_text(&writer, "version", TIDEWAITER_VERSION);
    json_key(&writer, "notices");
    json_begin_array(&writer);
    for (size_t i = 0; i < notices.count; i++) {
        json_begin_object(&writer);
        json_pair_text(&writer, "kind", notices.items[i].kind);
        json_pair(&writer, "text", notices.items[i].text);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    response->status = 200;
    response->content_type = "application/json";
    return true;
}

bool route_metrics(struct request *request, struct response *response)
{
    struct error err;
    struct inventory_totals totals;
    metrics_write(request->api->metrics, &response->body);
    /* What this process counts is told even if the store does not answer. */
    if (store_read_inventory_totals(request->api->store, &totals, &err))
        metrics_write_inventories(&totals, &response->body);
    struct operation_metrics operation = {.now_ms = request->now_ms};
    struct feed_state *feeds;
    if (store_current_generation(
            request->api->store, request->arena, &operation.generation, &feeds, &operation.feed_count, &err) &&
        store_count_jobs(request->api->store, 0, view_text(""), operation.jobs, &err) &&
        store_read_sync_totals(request->api->store, &operation.syncs, &err)) {
        operation.feeds = feeds;
        operation.is_sandbox_weakened =
            request->api->sandbox != NULL && sandbox_missing(request->api->sandbox)[0] != '\0';
        metrics_write_operation(&operation, &response->body);
    }
    response->status = 200;
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
