/* SPDX-License-Identifier: Apache-2.0 */
/* POST …/running_images: something outside lists what it sees running. The answer names the images in use that are not
   imported. */
#include "api/api.h"
#include "api/body.h"
#include "api/jsonapi.h"
#include "api/route.h"
#include "image/reference.h"
#include "store/running_images.h"

static bool read_image(const struct request *request, struct response *response, struct view text, size_t index,
    struct running_report_item *item)
{
    struct error err;
    struct reference reference;
    const char *pointer = arena_format(request->arena, "/data/attributes/images/%zu", index).data;
    if (!reference_parse(request->arena, text, &reference, &err))
        return body_complain(response, pointer, arena_format(request->arena, "%s", err.message));
    if (reference.host.size == 0 || (reference.tag.size == 0 && !digest_is_set(&reference.digest)))
        return body_complain(response, pointer,
            view_text("an image is named host/repository:tag, host/repository@sha256:… or with both"));
    *item = (struct running_report_item){
        .name = arena_copy(request->arena, text),
        .host = reference.host,
        .repository = reference.repository,
        .tag = reference.tag,
        .digest = digest_is_set(&reference.digest) ? arena_copy(request->arena, digest_view(&reference.digest))
                                                   : view_text(""),
    };
    return true;
}

static bool read_images(const struct request *request, struct response *response, struct json attributes,
    struct running_report_item **items, size_t *count)
{
    struct json images = json_member(attributes, "images");
    if (json_type(images) != JSON_ARRAY)
        return body_complain(response, "/data/attributes/images", view_text("\"images\" must be a list of names"));
    *items = ARENA_ARRAY(request->arena, struct running_report_item, RUNNING_IMAGES_MAX);
    *count = 0;
    for (struct json_iterator i = json_each(images); json_next(&i); (*count)++) {
        if (*count == RUNNING_IMAGES_MAX)
            return body_complain(response, "/data/attributes/images",
                arena_format(request->arena, "one report takes at most %d images", RUNNING_IMAGES_MAX));
        if (!read_image(request, response, json_string(i.value), *count, &(*items)[*count]))
            return false;
    }
    return true;
}

bool route_running_image_report(struct request *request, struct response *response)
{
    static const struct body_shape shape = {.type = "running_images", .attributes = "images provider_name"};
    AUTO_JSON *document = json_document_new();
    struct error err;
    struct json data;
    struct json_writer writer;
    struct uuid uuid;
    struct view provider;
    struct running_report_item *items = NULL;
    size_t count = 0;
    if (!body_read(request, response, document, &shape, &data) ||
        !body_text(request, response, json_member(data, "attributes"), "provider_name", RUNNING_PROVIDER_BYTES_MAX,
            &provider) ||
        !read_images(request, response, json_member(data, "attributes"), &items, &count))
        return false;
    if (!store_report_running(request->api->store, request->session.account.organization, provider, items, count,
            request->session.account.user_name, &err))
        return respond_failure(request, response, &err);
    uuid_new(&uuid);
    jsonapi_begin(&writer, response);
    jsonapi_begin_resource(&writer, "running_images", view_text(uuid.text));
    json_pair(&writer, "provider_name", provider);
    json_pair_integer(&writer, "received", (int64_t)count);
    json_key(&writer, "not_imported");
    json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        if (!items[i].is_imported)
            json_write(&writer, items[i].name);
    }
    json_end_array(&writer);
    jsonapi_end_resource(&writer);
    return jsonapi_end(request, response, &writer);
}
