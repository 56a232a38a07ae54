/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jsonapi.h"

#include <sodium.h>

enum { CURSOR_VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

void jsonapi_begin(struct json_writer *writer, struct response *response)
{
    buffer_clear(&response->body);
    json_writer_init(writer, &response->body);
    json_begin_object(writer);
    json_key(writer, "jsonapi");
    json_begin_object(writer);
    json_pair_text(writer, "version", "1.0");
    json_end_object(writer);
    json_key(writer, "data");
}

void jsonapi_begin_resource(struct json_writer *writer, const char *type, struct view id)
{
    json_begin_object(writer);
    json_pair_text(writer, "type", type);
    json_pair(writer, "id", id);
    json_key(writer, "attributes");
    json_begin_object(writer);
}

void jsonapi_end_resource(struct json_writer *writer)
{
    json_end_object(writer);
    json_end_object(writer);
}

static bool finish(const struct request *request, struct response *response, struct json_writer *writer)
{
    struct error err;
    json_end_object(writer);
    if (!buffer_check(&response->body, "answer", &err))
        return respond_failure(request, response, &err);
    response->status = 200;
    response->content_type = "application/vnd.api+json";
    response->cache_control = "private, no-cache";
    response->wants_etag = true;
    return true;
}

bool jsonapi_end(const struct request *request, struct response *response, struct json_writer *writer)
{
    json_key(writer, "links");
    json_begin_object(writer);
    json_pair(writer, "self", request->target);
    json_end_object(writer);
    return finish(request, response, writer);
}

struct view cursor_encode(struct arena *arena, struct view key)
{
    AUTO_BUFFER text;
    buffer_init(&text, CURSOR_BYTES_MAX);
    struct json_writer writer;
    json_writer_init(&writer, &text);
    json_begin_object(&writer);
    json_pair(&writer, "id", key);
    json_end_object(&writer);
    size_t size = sodium_base64_encoded_len(text.size, CURSOR_VARIANT);
    char *encoded = arena_alloc(arena, size);
    sodium_bin2base64(encoded, size, (const unsigned char *)text.data, text.size, CURSOR_VARIANT);
    return arena_format(arena, "v1.%s", encoded);
}

bool cursor_decode(struct arena *arena, struct view cursor, struct view *key, struct error *err)
{
    unsigned char bytes[CURSOR_BYTES_MAX];
    size_t size = 0;
    struct json root;
    AUTO_JSON *document = json_document_new();
    if (cursor.size > CURSOR_BYTES_MAX || !view_starts_with(cursor, "v1."))
        return error_set(err, ERROR_INVALID, "the cursor was not made by this server");
    struct view encoded = view_from(cursor, 3);
    if (sodium_base642bin(bytes, sizeof(bytes), encoded.data, encoded.size, NULL, &size, NULL, CURSOR_VARIANT) != 0 ||
        !json_parse(document, view_of(bytes, size), sizeof(bytes), "cursor", &root, err) ||
        json_member_string(root, "id").size == 0)
        return error_set(err, ERROR_INVALID, "the cursor was not made by this server");
    *key = arena_copy(arena, json_member_string(root, "id"));
    return true;
}

static bool read_limit(const struct request *request, struct response *response, int step, int *limit)
{
    const struct query_parameter *given = query_find(&request->query, "limit");
    int64_t value = PAGE_ITEMS_DEFAULT;
    if (given != NULL &&
        (!view_to_integer(given->value, &value) || value < step || value > PAGE_ITEMS_MAX || value % step != 0))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "limit",
            "limit must be a multiple of %d from %d to %d", step, step, PAGE_ITEMS_MAX);
    *limit = (int)value;
    return true;
}

static bool read_page(const struct request *request, struct response *response, int step, struct page_request *page)
{
    struct error err;
    const struct query_parameter *after = query_find(&request->query, "starting_after");
    const struct query_parameter *before = query_find(&request->query, "ending_before");
    *page = (struct page_request){0};
    if (!read_limit(request, response, step, &page->limit))
        return false;
    if (request->is_streamed)
        page->limit = PAGE_ITEMS_MAX;
    if (after != NULL && before != NULL)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "ending_before",
            "starting_after and ending_before cannot be given together");
    if (request->stream_key.size > 0) {
        page->after = request->stream_key;
        return true;
    }
    const struct query_parameter *cursor = after != NULL ? after : before;
    struct view *key = after != NULL ? &page->after : &page->before;
    if (cursor != NULL && !cursor_decode(request->arena, cursor->value, key, &err))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER,
            after != NULL ? "starting_after" : "ending_before", "%s; take it from the links of a page", err.message);
    return true;
}

bool page_read(const struct request *request, struct response *response, struct page_request *page)
{
    return read_page(request, response, PAGE_ITEMS_MIN, page);
}

bool page_read_any(const struct request *request, struct response *response, struct page_request *page)
{
    return read_page(request, response, 1, page);
}

/* The address of another page of the same list: the caller's parameters with another cursor. */
static void write_page_link(const struct request *request, struct json_writer *writer, const char *relation,
    const char *parameter, struct view key)
{
    AUTO_BUFFER link;
    buffer_init(&link, 4 * REQUEST_TARGET_BYTES_MAX);
    buffer_append(&link, request->path);
    char separator = '?';
    for (size_t i = 0; i < request->query.count; i++) {
        const struct query_parameter *given = &request->query.items[i];
        if (view_is(given->name, "starting_after") || view_is(given->name, "ending_before") ||
            view_is(given->name, "cursor"))
            continue;
        buffer_append_byte(&link, separator);
        query_append_encoded(&link, given->name);
        buffer_append_byte(&link, '=');
        query_append_encoded(&link, given->value);
        separator = '&';
    }
    buffer_append_format(&link, "%c%s=", separator, parameter);
    query_append_encoded(&link, cursor_encode(request->arena, key));
    json_pair(writer, relation, buffer_view(&link));
}

