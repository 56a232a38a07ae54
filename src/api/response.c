/* SPDX-License-Identifier: Apache-2.0 */
#include "api/response.h"

#include "base/json.h"
#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *code;
    int status;
    const char *title;
} api_errors[API_ERROR_COUNT] = {
#define API_ERROR(constant, code, status, title) [API_ERROR_##constant] = {code, status, title},
#include "api/errors.def"
#undef API_ERROR
};

int api_error_status(enum api_error code)
{
    assert(code < API_ERROR_COUNT);
    return api_errors[code].status;
}

const char *api_error_code(enum api_error code)
{
    assert(code < API_ERROR_COUNT);
    return api_errors[code].code;
}

void response_init(struct response *response, struct arena *arena)
{
    *response = (struct response){.arena = arena, .cache_control = "no-store"};
    buffer_init(&response->body, RESPONSE_BYTES_MAX);
}

void response_done(struct response *response)
{
    if (response->stream != NULL)
        response->stream->free(response->stream);
    response->stream = NULL;
    buffer_done(&response->body);
}

void response_header(struct response *response, const char *name, struct view value)
{
    assert(response->header_count < RESPONSE_HEADERS_MAX);
    response->headers[response->header_count++] = (struct api_header){view_text(name), value};
}

struct view response_body(const struct response *response)
{
    return response->borrowed_body.size > 0 ? response->borrowed_body : buffer_view(&response->body);
}

/* Starts an error document: everything that was written before goes. */
static void begin_errors(struct response *response, enum api_error code, struct json_writer *writer)
{
    buffer_clear(&response->body);
    response->borrowed_body = view_of(NULL, 0);
    response->status = api_errors[code].status;
    response->content_type = "application/vnd.api+json";
    response->cache_control = "no-store";
    response->wants_etag = false;
    response->etag = view_of(NULL, 0);
    json_writer_init(writer, &response->body);
    json_begin_object(writer);
    json_key(writer, "jsonapi");
    json_begin_object(writer);
    json_pair_text(writer, "version", "1.0");
    json_end_object(writer);
    json_key(writer, "errors");
    json_begin_array(writer);
}

/* The error object of JSON:API 1.0; `source` is "parameter" or "pointer". */
static void write_error(
    struct json_writer *writer, enum api_error code, const char *source, struct view place, struct view detail)
{
    struct uuid occurrence;
    char status[4];
    uuid_new(&occurrence);
    snprintf(status, sizeof(status), "%d", api_errors[code].status);
    json_begin_object(writer);
    json_pair_text(writer, "id", occurrence.text);
    json_pair_text(writer, "status", status);
    json_pair_text(writer, "code", api_errors[code].code);
    json_pair_text(writer, "title", api_errors[code].title);
    json_pair(writer, "detail", detail);
    if (place.size > 0) {
        json_key(writer, "source");
        json_begin_object(writer);
        json_pair(writer, source, place);
        json_end_object(writer);
    }
    json_end_object(writer);
}

static void write_one_error(struct response *response, enum api_error code, const char *parameter, struct view detail)
{
    struct json_writer writer;
    begin_errors(response, code, &writer);
    write_error(&writer, code, "parameter", view_text(parameter), detail);
    json_end_array(&writer);
    json_end_object(&writer);
}

bool respond_body_problems(struct response *response, const struct body_problem *problems, size_t count)
{
    struct json_writer writer;
    begin_errors(response, API_ERROR_INVALID_BODY, &writer);
    for (size_t i = 0; i < count; i++)
        write_error(&writer, API_ERROR_INVALID_BODY, "pointer", problems[i].pointer, problems[i].detail);
    json_end_array(&writer);
    json_end_object(&writer);
    return false;
}

bool respond_error(struct response *response, enum api_error code, const char *format, ...)
{
    struct error text;
    char detail[ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    error_set(&text, ERROR_INVALID, "%s", detail); /* replaces control characters */
    write_one_error(response, code, NULL, view_text(text.message));
    return false;
}

bool respond_parameter_error(
    struct response *response, enum api_error code, const char *parameter, const char *format, ...)
{
    struct error text;
    char detail[ERROR_MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    error_set(&text, ERROR_INVALID, "%s", detail);
    write_one_error(response, code, parameter, view_text(text.message));
    return false;
}

static enum api_error error_for(enum error_code code)
{
    switch (code) {
    case ERROR_NOT_FOUND:
        return API_ERROR_ENTITY_NOT_FOUND;
    case ERROR_CONFLICT:
        return API_ERROR_CONFLICT;
    case ERROR_DENIED:
    case ERROR_REFUSED:
        return API_ERROR_FORBIDDEN;
    case ERROR_INVALID:
    case ERROR_USAGE:
        return API_ERROR_INVALID_PARAMETER;
    case ERROR_NONE:
    case ERROR_UNREACHABLE:
    case ERROR_TIMEOUT:
    case ERROR_RATE_LIMITED:
    case ERROR_SERVER:
    case ERROR_CORRUPT:
    case ERROR_LIMIT:
    case ERROR_UNSUPPORTED:
    case ERROR_IO:
    case ERROR_CANCELLED:
    case ERROR_CRASHED:
    case ERROR_COUNT:
        break;
    }
    return API_ERROR_INTERNAL_ERROR;
}

bool respond_failure(const struct request *request, struct response *response, const struct error *err)
{
    enum api_error code = error_for(err->code);
    if (code != API_ERROR_INTERNAL_ERROR)
        return respond_error(response, code, "%s", err->message);
    LOG(LOG_ERROR, "request failed", {"request_id", view_text(request->id.text)}, {"path", request_shown_path(request)},
        {"error", view_text(err->message)});
    return respond_error(
        response, code, "something failed on the server; its log has the reason under request id %s", request->id.text);
}
