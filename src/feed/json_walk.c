/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/json_walk.h"

#include "base/memory.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, WORD_BYTES_MAX = 64 /* of a number or a literal */ };

enum expectation {
    EXPECT_VALUE,
    EXPECT_FIRST_VALUE, /* or the end of an empty array */
    EXPECT_KEY,
    EXPECT_FIRST_KEY, /* or the end of an empty object */
    EXPECT_COLON,
    EXPECT_COMMA, /* or an end */
    EXPECT_NOTHING,
};

enum token { TOKEN_NONE, TOKEN_STRING, TOKEN_ESCAPE, TOKEN_HEX, TOKEN_WORD };

struct walk {
    const struct json_walk_reading *reading;
    enum expectation expectation;
    enum token token;
    bool is_key; /* the string that is being read */
    bool is_object[JSON_WALK_DEPTH_MAX];
    size_t depth;
    struct buffer key;
    struct buffer text;
    struct buffer *target; /* where the string goes */
    bool is_cut; /* the string is longer than its buffer */
    uint32_t hex; /* of \uXXXX */
    unsigned hex_digits;
    uint32_t high_surrogate; /* that waits for its low one; 0 = none */
    char word[WORD_BYTES_MAX];
    size_t word_size;
};

static bool malformed(const char *what, struct error *err)
{
    return error_set(err, ERROR_CORRUPT, "the JSON document is malformed: %s", what);
}

static bool tell(struct walk *walk, enum json_walk_kind kind, struct error *err)
{
    bool is_member = kind != JSON_WALK_END && walk->depth > 0 && walk->is_object[walk->depth - 1];
    struct json_walk_event event = {
        .kind = kind,
        .depth = walk->depth,
        .key = is_member ? buffer_view(&walk->key) : view_text(""),
        .text = kind == JSON_WALK_STRING ? buffer_view(&walk->text) : view_text(""),
    };
    return walk->reading->event(walk->reading->context, &event, err);
}

static void end_value(struct walk *walk)
{
    walk->expectation = walk->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA;
}

static bool expects_value(const struct walk *walk)
{
    return walk->expectation == EXPECT_VALUE || walk->expectation == EXPECT_FIRST_VALUE;
}

static bool open_container(struct walk *walk, bool is_object, struct error *err)
{
    if (!expects_value(walk))
        return malformed("a bracket stands where no value may stand", err);
    if (walk->depth == JSON_WALK_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "the JSON document is nested deeper than %d", JSON_WALK_DEPTH_MAX);
    if (!tell(walk, is_object ? JSON_WALK_OBJECT : JSON_WALK_ARRAY, err))
        return false;
    walk->is_object[walk->depth++] = is_object;
    walk->expectation = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
    return true;
}

static bool close_container(struct walk *walk, bool is_object, struct error *err)
{
    enum expectation empty = is_object ? EXPECT_FIRST_KEY : EXPECT_FIRST_VALUE;
    if (walk->depth == 0 || walk->is_object[walk->depth - 1] != is_object ||
        (walk->expectation != EXPECT_COMMA && walk->expectation != empty))
        return malformed("a bracket is closed where it may not be", err);
    walk->depth--;
    end_value(walk);
    return tell(walk, JSON_WALK_END, err);
}

static bool begin_string(struct walk *walk, struct error *err)
{
    walk->is_key = walk->expectation == EXPECT_KEY || walk->expectation == EXPECT_FIRST_KEY;
    if (!walk->is_key && !expects_value(walk))
        return malformed("a string stands where no value may stand", err);
    walk->target = walk->is_key ? &walk->key : &walk->text;
    walk->token = TOKEN_STRING;
    walk->is_cut = false;
    buffer_clear(walk->target);
    return true;
}

/* What does not fit is left out; so is the beginning of a character that was cut. */
static void append(struct walk *walk, struct view bytes)
{
    size_t room = walk->target->size_max - walk->target->size;
    if (walk->is_cut)
        return;
    walk->is_cut = bytes.size > room;
    buffer_append(walk->target, view_slice(bytes, 0, room));
    for (unsigned i = 0; i < 3 && walk->is_cut && !view_is_utf8(buffer_view(walk->target)); i++)
        walk->target->size--;
}

