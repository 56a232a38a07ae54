/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between two images, and what a tag named before. */
#include "api/api.h"
#include "api/image_parts.h"
#include "api/list_parameters.h"
#include "api/route.h"
#include "api/team_limit.h"

/* Those of the kinds that `change` names, all without it; in place. */
static bool choose_changes(
    const struct request *request, struct response *response, struct change_row *items, size_t *count)
{
    struct view_list words;
    size_t kept = 0;
    if (!parameter_words(request, response, "change", "new fixed unchanged", &words))
        return false;
    for (size_t i = 0; i < *count; i++) {
        bool is_wanted = words.count == 0;
        for (size_t k = 0; k < words.count && !is_wanted; k++)
            is_wanted = view_is(words.items[k], image_change_name(items[i].change));
        if (is_wanted)
            items[kept++] = items[i];
    }
    *count = kept;
    return true;
}

static bool write_change(const struct request *request, struct json_writer *writer, const struct page_rows *rows,
    size_t i, struct error *err)
{
    (void)err;
    const struct change_row *change = PAGE_ROW(struct change_row, rows, i);
    struct digest digest;
    digest_of(arena_format(request->arena, "%.*s\n%d\n%.*s", VIEW_PRINT(change->vulnerability), (int)change->type,
                  VIEW_PRINT(change->package)),
        &digest);
    jsonapi_begin_resource(writer, "image_change", view_slice(arena_copy(request->arena, digest_hex(&digest)), 0, 32));
    json_pair_text(writer, "change", image_change_name(change->change));
    json_pair(writer, "vulnerability", change->vulnerability);
    json_pair_text(writer, "severity", severity_name(change->severity));
    json_pair_boolean(writer, "is_fixable", change->is_fixable);
    json_pair(writer, "package", change->package);
    json_pair_text(writer, "package_type", package_type_name(change->type));
    json_pair_or_null(writer, "version_before", change->before);
    json_pair_or_null(writer, "version_after", change->after);
    jsonapi_end_resource(writer);
    return true;
}

bool route_image_compare(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {SLICE_OF(struct change_row, write_change)};
    struct page_request page;
    struct change_row *items = NULL;
    struct uuid after = image_of_path(request);
    struct uuid before;
    bool has_before = query_find(&request->query, "with") != NULL;
    if (has_before && !uuid_parse(request_parameter(request, "with"), &before))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, "with",
            "with must be the id of another row of the image list: the earlier one");
    if (!page_read(request, response, &page) ||
        (has_before && !team_limit_owns(request, response, OWNED_IMAGE, view_text(before.text))))
        return false;
    if (!store_compare_images(request->api->store, request->arena, request->session.account.organization,
            has_before ? &before : NULL, &after, &items, &rows.count, &err))
        return respond_failure(request, response, &err);
    if (!choose_changes(request, response, items, &rows.count))
        return false;
    rows.items = items;
    return respond_slice(request, response, &page, &rows);
}

bool route_image_history(struct request *request, struct response *response)
{
    struct error err;
    struct page_rows rows = {PAGE_OF(struct image_row, image_write_row)};
    struct page_request page;
    struct image_row *items = NULL;
    struct uuid uuid = image_of_path(request);
    if (!page_read(request, response, &page))
        return false;
    if (!store_list_image_history(request->api->store, request->arena, request->session.account.organization, &uuid,
            &page, &items, &rows.count, &rows.has_more, &err))
        return respond_failure(request, response, &err);
    rows.items = items;
    return respond_page(request, response, &page, &rows);
}
