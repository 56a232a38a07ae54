/* SPDX-License-Identifier: Apache-2.0 */
/* What an image is made of: its layers, its packages, those that a later layer removed, and the files that no package accounts
   for. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "store/images.h"

/* Hexadecimal digits of a digest that make an id for what has none. */
enum { ID_DIGITS = 32 };

void image_write_package(struct json_writer *writer, const struct package *package, struct view purl)
{
    json_pair(writer, "name", package->name);
    json_pair(writer, "version", package->version);
    json_pair_text(writer, "type", package_type_name(package->type));
    json_pair_or_null(writer, "purl", purl);
    json_pair_or_null(writer, "source_name", package->source_name);
    json_pair_or_null(writer, "source_version", package->source_version);
    json_pair_or_null(writer, "arch", package->arch);
}

struct uuid image_of_path(const struct request *request)
{
    struct uuid uuid = {0};
    uuid_parse(request_path_value(request, "image_id"), &uuid);
    return uuid;
}

bool image_read_layers(
    const struct request *request, struct response *response, const struct uuid *uuid, struct layer_list *layers)
{
    struct error err;
    return store_list_layers(request->api->store, request->arena, request->session.account.organization, uuid,
               &layers->items, &layers->count, &err) ||
           respond_failure(request, response, &err);
}

bool image_read_search(const struct request *request, struct response *response, struct view *search)
{
    *search = view_trim(request_parameter(request, "search"));
    if (search->size > SEARCH_BYTES_MAX)
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "search", "search may have at most %d bytes", SEARCH_BYTES_MAX);
    return true;
}

/* The same package at the same place of the same image keeps its id. */
static struct view package_id(struct arena *arena, const struct package_row *row)
{
    struct digest digest;
    struct view key = package_key(arena, &row->package);
    digest_of(arena_format(arena, "%.*s\n%.*s", VIEW_PRINT(key), VIEW_PRINT(row->path)), &digest);
    return view_slice(arena_copy(arena, digest_hex(&digest)), 0, ID_DIGITS);
}

/* What packages of the image and removed ones have. */
static void write_installed(struct json_writer *writer, const struct package_row *row, const struct layer_list *layers)
{
    const struct package *package = &row->package;
    image_write_package(writer, package, row->purl);
    json_pair_or_null(writer, "epoch", package->epoch);
    json_pair_or_null(writer, "release", package->release);
    json_pair_or_null(writer, "source_rpm", package->source_rpm);
    json_pair_or_null(writer, "modularity", package->modularity);
    json_pair_or_null(writer, "vendor", package->vendor);
    json_pair_or_null(writer, "ecosystem", package->ecosystem);
    json_pair_or_null(writer, "path", row->path);
    bool has_layer = row->layer_index < layers->count;
    const struct layer_row *layer = has_layer ? &layers->items[row->layer_index] : NULL;
    json_key(writer, "layer");
    if (layer != NULL)
        json_write_integer(writer, row->layer_index);
    else
        json_write_null(writer);
    json_pair_or_null(writer, "layer_digest", layer != NULL ? layer->digest : view_text(""));
    json_pair_boolean(writer, "is_base", layer != NULL && layer->is_base);
    json_pair_or_null(writer, "analyzer", row->analyzer);
    json_pair_lines(writer, "licenses", row->licenses);
    json_pair_or_null(writer, "commit", row->commit);
    json_pair_boolean(writer, "is_third_party", row->is_third_party);
    json_pair_boolean(writer, "is_development", row->is_development);
}

static bool write_package(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    const struct package_row *row = PAGE_ROW(struct package_row, rows, i);
    jsonapi_begin_resource(writer, "package", package_id(request->arena, row));
    write_installed(writer, row, rows->context);
    json_pair_or_null(writer, "owner", row->owner);
    json_pair_integer(writer, "finding_count", row->findings);
    image_write_severities(writer, &row->tally);
    json_pair_integer(
        writer, "fixable_count", tally_count(&row->tally, (struct kind_filter){.fixable = KIND_WITH_FIX}));
    json_pair_integer(writer, "exploitable_count",
        tally_count(&row->tally, (struct kind_filter){.threats = 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN}));
    if (row->findings > 0)
        json_pair_text(writer, "worst_severity", severity_name(row->worst));
    else
        json_pair_null(writer, "worst_severity");
    jsonapi_end_resource(writer);
    return true;
}

