/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/map.h"

#include <math.h>

bool json_is_present(struct json value)
{
    enum json_type type = json_type(value);
    return type != JSON_MISSING && type != JSON_NULL;
}

struct view json_member_string(struct json object, const char *name)
{
    return json_string(json_member(object, name));
}

static struct view lower_case(struct arena *arena, struct view text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    return view_of(copy, text.size);
}

static bool is_listed(const char *const *names, struct view name)
{
    for (; *names != NULL; names++) {
        if (view_equal_ignoring_case(name, view_text(*names)))
            return true;
    }
    return false;
}

/* Depth is bounded by JSON_DEPTH_MAX. */
static bool check_names(
    struct arena *arena, struct json value, const char *const *maps, bool is_map, const char *what, struct error *err)
{
    struct map names;
    map_init(&names, arena);
    for (struct json_iterator i = json_each(value); json_next(&i);) {
        if (i.is_object && !map_set(&names, is_map ? i.key : lower_case(arena, i.key), &names))
            return error_set(err, ERROR_INVALID, "%s has the member \"%.*s\" twice", what,
                i.key.size > 80 ? 80 : (int)i.key.size, i.key.data);
        if (!check_names(arena, i.value, maps, i.is_object && is_listed(maps, i.key), what, err))
            return false;
    }
    return true;
}

bool json_check_unique_names_except(struct json value, const char *const *maps, const char *what, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    return check_names(arena, value, maps, false, what, err);
}

bool json_check_unique_names(struct json value, const char *what, struct error *err)
{
    static const char *const none[] = {NULL};
    return json_check_unique_names_except(value, none, what, err);
}

void json_writer_init(struct json_writer *writer, struct buffer *out)
{
    *writer = (struct json_writer){.out = out};
}

static void before_value(struct json_writer *writer)
{
    if (writer->needs_comma)
        buffer_append_byte(writer->out, ',');
    writer->needs_comma = true;
}

static void begin(struct json_writer *writer, char bracket)
{
    before_value(writer);
    buffer_append_byte(writer->out, bracket);
    writer->needs_comma = false;
}

static void end(struct json_writer *writer, char bracket)
{
    buffer_append_byte(writer->out, bracket);
    writer->needs_comma = true;
}

void json_begin_object(struct json_writer *writer)
{
    begin(writer, '{');
}

void json_end_object(struct json_writer *writer)
{
    end(writer, '}');
}

void json_begin_array(struct json_writer *writer)
{
    begin(writer, '[');
}

void json_end_array(struct json_writer *writer)
{
    end(writer, ']');
}

/* Length of the run at the start that needs no escape. */
static size_t plain_run(struct view text)
{
    size_t size = 0;
    while (size < text.size) {
        unsigned char byte = (unsigned char)text.data[size];
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7f)
            break;
        size++;
    }
    return size;
}

static size_t append_special(struct buffer *out, struct view text)
{
    unsigned char byte = (unsigned char)text.data[0];
    if (byte == '"' || byte == '\\') {
        buffer_append_byte(out, '\\');
        buffer_append_byte(out, (char)byte);
        return 1;
    }
    if (byte == '\n') {
        buffer_append_text(out, "\\n");
        return 1;
    }
    if (byte < 0x20 || byte == 0x7f) {
        buffer_append_format(out, "\\u%04x", byte);
        return 1;
    }
    size_t length = view_utf8_sequence(text);
    if (length == 0) {
        buffer_append_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        return 1;
    }
    buffer_append(out, view_slice(text, 0, length));
    return length;
}

static void append_quoted(struct buffer *out, struct view text)
{
    buffer_append_byte(out, '"');
    while (text.size > 0) {
        size_t plain = plain_run(text);
        buffer_append(out, view_slice(text, 0, plain));
        text = view_from(text, plain);
        if (text.size > 0)
            text = view_from(text, append_special(out, text));
    }
    buffer_append_byte(out, '"');
}

void json_key_view(struct json_writer *writer, struct view name)
{
    before_value(writer);
    append_quoted(writer->out, name);
    buffer_append_byte(writer->out, ':');
    writer->needs_comma = false;
}

void json_key(struct json_writer *writer, const char *name)
{
    json_key_view(writer, view_text(name));
}

void json_write(struct json_writer *writer, struct view text)
{
    before_value(writer);
    append_quoted(writer->out, text);
}

void json_write_text(struct json_writer *writer, const char *text)
{
    if (text == NULL)
        json_write_null(writer);
    else
        json_write(writer, view_text(text));
}

void json_write_integer(struct json_writer *writer, int64_t value)
{
    before_value(writer);
    buffer_append_format(writer->out, "%lld", (long long)value);
}

void json_write_number(struct json_writer *writer, double value, int decimals)
{
    before_value(writer);
    if (isfinite(value))
        buffer_append_format(writer->out, "%.*f", decimals, value);
    else
        buffer_append_text(writer->out, "null");
}

void json_write_boolean(struct json_writer *writer, bool value)
{
    before_value(writer);
    buffer_append_text(writer->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *writer)
{
    before_value(writer);
    buffer_append_text(writer->out, "null");
}

void json_write_raw(struct json_writer *writer, struct view json)
{
    before_value(writer);
    buffer_append(writer->out, json);
}

void json_pair(struct json_writer *writer, const char *name, struct view text)
{
    json_key(writer, name);
    json_write(writer, text);
}

void json_pair_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_write_text(writer, text);
}

void json_pair_integer(struct json_writer *writer, const char *name, int64_t value)
{
    json_key(writer, name);
    json_write_integer(writer, value);
}

void json_pair_boolean(struct json_writer *writer, const char *name, bool value)
{
    json_key(writer, name);
    json_write_boolean(writer, value);
}

void json_pair_optional(struct json_writer *writer, const char *name, struct view text)
{
    if (text.size > 0)
        json_pair(writer, name, text);
}

void json_pair_lines(struct json_writer *writer, const char *name, struct view lines)
{
    json_key(writer, name);
    json_begin_array(writer);
    while (lines.size > 0)
        json_write(writer, view_cut(&lines, '\n'));
    json_end_array(writer);
}

const char *json_pointer_escape(struct arena *arena, struct view name)
{
    AUTO_BUFFER text;
    buffer_init(&text, 2 * name.size);
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '~' || name.data[i] == '/')
            buffer_append_text(&text, name.data[i] == '~' ? "~0" : "~1");
        else
            buffer_append_byte(&text, name.data[i]);
    }
    return arena_text(arena, buffer_view(&text));
}
