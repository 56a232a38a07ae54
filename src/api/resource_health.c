/* SPDX-License-Identifier: Apache-2.0 */
/* For those who keep the process running: is it alive, can it work, how does it fare. */
#include "api/api.h"
#include "api/route.h"
#include "base/json.h"

bool route_health(struct request *request, struct response *response)
{
    (void)request;
    buffer_append_text(&response->body, "{\"status\":\"alive\"}\n");
    response->status = 200;
    response->content_type = "application/json";
    return true;
}

bool route_metrics(struct request *request, struct response *response)
{
    metrics_write(request->api->metrics, &response->body);
    response->status = 200;
    response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    return true;
}
