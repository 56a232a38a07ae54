/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_file.h"

#include "base/file.h"
#include "base/node.h"

#include <stdio.h>

enum { POLICY_BYTES_MAX = 1024 * 1024 };

static bool read_input(struct buffer *content, struct error *err)
{
    char piece[4096];
    size_t size;
    while ((size = fread(piece, 1, sizeof(piece), stdin)) > 0)
        buffer_append(content, view_of(piece, size));
    return buffer_check(content, "standard input", err);
}

/* YAML says of a scalar only how it is written; these members are no texts. */
static bool is_bare(struct view key)
{
    static const char *const names[] = {
        "delete_images", "intervalHours", "limitNewestImages", "maxAgeDays", "schedule_frequency_hours"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_is(key, names[i]))
            return true;
    }
    return false;
}

static void write_scalar(const struct node *node, struct json_writer *writer)
{
    int64_t number;
    if (!is_bare(node->key))
        json_write(writer, node->text);
    else if (view_to_integer(node->text, &number))
        json_write_integer(writer, number);
    else if (view_is(node->text, "true") || view_is(node->text, "false"))
        json_write_boolean(writer, view_is(node->text, "true"));
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
    buffer_init(&json, 8 * POLICY_BYTES_MAX);
    if (!yaml_read(arena, arena_copy(arena, buffer_view(content)), &documents, err))
        return false;
    if (node_first(documents) == NULL)
        return error_set(err, ERROR_INVALID, "the document is empty");
    json_writer_init(&writer, &json);
    write_node(node_first(documents), &writer);
    buffer_clear(content);
    buffer_append(content, buffer_view(&json));
    return buffer_check(content, "policy", err);
}

static bool parse(
    struct arena *arena, struct view text, struct import_policy *policy, struct view *document, struct error *err)
{
    AUTO_JSON *parsed = json_document_new();
    AUTO_BUFFER written;
    struct document_problems problems;
    struct json_writer writer;
    struct json root;
    const char *pointer = "";
    buffer_init(&written, 8 * POLICY_BYTES_MAX);
    if (!json_parse(parsed, text, 8 * POLICY_BYTES_MAX, "policy", &root, err))
        return false;
    struct json inner = json_member(json_member(json_member(root, "data"), "attributes"), "policy");
    if (json_is_present(inner)) {
        root = inner;
        pointer = "/data/attributes/policy";
    }
    if (!import_policy_parse(arena, root, pointer, policy, &problems))
        return error_set(err, ERROR_INVALID, "at \"%.*s\": %.*s", VIEW_PRINT(problems.items[0].pointer),
            VIEW_PRINT(problems.items[0].detail));
    json_writer_init(&writer, &written);
    import_policy_write(policy, &writer);
    *document = arena_copy(arena, buffer_view(&written));
    return true;
}

bool policy_file_read(
    struct arena *arena, const char *path, struct import_policy *policy, struct view *document, struct error *err)
{
    AUTO_BUFFER content;
    bool is_input = strcmp(path, "-") == 0;
    buffer_init(&content, POLICY_BYTES_MAX);
    if (!(is_input ? read_input(&content, err) : file_read(path, &content, err)))
        return error_wrap(err, "could not read \"%s\"", path);
    struct view text = view_trim(buffer_view(&content));
    bool is_json = text.size > 0 && text.data[0] == '{';
    return ((is_json || from_yaml(arena, &content, err)) &&
               parse(arena, buffer_view(&content), policy, document, err)) ||
           error_wrap(err, "import policy in \"%s\"", path);
}
