/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image_call.h"

#include "base/text.h"

enum { CANDIDATES_MAX = 20, CANDIDATE_BYTES_MAX = 4096 };

bool image_call_kinds(const struct command_call *call, struct kind_filter *kinds, struct error *err)
{
    struct view name;
    *kinds = (struct kind_filter){0};
    for (int i = 0; call_option_at(call, "severity", i, &name); i++) {
        enum severity severity;
        if (!severity_parse(name, &severity))
            return error_set(err, ERROR_USAGE, "\"%.*s\" is none of critical, high, medium, low, negligible, unknown",
                VIEW_PRINT(name));
        kinds->severities |= 1u << severity;
    }
    if (call_has_option(call, "has-fix"))
        kinds->fixable = KIND_WITH_FIX;
    if (call_has_option(call, "exploitable"))
        kinds->threats = 1u << THREAT_EXPLOIT | 1u << THREAT_KNOWN;
    if (call_has_option(call, "kev"))
        kinds->threats = 1u << THREAT_KNOWN;
    return true;
}

bool image_call_limit(const struct command_call *call, int otherwise, int *limit, struct error *err)
{
    int64_t value = otherwise;
    if (call_has_option(call, "limit") &&
        (!view_to_integer(call_option(call, "limit"), &value) || value < 1 || value > PAGE_LIMIT_MAX))
        return error_set(err, ERROR_USAGE, "--limit is a number from 1 to %d", PAGE_LIMIT_MAX);
    *limit = (int)value;
    return true;
}

bool image_call_find(const struct account_call *account, struct view text, struct image_row *image, struct error *err)
{
    struct image_row *rows = NULL;
    size_t count = 0;
    size_t scanned = 0;
    AUTO_BUFFER names;
    buffer_init(&names, CANDIDATE_BYTES_MAX);
    if (!store_resolve_images(
            account->store, account->arena, account->organization.id, text, CANDIDATES_MAX, &rows, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].state != IMAGE_SCANNED || !rows[i].is_image)
            continue;
        *image = rows[i];
        scanned++;
        buffer_append_text(&names, "\n  ");
        image_call_append(&names, view_text(rows[i].uuid.text), 0);
        buffer_append_byte(&names, ' ');
        image_call_append(&names, rows[i].reference, 0);
        buffer_append_byte(&names, ' ');
        image_call_append(&names, rows[i].platform, 0);
    }
    if (scanned == 0)
        return error_set(err, ERROR_NOT_FOUND, "image \"%.*s\" has not been scanned yet", VIEW_PRINT(text));
    return scanned == 1 || error_set(err, ERROR_USAGE, "\"%.*s\" may mean several images; give the id of one:%.*s",
                               VIEW_PRINT(text), VIEW_PRINT(buffer_view(&names)));
}

void image_call_append(struct buffer *line, struct view text, size_t width)
{
    size_t start = line->size;
    text_append_printable(line, text);
    while (line->size - start < width && !line->is_full)
        buffer_append_byte(line, ' ');
}

void image_call_append_count(struct buffer *line, int64_t count, int width)
{
    if (count < 0)
        buffer_append_format(line, "%*s", width, "-");
    else
        buffer_append_format(line, "%*lld", width, (long long)count);
}
