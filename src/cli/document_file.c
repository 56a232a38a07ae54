/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/document_file.h"

#include "base/file.h"
#include "base/json.h"
#include "base/node.h"

#include <stdio.h>

static bool read_input(struct buffer *content, struct error *err)
{
    char piece[4096];
    size_t size;
    while ((size = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buffer_append(content, view_of(piece, size));
    return buffer_check(content, "standard input", err);
}

static size_t count_digits(struct view text)
{
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

/* A number of YAML's core schema that JSON writes in the same way: "7", "-1", "0.5". */
static bool is_number(struct view text)
{
    if (view_starts_with(text, "-"))
        text = view_from(text, 1);
    size_t digits = count_digits(text);
    if (digits == 0 || digits > 15 || (digits > 1 && text.data[0] == '0'))
        return false;
    if (digits == text.size)
        return true;
    struct view fraction = view_from(text, digits + 1);
    return text.data[digits] == '.' && fraction.size > 0 && fraction.size < 15 &&
           count_digits(fraction) == fraction.size;
}

/* What is written without quotes may be a number or a truth value. */
static void write_scalar(const struct node *node, struct json_writer *writer)
{
    bool is_truth = view_is(node->text, "true") || view_is(node->text, "false");
    if (node->is_plain && (is_truth || is_number(node->text)))
        json_write_raw(writer, node->text);
    else
        json_write(writer, node->text);
}

static void write_node(const struct node *node, struct json_writer *writer)
{
    if (node->type == NODE_TEXT) {
        write_scalar(node, writer);
        return;
    }
    if (node->type == NODE_MAP)
        json_begin_object(writer);
    else
        json_begin_array(writer);
    for (const struct node *child = node_first(node); child != NULL; child = child->next) {
        if (node->type == NODE_MAP)
            json_key_view(writer, child->key);
        write_node(child, writer);
    }
    if (node->type == NODE_MAP)
        json_end_object(writer);
    else
        json_end_array(writer);
}

static bool from_yaml(struct arena *arena, struct buffer *content, struct error *err)
{
    AUTO_BUFFER json;
    struct json_writer writer;
    const struct node *documents;
    buffer_init(&json, 8 * DOCUMENT_BYTES_MAX);
    if (!yaml_read(arena, arena_copy(arena, buffer_view(content)), &documents, err))
        return false;
    if (node_first(documents) == NULL)
        return error_set(err, ERROR_INVALID, "the document is empty");
    json_writer_init(&writer, &json);
    write_node(node_first(documents), &writer);
    buffer_clear(content);
    buffer_append(content, buffer_view(&json));
    return buffer_check(content, "document", err);
}

bool document_file_read(struct arena *arena, const char *path, struct view *json, struct error *err)
{
    AUTO_BUFFER content;
    bool is_input = strcmp(path, "-") == 0;
    buffer_init(&content, DOCUMENT_BYTES_MAX);
    if (!(is_input ? read_input(&content, err) : file_read(path, &content, err)))
        return error_wrap(err, "could not read \"%s\"", path);
    struct view text = view_trim(buffer_view(&content));
    bool is_json = text.size > 0 && text.data[0] == '{';
    if (!is_json && !from_yaml(arena, &content, err))
        return false;
    *json = arena_copy(arena, buffer_view(&content));
    return true;
}
