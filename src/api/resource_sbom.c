/* SPDX-License-Identifier: Apache-2.0 */
/* The bill of materials of a project: the packages of its images, in the formats of report/. */
#include "api/api.h"
#include "api/jsonapi.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "report/cyclonedx.h"
#include "store/images.h"

/* Platforms of one tag, and packages of one image that a document has. */
enum { IMAGES_MAX = 50, PACKAGES_MAX = 200000 };

#define CYCLONEDX_JSON "application/vnd.cyclonedx+json"
#define CYCLONEDX_XML "application/vnd.cyclonedx+xml"

static const struct sbom_format {
    const char *name;
    const char *content_type;
    bool is_spdx;
    struct cyclonedx_form form;
} formats[] = {
    {"cyclonedx1.6+json", CYCLONEDX_JSON, false, {CYCLONEDX_1_6, false}},
    {"cyclonedx1.6+xml", CYCLONEDX_XML, false, {CYCLONEDX_1_6, true}},
    {"cyclonedx1.5+json", CYCLONEDX_JSON, false, {CYCLONEDX_1_5, false}},
    {"cyclonedx1.5+xml", CYCLONEDX_XML, false, {CYCLONEDX_1_5, true}},
    {"cyclonedx1.4+json", CYCLONEDX_JSON, false, {CYCLONEDX_1_4, false}},
    {"cyclonedx1.4+xml", CYCLONEDX_XML, false, {CYCLONEDX_1_4, true}},
    {"spdx2.3+json", "application/json", true, {CYCLONEDX_1_6, false}},
};

struct sbom {
    const struct request *request;
    const struct sbom_format *format;
    bool has_licenses;
};

static struct inventory_package *new_package(
    const struct sbom *sbom, struct inventory *inventory, const struct package_row *row)
{
    struct inventory_package *package = &inventory->packages[inventory->package_count++];
    *package = (struct inventory_package){
        .package = row->package,
        .path = row->path,
        .layer = row->layer_index,
        .owner = row->owner,
        .analyzer = arena_text(sbom->request->arena, row->analyzer),
        .licenses = sbom->has_licenses ? row->licenses : view_text(""),
        .is_third_party = row->is_third_party,
        .is_development = row->is_development,
    };
    return package;
}

static bool read_packages(
    const struct sbom *sbom, const struct image_row *row, struct inventory *inventory, struct error *err)
{
    const struct request *request = sbom->request;
    struct package_query query = {.page = {.limit = PAGE_LIMIT_MAX}};
    for (bool has_more = true; has_more;) {
        struct package_row *items;
        size_t count, total;
        if (!store_list_packages(request->api->store, request->arena, request->session.account.organization, &row->uuid,
                &query, &items, &count, &total, &has_more, err))
            return false;
        if (total > PACKAGES_MAX)
            return error_set(err, ERROR_LIMIT, "the image has more than %d packages", PACKAGES_MAX);
        if (inventory->packages == NULL)
            inventory->packages = ARENA_ARRAY(request->arena, struct inventory_package, total + 1);
        for (size_t i = 0; i < count && inventory->package_count < total; i++)
            (void)new_package(sbom, inventory, &items[i]);
        if (count > 0)
            query.page.after = items[count - 1].cursor;
    }
    return true;
}

