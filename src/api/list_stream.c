/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list_stream.h"

#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "base/json.h"
#include "base/memory.h"
#include "report/rows.h"

#include <stdlib.h>

enum { COLUMNS_MAX = 200 };

static const char csv_type[] = "text/csv";
static const char lines_type[] = "application/x-ndjson";

/* Where a column's values are: a member of the attributes, or a member of one. */
struct column {
    const char *member;
    const char *inner; /* NULL: the member itself */
};

struct list_stream {
    struct body_stream base;
    struct request *request;
    struct arena *arena; /* of the columns */
    struct buffer out; /* the piece that was made last */
    struct buffer key; /* where the next page begins; empty: there is none */
    bool is_csv;
    bool is_taken; /* the piece was given out */
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    bool has_columns;
};

/* The first type that the client names and that we know. */
static const char *accepted_type(const struct request *request)
{
    for (struct view rest = request_header(request, "Accept"); rest.size > 0;) {
        struct view item = view_cut(&rest, ',');
        struct view type = view_trim(view_cut(&item, ';'));
        if (view_is(type, csv_type))
            return csv_type;
        if (view_is(type, lines_type))
            return lines_type;
    }
    return NULL;
}

bool list_stream_is_wanted(const struct request *request)
{
    return request->method == METHOD_GET && word_is_among(view_text("limit"), request->route->parameters) &&
           accepted_type(request) != NULL;
}

static void copy_value(struct json_writer *writer, struct json value)
{
    enum { DECIMALS = 6 };
    int64_t integer = 0;
    double number = 0;
    enum json_type type = json_type(value);
    if (type == JSON_OBJECT) {
        json_begin_object(writer);
        for (struct json_iterator i = json_each(value); json_next(&i);) {
            json_key_view(writer, i.key);
            copy_value(writer, i.value);
        }
        json_end_object(writer);
    } else if (type == JSON_ARRAY) {
        json_begin_array(writer);
        for (struct json_iterator i = json_each(value); json_next(&i);)
            copy_value(writer, i.value);
        json_end_array(writer);
    } else if (type == JSON_STRING) {
        json_write(writer, json_string(value));
    } else if (type == JSON_BOOLEAN) {
        json_write_boolean(writer, json_boolean(value));
    } else if (json_integer(value, &integer)) {
        json_write_integer(writer, integer);
    } else if (json_number(value, &number)) {
        json_write_number(writer, number, DECIMALS);
    } else {
        json_write_null(writer);
    }
}

static void append_json_cell(struct buffer *out, struct json value)
{
    AUTO_BUFFER text;
    struct json_writer writer;
    buffer_init(&text, RESPONSE_BYTES_MAX);
    json_writer_init(&writer, &text);
    copy_value(&writer, value);
    out->is_full = out->is_full || text.is_full;
    report_append_csv(out, buffer_view(&text));
}

/* Texts of a list are joined; what is deeper is JSON. */
static void append_list_cell(struct buffer *out, struct json list)
{
    AUTO_BUFFER text;
    buffer_init(&text, RESPONSE_BYTES_MAX);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        if (json_type(i.value) != JSON_STRING) {
            append_json_cell(out, list);
            return;
        }
        buffer_append_text(&text, text.size > 0 ? "; " : "");
        buffer_append(&text, json_string(i.value));
    }
    out->is_full = out->is_full || text.is_full;
    if (text.size > 0)
        report_append_csv(out, buffer_view(&text));
}

static void append_cell(struct buffer *out, struct json value)
{
    enum json_type type = json_type(value);
    if (type == JSON_ARRAY) {
        append_list_cell(out, value);
    } else if (type == JSON_STRING) {
        report_append_csv(out, json_string(value));
    } else if (type == JSON_OBJECT) {
        append_json_cell(out, value);
    } else if (type == JSON_BOOLEAN || type == JSON_NUMBER) {
        struct json_writer writer;
        json_writer_init(&writer, out);
        copy_value(&writer, value);
    }
}

static bool add_column(struct list_stream *stream, struct view member, struct view inner)
{
    struct column *column = &stream->columns[stream->column_count];
    if (stream->column_count == COLUMNS_MAX)
        return false;
    *column =
        (struct column){arena_text(stream->arena, member), inner.size > 0 ? arena_text(stream->arena, inner) : NULL};
    stream->column_count++;
    buffer_append_byte(&stream->out, ',');
    buffer_append(&stream->out, member);
    if (inner.size > 0) {
        buffer_append_byte(&stream->out, '.');
        buffer_append(&stream->out, inner);
    }
    return true;
}

