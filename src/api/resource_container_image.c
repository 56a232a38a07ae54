/* SPDX-License-Identifier: Apache-2.0 */
/* Images by their config digest, each once however many tags name it, in the published shape: closed objects with the
   members written here and no others. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/images.h"
#include "store/projects.h"

#include <stdlib.h>

/* References of one image that are listed, and ids that one request may name. */
enum { REFERENCES_MAX = 1000, IMAGE_IDS_MAX = 100 };

struct container_image {
    struct view id;
    struct view platform;
    struct view *names;
    size_t name_count;
    struct layer_row *layers;
    size_t layer_count;
};

/* The variants that the published list of platforms knows; others are left out. */
static struct view published_platform(struct arena *arena, struct view platform)
{
    struct view rest = platform;
    struct view os = view_cut(&rest, '/');
    struct view arch = view_cut(&rest, '/');
    bool is_known = (view_is(arch, "arm") && (view_is(rest, "v5") || view_is(rest, "v6") || view_is(rest, "v7"))) ||
                    (view_is(arch, "arm64") && view_is(rest, "v8"));
    return is_known ? platform : arena_format(arena, "%.*s/%.*s", VIEW_PRINT(os), VIEW_PRINT(arch));
}

static int compare_names(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

/* From all rows that have the image; there is at least one. */
static bool fill_image(const struct request *request, const struct image_row *rows, size_t count,
    struct container_image *image, struct error *err)
{
    struct arena *arena = request->arena;
    *image = (struct container_image){.id = rows[0].image_id, .platform = published_platform(arena, rows[0].platform)};
    image->names = ARENA_ARRAY(arena, struct view, count);
    for (size_t i = 0; i < count; i++)
        image->names[i] = rows[i].reference;
    qsort(image->names, count, sizeof(image->names[0]), compare_names);
    for (size_t i = 0; i < count; i++) {
        if (image->name_count == 0 || !view_equal(image->names[image->name_count - 1], image->names[i]))
            image->names[image->name_count++] = image->names[i];
    }
    return store_list_layers(request->api->store, arena, request->session.account.organization, &rows[0].uuid,
        &image->layers, &image->layer_count, err);
}

static void write_image(struct json_writer *writer, const struct container_image *image)
{
    jsonapi_begin_resource(writer, "container_image", image->id);
    json_pair(writer, "platform", image->platform);
    json_key(writer, "layers");
    json_begin_array(writer);
    for (size_t i = 0; i < image->layer_count; i++)
        json_write(writer, image->layers[i].digest);
    json_end_array(writer);
    json_key(writer, "names");
    json_begin_array(writer);
    for (size_t i = 0; i < image->name_count; i++)
        json_write(writer, image->names[i]);
    json_end_array(writer);
    jsonapi_end_resource(writer);
}

struct image_rows {
    struct image_row *items;
    size_t count;
};

/* All rows of an image id; `rows->count` is 0 if the organization has none. */
static bool find_rows(const struct request *request, struct view image_id, struct image_rows *rows, struct error *err)
{
    struct image_row *found;
    size_t count;
    *rows = (struct image_rows){0};
    if (!store_resolve_owned_images(request->api->store, request->arena, request->session.account.organization,
            image_id, REFERENCES_MAX, &request->session.owners, &found, &count, err))
        return err->code == ERROR_NOT_FOUND;
    rows->items = ARENA_ARRAY(request->arena, struct image_row, count);
    for (size_t i = 0; i < count; i++) { /* a manifest may have the digest as well */
        if (view_equal(found[i].image_id, image_id))
            rows->items[rows->count++] = found[i];
    }
    return true;
}

/* Of the rows of one image the oldest stands for it, so that a list of rows shows the image once. */
static bool stands_for_image(const struct image_row *row, const struct image_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct image_row *other = &rows->items[i];
        if (other->created_ms < row->created_ms ||
            (other->created_ms == row->created_ms && strcmp(other->uuid.text, row->uuid.text) < 0))
            return false;
    }
    return true;
}

static bool has_platform(const struct request *request, struct view platform)
{
    struct view wanted = request_parameter(request, "platform");
    if (wanted.size == 0)
        return true;
    if (view_is(wanted, "linux/x86_64")) /* the published list has both names of this one */
        wanted = view_text("linux/amd64");
    return view_equal(published_platform(request->arena, platform), wanted);
}

static bool write_if_whole(
    const struct request *request, struct json_writer *writer, const struct image_rows *rows, struct error *err)
{
    struct container_image image;
    if (rows->count == 0 || !has_platform(request, rows->items[0].platform))
        return true;
    if (!fill_image(request, rows->items, rows->count, &image, err))
        return false;
    if (image.layer_count > 0) /* the shape has no image without layers */
        write_image(writer, &image);
    return true;
}

static bool write_named_image(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    struct image_rows found;
    return find_rows(request, *PAGE_ROW(struct view, rows, i), &found, err) &&
           write_if_whole(request, writer, &found, err);
}

/* The images that the caller named, in the caller's order. */
static bool write_named(const struct request *request, struct response *response, const struct page_request *page,
    const struct view *ids, size_t count)
{
    const struct page_rows rows = {
        SLICE_OF(struct view, write_named_image), .items = ids, .count = count, .hides_total = true};
    return respond_slice(request, response, page, &rows);
}

