/* SPDX-License-Identifier: Apache-2.0 */
#include "api/query.h"

#include "base/buffer.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool check_text(struct view text, struct error *err)
{
    if (!view_is_utf8(text))
        return error_set(err, ERROR_INVALID, "the address is not valid UTF-8");
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x20 || byte == 0x7f)
            return error_set(err, ERROR_INVALID, "the address holds the control character %%%02X", byte);
    }
    return true;
}

bool query_decode(struct arena *arena, struct view text, bool is_form, struct view *decoded, struct error *err)
{
    char *out = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return error_set(
                    err, ERROR_INVALID, "a \"%%\" in the address is not followed by two hexadecimal digits");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_form)
            c = ' ';
        out[size++] = c;
    }
    struct view result = view_of(out, size);
    if (!check_text(result, err))
        return false;
    *decoded = result;
    return true;
}

bool query_parse(struct arena *arena, struct view text, struct query *query, struct error *err)
{
    query->count = 0;
    while (text.size > 0) {
        struct view value = view_cut(&text, '&');
        if (value.size == 0)
            continue;
        struct view name = view_cut(&value, '=');
        struct query_parameter parameter;
        if (query->count == QUERY_PARAMETERS_MAX)
            return error_set(err, ERROR_LIMIT, "the address has more than %d parameters", QUERY_PARAMETERS_MAX);
        if (!query_decode(arena, name, true, &parameter.name, err) ||
            !query_decode(arena, value, true, &parameter.value, err))
            return false;
        for (size_t i = 0; i < query->count; i++) {
            if (view_equal(query->items[i].name, parameter.name))
                return error_set(err, ERROR_INVALID, "parameter \"%.*s\" is given twice", VIEW_PRINT(parameter.name));
        }
        query->items[query->count++] = parameter;
    }
    return true;
}

const struct query_parameter *query_find(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++) {
        if (view_is(query->items[i].name, name))
            return &query->items[i];
    }
    return NULL;
}

void query_append_encoded(struct buffer *out, struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                        c == '.' || c == '_' || c == '~';
        if (is_plain)
            buffer_append_byte(out, c);
        else
            buffer_append_format(out, "%%%02X", (unsigned char)c);
    }
}

struct view cookie_find(struct view header, const char *name)
{
    while (header.size > 0) {
        struct view value = view_trim(view_cut(&header, ';'));
        struct view found = view_trim(view_cut(&value, '='));
        if (view_is(found, name)) {
            value = view_trim(value);
            if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
                value = view_slice(value, 1, value.size - 2);
            return value;
        }
    }
    return view_of(NULL, 0);
}
