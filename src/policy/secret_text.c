/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/secret_text.h"

/* Shorter values are placeholders. */
enum { VALUE_BYTES_MIN = 4 };

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* Whether `name` ends with `word` in any case, as a word of its own: "DB_PASSWORD", "password", "dbPassword". */
static bool ends_with_word(struct view name, struct view word)
{
    if (name.size < word.size)
        return false;
    size_t start = name.size - word.size;
    struct view end = view_from(name, start);
    if (!view_equal_ignoring_case(end, word))
        return false;
    if (start == 0 || !is_letter_or_digit(name.data[start - 1]))
        return true;
    return end.data[0] >= 'A' && end.data[0] <= 'Z' && name.data[start - 1] >= 'a';
}

static bool is_named_secret(struct view name)
{
    static const char *const words[] = {"password", "passwd", "passphrase", "secret", "token", "apikey", "api_key",
        "access_key", "accesskey", "private_key", "secret_key", "secretkey", "credential", "credentials"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (ends_with_word(name, view_text(words[i])))
            return true;
    }
    return false;
}

static struct view without_quotes(struct view value)
{
    bool is_quoted = value.size >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
                     value.data[value.size - 1] == value.data[0];
    return is_quoted ? view_slice(value, 1, value.size - 2) : value;
}

static bool is_reference(struct view value)
{
    static const char *const words[] = {"true", "false", "none", "null", "yes"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_equal_ignoring_case(value, view_text(words[i])))
            return true;
    }
    return view_starts_with(value, "$") || view_starts_with(value, "/") || view_starts_with(value, "<") ||
           view_starts_with(value, "{") || view_starts_with(value, "file:");
}

static bool is_secret_value(struct view name, struct view value)
{
    return value.size >= VALUE_BYTES_MIN && is_named_secret(name) && !is_reference(value);
}

bool secret_text_is_variable(struct view name, struct view value)
{
    value = without_quotes(view_trim(value));
    return is_secret_value(name, value) || secret_text_is_in(value);
}

/* A prefix, then at least `count` letters, digits, '_' or '-'. */
static bool has_key(struct view text, const char *prefix, size_t count)
{
    struct view start = view_text(prefix);
    for (size_t at = view_find_text(text, start); at < text.size; at = view_find_text(text, start)) {
        struct view key = view_from(text, at + start.size);
        bool is_inside = at > 0 && is_letter_or_digit(text.data[at - 1]);
        size_t size = 0;
        while (
            size < key.size && (is_letter_or_digit(key.data[size]) || key.data[size] == '_' || key.data[size] == '-'))
            size++;
        if (size >= count && !is_inside)
            return true;
        text = key;
    }
    return false;
}

/* "https://user:password@host": RFC 3986, 3.2.1; a variable in place of the password is none. */
static bool has_url_password(struct view text)
{
    static const struct view separator = VIEW_LITERAL("://");
    for (size_t at = view_find_text(text, separator); at < text.size; at = view_find_text(text, separator)) {
        struct view rest = view_from(text, at + separator.size);
        size_t end = 0;
        text = rest;
        while (end < rest.size && strchr("/ \t\n\"'?#", rest.data[end]) == NULL)
            end++;
        struct view password = view_slice(rest, 0, end);
        size_t sign = view_find_last(password, '@');
        if (sign == password.size)
            continue;
        password = view_slice(password, 0, sign);
        (void)view_cut(&password, ':');
        if (password.size > 0 && !is_reference(password))
            return true;
    }
    return false;
}

static bool has_well_known_form(struct view text)
{
    static const struct {
        const char *prefix;
        size_t count;
    } keys[] = {{"AKIA", 16}, {"ASIA", 16}, {"ghp_", 30}, {"gho_", 30}, {"ghs_", 30}, {"github_pat_", 30},
        {"glpat-", 20}, {"xoxb-", 20}, {"xoxp-", 20}, {"sk_live_", 16}, {"AIza", 35}, {"npm_", 36}, {"tw_", 40}};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (has_key(text, keys[i].prefix, keys[i].count))
            return true;
    }
    size_t begin = view_find_text(text, view_text("-----BEGIN "));
    struct view rest = view_from(text, begin);
    return begin < text.size && view_find_text(rest, view_text("PRIVATE KEY")) < rest.size;
}

/* "NAME=value" between blanks, also as the second form of ENV: "ENV NAME value". */
static bool has_assignment(struct view text)
{
    struct view rest = text;
    struct view before = view_text("");
    while (rest.size > 0) {
        struct view word = view_cut(&rest, ' ');
        struct view value = word;
        struct view name = view_cut(&value, '=');
        while (name.size > 0 && (name.data[0] == '"' || name.data[0] == '\'' || name.data[0] == '-'))
            name = view_from(name, 1);
        value = without_quotes(value);
        if (is_secret_value(name, value))
            return true;
        struct view next = rest;
        struct view second = without_quotes(view_cut(&next, ' '));
        if (view_is(before, "ENV") && name.size == word.size && is_secret_value(word, second))
            return true;
        if (word.size > 0)
            before = word;
    }
    return false;
}

bool secret_text_is_in(struct view text)
{
    return has_well_known_form(text) || has_url_password(text) || has_assignment(text);
}