bool jsonapi_end_cursor(
    const struct request *request, struct response *response, struct json_writer *writer, struct view next)
{
    json_key(writer, "links");
    json_begin_object(writer);
    json_pair(writer, "self", request->target);
    if (next.size > 0)
        write_page_link(request, writer, "next", "cursor", next);
    json_end_object(writer);
    return finish(request, response, writer);
}

/* How a page lies in its list. */
struct page_edges {
    struct view first; /* the store's cursors of the first and last item; empty if there is none */
    struct view last;
    bool has_more; /* beyond the page, in the direction of reading */
    bool has_total;
    int64_t total; /* for meta.count */
};

/* Ends a document whose "data" is an array, which the caller has ended. */
static bool end_page(const struct request *request, struct response *response, struct json_writer *writer,
    const struct page_request *page, const struct page_edges *edges)
{
    bool is_backwards = page->before.size > 0;
    bool has_next = is_backwards || edges->has_more;
    bool has_previous = is_backwards ? edges->has_more : page->after.size > 0;
    if (has_next && !is_backwards)
        response->next_key = edges->last;
    json_key(writer, "links");
    json_begin_object(writer);
    json_pair(writer, "self", request->target);
    if (has_next && edges->last.size > 0)
        write_page_link(request, writer, "next", "starting_after", edges->last);
    if (has_previous && edges->first.size > 0)
        write_page_link(request, writer, "prev", "ending_before", edges->first);
    json_end_object(writer);
    if (edges->has_total) {
        json_key(writer, "meta");
        json_begin_object(writer);
        json_pair_integer(writer, "count", edges->total);
        json_end_object(writer);
    }
    return finish(request, response, writer);
}

/* The part of a list in memory that a page shows. */
struct page_slice {
    size_t start;
    size_t end; /* behind the last */
    struct page_edges edges;
};

/* False if the response says what is wrong with the cursor. */
static bool page_slice(const struct request *request, struct response *response, const struct page_request *page,
    size_t count, struct page_slice *slice)
{
    bool is_backwards = page->before.size > 0;
    struct view key = is_backwards ? page->before : page->after;
    size_t limit = (size_t)page->limit;
    int64_t position = 0;
    if (key.size > 0 && !view_to_integer(key, &position))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER,
            is_backwards ? "ending_before" : "starting_after", "the cursor belongs to another list");
    *slice = (struct page_slice){.edges = {.total = (int64_t)count}};
    size_t at = (uint64_t)position > count ? count : (size_t)position;
    if (is_backwards) {
        slice->end = at;
        slice->start = at > limit ? at - limit : 0;
        slice->edges.has_more = slice->start > 0;
    } else {
        slice->start = key.size == 0 || at == count ? at : at + 1;
        slice->end = count - slice->start > limit ? slice->start + limit : count;
        slice->edges.has_more = slice->end < count;
    }
    if (slice->start < slice->end) {
        slice->edges.first = arena_format(request->arena, "%zu", slice->start);
        slice->edges.last = arena_format(request->arena, "%zu", slice->end - 1);
    }
    return true;
}

static bool write_rows(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t start, size_t end, struct error *err)
{
    json_begin_array(writer);
    for (size_t i = start; i < end; i++) {
        if (!rows->write(request, writer, rows, i, err))
            return false;
    }
    json_end_array(writer);
    return true;
}

static struct view row_cursor(const struct page_rows *rows, size_t i)
{
    struct view cursor;
    memcpy(&cursor, (const char *)rows->items + i * rows->item_size + rows->cursor_offset, sizeof(cursor));
    return cursor;
}

bool respond_page(const struct request *request, struct response *response, const struct page_request *page,
    const struct page_rows *rows)
{
    struct error err;
    struct json_writer writer;
    struct page_edges edges = {.has_more = rows->has_more, .has_total = rows->has_total, .total = rows->total};
    jsonapi_begin(&writer, response);
    if (!write_rows(request, &writer, rows, 0, rows->count, &err))
        return respond_failure(request, response, &err);
    if (rows->count > 0) {
        edges.first = row_cursor(rows, 0);
        edges.last = row_cursor(rows, rows->count - 1);
    }
    return end_page(request, response, &writer, page, &edges);
}

bool respond_slice(const struct request *request, struct response *response, const struct page_request *page,
    const struct page_rows *rows)
{
    struct error err;
    struct json_writer writer;
    struct page_slice slice = {0};
    if (!page_slice(request, response, page, rows->count, &slice))
        return false;
    slice.edges.has_total = !rows->hides_total;
    jsonapi_begin(&writer, response);
    return write_rows(request, &writer, rows, slice.start, slice.end, &err)
               ? end_page(request, response, &writer, page, &slice.edges)
               : respond_failure(request, response, &err);
}

void json_pair_null(struct json_writer *writer, const char *name)
{
    json_key(writer, name);
    json_write_null(writer);
}

void json_pair_or_null(struct json_writer *writer, const char *name, struct view text)
{
    if (text.size > 0)
        json_pair(writer, name, text);
    else
        json_pair_null(writer, name);
}

void json_pair_time(struct json_writer *writer, const char *name, int64_t wall_ms)
{
    char text[TIME_TEXT_SIZE];
    if (wall_ms == 0) {
        json_pair_null(writer, name);
        return;
    }
    time_format(wall_ms, text);
    json_pair_text(writer, name, text);
}
