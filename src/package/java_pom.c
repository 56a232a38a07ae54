/* SPDX-License-Identifier: Apache-2.0 */
#include "package/java.h"

#include "base/buffer.h"
#include "package/database.h"
#include "package/listing.h"

/* Longest property value or manifest attribute that is kept; a valid name or version is shorter. */
#define VALUE_BYTES_MAX 4096

/* Nesting of elements that is followed. */
#define DEPTH_MAX 64

/* A value that may stand in a coordinate; everything else counts as missing. */
static bool is_plain(struct view value)
{
    return database_field_is_valid(value) && view_find(value, '$') == value.size;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f';
}

static unsigned hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return (unsigned)(byte - '0');
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? (unsigned)(byte - 'a' + 10) : 16;
}

/* One escape behind its backslash: \t, \n, \r, \f, \uXXXX, else the character itself. Only ASCII can be valid later. */
static void append_escape(struct buffer *out, struct view *rest)
{
    char byte = rest->data[0];
    *rest = view_from(*rest, 1);
    if (byte != 'u') {
        static const char names[] = "tnrf", meanings[] = "\t\n\r\f";
        const char *found = memchr(names, byte, sizeof(names) - 1);
        buffer_append_byte(out, found == NULL ? byte : meanings[found - names]);
        return;
    }
    unsigned code = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = i < rest->size ? hex_digit(rest->data[i]) : 16;
        code = digit < 16 && code <= 0xffff ? code * 16 + digit : 0x10000;
    }
    *rest = view_from(*rest, 4);
    buffer_append_byte(out, code > 0 && code < 0x80 ? (char)code : '?');
}

/* The next logical line: a backslash at the end of a line continues it. Escapes stay as they are. */
static struct view next_logical_line(struct view *rest)
{
    struct view start = *rest;
    size_t size = 0;
    while (rest->size > 0) {
        struct view line = view_cut(rest, '\n');
        line = view_trim(line);
        size = (size_t)(line.data + line.size - start.data);
        size_t slashes = 0;
        while (slashes < line.size && line.data[line.size - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            break;
    }
    return view_slice(start, 0, size);
}

/* Splits at the first '=', ':' or blank that is not escaped. */
static void split_property(struct view line, struct view *key, struct view *value)
{
    size_t end = 0;
    while (end < line.size && line.data[end] != '=' && line.data[end] != ':' && !is_blank(line.data[end]))
        end += line.data[end] == '\\' ? 2 : 1;
    *key = view_slice(line, 0, end);
    line = view_from(line, end);
    while (line.size > 0 && is_blank(line.data[0]))
        line = view_from(line, 1);
    if (line.size > 0 && (line.data[0] == '=' || line.data[0] == ':'))
        line = view_from(line, 1);
    *value = view_trim(line);
}

static struct view property_value(struct arena *arena, struct view written, bool *is_cut)
{
    AUTO_BUFFER value;
    buffer_init(&value, VALUE_BYTES_MAX);
    while (written.size > 0) {
        char byte = written.data[0];
        written = view_from(written, 1);
        if (byte != '\\') {
            buffer_append_byte(&value, byte);
        } else if (written.size > 0 && (written.data[0] == '\n' || written.data[0] == '\r')) {
            while (
                written.size > 0 && (is_blank(written.data[0]) || written.data[0] == '\n' || written.data[0] == '\r'))
                written = view_from(written, 1);
        } else if (written.size > 0) {
            append_escape(&value, &written);
        }
    }
    *is_cut = *is_cut || value.is_full;
    return value.is_full ? view_text("") : arena_copy(arena, buffer_view(&value));
}

void java_read_properties(struct arena *arena, struct view text, struct java_identity *identity)
{
    while (text.size > 0) {
        struct view line = view_trim(next_logical_line(&text));
        struct view key, written;
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == '!')
            continue;
        split_property(line, &key, &written);
        struct view *place = view_is(key, "groupId")      ? &identity->group
                             : view_is(key, "artifactId") ? &identity->artifact
                             : view_is(key, "version")    ? &identity->version
                                                          : NULL;
        if (place == NULL)
            continue;
        struct view value = property_value(arena, written, &identity->is_cut);
        if (is_plain(value))
            *place = value;
    }
}

/* A tag of XML and the text behind it. */
struct tag {
    struct view name;
    struct view text; /* up to the next tag */
    bool is_end;
    bool is_empty; /* <a/> */
};

/* The next tag; comments, processing instructions, CDATA sections and declarations are passed over. */
static bool next_tag(struct view *rest, struct tag *tag)
{
    for (;;) {
        *rest = view_from(*rest, view_find(*rest, '<'));
        if (rest->size < 2)
            return false;
        const char *end = view_starts_with(*rest, "<!--") ? "-->" : view_starts_with(*rest, "<![CDATA[") ? "]]>" : ">";
        size_t size = view_find_text(*rest, view_text(end));
        if (size == rest->size)
            return false;
        struct view inside = view_slice(*rest, 1, size - 1);
        *rest = view_from(*rest, size + strlen(end));
        if (inside.data[0] == '!' || inside.data[0] == '?')
            continue;
        *tag = (struct tag){.is_end = inside.data[0] == '/', .is_empty = view_ends_with(inside, "/")};
        inside = view_trim(view_from(inside, tag->is_end ? 1 : 0));
        size_t name_size = 0;
        while (name_size < inside.size && strchr(" \t\r\n/", inside.data[name_size]) == NULL)
            name_size++;
        tag->name = view_slice(inside, 0, name_size);
        tag->text = view_trim(view_slice(*rest, 0, view_find(*rest, '<')));
        return true;
    }
}

static void take_element(struct java_identity *identity, const struct tag *tag)
{
    if (!is_plain(tag->text))
        return;
    if (view_is(tag->name, "groupId"))
        identity->group = tag->text;
    else if (view_is(tag->name, "artifactId"))
        identity->artifact = tag->text;
    else if (view_is(tag->name, "version"))
        identity->version = tag->text;
}

/* The character that an entity of XML stands for, which is cut off with it; 0 if it is none of the five. */
static char take_entity(struct view *text)
{
    static const struct {
        const char *name;
        char meaning;
    } entities[] = {{"&amp;", '&'}, {"&apos;", '\''}, {"&gt;", '>'}, {"&lt;", '<'}, {"&quot;", '"'}};
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (view_starts_with(*text, entities[i].name)) {
            *text = view_from(*text, strlen(entities[i].name));
            return entities[i].meaning;
        }
    }
    return 0;
}

