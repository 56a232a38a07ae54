/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_table.h"

#include "base/text.h"
#include "store/images.h"

enum { PAGE = 100, OUTPUT_BYTES_MAX = 1 << 20, REFERENCE_WIDTH = 34, PLATFORM_WIDTH = 14 };

static void append_padded(struct buffer *out, struct view text, size_t width)
{
    size_t start = out->size;
    text_append_printable(out, text);
    while (out->size - start < width && !out->is_full)
        buffer_append_byte(out, ' ');
    buffer_append_byte(out, ' ');
}

/* Right-aligned; "≥" before counts of the built-in set. */
static void append_number(struct buffer *out, int64_t count, bool is_minimum, int width)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%lld", (long long)count);
    int used = (int)strlen(digits) + (is_minimum ? 2 : 0); /* columns: the sign has one, but three bytes */
    buffer_append_format(out, "%*s%s%s", width > used ? width - used : 0, "", is_minimum ? "≥ " : "", digits);
}

static void append_row(struct buffer *out, const struct image_row *row)
{
    static const enum severity shown[] = {
        SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_UNKNOWN};
    append_padded(out, row->reference, REFERENCE_WIDTH);
    append_padded(out, row->platform, PLATFORM_WIDTH);
    if (!row->is_image) {
        buffer_append_text(out, "not an image: ");
        append_padded(out, row->artifact_type, 0);
        buffer_append_byte(out, '\n');
        return;
    }
    if (row->state != IMAGE_SCANNED) {
        buffer_append_format(out, "%s: ", image_state_name(row->state));
        append_padded(out, row->error, 0);
        buffer_append_byte(out, '\n');
        return;
    }
    append_number(out, row->counts.packages, false, 8);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        append_number(out, row->counts.by_severity[shown[i]], row->is_demo, 9);
    append_number(out, row->counts.fixable, row->is_demo, 9);
    buffer_append_text(out, row->counts.kev < 0 ? "    –" : "");
    if (row->counts.kev >= 0)
        append_number(out, row->counts.kev, row->is_demo, 5);
    append_number(out, row->counts.gaps, false, 6);
    buffer_append_format(out, "  %lld+%lld\n", (long long)row->layers_fetched, (long long)row->layers_shared);
}

static bool append_rows(struct store *store, int64_t organization, struct buffer *out, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct image_query query = {.page = {.limit = PAGE}, .order = IMAGE_ORDER_REFERENCE};
    bool has_more = true;
    while (has_more) {
        struct image_row *rows;
        size_t count, total;
        if (!store_list_images(store, arena, organization, &query, &rows, &count, &total, &has_more, err))
            return false;
        for (size_t i = 0; i < count; i++)
            append_row(out, &rows[i]);
        if (count > 0)
            query.page.after = rows[count - 1].cursor;
    }
    return true;
}

bool demo_table_print(struct store *store, int64_t organization, FILE *out, struct error *err)
{
    AUTO_BUFFER text;
    buffer_init(&text, OUTPUT_BYTES_MAX);
    buffer_append_byte(&text, '\n');
    append_padded(&text, view_text("IMAGE"), REFERENCE_WIDTH);
    append_padded(&text, view_text("PLATFORM"), PLATFORM_WIDTH);
    buffer_append_text(&text, "PACKAGES CRITICAL     HIGH   MEDIUM      LOW  UNKNOWN  FIXABLE  KEV  GAPS  LAYERS\n");
    if (!append_rows(store, organization, &text, err) || !buffer_check(&text, "table", err))
        return false;
    buffer_append_text(&text, "LAYERS: fetched + shared with images that were scanned before\n\n");
    fwrite(text.data, 1, text.size, out);
    return true;
}

bool demo_worst_finding(struct store *store, struct arena *arena, int64_t organization, struct view *command,
    struct view *text, struct error *err)
{
    struct image_row *rows;
    struct finding_row *findings;
    size_t count, total;
    bool has_more;
    struct image_query images = {
        .page = {.limit = 1}, .order = IMAGE_ORDER_SEVERITY, .states = 1u << IMAGE_SCANNED, .images_only = true};
    struct finding_query worst = {.page = {.limit = 1}};
    *text = view_of(NULL, 0);
    if (!store_list_images(store, arena, organization, &images, &rows, &count, &total, &has_more, err))
        return false;
    if (count == 0 || rows[0].counts.vulnerabilities == 0)
        return true;
    if (!store_list_findings(
            store, arena, organization, &rows[0].uuid, &worst, &findings, &count, &total, &has_more, err))
        return false;
    if (count == 0)
        return true;
    AUTO_BUFFER line;
    buffer_init(&line, 4096);
    const struct finding *finding = &findings[0].finding;
    struct view parts = arena_format(arena, "%.*s (%s) in %.*s %.*s of %.*s%s%.*s", VIEW_PRINT(finding->id),
        severity_name(finding->severity), VIEW_PRINT(findings[0].package.name), VIEW_PRINT(findings[0].package.version),
        VIEW_PRINT(rows[0].reference), finding->fixed_version_count > 0 ? ", fixed in " : ", no fix",
        VIEW_PRINT(finding->fixed_version_count > 0 ? finding->fixed_versions[0] : view_text("")));
    text_append_printable(&line, parts);
    *text = arena_copy(arena, buffer_view(&line));
    if (command != NULL)
        *command = arena_format(arena, "%.*s %.*s", VIEW_PRINT(rows[0].reference), VIEW_PRINT(finding->id));
    return true;
}
