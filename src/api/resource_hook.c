/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of registries. A call names an integration and proves itself by the secret in its address (and a signature where
   the sender has one); it only makes us ask the registry, a moment later and once for many calls. Unknown and wrong
   addresses are answered alike. */
#include "api/api.h"
#include "api/route.h"
#include "registry/hook.h"
#include "store/integrations.h"
#include "store/jobs.h"

#define HOOK_DEBOUNCE_MS 1000
#define HOOK_JOBS_MAX 10000 /* waiting, of an organization */

struct hook_call {
    const struct hook_sender *sender;
    int64_t organization;
    struct integration integration;
    struct hook_hints hints;
};

/* The same bytes whatever was wrong: no id of the error, as other answers have. */
static bool refuse(struct response *response)
{
    buffer_append_text(&response->body, "there is no such webhook\n");
    response->status = 404;
    response->content_type = "text/plain; charset=utf-8";
    response->cache_control = "no-store";
    return false;
}

static bool find_call(const struct request *request, struct response *response, struct hook_call *call)
{
    struct error err;
    call->sender = hook_sender_find(request_path_value(request, "type"));
    if (!store_find_hook(request->api->store, request->arena, request_path_value(request, "integration_id"),
            request_path_value(request, "secret"), &call->organization, &call->integration, &err))
        return err.code == ERROR_NOT_FOUND ? refuse(response) : respond_failure(request, response, &err);
    return call->sender != NULL || refuse(response);
}

static bool check_proof(const struct request *request, struct response *response, const struct hook_call *call)
{
    struct error err;
    AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
    if (!store_open_credentials(
            request->api->store, request->api->keyring, call->organization, &call->integration, &credentials, &err))
        return respond_failure(request, response, &err);
    struct view header =
        call->sender->proof_header == NULL ? view_text("") : request_header(request, call->sender->proof_header);
    return hook_proves(call->sender, header, request->body, credential_secret(&credentials.fields, "webhook_secret")) ||
           refuse(response);
}

/* A hint without a tag is worth a whole sync run, of which there is one at a time. */
static bool enqueue(
    const struct request *request, const struct hook_call *call, const struct hook_hint *hint, struct error *err)
{
    AUTO_BUFFER payload;
    struct json_writer writer;
    struct uuid uuid;
    bool is_new;
    bool is_tag = hint->tag.size > 0;
    buffer_init(&payload, JOB_PAYLOAD_BYTES_MAX);
    json_writer_init(&writer, &payload);
    json_begin_object(&writer);
    json_pair_text(&writer, "integration", call->integration.uuid.text);
    json_pair_text(&writer, "who", "webhook");
    if (is_tag) {
        json_pair(&writer, "repository", hint->repository);
        json_pair(&writer, "tag", hint->tag);
    }
    json_end_object(&writer);
    struct job_new job = {
        .organization = call->organization,
        .kind = view_text(is_tag ? "hook" : "sync"),
        .key = view_text(call->integration.uuid.text),
        .payload = buffer_view(&payload),
        .lane = is_tag ? JOB_LANE_NOW : JOB_LANE_NORMAL,
        .not_before_ms = request->now_ms + HOOK_DEBOUNCE_MS,
    };
    if (is_tag)
        job.key = arena_format(request->arena, JOB_KEY_WAITING "%s %.*s:%.*s", call->integration.uuid.text,
            VIEW_PRINT(hint->repository), VIEW_PRINT(hint->tag));
    return store_enqueue_job(request->api->store, &job, &uuid, &is_new, err);
}

static bool enqueue_all(const struct request *request, struct response *response, const struct hook_call *call)
{
    struct error err;
    int64_t counts[JOB_STATE_COUNT];
    if (!store_count_jobs(request->api->store, call->organization, view_text("hook"), counts, &err))
        return respond_failure(request, response, &err);
    if (counts[JOB_QUEUED] > HOOK_JOBS_MAX)
        return respond_error(response, API_ERROR_NOT_READY, "too many webhooks wait already; send it again later");
    for (size_t i = 0; i < call->hints.count; i++) {
        if (!enqueue(request, call, &call->hints.items[i], &err))
            return respond_failure(request, response, &err);
    }
    response->status = 202;
    response->content_type = NULL;
    return true;
}

/* Event Grid wants its code back before it sends anything (Microsoft, "Endpoint validation with Event Grid schema"). */
static bool answer_validation(const struct request *request, struct response *response)
{
    AUTO_JSON *document = json_document_new();
    struct json root, event;
    struct error err;
    struct json_writer writer;
    if (!view_is(request_header(request, "aeg-event-type"), "SubscriptionValidation") ||
        !json_parse(document, request->body, HOOK_BODY_BYTES_MAX, "webhook", &root, &err))
        return false;
    struct json_iterator events = json_each(root);
    if (!json_next(&events))
        return false;
    event = json_member(events.value, "data");
    json_writer_init(&writer, &response->body);
    json_begin_object(&writer);
    json_pair(&writer, "validationResponse", json_member_string(event, "validationCode"));
    json_end_object(&writer);
    response->status = 200;
    response->content_type = "application/json";
    return true;
}

bool route_hook_receive(struct request *request, struct response *response)
{
    struct error err;
    struct hook_call *call = arena_alloc(request->arena, sizeof(*call));
    call->hints.arena = request->arena;
    if (!find_call(request, response, call))
        return false;
    if (answer_validation(request, response))
        return true;
    if (!check_proof(request, response, call))
        return false;
    if (!hook_read(call->sender, request->body, &call->hints, &err))
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message);
    return enqueue_all(request, response, call);
}
