/* SPDX-License-Identifier: Apache-2.0 */
/* PHP's version_compare: '.', '-', '_', '+' and the change between digits and letters part a version into tokens. */
#include "version/digits.h"
#include "version/php.h"
#include "version/version.h"

struct php_tokens php_tokens_of(struct view version)
{
    struct php_tokens tokens = {version, false, false};
    return tokens;
}

static bool is_alphanumeric(char byte)
{
    return digits_is(byte) || digits_is_letter(byte);
}

/* By the beginning of the word, as version_compare has it. */
static enum php_rank rank_of(struct view word)
{
    static const struct {
        const char *start;
        enum php_rank rank;
    } words[] = {{"dev", PHP_DEV}, {"a", PHP_ALPHA}, {"b", PHP_BETA}, {"RC", PHP_CANDIDATE}, {"rc", PHP_CANDIDATE},
        {"#", PHP_END}, {"p", PHP_PATCH}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (view_starts_with(word, words[i].start))
            return words[i].rank;
    }
    return PHP_OTHER;
}

/* How many bytes part the tokens here: those that are neither letter nor digit; but one that stands behind a digit and is
   none of ".-_+" starts a word. */
static size_t separator_size(const struct php_tokens *tokens)
{
    struct view text = tokens->rest;
    size_t size = 0;
    if (tokens->is_behind_digit && text.size > 0 && strchr(".-_+", text.data[0]) == NULL)
        return 0;
    while (size < text.size && !is_alphanumeric(text.data[size]))
        size++;
    return size;
}

static struct view cut_word(struct view *rest)
{
    size_t size = 1;
    while (size < rest->size && digits_is_letter(rest->data[size]))
        size++;
    struct view word = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    return word;
}

struct php_token php_token_next(struct php_tokens *tokens)
{
    struct php_token token = {PHP_END, {NULL, 0}};
    struct view *rest = &tokens->rest;
    if (tokens->is_started) {
        size_t size = separator_size(tokens);
        if (size > 0 && size == rest->size) /* an empty word stands behind a separator at the end */
            token.rank = PHP_OTHER;
        *rest = view_from(*rest, size);
    }
    tokens->is_started = true;
    if (rest->size == 0)
        return token;
    token.digits = digits_cut(rest);
    tokens->is_behind_digit = token.digits.size > 0;
    token.rank = tokens->is_behind_digit ? PHP_NUMBER : rank_of(cut_word(rest));
    return token;
}

int php_token_compare(struct php_token a, struct php_token b)
{
    if (a.rank != b.rank)
        return a.rank < b.rank ? -1 : 1;
    return digits_compare(a.digits, b.digits);
}

/* Advisories and tags have versions with a "v" in front, which version_compare itself would take for a word. */
static struct view without_v(struct view version)
{
    bool has_v = view_starts_with(version, "v") && version.size > 1 && digits_is(version.data[1]);
    return view_from(version, has_v ? 1 : 0);
}

static int compare(struct view a, struct view b)
{
    struct php_tokens left_tokens = php_tokens_of(without_v(a)), right_tokens = php_tokens_of(without_v(b));
    for (;;) {
        struct php_token left = php_token_next(&left_tokens), right = php_token_next(&right_tokens);
        int order = php_token_compare(left, right);
        if (order != 0)
            return order;
        if (left_tokens.rest.size == 0 && right_tokens.rest.size == 0)
            return 0;
    }
}

/* version_compare orders every text. */
static bool is_valid(struct view version)
{
    return version.size > 0;
}

const struct version_order version_php_version_compare = {
    .name = "php-version_compare",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
};
