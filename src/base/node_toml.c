/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 (toml.io/en/v1.0.0). Numbers, dates and booleans are kept as they are written, unchecked. */
#include "base/node.h"

struct toml_reader {
    struct arena *arena;
    struct view text;
    size_t position;
    size_t line; /* from 1 */
    size_t count; /* of nodes */
    size_t depth;
};

static bool read_value(
    struct toml_reader *reader, struct node *parent, struct view key, struct node **value, struct error *err);

static bool damaged(const struct toml_reader *reader, const char *what, struct error *err)
{
    return error_set(err, ERROR_INVALID, "not valid TOML: line %zu: %s", reader->line, what);
}

/* The byte `ahead` of the position; NUL behind the end. */
static char peek(const struct toml_reader *reader, size_t ahead)
{
    size_t at = reader->position + ahead;
    return at < reader->text.size ? reader->text.data[at] : '\0';
}

static bool is_at_end(const struct toml_reader *reader)
{
    return reader->position >= reader->text.size;
}

static void advance(struct toml_reader *reader, size_t size)
{
    for (size_t i = 0; i < size && !is_at_end(reader); i++) {
        if (reader->text.data[reader->position] == '\n')
            reader->line++;
        reader->position++;
    }
}

static bool take(struct toml_reader *reader, char byte)
{
    if (is_at_end(reader) || peek(reader, 0) != byte)
        return false;
    advance(reader, 1);
    return true;
}

static void skip_blanks(struct toml_reader *reader)
{
    while (peek(reader, 0) == ' ' || peek(reader, 0) == '\t')
        advance(reader, 1);
}

static void skip_comment(struct toml_reader *reader)
{
    while (peek(reader, 0) == '#' && !is_at_end(reader)) {
        while (!is_at_end(reader) && peek(reader, 0) != '\n')
            advance(reader, 1);
    }
}

/* Blanks, comments and line ends. */
static void skip_lines(struct toml_reader *reader)
{
    for (size_t before = reader->position + 1; before != reader->position;) {
        before = reader->position;
        skip_blanks(reader);
        skip_comment(reader);
        while (peek(reader, 0) == '\n' || peek(reader, 0) == '\r')
            advance(reader, 1);
    }
}

static bool add(struct toml_reader *reader, struct node *parent, enum node_type type, struct view key,
    struct node **node, struct error *err)
{
    if (++reader->count > NODE_COUNT_MAX)
        return error_set(err, ERROR_LIMIT, "more than %u values of TOML", NODE_COUNT_MAX);
    *node = node_add(reader->arena, parent, type, key);
    return true;
}

static bool hexadecimal(struct view digits, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        char byte = digits.data[i];
        uint32_t digit = 0;
        if (byte >= '0' && byte <= '9')
            digit = (uint32_t)(byte - '0');
        else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f')
            digit = (uint32_t)((byte | 0x20) - 'a' + 10);
        else
            return false;
        *value = *value * 16 + digit;
    }
    return true;
}

/* RFC 3629; 0 bytes for what is no character. */
static size_t encode_utf8(uint32_t code, char *out)
{
    if (code >= 0x110000 || (code >= 0xd800 && code < 0xe000))
        return 0;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(leads[size] | code);
    return size;
}

