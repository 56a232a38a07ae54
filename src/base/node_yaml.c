/* SPDX-License-Identifier: Apache-2.0 */
/* YAML by libyaml's events. Where a map expects a key, the next scalar is kept; a key that is itself a list or map makes its
   value nameless, since no file that we read has such keys. */
#include "base/node.h"

#include <yaml.h>

struct yaml_reader {
    struct arena *arena;
    yaml_parser_t parser;
    struct node *documents;
    struct node *open[NODE_DEPTH_MAX];
    struct view keys[NODE_DEPTH_MAX]; /* of the map at that depth: the key whose value comes next */
    bool has_key[NODE_DEPTH_MAX];
    size_t depth; /* open lists and maps, the list of documents among them */
    size_t count;
};

static struct view copied(struct yaml_reader *reader, const yaml_char_t *text, size_t size)
{
    return arena_copy(reader->arena, view_of(text, size));
}

/* A new value at the place of the document that comes next. */
static struct node *add(struct yaml_reader *reader, enum node_type type)
{
    size_t at = reader->depth - 1;
    reader->has_key[at] = false;
    return node_add(reader->arena, reader->open[at], type, reader->keys[at]);
}

static bool begin(struct yaml_reader *reader, enum node_type type, struct error *err)
{
    if (reader->depth == NODE_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d levels of YAML", NODE_DEPTH_MAX);
    reader->open[reader->depth] = add(reader, type);
    reader->keys[reader->depth] = (struct view){0};
    reader->has_key[reader->depth] = false;
    reader->depth++;
    return true;
}

/* An alias or a scalar. */
static void add_text(struct yaml_reader *reader, struct view text, bool is_plain)
{
    size_t at = reader->depth - 1;
    if (reader->open[at]->type == NODE_MAP && !reader->has_key[at]) {
        reader->keys[at] = text;
        reader->has_key[at] = true;
        return;
    }
    struct node *node = add(reader, NODE_TEXT);
    node->text = text;
    node->is_plain = is_plain;
}

static bool read_event(struct yaml_reader *reader, const yaml_event_t *event, struct error *err)
{
    if (++reader->count > NODE_COUNT_MAX)
        return error_set(err, ERROR_LIMIT, "more than %u values of YAML", NODE_COUNT_MAX);
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        add_text(reader, copied(reader, event->data.scalar.value, event->data.scalar.length),
            event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE);
        return true;
    case YAML_ALIAS_EVENT:
        add_text(reader, (struct view){0}, false);
        return true;
    case YAML_SEQUENCE_START_EVENT:
        return begin(reader, NODE_LIST, err);
    case YAML_MAPPING_START_EVENT:
        return begin(reader, NODE_MAP, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        reader->depth--;
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return true;
}

static bool read_events(struct yaml_reader *reader, struct error *err)
{
    for (bool is_at_end = false; !is_at_end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event))
            return error_set(err, ERROR_INVALID, "not valid YAML: line %zu: %s", reader->parser.problem_mark.line + 1,
                reader->parser.problem == NULL ? "unreadable" : reader->parser.problem);
        is_at_end = event.type == YAML_STREAM_END_EVENT;
        bool is_read = read_event(reader, &event, err);
        yaml_event_delete(&event);
        if (!is_read)
            return false;
    }
    return true;
}

bool yaml_read(struct arena *arena, struct view text, const struct node **documents, struct error *err)
{
    struct yaml_reader reader = {.arena = arena};
    struct node *list = ARENA_NEW(arena, struct node);
    list->type = NODE_LIST;
    reader.open[reader.depth++] = list;
    if (!yaml_parser_initialize(&reader.parser))
        abort(); /* no memory */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.data, text.size);
    bool is_read = read_events(&reader, err);
    yaml_parser_delete(&reader.parser);
    if (is_read)
        *documents = list;
    return is_read;
}