bool image_read_layer_choice(const struct request *request, struct response *response, enum layer_choice *choice)
{
    struct view word = request_parameter(request, "layer");
    *choice = view_is(word, "base") ? LAYERS_BASE : view_is(word, "own") ? LAYERS_OWN : LAYERS_ALL;
    return word.size == 0 || *choice != LAYERS_ALL ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "layer", "layer must be base or own");
}

static bool read_package_query(const struct request *request, struct response *response, struct package_query *query)
{
    struct view sort = request_parameter(request, "sort");
    *query =
        (struct package_query){.is_by_danger = view_is(sort, "-severity"), .type = request_parameter(request, "type")};
    if (sort.size > 0 && !query->is_by_danger && !view_is(sort, "name"))
        return respond_parameter_error(
            response, API_ERROR_INVALID_PARAMETER, "sort", "sort must be name or -severity: most dangerous first");
    return page_read(request, response, &query->page) && image_read_search(request, response, &query->search) &&
           image_read_kinds(request, response, &query->kinds) &&
           image_read_layer_choice(request, response, &query->layers);
}

bool route_package_list(struct request *request, struct response *response)
{
    struct error err;
    struct package_query query;
    struct package_row *items;
    struct layer_list layers;
    struct page_rows rows = {PAGE_OF(struct package_row, write_package), .has_total = true, .context = &layers};
    size_t total;
    struct uuid uuid = image_of_path(request);
    if (!read_package_query(request, response, &query) || !image_read_layers(request, response, &uuid, &layers))
        return false;
    if (!store_list_packages(request->api->store, request->arena, request->session.account.organization, &uuid, &query,
            &items, &rows.count, &total, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    rows.total = (int64_t)total;
    return respond_page(request, response, &query.page, &rows);
}

static bool write_removed_package(const struct request *request, struct json_writer *writer,
    const struct page_rows *rows, size_t i, struct error *err)
{
    (void)err;
    const struct package_row *row = PAGE_ROW(struct package_row, rows, i);
    jsonapi_begin_resource(writer, "removed_package", package_id(request->arena, row));
    write_installed(writer, row, rows->context);
    jsonapi_end_resource(writer);
    return true;
}

bool route_removed_package_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct package_row *items;
    struct layer_list layers;
    struct page_rows rows = {SLICE_OF(struct package_row, write_removed_package), .context = &layers};
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page) || !image_read_layers(request, response, &uuid, &layers))
        return false;
    if (!store_list_removed_packages(request->api->store, request->arena, request->session.account.organization, &uuid,
            &items, &rows.count, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_slice(request, response, &page, &rows);
}

static bool write_layer(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    const struct layer_row *layer = PAGE_ROW(struct layer_row, rows, i);
    jsonapi_begin_resource(writer, "layer", arena_format(request->arena, "%zu", i));
    json_pair(writer, "digest", layer->digest);
    json_pair_boolean(writer, "is_base", layer->is_base);
    json_pair_or_null(writer, "base_reference", layer->base_reference);
    jsonapi_end_resource(writer);
    return true;
}

bool route_layer_list(struct request *request, struct response *response)
{
    struct page_request page;
    struct layer_list layers;
    struct page_rows rows = {SLICE_OF(struct layer_row, write_layer)};
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page) || !image_read_layers(request, response, &uuid, &layers))
        return false;
    rows.items = layers.items;
    rows.count = layers.count;
    return respond_slice(request, response, &page, &rows);
}

static bool write_path(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    jsonapi_begin_resource(writer, "unattributed_file", arena_format(request->arena, "%zu", i));
    json_pair(writer, "path", *PAGE_ROW(struct view, rows, i));
    jsonapi_end_resource(writer);
    return true;
}

/* The first of them; the image tells how many there are. */
bool route_unattributed_file_list(struct request *request, struct response *response)
{
    struct error err;
    struct page_request page;
    struct view *paths = NULL;
    struct page_rows rows = {SLICE_OF(struct view, write_path)};
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_unattributed(request->api->store, request->arena, request->session.account.organization, &uuid,
            &paths, &rows.count, &err))
        return respond_failure(request, response, &err);
    rows.items = paths;
    return respond_slice(request, response, &page, &rows);
}