/* What the formats read of a scan. */
static bool read_image(const struct sbom *sbom, const struct image_row *row, struct report *report, struct error *err)
{
    const struct request *request = sbom->request;
    struct arena *arena = request->arena;
    struct scan_image *image = ARENA_NEW(arena, struct scan_image);
    struct layer_row *layers;
    size_t count;
    struct view rest = row->platform;
    if (!store_list_layers(
            request->api->store, arena, request->session.account.organization, &row->uuid, &layers, &count, err) ||
        !store_list_gaps(request->api->store, arena, request->session.account.organization, &row->uuid,
            &image->inventory.gaps, err) ||
        !read_packages(sbom, row, &image->inventory, err) ||
        !digest_parse(row->manifest, &image->choice.manifest.digest, err) ||
        !digest_parse(row->image_id, &image->config.digest, err))
        return false;
    image->choice.manifest.items = ARENA_ARRAY(arena, struct descriptor, count);
    image->choice.manifest.count = count;
    for (size_t i = 0; i < count; i++) {
        if (!digest_parse(layers[i].digest, &image->choice.manifest.items[i].digest, err))
            return false;
    }
    image->config.platform.os = view_cut(&rest, '/');
    image->config.platform.architecture = view_cut(&rest, '/');
    image->config.platform.variant = rest;
    image->config.created_ms = row->image_created_ms;
    image->inventory.distro = (struct distro){.id = row->distribution_id,
        .version_id = row->distribution_version,
        .pretty_name = row->distribution,
        .is_known = row->distribution_id.size > 0};
    *report = (struct report){.reference = row->reference, .image = image};
    return true;
}

static bool respond_document(
    const struct sbom *sbom, struct response *response, const struct image_row *rows, size_t count)
{
    struct error err;
    struct report *reports = ARENA_ARRAY(sbom->request->arena, struct report, count);
    size_t read = 0;
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].is_image || rows[i].state != IMAGE_SCANNED)
            continue;
        if (!read_image(sbom, &rows[i], &reports[read++], &err))
            return respond_failure(sbom->request, response, &err);
    }
    if (read == 0)
        return respond_error(response, API_ERROR_CONFLICT, "no image of this project has been scanned yet");
    if (sbom->format->is_spdx)
        report_format_named(view_text("spdx"))->write(reports, read, &response->body);
    else
        cyclonedx_write(reports, read, sbom->format->form, &response->body);
    if (!buffer_check(&response->body, "bill of materials", &err))
        return respond_failure(sbom->request, response, &err);
    response->status = 200;
    response->content_type = sbom->format->content_type;
    response->cache_control = "private, no-cache";
    response->wants_etag = true;
    return true;
}

/* Without a format the document has no content, as published. */
static bool respond_empty(const struct request *request, struct response *response, const struct uuid *project)
{
    struct json_writer writer;
    jsonapi_begin(&writer, response);
    json_begin_object(&writer);
    json_pair_text(&writer, "type", "sbom");
    json_pair_text(&writer, "id", project->text);
    json_end_object(&writer);
    return jsonapi_end(request, response, &writer);
}

static bool read_format(const struct request *request, struct response *response, const struct sbom_format **format)
{
    struct view name = request_parameter(request, "format");
    struct view names = view_text("");
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        *format = &formats[i];
        if (view_is(name, formats[i].name))
            return true;
        names = arena_format(request->arena, "%.*s%s%s", VIEW_PRINT(names), i == 0 ? "" : ", ", formats[i].name);
    }
    return respond_parameter_error(
        response, API_ERROR_INVALID_PARAMETER, "format", "this server writes %.*s", VIEW_PRINT(names));
}

bool route_project_sbom(struct request *request, struct response *response)
{
    struct error err;
    struct uuid uuid = {0};
    struct project_row project;
    struct view_list excluded;
    struct image_row *rows;
    size_t count;
    bool has_modules = false;
    struct sbom sbom = {.request = request};
    uuid_parse(request_path_value(request, "project_id"), &uuid); /* its form was checked with the path */
    if (!store_find_project(
            request->api->store, request->arena, request->session.account.organization, &uuid, &project, &err))
        return respond_failure(request, response, &err);
    if (!parameter_words(request, response, "exclude", "licenses", &excluded) ||
        !parameter_switch(request, response, "go_module_level", &has_modules)) /* Go packages are modules anyway */
        return false;
    if (request_parameter(request, "format").size == 0)
        return respond_empty(request, response, &uuid);
    if (!read_format(request, response, &sbom.format))
        return false;
    sbom.has_licenses = excluded.count == 0;
    if (!store_list_project_images(
            request->api->store, request->arena, request->session.account.organization, &uuid, &rows, &count, &err))
        return respond_failure(request, response, &err);
    return respond_document(&sbom, response, rows, count);
}
