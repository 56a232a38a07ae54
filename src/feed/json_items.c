/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_items.h"

enum {
    BLOCK_BYTES = 64 * 1024,
    DEPTH_MAX = 1000,
    KEY_BYTES_MAX = 100, /* of the root's members; longer ones are not the one we look for */
};

/* Depths: inside the root object, and inside its list. */
enum { IN_ROOT = 1, IN_LIST = 2 };

struct items {
    const struct json_items_reading *reading;
    struct json_document *document;
    struct buffer item; /* text of the item that is being read */
    struct buffer key; /* the last string in the root object */
    size_t depth;
    size_t item_depth; /* around the items */
    size_t count;
    bool is_string;
    bool is_escape;
    bool is_list; /* in the list that we look for */
    bool has_list;
    bool has_ended; /* the root object is closed */
};

static bool break_off(const char *what, struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "%s", what);
}

static bool finish_item(struct items *items, struct error *err)
{
    const struct json_items_reading *reading = items->reading;
    struct error why;
    struct json root;
    if (++items->count > reading->items_max)
        return error_set(err, ERROR_LIMIT, "the list has more than %zu items", reading->items_max);
    if (!json_parse(items->document, buffer_view(&items->item), reading->item_bytes_max, "an item", &root, &why))
        return error_set(err, ERROR_CORRUPT, "item %zu of the list: %s", items->count, why.message);
    buffer_clear(&items->item);
    if (reading->name != NULL)
        return reading->item(reading->context, root, err);
    if (!view_is_utf8(buffer_view(&items->key)))
        return error_set(err, ERROR_CORRUPT, "the name of member %zu is not UTF-8", items->count);
    return reading->member(reading->context, buffer_view(&items->key), root, err);
}

static bool open_bracket(struct items *items, char byte, struct error *err)
{
    if (items->has_ended || (items->depth == 0 && byte != '{'))
        return break_off("this is not one JSON object", err);
    if (items->is_list && items->depth == items->item_depth && byte != '{')
        return break_off("an item of the list is not an object", err);
    if (items->item_depth == IN_ROOT && items->depth == 0)
        items->is_list = items->has_list = true;
    if (items->item_depth == IN_LIST && items->depth == IN_ROOT && byte == '[' &&
        view_is(buffer_view(&items->key), items->reading->name)) {
        if (items->has_list)
            return break_off("the list is there twice", err);
        items->is_list = items->has_list = true;
    }
    return ++items->depth <= DEPTH_MAX || error_set(err, ERROR_LIMIT, "brackets are nested deeper than %d", DEPTH_MAX);
}

static bool close_bracket(struct items *items, struct error *err)
{
    if (items->depth == 0)
        return break_off("a bracket is closed that was not opened", err);
    items->depth--;
    if (items->depth == items->item_depth && items->is_list)
        return finish_item(items, err);
    items->is_list = items->is_list && items->depth >= items->item_depth;
    items->has_ended = items->depth == 0;
    return true;
}

static bool take_string(struct items *items, char byte)
{
    bool is_end = byte == '"' && !items->is_escape;
    items->is_escape = byte == '\\' && !items->is_escape;
    items->is_string = !is_end;
    if (items->depth == IN_ROOT && !is_end && items->key.size < KEY_BYTES_MAX)
        buffer_append_byte(&items->key, byte);
    return true;
}

static bool take_syntax(struct items *items, char byte, struct error *err)
{
    switch (byte) {
    case '"':
        items->is_string = true;
        if (items->depth == IN_ROOT)
            buffer_clear(&items->key);
        return !items->has_ended || break_off("something follows the JSON object", err);
    case '{':
    case '[':
        return open_bracket(items, byte, err);
    case '}':
    case ']':
        return close_bracket(items, err);
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return true;
    default:
        if (items->is_list && items->depth == items->item_depth && byte != ',' &&
            !(byte == ':' && items->item_depth == IN_ROOT))
            return break_off("an item of the list is not an object", err);
        return (items->depth > 0 && !items->has_ended) || break_off("this is not one JSON object", err);
    }
}

static bool take(struct items *items, struct view block, struct error *err)
{
    for (size_t i = 0; i < block.size; i++) {
        char byte = block.data[i];
        bool is_inside = items->is_list && items->depth > items->item_depth;
        bool begins = items->is_list && items->depth == items->item_depth && !items->is_string && byte == '{';
        if (is_inside || begins)
            buffer_append_byte(&items->item, byte);
        if (items->item.is_full)
            return error_set(err, ERROR_LIMIT, "item %zu of the list is larger than %zu bytes", items->count + 1,
                items->reading->item_bytes_max);
        if (items->is_string ? !take_string(items, byte) : !take_syntax(items, byte, err))
            return false;
    }
    return true;
}

static bool read_blocks(struct items *items, struct source *input, struct error *err)
{
    AUTO_BUFFER block;
    buffer_init(&block, BLOCK_BYTES);
    for (;;) {
        size_t got;
        buffer_clear(&block);
        char *bytes = buffer_reserve(&block, BLOCK_BYTES);
        if (!source_read(input, bytes, BLOCK_BYTES, &got, err))
            return false;
        if (got == 0)
            break;
        if (!take(items, view_of(bytes, got), err))
            return false;
    }
    if (!items->has_ended)
        return break_off("the JSON document is cut short", err);
    return items->has_list || error_set(err, ERROR_CORRUPT, "there is no list \"%s\"", items->reading->name);
}

bool json_items_read(const struct json_items_reading *reading, struct source *input, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct items items = {.reading = reading, .document = document};
    items.item_depth = reading->name == NULL ? IN_ROOT : IN_LIST;
    buffer_init(&items.item, reading->item_bytes_max);
    buffer_init(&items.key, KEY_BYTES_MAX);
    bool is_read = read_blocks(&items, input, err);
    buffer_done(&items.item);
    buffer_done(&items.key);
    return is_read;
}