/* Replaces the escapes of a basic string; what follows a backslash at a line's end is dropped up to the next word. */
static bool unescape(struct toml_reader *reader, struct view raw, struct view *text, struct error *err)
{
    static const char letters[] = "btnfre\"\\", values[] = "\b\t\n\f\r\x1b\"\\";
    char *out = arena_alloc(reader->arena, raw.size);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        if (raw.data[i] != '\\') {
            out[size++] = raw.data[i];
            continue;
        }
        char letter = ++i < raw.size ? raw.data[i] : '\0';
        const char *found = letter == '\0' ? NULL : strchr(letters, letter);
        uint32_t code = 0;
        if (found != NULL) {
            out[size++] = values[found - letters];
        } else if (letter == 'u' || letter == 'U') {
            size_t digits = letter == 'u' ? 4 : 8;
            size_t encoded = 0;
            if (i + digits >= raw.size || !hexadecimal(view_slice(raw, i + 1, digits), &code) ||
                (encoded = encode_utf8(code, out + size)) == 0)
                return damaged(reader, "a wrong character escape", err);
            size += encoded;
            i += digits;
        } else if (letter == '\n' || letter == '\r' || letter == ' ' || letter == '\t') {
            while (i + 1 < raw.size && strchr(" \t\r\n", raw.data[i + 1]) != NULL && raw.data[i + 1] != '\0')
                i++;
        } else {
            return damaged(reader, "an unknown escape", err);
        }
    }
    *text = view_of(out, size);
    return true;
}

/* A string of any of the four kinds, at its first quote. */
static bool read_string(struct toml_reader *reader, struct view *text, struct error *err)
{
    char quote = peek(reader, 0);
    bool is_basic = quote == '"';
    size_t quotes = peek(reader, 1) == quote && peek(reader, 2) == quote ? 3 : 1;
    advance(reader, quotes);
    if (quotes == 3 && peek(reader, 0) == '\r' && peek(reader, 1) == '\n')
        advance(reader, 1);
    if (quotes == 3)
        (void)take(reader, '\n');
    size_t start = reader->position;
    bool has_escape = false;
    for (;;) {
        char byte = peek(reader, 0);
        if (is_at_end(reader) || (quotes == 1 && byte == '\n'))
            return damaged(reader, "a string without end", err);
        if (byte == '\\' && is_basic) {
            has_escape = true;
            advance(reader, 2);
        } else if (byte == quote && (quotes == 1 || (peek(reader, 1) == quote && peek(reader, 2) == quote))) {
            break;
        } else {
            advance(reader, 1);
        }
    }
    /* Up to two quotes may stand before the three that end a string. */
    while (quotes == 3 && peek(reader, 3) == quote)
        advance(reader, 1);
    struct view raw = view_slice(reader->text, start, reader->position - start);
    advance(reader, quotes);
    *text = raw;
    return !has_escape || unescape(reader, raw, text, err);
}

static bool is_bare(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           byte == '_' || byte == '-';
}

/* One part of a dotted key. */
static bool read_key(struct toml_reader *reader, struct view *key, struct error *err)
{
    skip_blanks(reader);
    if (peek(reader, 0) == '"' || peek(reader, 0) == '\'')
        return read_string(reader, key, err);
    size_t start = reader->position;
    while (is_bare(peek(reader, 0)))
        advance(reader, 1);
    *key = view_slice(reader->text, start, reader->position - start);
    return key->size > 0 || damaged(reader, "a key is missing", err);
}

/* The map behind a name: a list of tables stands for its last one. */
static bool enter(
    struct toml_reader *reader, struct node *parent, struct view key, struct node **table, struct error *err)
{
    struct node *found = node_find(parent, key);
    if (found != NULL && found->type == NODE_LIST)
        found = found->last;
    if (found == NULL)
        return add(reader, parent, NODE_MAP, key, table, err);
    *table = found;
    return found->type == NODE_MAP || damaged(reader, "a value is used as a table", err);
}