/* All rows of a list have the members of its first one, which may be null; only one that is null there stays whole. */
static bool choose_columns(struct list_stream *stream, struct json attributes)
{
    stream->has_columns = true;
    buffer_append_text(&stream->out, "id");
    for (struct json_iterator i = json_each(attributes); json_next(&i);) {
        bool has_members = json_type(i.value) == JSON_OBJECT && json_count(i.value) > 0;
        if (!has_members && !add_column(stream, i.key, view_text("")))
            return false;
        for (struct json_iterator k = json_each(i.value); has_members && json_next(&k);) {
            if (!add_column(stream, i.key, k.key))
                return false;
        }
    }
    buffer_append_text(&stream->out, "\r\n");
    return true;
}

static bool append_csv_row(struct list_stream *stream, struct json resource)
{
    struct json attributes = json_member(resource, "attributes");
    if (!stream->has_columns && !choose_columns(stream, attributes))
        return false;
    report_append_csv(&stream->out, json_member_string(resource, "id"));
    for (size_t i = 0; i < stream->column_count; i++) {
        const struct column *column = &stream->columns[i];
        struct json value = json_member(attributes, column->member);
        buffer_append_byte(&stream->out, ',');
        append_cell(&stream->out, column->inner != NULL ? json_member(value, column->inner) : value);
    }
    buffer_append_text(&stream->out, "\r\n");
    return true;
}

static void append_line(struct list_stream *stream, struct json resource)
{
    struct json_writer writer;
    json_writer_init(&writer, &stream->out);
    json_begin_object(&writer);
    json_pair(&writer, "id", json_member_string(resource, "id"));
    json_pair(&writer, "type", json_member_string(resource, "type"));
    for (struct json_iterator i = json_each(json_member(resource, "attributes")); json_next(&i);) {
        json_key_view(&writer, i.key);
        copy_value(&writer, i.value);
    }
    json_end_object(&writer);
    buffer_append_byte(&stream->out, '\n');
}

/* A page of the list becomes a piece of the body. */
static bool take_page(struct list_stream *stream, const struct response *page)
{
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct json root;
    buffer_clear(&stream->out);
    if (!json_parse(document, response_body(page), RESPONSE_BYTES_MAX, "page of a list", &root, &err))
        return false;
    for (struct json_iterator i = json_each(json_member(root, "data")); json_next(&i);) {
        if (!stream->is_csv)
            append_line(stream, i.value);
        else if (!append_csv_row(stream, i.value))
            return false;
    }
    buffer_clear(&stream->key);
    buffer_append(&stream->key, page->next_key);
    stream->is_taken = false;
    return !stream->out.is_full && !stream->key.is_full;
}

/* The handler works in an arena of its own: the request's would grow with every page. */
static bool fetch_page(struct list_stream *stream)
{
    AUTO_ARENA *arena = arena_new();
    struct request request = *stream->request;
    struct response page;
    request.arena = arena;
    request.stream_key = buffer_view(&stream->key);
    response_init(&page, arena);
    bool is_good = request.route->run(&request, &page) && take_page(stream, &page);
    response_done(&page);
    return is_good;
}

static bool next_piece(struct body_stream *base, struct view *piece)
{
    struct list_stream *stream = (struct list_stream *)base;
    *piece = view_of(NULL, 0);
    if (stream->is_taken && stream->key.size > 0 && !fetch_page(stream))
        return false;
    if (!stream->is_taken)
        *piece = buffer_view(&stream->out);
    stream->is_taken = true;
    return true;
}

static void free_stream(struct body_stream *base)
{
    struct list_stream *stream = (struct list_stream *)base;
    buffer_done(&stream->out);
    buffer_done(&stream->key);
    arena_free(stream->arena);
    free(stream);
}

bool list_stream_begin(struct request *request, struct response *response)
{
    request->is_streamed = true;
    if (!request->route->run(request, response))
        return false;
    struct list_stream *stream = memory_alloc(sizeof(*stream));
    *stream = (struct list_stream){.base = {next_piece, free_stream},
        .request = request,
        .arena = arena_new(),
        .is_csv = accepted_type(request) == csv_type};
    buffer_init(&stream->out, RESPONSE_BYTES_MAX);
    buffer_init(&stream->key, CURSOR_BYTES_MAX);
    if (!take_page(stream, response)) {
        free_stream(&stream->base);
        return respond_error(response, API_ERROR_INTERNAL_ERROR, "the list cannot be written as a stream");
    }
    buffer_clear(&response->body);
    response->stream = &stream->base;
    response->wants_etag = false;
    response->content_type = stream->is_csv ? "text/csv; charset=utf-8" : lines_type;
    response_header(response, "Content-Disposition",
        arena_format(
            request->arena, "attachment; filename=\"%s.%s\"", request->route->name, stream->is_csv ? "csv" : "ndjson"));
    return true;
}
