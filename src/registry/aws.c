/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/aws.h"

#include "base/file.h"
#include "registry/connection.h"

#include <stdlib.h>

#define KEY_MARGIN_MS (300LL * 1000)
#define ROLE_LIFETIME_S "3600"
#define TOKEN_FILE_BYTES_MAX (64u * 1024)
#define REPLY_BYTES_MAX (1u * 1024 * 1024)
#define METADATA "http://169.254.169.254/latest"
#define METADATA_TIMEOUT_MS 10000

bool aws_has_identity(const struct adapter *adapter)
{
    return adapter_field(adapter, "access_key_id").size > 0 || credential_is_on(adapter->options.fields, "ambient");
}

struct aws_identity *aws_identity_of_role(
    struct aws_identity *source, struct view region, struct view role_arn, struct view external_id)
{
    struct aws_identity *identity = ARENA_NEW(source->adapter->arena, struct aws_identity);
    *identity = (struct aws_identity){.adapter = source->adapter,
        .region = region,
        .source = source,
        .role_arn = role_arn,
        .external_id = external_id};
    return identity;
}

struct aws_identity *aws_identity_of_fields(struct adapter *adapter, struct view region)
{
    struct aws_identity *identity = ARENA_NEW(adapter->arena, struct aws_identity);
    struct view role = adapter_field(adapter, "role_arn");
    *identity = (struct aws_identity){.adapter = adapter, .region = region};
    return role.size == 0 ? identity
                          : aws_identity_of_role(identity, region, role, adapter_field(adapter, "external_id"));
}

void aws_identity_done(struct aws_identity *identity)
{
    if (identity == NULL)
        return;
    secret_free(identity->secret_access_key);
    secret_free(identity->session_token);
    arena_free(identity->arena);
    identity->secret_access_key = identity->session_token = NULL;
    identity->arena = NULL;
    aws_identity_done(identity->source);
}

/* Takes keys over; empty parts are an error of the service that gave them. */
static bool keep_keys(struct aws_identity *identity, struct view id, struct view secret, struct view session,
    int64_t until_wall_ms, struct error *err)
{
    const struct clock *clock = identity->adapter->options.clock;
    struct aws_identity *source = identity->source;
    if (id.size == 0 || secret.size == 0 || session.size == 0)
        return error_set(err, ERROR_INVALID, "the answer holds no access keys");
    int64_t left_ms = until_wall_ms - clock->wall_ms(clock);
    if (left_ms < KEY_MARGIN_MS * 2)
        left_ms = KEY_MARGIN_MS * 2; /* unknown, or a clock that is wrong: asked anew soon, or when they are refused */
    identity->source = NULL;
    aws_identity_done(identity);
    identity->source = source;
    identity->arena = arena_new();
    identity->secret_access_key = secret_new(secret);
    identity->session_token = secret_new(session);
    identity->keys =
        (struct aws_keys){arena_copy(identity->arena, id), identity->secret_access_key, identity->session_token};
    identity->until_ms = clock->monotonic_ms(clock) + left_ms - KEY_MARGIN_MS;
    return true;
}

/* The text between <NAME> and </NAME>: the sign-in service answers with XML whose values need no unescaping. */
static struct view xml_text(struct arena *arena, struct view document, const char *name)
{
    struct view open = arena_format(arena, "<%s>", name);
    struct view close = arena_format(arena, "</%s>", name);
    struct view rest = view_from(document, view_find_text(document, open));
    rest = view_from(rest, open.size);
    size_t size = view_find_text(rest, close);
    return size == rest.size ? view_text("") : view_trim(view_slice(rest, 0, size));
}

static int64_t time_of(struct view text)
{
    int64_t time_ms;
    struct error ignored; /* unknown, then */
    return time_parse(text, &time_ms, &ignored) ? time_ms : 0;
}