/* `a.b.c`: enters a and b, and leaves c. */
static bool read_path(struct toml_reader *reader, struct node **table, struct view *last, struct error *err)
{
    size_t parts = 1;
    if (!read_key(reader, last, err))
        return false;
    for (skip_blanks(reader); take(reader, '.'); skip_blanks(reader)) {
        if (++parts > NODE_DEPTH_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d parts of a key of TOML", NODE_DEPTH_MAX);
        if (!enter(reader, *table, *last, table, err) || !read_key(reader, last, err))
            return false;
    }
    return true;
}

static bool read_pair(struct toml_reader *reader, struct node *table, struct error *err)
{
    struct view key;
    struct node *value;
    if (!read_path(reader, &table, &key, err))
        return false;
    if (!take(reader, '='))
        return damaged(reader, "\"=\" is missing", err);
    skip_blanks(reader);
    return read_value(reader, table, key, &value, err);
}

static bool read_list(struct toml_reader *reader, struct node *list, struct error *err)
{
    struct node *item;
    for (skip_lines(reader); !take(reader, ']'); skip_lines(reader)) {
        if (!read_value(reader, list, (struct view){0}, &item, err))
            return false;
        skip_lines(reader);
        if (!take(reader, ',') && peek(reader, 0) != ']')
            return damaged(reader, "a list without end", err);
    }
    return true;
}

static bool read_inline_table(struct toml_reader *reader, struct node *table, struct error *err)
{
    for (skip_lines(reader); !take(reader, '}'); skip_lines(reader)) {
        if (!read_pair(reader, table, err))
            return false;
        skip_lines(reader);
        if (!take(reader, ',') && peek(reader, 0) != '}')
            return damaged(reader, "a table without end", err);
    }
    return true;
}

static bool read_nested(struct toml_reader *reader, struct node *value, struct error *err)
{
    if (++reader->depth > NODE_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d levels of TOML", NODE_DEPTH_MAX);
    advance(reader, 1);
    bool is_read = value->type == NODE_LIST ? read_list(reader, value, err) : read_inline_table(reader, value, err);
    reader->depth--;
    return is_read;
}

static bool read_value(
    struct toml_reader *reader, struct node *parent, struct view key, struct node **value, struct error *err)
{
    char first = peek(reader, 0);
    enum node_type type = first == '[' ? NODE_LIST : first == '{' ? NODE_MAP : NODE_TEXT;
    if (!add(reader, parent, type, key, value, err))
        return false;
    if (type != NODE_TEXT)
        return read_nested(reader, *value, err);
    if (first == '"' || first == '\'')
        return read_string(reader, &(*value)->text, err);
    size_t start = reader->position;
    while (!is_at_end(reader) && strchr(",]}#\r\n", peek(reader, 0)) == NULL)
        advance(reader, 1);
    (*value)->text = view_trim(view_slice(reader->text, start, reader->position - start));
    return (*value)->text.size > 0 || damaged(reader, "a value is missing", err);
}

/* `[a.b]` or `[[a.b]]`. */
static bool read_header(struct toml_reader *reader, struct node *root, struct node **table, struct error *err)
{
    struct view key;
    *table = root;
    bool is_list = peek(reader, 1) == '[';
    advance(reader, is_list ? 2 : 1);
    if (!read_path(reader, table, &key, err))
        return false;
    if (!take(reader, ']') || (is_list && !take(reader, ']')))
        return damaged(reader, "a table header without end", err);
    if (!is_list)
        return enter(reader, *table, key, table, err);
    struct node *list = node_find(*table, key);
    if (list == NULL && !add(reader, *table, NODE_LIST, key, &list, err))
        return false;
    if (list->type != NODE_LIST)
        return damaged(reader, "a value is used as a list of tables", err);
    return add(reader, list, NODE_MAP, (struct view){0}, table, err);
}

bool toml_read(struct arena *arena, struct view text, const struct node **root, struct error *err)
{
    struct toml_reader reader = {.arena = arena, .text = text, .line = 1};
    struct node *top = ARENA_NEW(arena, struct node);
    struct node *table = top;
    top->type = NODE_MAP;
    for (skip_lines(&reader); !is_at_end(&reader); skip_lines(&reader)) {
        bool is_read =
            peek(&reader, 0) == '[' ? read_header(&reader, top, &table, err) : read_pair(&reader, table, err);
        if (!is_read)
            return false;
        skip_blanks(&reader);
        skip_comment(&reader);
        if (!is_at_end(&reader) && peek(&reader, 0) != '\n' && peek(&reader, 0) != '\r')
            return damaged(&reader, "something follows a value", err);
    }
    *root = top;
    return true;
}
