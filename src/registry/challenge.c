/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/challenge.h"

#include "base/buffer.h"

#define SCHEME_BYTES_MAX 32

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct view skip_blanks(struct view rest)
{
    while (rest.size > 0 && is_blank(rest.data[0]))
        rest = view_from(rest, 1);
    return rest;
}

/* Takes what stands before a blank, comma, '=' or quote. */
static struct view take_word(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && !is_blank(rest->data[size]) && strchr(",=\"", rest->data[size]) == NULL &&
           rest->data[size] != '\0')
        size++;
    struct view word = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    return word;
}

/* Takes a quoted string; a backslash makes the next byte plain. */
static bool take_quoted(struct arena *arena, struct view *rest, struct view *text, struct error *err)
{
    char *copy = arena_alloc(arena, rest->size + 1);
    size_t size = 0;
    for (size_t i = 1; i < rest->size; i++) {
        if (rest->data[i] == '"') {
            *text = view_of(copy, size);
            *rest = view_from(*rest, i + 1);
            return true;
        }
        if (rest->data[i] == '\\' && i + 1 < rest->size)
            i++;
        copy[size++] = rest->data[i];
    }
    return error_set(err, ERROR_INVALID, "the challenge has a quote without end");
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

static void set_parameter(struct challenge *challenge, struct view name, struct view value)
{
    const struct {
        const char *name;
        struct view *field;
    } fields[] = {{"realm", &challenge->realm}, {"service", &challenge->service}, {"scope", &challenge->scope},
        {"error", &challenge->error}};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (view_equal_ignoring_case(name, view_text(fields[i].name)) && fields[i].field->size == 0)
            *fields[i].field = value;
    }
}

/* What follows "name": either "=value", or the '=' signs that end a token68. */
static bool take_value(struct arena *arena, struct view *rest, struct view *value, struct error *err)
{
    while (rest->size > 0 && rest->data[0] == '=')
        *rest = view_from(*rest, 1);
    *rest = skip_blanks(*rest);
    if (rest->size > 0 && rest->data[0] == '"')
        return take_quoted(arena, rest, value, err);
    *value = arena_copy(arena, take_word(rest));
    return true;
}

static bool begin_challenge(struct arena *arena, struct challenge_list *list, struct view scheme, struct error *err)
{
    if (list->count == CHALLENGES_MAX)
        return error_set(err, ERROR_LIMIT, "there are more than %d challenges", CHALLENGES_MAX);
    if (scheme.size > SCHEME_BYTES_MAX)
        return error_set(
            err, ERROR_LIMIT, "the name of an authentication scheme is longer than %d bytes", SCHEME_BYTES_MAX);
    struct challenge *challenge = ARENA_PUSH(arena, list);
    challenge->scheme = lower_case(arena, scheme);
    return true;
}

bool challenge_parse(struct arena *arena, struct view header, struct challenge_list *list, struct error *err)
{
    struct challenge_list parsed = {0};
    bool follows_scheme = false; /* the next bare word is a token68, not a scheme */
    if (header.size > CHALLENGE_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "the challenge has more than %d bytes", CHALLENGE_BYTES_MAX);
    for (struct view rest = skip_blanks(header); rest.size > 0; rest = skip_blanks(rest)) {
        if (rest.data[0] == ',') {
            follows_scheme = false;
            rest = view_from(rest, 1);
            continue;
        }
        struct view word = take_word(&rest);
        if (word.size == 0)
            return error_set(err, ERROR_INVALID, "the challenge has a '%c' where a name belongs", rest.data[0]);
        struct view after = skip_blanks(rest);
        if (after.size > 0 && after.data[0] == '=') {
            struct view value = view_of(NULL, 0);
            if (parsed.count == 0)
                return error_set(err, ERROR_INVALID, "the challenge does not begin with a scheme");
            rest = after;
            if (!take_value(arena, &rest, &value, err))
                return false;
            set_parameter(&parsed.items[parsed.count - 1], word, value);
            follows_scheme = false;
        } else if (follows_scheme) {
            follows_scheme = false;
        } else {
            if (!begin_challenge(arena, &parsed, word, err))
                return false;
            follows_scheme = true;
        }
    }
    *list = parsed;
    return true;
}

const struct challenge *challenge_choose(const struct challenge_list *list, bool has_password)
{
    for (size_t i = 0; i < list->count; i++) {
        if (view_is(list->items[i].scheme, "bearer") && list->items[i].realm.size > 0)
            return &list->items[i];
    }
    for (size_t i = 0; has_password && i < list->count; i++) {
        if (view_is(list->items[i].scheme, "basic"))
            return &list->items[i];
    }
    return NULL;
}

struct view challenge_schemes(struct arena *arena, const struct challenge_list *list)
{
    AUTO_BUFFER text;
    buffer_init(&text, CHALLENGES_MAX * (SCHEME_BYTES_MAX + 2));
    for (size_t i = 0; i < list->count; i++) {
        buffer_append_text(&text, i == 0 ? "" : ", ");
        buffer_append(&text, list->items[i].scheme);
    }
    return arena_copy(arena, buffer_view(&text));
}