static bool write_stored_image(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    struct image_rows found;
    const struct image_row *row = PAGE_ROW(struct image_row, rows, i);
    return find_rows(request, row->image_id, &found, err) &&
           (!stands_for_image(row, &found) || write_if_whole(request, writer, &found, err));
}

/* A page may be shorter than asked for: rows whose image another row stands for are passed over, its link goes on. */
static bool write_all(const struct request *request, struct response *response, const struct page_request *page)
{
    struct error err;
    struct image_row *items;
    size_t total;
    struct page_rows rows = {PAGE_OF(struct image_row, write_stored_image)};
    struct image_query query = {.page = *page,
        .order = IMAGE_ORDER_ADDED,
        .states = 1u << IMAGE_SCANNED,
        .images_only = true,
        .owners = request->session.owners};
    if (!store_list_images(request->api->store, request->arena, request->session.account.organization, &query, &items,
            &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, page, &rows);
}

static bool read_ids(
    const struct request *request, struct response *response, struct view ids[IMAGE_IDS_MAX], size_t *count)
{
    struct error err;
    *count = 0;
    for (struct view rest = request_parameter(request, "image_ids"); rest.size > 0;) {
        struct digest digest;
        struct view id = view_cut(&rest, ',');
        if (*count == IMAGE_IDS_MAX)
            return respond_parameter_error(
                response, API_ERROR_INVALID_PARAMETER, "image_ids", "image_ids may have at most %d ids", IMAGE_IDS_MAX);
        if (!digest_parse(id, &digest, &err))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "image_ids", "%s", err.message);
        ids[(*count)++] = id;
    }
    return true;
}

/* Image ids that a name has now: several, if it names an index. */
static bool find_named(const struct request *request, struct response *response, struct view name,
    struct view ids[IMAGE_IDS_MAX], size_t *count)
{
    struct error err;
    struct image_row *rows;
    size_t row_count;
    *count = 0;
    if (view_find(name, ',') < name.size)
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "names", "only one name may be given");
    if (!store_resolve_owned_images(request->api->store, request->arena, request->session.account.organization, name,
            IMAGE_IDS_MAX, &request->session.owners, &rows, &row_count, &err))
        return err.code == ERROR_NOT_FOUND || respond_failure(request, response, &err);
    for (size_t i = 0; i < row_count; i++) {
        size_t known = 0;
        while (known < *count && !view_equal(ids[known], rows[i].image_id))
            known++;
        if (known == *count && rows[i].image_id.size > 0 && view_equal(rows[i].reference, name))
            ids[(*count)++] = rows[i].image_id;
    }
    return true;
}

bool route_container_image_list(struct request *request, struct response *response)
{
    struct page_request page;
    struct view ids[IMAGE_IDS_MAX];
    size_t count;
    struct view name = request_parameter(request, "names");
    bool has_ids = query_find(&request->query, "image_ids") != NULL;
    if (!page_read(request, response, &page) || !read_ids(request, response, ids, &count))
        return false;
    if (has_ids && name.size > 0)
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "names", "image_ids and names cannot be given together");
    if (name.size > 0 && !find_named(request, response, name, ids, &count))
        return false;
    if (has_ids || name.size > 0)
        return write_named(request, response, &page, ids, count);
    return write_all(request, response, &page);
}

bool route_container_image_get(struct request *request, struct response *response)
{
    struct error err;
    struct image_rows rows;
    struct json_writer writer;
    struct container_image image = {0};
    if (!find_rows(request, request_path_value(request, "image_id"), &rows, &err))
        return respond_failure(request, response, &err);
    if (rows.count > 0 && !fill_image(request, rows.items, rows.count, &image, &err))
        return respond_failure(request, response, &err);
    if (image.layer_count == 0)
        return respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such image");
    jsonapi_begin(&writer, response);
    write_image(&writer, &image);
    return jsonapi_end(request, response, &writer);
}

/* Where the image was seen: each row of the list of images that has it. */
static bool write_reference(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    const struct image_row *row = PAGE_ROW(struct image_row, rows, i);
    struct project_row project;
    if (!store_find_project(request->api->store, request->arena, request->session.account.organization,
            &row->project_uuid, &project, err))
        return false;
    jsonapi_begin_resource(writer, "image_target_reference", view_text(row->uuid.text));
    json_pair(writer, "platform", published_platform(request->arena, row->platform));
    json_pair_text(writer, "target_id", project.target_uuid.text);
    json_pair(writer, "target_reference", row->tag);
    jsonapi_end_resource(writer);
    return true;
}

bool route_image_target_ref_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct image_rows found;
    struct page_rows rows = {SLICE_OF(struct image_row, write_reference)};
    if (!page_read(request, response, &page))
        return false;
    if (!find_rows(request, request_path_value(request, "image_id"), &found, &err))
        return respond_failure(request, response, &err);
    if (found.count == 0)
        return respond_error(response, API_ERROR_ENTITY_NOT_FOUND, "there is no such image");
    rows.items = found.items;
    rows.count = found.count;
    return respond_slice(request, response, &page, &rows);
}
