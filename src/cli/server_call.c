/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/server_call.h"

#include <stdlib.h>

#define ANSWER_BYTES_MAX (64u * 1024 * 1024)
#define TIMEOUT_MS (120 * 1000)

static bool read_address(struct server_call *server, struct view address, struct error *err)
{
    struct url url;
    while (view_ends_with(address, "/"))
        address.size--;
    if (!url_parse(server->arena, address, &url, err))
        return error_wrap(err, "option \"--server\"");
    bool is_address6 = view_find(url.host, ':') < url.host.size;
    server->address = address;
    server->host = arena_format(server->arena, is_address6 ? "[%.*s]:%u" : "%.*s:%u", VIEW_PRINT(url.host), url.port);
    return true;
}

static bool read_token(struct server_call *server, struct error *err)
{
    const char *token = getenv("TIDEWAITER_TOKEN");
    if (token == NULL || token[0] == '\0')
        return error_set(err, ERROR_USAGE,
            "--server needs a token in the environment variable TIDEWAITER_TOKEN; on the server, \"tidewaiter token create "
            "NAME --role ci-scanner\" makes one");
    const struct view parts[] = {VIEW_LITERAL("token "), view_text(token)};
    server->authorization = secret_join(parts, 2);
    return true;
}

static bool find_organization(struct server_call *server, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct server_answer answer;
    if (!server_ask(server, document, view_text(""), view_text(""), &answer, err))
        return false;
    struct json_iterator organizations = json_each(answer.data);
    struct view id = json_next(&organizations) ? json_member_string(organizations.value, "id") : view_text("");
    server->organization = arena_copy(server->arena, id);
    return id.size > 0 || error_set(err, ERROR_DENIED, "the token is of no organization");
}

bool server_call_open(
    struct server_call *server, const struct command_call *call, struct view address, struct error *err)
{
    server->arena = arena_new();
    if (!read_address(server, address, err) || !read_token(server, err))
        return false;
    server->policy =
        (struct outbound_policy){.own = &server->host, .own_count = 1, .allowed = &server->host, .allowed_count = 1};
    const struct http_client_options options = {
        .policy = &server->policy, .ca_file = call_option_text(call, "ca-file"), .tries_max = 2};
    server->client = http_client_new(&options);
    return find_organization(server, err);
}

void server_call_done(struct server_call *server)
{
    http_client_free(server->client);
    secret_free(server->authorization);
    arena_free(server->arena);
}

static struct view make_target(const struct server_call *server, struct arena *arena, struct view path)
{
    if (view_starts_with(path, "/"))
        return arena_format(arena, "%.*s%.*s", VIEW_PRINT(server->address), VIEW_PRINT(path));
    const char *more = view_find(path, '?') < path.size ? "&" : "?";
    if (server->organization.size == 0)
        return arena_format(arena, "%.*s/rest/orgs?version=" SERVER_VERSION, VIEW_PRINT(server->address));
    return arena_format(arena, "%.*s/rest/orgs/%.*s/%.*s%sversion=" SERVER_VERSION, VIEW_PRINT(server->address),
        VIEW_PRINT(server->organization), VIEW_PRINT(path), more);
}

static bool read_answer(
    struct json root, const struct http_response *response, struct server_answer *answer, struct error *err)
{
    struct json_iterator errors = json_each(json_member(root, "errors"));
    *answer = (struct server_answer){.status = response->status,
        .data = json_member(root, "data"),
        .next = json_member_string(json_member(root, "links"), "next")};
    if (json_next(&errors)) {
        answer->code = json_member_string(errors.value, "code");
        answer->detail = json_member_string(errors.value, "detail");
    }
    if (response->status == 401 || response->status == 403)
        return error_set(err, ERROR_DENIED, "the server refuses: %.*s", VIEW_PRINT(answer->detail));
    return response->status < 500 || error_set(err, ERROR_SERVER, "the server failed with status %d: %.*s",
                                         response->status, VIEW_PRINT(answer->detail));
}

bool server_ask(struct server_call *server, struct json_document *document, struct view path, struct view body,
    struct server_answer *answer, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    static const struct http_header type = {VIEW_LITERAL("Content-Type"), VIEW_LITERAL("application/vnd.api+json")};
    struct http_response response;
    struct json root;
    struct http_request request = {.method = body.size > 0 ? "POST" : "GET",
        .headers = &type,
        .header_count = body.size > 0,
        .authorization = server->authorization,
        .content = body,
        .stays_at_origin = true,
        .body_bytes_max = ANSWER_BYTES_MAX,
        .timeout_ms = TIMEOUT_MS};
    if (!url_parse(arena, make_target(server, arena, path), &request.url, err) ||
        !http_fetch(server->client, arena, &request, &response, err))
        return error_wrap(err, "server %.*s", VIEW_PRINT(server->address));
    if (!json_parse(document, response.body, ANSWER_BYTES_MAX, "answer", &root, err))
        return error_wrap(err, "%.*s is no Tidewaiter server", VIEW_PRINT(server->address));
    return read_answer(root, &response, answer, err) || error_wrap(err, "server %.*s", VIEW_PRINT(server->address));
}