static bool fetch(struct aws_identity *identity, struct arena *arena, const struct http_request *request,
    struct http_response *response, struct error *err)
{
    struct view shown = url_show(arena, &request->url);
    if (!http_fetch(identity->adapter->client, arena, request, response, err))
        return error_wrap(err, "%.*s", VIEW_PRINT(shown));
    if (response->status == 200)
        return true;
    struct view code = xml_text(arena, response->body, "Code");
    struct view message = xml_text(arena, response->body, "Message");
    if (code.size > 0)
        error_set(err, ERROR_DENIED, "%.*s: %.*s", VIEW_PRINT(code), VIEW_PRINT(message));
    else
        (void)registry_refusal(response, "no access keys", err);
    return error_wrap(err, "%.*s", VIEW_PRINT(shown));
}

/* An action of the sign-in service (STS, version 2011-06-15). Signed if there are keys. */
static bool ask_sts(
    struct aws_identity *identity, const struct aws_keys *keys, const struct secret *form, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    static const char type[] = "application/x-www-form-urlencoded; charset=utf-8";
    const struct clock *clock = identity->adapter->options.clock;
    struct http_header headers[4] = {{view_text("content-type"), view_text(type)}};
    struct http_response response;
    struct http_request request = {.method = "POST",
        .headers = headers,
        .header_count = 1,
        .form = form,
        .may_repeat = true,
        .stays_at_origin = true,
        .body_bytes_max = REPLY_BYTES_MAX,
        .timeout_ms = REGISTRY_TIMEOUT_MS};
    bool is_china = view_starts_with(identity->region, "cn-");
    struct view url =
        arena_format(arena, "https://sts.%.*s.amazonaws.com%s/", VIEW_PRINT(identity->region), is_china ? ".cn" : "");
    struct aws_signature signature = {0};
    if (!url_parse(arena, url, &request.url, err))
        return false;
    struct aws_request signed_request = {.method = "POST",
        .url = &request.url,
        .headers = headers,
        .header_count = 1,
        .body = secret_view(form),
        .region = identity->region,
        .service = view_text("sts"),
        .wall_ms = clock->wall_ms(clock)};
    if (keys != NULL) {
        if (!sign_aws(arena, keys, &signed_request, &signature, err))
            return false;
        headers[request.header_count++] = (struct http_header){view_text("x-amz-date"), signature.date};
        if (keys->session_token != NULL)
            headers[request.header_count++] =
                (struct http_header){view_text("x-amz-security-token"), secret_view(keys->session_token)};
        request.authorization = signature.authorization;
    }
    bool is_answered = fetch(identity, arena, &request, &response, err);
    secret_free(signature.authorization);
    return is_answered &&
           keep_keys(identity, xml_text(arena, response.body, "AccessKeyId"),
               xml_text(arena, response.body, "SecretAccessKey"), xml_text(arena, response.body, "SessionToken"),
               time_of(xml_text(arena, response.body, "Expiration")), err);
}

static bool refresh(struct aws_identity *identity, bool is_again, struct error *err);

static bool read_token_file(const char *path, struct secret **token, struct error *err)
{
    AUTO_BUFFER content;
    buffer_init(&content, TOKEN_FILE_BYTES_MAX);
    bool is_read = file_read(path, &content, err);
    if (is_read)
        *token = secret_new(view_trim(buffer_view(&content)));
    secret_wipe(content.data, content.size);
    return is_read;
}