static void append_character(struct walk *walk, uint32_t code)
{
    char bytes[4];
    size_t size = 0;
    if (code < 0x80) {
        bytes[size++] = (char)code;
    } else if (code < 0x800) {
        bytes[size++] = (char)(0xc0 | (code >> 6));
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[size++] = (char)(0xe0 | (code >> 12));
        bytes[size++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[size++] = (char)(0xf0 | (code >> 18));
        bytes[size++] = (char)(0x80 | ((code >> 12) & 0x3f));
        bytes[size++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[size++] = (char)(0x80 | (code & 0x3f));
    }
    append(walk, view_of(bytes, size));
}

static bool end_string(struct walk *walk, struct error *err)
{
    if (walk->high_surrogate != 0)
        return malformed("half of a surrogate pair", err);
    if (!view_is_utf8(buffer_view(walk->target)))
        return malformed("a string is not UTF-8", err);
    walk->token = TOKEN_NONE;
    if (walk->is_key) {
        walk->expectation = EXPECT_COLON;
        return true;
    }
    end_value(walk);
    return tell(walk, JSON_WALK_STRING, err);
}

static bool take_escape(struct walk *walk, char byte, struct error *err)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *found = byte == '\0' ? NULL : strchr(letters, byte);
    walk->token = TOKEN_STRING;
    if (byte == 'u') {
        walk->token = TOKEN_HEX;
        walk->hex = walk->hex_digits = 0;
        return true;
    }
    if (found == NULL || walk->high_surrogate != 0)
        return malformed("an unknown escape in a string", err);
    append(walk, view_of(&meanings[found - letters], 1));
    return true;
}

static bool end_hex(struct walk *walk, struct error *err)
{
    uint32_t code = walk->hex;
    walk->token = TOKEN_STRING;
    bool is_low = code >= 0xdc00 && code <= 0xdfff;
    if (is_low != (walk->high_surrogate != 0))
        return malformed("half of a surrogate pair", err);
    if (code >= 0xd800 && code <= 0xdbff) {
        walk->high_surrogate = code;
        return true;
    }
    if (is_low)
        code = 0x10000 + ((walk->high_surrogate - 0xd800) << 10) + (code - 0xdc00);
    walk->high_surrogate = 0;
    append_character(walk, code);
    return true;
}

static bool take_hex(struct walk *walk, char byte, struct error *err)
{
    uint32_t digit = byte >= '0' && byte <= '9'   ? (uint32_t)(byte - '0')
                     : byte >= 'a' && byte <= 'f' ? (uint32_t)(byte - 'a' + 10)
                     : byte >= 'A' && byte <= 'F' ? (uint32_t)(byte - 'A' + 10)
                                                  : 16;
    if (digit == 16)
        return malformed("an unknown escape in a string", err);
    walk->hex = walk->hex * 16 + digit;
    return ++walk->hex_digits < 4 || end_hex(walk, err);
}

/* The plain bytes at the start of a block; `*used` may stay 0. */
static bool take_plain(struct walk *walk, struct view block, size_t *used, struct error *err)
{
    size_t size = 0;
    while (size < block.size && block.data[size] != '"' && block.data[size] != '\\') {
        if ((unsigned char)block.data[size] < 0x20)
            return malformed("a control character in a string", err);
        size++;
    }
    if (size > 0 && walk->high_surrogate != 0)
        return malformed("half of a surrogate pair", err);
    append(walk, view_slice(block, 0, size));
    *used = size;
    return true;
}

static bool take_in_string(struct walk *walk, struct view block, size_t *used, struct error *err)
{
    char byte = block.data[0];
    *used = 1;
    if (walk->token == TOKEN_ESCAPE)
        return take_escape(walk, byte, err);
    if (walk->token == TOKEN_HEX)
        return take_hex(walk, byte, err);
    if (byte == '"')
        return end_string(walk, err);
    if (byte == '\\') {
        walk->token = TOKEN_ESCAPE;
        return true;
    }
    return take_plain(walk, block, used, err);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t count_digits(struct view word, size_t at)
{
    size_t count = 0;
    while (at + count < word.size && is_digit(word.data[at + count]))
        count++;
    return count;
}

/* RFC 8259 section 6 */
static bool is_number(struct view word)
{
    size_t at = word.size > 0 && word.data[0] == '-';
    size_t digits = count_digits(word, at);
    if (digits == 0 || (digits > 1 && word.data[at] == '0'))
        return false;
    at += digits;
    if (at < word.size && word.data[at] == '.') {
        digits = count_digits(word, at + 1);
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    if (at < word.size && (word.data[at] == 'e' || word.data[at] == 'E')) {
        at++;
        at += at < word.size && (word.data[at] == '+' || word.data[at] == '-');
        digits = count_digits(word, at);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == word.size;
}

static bool end_word(struct walk *walk, struct error *err)
{
    struct view word = view_of(walk->word, walk->word_size);
    walk->token = TOKEN_NONE;
    if (!view_is(word, "true") && !view_is(word, "false") && !view_is(word, "null") && !is_number(word))
        return malformed("a value is neither a number nor a literal", err);
    end_value(walk);
    return tell(walk, JSON_WALK_OTHER, err);
}

static bool is_word_byte(char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '+' || byte == '.' || byte == 'E';
}

static bool take_word(struct walk *walk, char byte, struct error *err)
{
    if (walk->token == TOKEN_NONE) {
        if (!expects_value(walk) || !is_word_byte(byte))
            return malformed("a byte that no value begins with", err);
        walk->token = TOKEN_WORD;
        walk->word_size = 0;
    }
    if (walk->word_size == WORD_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a number in the JSON document is longer than %d digits", WORD_BYTES_MAX);
    walk->word[walk->word_size++] = byte;
    return true;
}

static bool take_syntax(struct walk *walk, char byte, struct error *err)
{
    switch (byte) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return true;
    case '"':
        return begin_string(walk, err);
    case '{':
    case '[':
        return open_container(walk, byte == '{', err);
    case '}':
    case ']':
        return close_container(walk, byte == '}', err);
    case ':':
        if (walk->expectation != EXPECT_COLON)
            return malformed("a colon stands where it may not stand", err);
        walk->expectation = EXPECT_VALUE;
        return true;
    case ',':
        if (walk->expectation != EXPECT_COMMA)
            return malformed("a comma stands where it may not stand", err);
        walk->expectation = walk->is_object[walk->depth - 1] ? EXPECT_KEY : EXPECT_VALUE;
        return true;
    default:
        return take_word(walk, byte, err);
    }
}

static bool take(struct walk *walk, struct view block, struct error *err)
{
    while (block.size > 0) {
        size_t used = 1;
        if (walk->token == TOKEN_STRING || walk->token == TOKEN_ESCAPE || walk->token == TOKEN_HEX) {
            if (!take_in_string(walk, block, &used, err))
                return false;
        } else if (walk->token == TOKEN_WORD && is_word_byte(block.data[0])) {
            if (!take_word(walk, block.data[0], err))
                return false;
        } else if ((walk->token == TOKEN_WORD && !end_word(walk, err)) || !take_syntax(walk, block.data[0], err)) {
            return false;
        }
        block = view_from(block, used);
    }
    return true;
}

static bool read_blocks(struct walk *walk, struct source *input, char *block, struct error *err)
{
    size_t got;
    do {
        if (!source_read(input, block, BLOCK_BYTES, &got, err) || !take(walk, view_of(block, got), err))
            return false;
    } while (got > 0);
    if (walk->token == TOKEN_WORD && !end_word(walk, err))
        return false;
    return walk->expectation == EXPECT_NOTHING || error_set(err, ERROR_CORRUPT, "the JSON document is cut short");
}

bool json_walk(const struct json_walk_reading *reading, struct source *input, struct error *err)
{
    struct walk *walk = memory_alloc(sizeof(*walk));
    char *block = memory_alloc(BLOCK_BYTES);
    *walk = (struct walk){.reading = reading};
    buffer_init(&walk->key, JSON_WALK_KEY_BYTES);
    buffer_init(&walk->text, reading->text_bytes_max);
    bool is_read = read_blocks(walk, input, block, err);
    buffer_done(&walk->key);
    buffer_done(&walk->text);
    free(walk);
    free(block);
    return is_read;
}
