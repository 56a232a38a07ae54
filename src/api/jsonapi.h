/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of JSON:API 1.0: success documents with one resource or a page of them, links and cursors. */
#ifndef API_JSONAPI_H
#define API_JSONAPI_H

#include "api/response.h"
#include "base/json.h"

#define PAGE_ITEMS_DEFAULT 10
#define PAGE_ITEMS_MIN 10
#define PAGE_ITEMS_MAX 100
#define CURSOR_BYTES_MAX 2048

/* A document with one resource:
     jsonapi_begin(&writer, response); jsonapi_begin_resource(&writer, "feed", id); … attributes …;
     jsonapi_end_resource(&writer); return jsonapi_end(request, response, &writer); */
void jsonapi_begin(struct json_writer *writer, struct response *response); /* up to the key "data" */
void jsonapi_begin_resource(struct json_writer *writer, const char *type, struct view id); /* into "attributes" */
void jsonapi_end_resource(struct json_writer *writer);

/* Ends a document with one resource: adds links.self; status 200. */
bool jsonapi_end(const struct request *request, struct response *response, struct json_writer *writer);

/* The same for a document that is a page of a list with the parameter `cursor`: links.next if `next` is not empty. */
bool jsonapi_end_cursor(
    const struct request *request, struct response *response, struct json_writer *writer, struct view next);

/* Reads limit, starting_after and ending_before (at most one of them) into what the store takes; false if the response says
   what is wrong with them. */
bool page_read(const struct request *request, struct response *response, struct page_request *page) MUST_CHECK;

/* The same for lists whose limit may be any number from 1 on. */
bool page_read_any(const struct request *request, struct response *response, struct page_request *page) MUST_CHECK;

/* The frame of a list answer: rows, each written as a resource, or passed over; links self, next, prev and meta.count.
     struct page_rows rows = {PAGE_OF(struct user, write_user)};
     if (!page_read(…, &page)) return false;
     if (!store_list_users(…, &page, &items, &rows.count, &rows.has_more, &err)) return respond_failure(…);
     rows.items = items; return respond_page(request, response, &page, &rows); */
struct page_rows;
typedef bool page_row_writer(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err);
struct page_rows {
    const void *items;
    size_t item_size;
    size_t cursor_offset; /* of the row's cursor, a struct view */
    size_t count;
    bool has_more;
    bool has_total;
    int64_t total; /* for meta.count */
    bool hides_total; /* of a list in memory */
    page_row_writer *write;
    const void *context; /* for `write` */
};
#define PAGE_OF(type, writer) .item_size = sizeof(type), .cursor_offset = offsetof(type, cursor), .write = (writer)
#define PAGE_ROW(type, rows, i) (&((const type *)(rows)->items)[i])
bool respond_page(const struct request *request, struct response *response, const struct page_request *page,
    const struct page_rows *rows);

/* The same for a list that is whole in memory, of which a page shows a part; rows need no cursor, positions are theirs, and
   `rows->count` is the total. */
#define SLICE_OF(type, writer) .item_size = sizeof(type), .write = (writer)
bool respond_slice(const struct request *request, struct response *response, const struct page_request *page,
    const struct page_rows *rows);

/* Values that may be absent: null. */
void json_pair_or_null(struct json_writer *writer, const char *name, struct view text);
void json_pair_time(struct json_writer *writer, const char *name, int64_t wall_ms); /* 0 = null */
void json_pair_null(struct json_writer *writer, const char *name);

/* Around the store's cursors: "v1." and the URL-safe base64 of {"id":KEY}. */
struct view cursor_encode(struct arena *arena, struct view key);
bool cursor_decode(struct arena *arena, struct view cursor, struct view *key, struct error *err) MUST_CHECK;

#endif
