/* SPDX-License-Identifier: Apache-2.0 */
#include "store/explanation_text.h"

#include "http/url.h"

/* Ids of vulnerabilities are searched in at most SEARCH_BYTES_MAX bytes, each of which may need three. */
enum { PATH_BYTES_MAX = 4096 };

void explanation_item(
    const struct explanation *explanation, const struct finding_row *finding, struct explained *explained)
{
    size_t layer = finding->layer_index;
    bool has_layer = finding->path_count > 0 && layer < explanation->layer_count;
    *explained = (struct explained){.package = &finding->package,
        .finding = &finding->finding,
        .paths = finding->paths,
        .path_count = finding->path_count,
        .owner = finding->owner,
        .layer = finding->layer,
        .layer_index = layer,
        .layer_count = has_layer ? explanation->layer_count : 0,
        .created_by = has_layer ? explanation->layers[layer].created_by : view_text(""),
        .origin = has_layer ? explanation->layers[layer].origin : ORIGIN_UNKNOWN,
        .base = explanation->base,
        .first_ms = finding->first_ms,
        .first_feed_ms = finding->first_feed_ms,
        .accepted = finding->accepted};
}

void explanation_write_stored(const struct explanation_writer *writer, const struct explanation *explanation,
    struct view vulnerability, struct view permalink)
{
    struct explained explained;
    const struct explained_absence absence = {.vulnerability = vulnerability,
        .ecosystems = explanation->ecosystems,
        .ecosystem_count = explanation->ecosystem_count,
        .feeds = explanation->feeds,
        .feed_count = explanation->feed_count,
        .gaps = &explanation->gaps};
    explanation_write_image(writer, explanation->image.reference, explanation->image.platform, permalink);
    for (size_t i = 0; i < explanation->finding_count; i++) {
        explanation_item(explanation, &explanation->findings[i], &explained);
        explanation_write_finding(writer, &explained);
    }
    if (explanation->finding_count == 0)
        explanation_write_absence(writer, &absence);
    for (size_t i = 0; i < explanation->suppressed_count; i++) {
        const struct finding_row *suppressed = &explanation->suppressed[i];
        explanation_item(explanation, suppressed, &explained);
        explained.suppressed = arena_format(writer->arena,
            "it belongs to the distribution's package %.*s, whose advisories decide", VIEW_PRINT(suppressed->owner));
        explanation_write_finding(writer, &explained);
    }
}

struct view explanation_path(
    struct arena *arena, const struct uuid *organization, const struct uuid *image, struct view vulnerability)
{
    AUTO_BUFFER path;
    buffer_init(&path, PATH_BYTES_MAX);
    buffer_append_format(&path, "/rest/orgs/%s/images/%s/explanations/", organization->text, image->text);
    url_append_encoded(&path, vulnerability, "");
    buffer_append_text(&path, "?version=2025-09-17");
    return arena_copy(arena, buffer_view(&path));
}

struct view explanation_page(struct arena *arena, const struct uuid *image, struct view vulnerability)
{
    AUTO_BUFFER path;
    buffer_init(&path, PATH_BYTES_MAX);
    buffer_append_format(&path, "/images/%s/explanations/", image->text);
    url_append_encoded(&path, vulnerability, "");
    return arena_copy(arena, buffer_view(&path));
}
