/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks of registries. A call names an integration and proves itself by the secret in its address (and a signature or a
   signed token where the sender has one); it only makes us ask the registry, a moment later and once for many calls. Unknown
   and wrong addresses are answered alike. */
#include "api/api.h"
#include "api/route.h"
#include "api/signer_keys.h"
#include "base/log.h"
#include "http/jwt.h"
#include "job/connection.h"
#include "registry/hook.h"
#include "store/jobs.h"

#define HOOK_JOBS_MAX 10000 /* waiting, of an organization */
#define ISSUER "https://accounts.google.com"
#define ISSUER_KEYS "https://www.googleapis.com/oauth2/v3/certs"
#define GRID_ORIGIN_BYTES_MAX 255

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

/* "Bearer TOKEN" (RFC 6750 §2.1), empty for another header. */
static struct view bearer_token(const struct request *request)
{
    struct view value = view_trim(request_header(request, "Authorization"));
    struct view scheme = view_cut(&value, ' ');
    return view_equal_ignoring_case(scheme, view_text("bearer")) ? view_trim(value) : view_text("");
}

static struct view text_or(const struct credential_set *fields, const char *name, const char *otherwise)
{
    struct view text = credential_text(fields, name);
    return text.size > 0 ? text : view_text(otherwise);
}

/* The keys are fetched over the integration's own connection: its outbound rule, authorities and proxy. Who could change them
   on the way could sign what it likes. */
static bool check_token_by(const struct request *request, const struct hook_call *call,
    const struct connection *connection, const struct jwt_expected *expected, struct error *err)
{
    const struct api *api = request->api;
    const struct http_client_options options = {
        .policy = &connection->policy, .route = &connection->route, .cancel = api->cancel, .tries_max = 1};
    const struct signer signer = {.owner = view_text(call->integration.uuid.text),
        .url = text_or(&connection->stored.fields, "webhook_keys_url", ISSUER_KEYS),
        .connection = &options,
        .now_ms = request->now_ms};
    struct view token = bearer_token(request);
    struct view keys;
    if (!view_starts_with(signer.url, "https://") && !call->integration.address.is_plain_http)
        return error_set(err, ERROR_REFUSED, "field \"webhook_keys_url\" must begin with https://");
    if (token.size == 0)
        return error_set(err, ERROR_DENIED, "there is no token");
    if (!signer_keys_get(api->signer_keys, &signer, false, request->arena, &keys, err))
        return false;
    if (jwt_check(token, keys, expected, err))
        return true;
    return err->code == ERROR_NOT_FOUND &&
           signer_keys_get(api->signer_keys, &signer, true, request->arena, &keys, err) &&
           jwt_check(token, keys, expected, err);
}

static bool check_token(
    const struct request *request, const struct hook_call *call, const struct credential_set *fields, struct error *err)
{
    const struct api *api = request->api;
    const struct connection_setup setup = {.store = api->store,
        .keyring = api->keyring,
        .network_allow = api->network_allow,
        .network_allow_count = api->network_allow_count,
        .cancel = api->cancel,
        .tries_max = 1};
    const struct jwt_expected expected = {.issuer = text_or(fields, "webhook_issuer", ISSUER),
        .audience = credential_text(fields, "webhook_audience"),
        .email = credential_text(fields, "webhook_email"),
        .wall_ms = request->now_ms};
    CLEANUP(connection_done) struct connection connection = {.adapter = NULL};
    return connection_make(&setup, request->arena, call->organization, &call->integration, &connection, err) &&
           check_token_by(request, call, &connection, &expected, err);
}

/* Where the integration has an audience, only a token of that audience will do. */
static bool proves(const struct request *request, const struct hook_call *call, const struct credential_set *fields)
{
    struct error err;
    const struct hook_sender *sender = call->sender;
    struct view header = sender->proof_header == NULL ? view_text("") : request_header(request, sender->proof_header);
    if (credential_text(fields, "webhook_audience").size == 0)
        return hook_proves(sender, header, request->body, credential_secret(fields, "webhook_secret"));
    if (sender->proof != HOOK_PROOF_HEADER_OR_TOKEN)
        error_set(&err, ERROR_DENIED, "%s sends no tokens", sender->title);
    else if (check_token(request, call, fields, &err))
        return true;
    LOG(LOG_WARNING, "webhook refused", {"integration", view_text(call->integration.uuid.text)},
        {"reason", view_text(err.message)});
    return false;
}

static bool check_proof(const struct request *request, struct response *response, const struct hook_call *call)
{
    struct error err;
    AUTO_CREDENTIALS credentials = {.fields = {.count = 0}};
    if (!store_open_credentials(
            request->api->store, request->api->keyring, call->organization, &call->integration, &credentials, &err))
        return respond_failure(request, response, &err);
    return proves(request, call, &credentials.fields) || refuse(response);
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
        .not_before_ms = request->now_ms + request->api->webhook_delay_ms,
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

/* Event Grid wants its code back before it sends anything (Microsoft, "Endpoint validation with Event Grid schema"). The
   validationUrl beside it is never called. */
static bool answer_validation(const struct request *request, struct response *response, const struct hook_call *call)
{
    AUTO_JSON *document = json_document_new();
    struct json root, event;
    struct error err;
    struct json_writer writer;
    if (!view_is(view_text(call->sender->name), "acr") ||
        !view_is(request_header(request, "aeg-event-type"), "SubscriptionValidation") ||
        !json_parse(document, request->body, HOOK_BODY_BYTES_MAX, "webhook", &root, &err))
        return false;
    struct json_iterator events = json_each(root);
    if (!json_next(&events))
        return false;
    if (!view_is(json_member_string(events.value, "eventType"), "Microsoft.EventGrid.SubscriptionValidationEvent"))
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
    if (answer_validation(request, response, call))
        return true;
    if (!check_proof(request, response, call))
        return false;
    if (!hook_read(call->sender, request->body, &call->hints, &err))
        return respond_error(response, API_ERROR_INVALID_BODY, "%s", err.message);
    return enqueue_all(request, response, call);
}

static bool is_host_name(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!is_good)
            return false;
    }
    return text.size > 0 && text.size <= GRID_ORIGIN_BYTES_MAX;
}

/* Event Grid asks so before it sends CloudEvents (CloudEvents, "HTTP 1.1 Web Hooks for Event Delivery", 4). */
bool route_hook_validate(struct request *request, struct response *response)
{
    struct hook_call *call = arena_alloc(request->arena, sizeof(*call));
    struct view origin = request_header(request, "WebHook-Request-Origin");
    if (!find_call(request, response, call))
        return false;
    if (!view_is(view_text(call->sender->name), "acr") || !is_host_name(origin))
        return refuse(response);
    response_header(response, "WebHook-Allowed-Origin", arena_copy(request->arena, origin));
    response_header(response, "WebHook-Allowed-Rate", view_text("*"));
    response->status = 200;
    response->content_type = NULL;
    return true;
}