static bool assume_role(struct aws_identity *identity, bool is_again, struct error *err)
{
    const struct vendor_pair pairs[] = {{"Action", view_text("AssumeRole")}, {"Version", view_text("2011-06-15")},
        {"RoleArn", identity->role_arn}, {"RoleSessionName", view_text("tidewaiter")},
        {"ExternalId", identity->external_id}, {"DurationSeconds", view_text(ROLE_LIFETIME_S)}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    return refresh(identity->source, is_again, err) && ask_sts(identity, &identity->source->keys, form, err);
}

/* The pod's own identity (IAM roles for service accounts): a token in a file for the keys of a role. */
static bool assume_web_identity(struct aws_identity *identity, const char *path, const char *role, struct error *err)
{
    AUTO_SECRET *token = NULL;
    if (!read_token_file(path, &token, err))
        return error_wrap(err, "the web identity's token");
    const struct vendor_pair pairs[] = {{"Action", view_text("AssumeRoleWithWebIdentity")},
        {"Version", view_text("2011-06-15")}, {"RoleArn", view_text(role)},
        {"RoleSessionName", view_text("tidewaiter")}, {"WebIdentityToken", secret_view(token)},
        {"DurationSeconds", view_text(ROLE_LIFETIME_S)}, {0}};
    AUTO_SECRET *form = vendor_form(pairs);
    return ask_sts(identity, NULL, form, err);
}

/* {"AccessKeyId","SecretAccessKey","Token","Expiration"}, as the metadata services answer. */
static bool take_metadata_keys(struct aws_identity *identity, struct view body, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    return json_parse(document, body, REPLY_BYTES_MAX, "answer of the metadata service", &root, err) &&
           keep_keys(identity, json_member_string(root, "AccessKeyId"), json_member_string(root, "SecretAccessKey"),
               json_member_string(root, "Token"), time_of(json_member_string(root, "Expiration")), err);
}

static bool ask_container(struct aws_identity *identity, const char *address, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_SECRET *authorization = NULL;
    const char *path = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    struct http_response response;
    struct http_request request = {
        .method = "GET", .stays_at_origin = true, .body_bytes_max = REPLY_BYTES_MAX, .timeout_ms = METADATA_TIMEOUT_MS};
    if (!url_parse(arena, view_text(address), &request.url, err))
        return error_wrap(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (path != NULL) {
        if (!read_token_file(path, &authorization, err))
            return error_wrap(err, "the container's authorization token");
        request.authorization = authorization;
    }
    return fetch(identity, arena, &request, &response, err) && take_metadata_keys(identity, response.body, err);
}

/* Instance metadata, version 2: a session token by PUT first, which a forged GET cannot get. */
static bool ask_instance(struct aws_identity *identity, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_SECRET *nothing = secret_new(view_text(""));
    struct http_header header = {view_text("x-aws-ec2-metadata-token-ttl-seconds"), view_text("300")};
    struct http_response response;
    struct http_request request = {.method = "PUT",
        .headers = &header,
        .header_count = 1,
        .form = nothing,
        .stays_at_origin = true,
        .body_bytes_max = REPLY_BYTES_MAX,
        .timeout_ms = METADATA_TIMEOUT_MS};
    if (!url_parse(arena, view_text(METADATA "/api/token"), &request.url, err) ||
        !fetch(identity, arena, &request, &response, err))
        return false;
    header = (struct http_header){view_text("x-aws-ec2-metadata-token"), view_trim(response.body)};
    request.method = "GET";
    request.form = NULL;
    struct view roles = view_text(METADATA "/meta-data/iam/security-credentials/");
    if (!url_parse(arena, roles, &request.url, err) || !fetch(identity, arena, &request, &response, err))
        return false;
    struct view names = response.body;
    struct view role = view_trim(view_cut_line(&names));
    if (role.size == 0)
        return error_set(err, ERROR_DENIED, "this machine has no role");
    struct view keys = arena_format(arena, "%.*s%.*s", VIEW_PRINT(roles), VIEW_PRINT(vendor_segment(arena, role)));
    return url_parse(arena, keys, &request.url, err) && fetch(identity, arena, &request, &response, err) &&
           take_metadata_keys(identity, response.body, err);
}

static bool ask_machine(struct aws_identity *identity, struct error *err)
{
    const char *web_token = getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *web_role = getenv("AWS_ROLE_ARN");
    const char *container = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (web_token != NULL && web_role != NULL)
        return assume_web_identity(identity, web_token, web_role, err);
    return container != NULL ? ask_container(identity, container, err) : ask_instance(identity, err);
}

static bool refresh(struct aws_identity *identity, bool is_again, struct error *err)
{
    struct adapter *adapter = identity->adapter;
    const struct clock *clock = adapter->options.clock;
    if (identity->until_ms != 0 && !is_again && clock->monotonic_ms(clock) < identity->until_ms)
        return true;
    if (identity->source != NULL)
        return assume_role(identity, is_again, err) || error_wrap(err, "role %.*s", VIEW_PRINT(identity->role_arn));
    if (adapter_field(adapter, "access_key_id").size == 0)
        return ask_machine(identity, err) || error_wrap(err, "the identity of this machine");
    identity->keys = (struct aws_keys){adapter_field(adapter, "access_key_id"),
        adapter_secret(adapter, "secret_access_key"), adapter_secret(adapter, "session_token")};
    identity->until_ms = INT64_MAX;
    return true;
}

/* Amazon refuses clocks that are five minutes off: the second time its own clock is taken. */
static bool prove(
    struct vendor_api *base, struct arena *arena, struct vendor_call *call, bool is_again, struct error *err)
{
    struct aws_api *api = (struct aws_api *)base;
    const struct clock *clock = base->adapter->options.clock;
    struct aws_signature signature;
    int64_t server_ms = http_last_attempt(base->adapter->client)->date_ms;
    int64_t now_ms = is_again && server_ms > 0 ? server_ms : clock->wall_ms(clock);
    if (!refresh(api->identity, is_again, err))
        return false;
    /* Accept stands first and stays unsigned: proxies rewrite it. */
    struct aws_request request = {.method = call->request.method,
        .url = &call->request.url,
        .headers = call->headers + 1,
        .header_count = call->request.header_count - 1,
        .body = call->body,
        .region = api->region,
        .service = view_text(api->service),
        .wall_ms = now_ms};
    if (!sign_aws(arena, &api->identity->keys, &request, &signature, err))
        return false;
    vendor_header(call, "x-amz-date", signature.date);
    if (api->identity->keys.session_token != NULL)
        vendor_header(call, "x-amz-security-token", secret_view(api->identity->keys.session_token));
    call->signature = signature.authorization;
    call->request.authorization = signature.authorization;
    return true;
}

/* Amazon's errors are status 400 with a type, perhaps behind "com.amazonaws…#". */
static enum vendor_retry retry_of(const struct http_response *response)
{
    static const struct {
        const char *type;
        enum vendor_retry retry;
    } types[] = {
        {"ExpiredTokenException", VENDOR_RETRY_FRESH},
        {"InvalidSignatureException", VENDOR_RETRY_FRESH},
        {"RequestExpired", VENDOR_RETRY_FRESH},
        {"RequestLimitExceeded", VENDOR_RETRY_LATER},
        {"ThrottlingException", VENDOR_RETRY_LATER},
        {"TooManyRequestsException", VENDOR_RETRY_LATER},
    };
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct error ignored; /* not Amazon's error, then */
    if (response->status == 401)
        return VENDOR_RETRY_FRESH;
    if ((response->status != 400 && response->status != 403) ||
        !json_parse(document, response->body, REPLY_BYTES_MAX, "answer", &root, &ignored))
        return VENDOR_RETRY_NO;
    struct view type = json_member_string(root, "__type");
    type = view_from(type, view_find(type, '#') < type.size ? view_find(type, '#') + 1 : 0);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (view_is(type, types[i].type))
            return types[i].retry;
    }
    return VENDOR_RETRY_NO;
}

bool aws_api_open(struct aws_api *api, struct adapter *adapter, const char *title, struct view url, struct error *err)
{
    api->base.prove = prove;
    api->base.retry = retry_of;
    return vendor_api_open(&api->base, adapter, title, url, err);
}

struct vendor_request aws_operation(struct aws_api *api, struct arena *arena, const char *operation, struct view body)
{
    struct vendor_request request = {
        .method = "POST", .target = view_text("/"), .body = body, .body_type = "application/x-amz-json-1.1"};
    request.headers[0] =
        (struct http_header){view_text("x-amz-target"), arena_format(arena, "%s.%s", api->target, operation)};
    return request;
}

struct view aws_body(struct arena *arena, const struct vendor_pair *pairs, int64_t results_max, struct view next_token)
{
    AUTO_BUFFER body;
    struct json_writer writer;
    buffer_init(&body, REPLY_BYTES_MAX);
    json_writer_init(&writer, &body);
    json_begin_object(&writer);
    for (; pairs->name != NULL; pairs++)
        json_pair_optional(&writer, pairs->name, pairs->value);
    if (results_max > 0)
        json_pair_integer(&writer, "maxResults", results_max);
    json_pair_optional(&writer, "nextToken", next_token);
    json_end_object(&writer);
    return arena_copy(arena, buffer_view(&body));
}