/* The text of an element as one line, with entities resolved; empty if it refers to properties or is longer than is kept. */
static struct view line_of(struct arena *arena, struct view text)
{
    AUTO_BUFFER line;
    buffer_init(&line, VALUE_BYTES_MAX);
    for (bool is_after_blank = false; text.size > 0;) {
        bool is_space = is_blank(text.data[0]) || text.data[0] == '\n' || text.data[0] == '\r';
        char byte = text.data[0] == '&' ? take_entity(&text) : 0;
        if (byte == 0) {
            byte = text.data[0];
            text = view_from(text, 1);
        }
        if (is_space && !is_after_blank)
            buffer_append_byte(&line, ' ');
        else if (!is_space)
            buffer_append_byte(&line, byte);
        is_after_blank = is_space;
    }
    bool is_known = !line.is_full && view_find_text(buffer_view(&line), view_text("${")) == line.size;
    return is_known ? arena_copy(arena, buffer_view(&line)) : view_text("");
}

/* Licences of a project: those that the element <license> before this end of it told. */
struct license {
    struct view name;
    struct view url;
};

static void finish_license(struct arena *arena, struct license *license, struct view *licenses)
{
    struct view name = line_of(arena, license->name);
    listing_add_license(arena, licenses, name.size > 0 ? name : line_of(arena, license->url));
    *license = (struct license){0};
}

static void take_license(struct license *license, const struct tag *tag)
{
    if (view_is(tag->name, "name"))
        license->name = tag->text;
    else if (view_is(tag->name, "url"))
        license->url = tag->text;
}

void java_read_pom(struct arena *arena, struct view text, struct java_identity *identity, struct view *licenses)
{
    struct java_identity parent = {0}, own = {0};
    struct license license = {0};
    struct view path[DEPTH_MAX];
    size_t depth = 0, deeper = 0;
    struct tag tag;
    while (next_tag(&text, &tag)) {
        if (tag.is_end) {
            if (deeper > 0) {
                deeper--;
                continue;
            }
            if (depth == 0 || !view_equal(path[--depth], tag.name))
                break; /* not well-formed: what follows has no certain place */
            if (depth == 2 && view_is(path[1], "licenses"))
                finish_license(arena, &license, licenses);
            continue;
        }
        if (depth >= 1 && !view_is(path[0], "project"))
            break;
        if (depth == 1)
            take_element(&own, &tag);
        else if (depth == 2 && view_is(path[1], "parent"))
            take_element(&parent, &tag);
        else if (depth == 3 && view_is(path[1], "licenses") && view_is(path[2], "license"))
            take_license(&license, &tag);
        if (tag.is_empty)
            continue;
        if (depth == DEPTH_MAX)
            deeper++;
        else
            path[depth++] = tag.name;
    }
    identity->group = own.group.size > 0 ? own.group : parent.group;
    identity->artifact = own.artifact;
    identity->version = own.version.size > 0 ? own.version : parent.version;
}
