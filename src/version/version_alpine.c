/* SPDX-License-Identifier: Apache-2.0 */
/* apk-tools 3: digits{.digits}*[letter]{_suffix[digits]}*[~hash][-rdigits]. Both sides are cut into tokens until these
   differ, so texts that are no versions have a place as well. */
#include "version/digits.h"
#include "version/version.h"

/* In the order in which they may follow each other. Of two sides that part here, the one with the later kind is smaller:
   1.0 < 1.0-r1, 1.0a < 1.0.1. */
enum token_kind {
    TOKEN_FIRST_NUMBER,
    TOKEN_NUMBER,
    TOKEN_LETTER,
    TOKEN_SUFFIX,
    TOKEN_SUFFIX_NUMBER,
    TOKEN_HASH,
    TOKEN_REVISION,
    TOKEN_END,
    TOKEN_INVALID,
};

struct token {
    enum token_kind kind;
    struct view text;
    int suffix; /* below 0 = before the release */
};

static const struct suffix {
    const char *name;
    int rank;
} suffixes[] = {
    {"alpha", -4},
    {"beta", -3},
    {"pre", -2},
    {"rc", -1},
    {"cvs", 1},
    {"svn", 2},
    {"git", 3},
    {"hg", 4},
    {"p", 5},
};

static struct token token_of(enum token_kind kind, struct view text)
{
    return (struct token){text.size == 0 ? TOKEN_INVALID : kind, text, 0};
}

static struct token take_suffix(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && rest->data[size] >= 'a' && rest->data[size] <= 'z')
        size++;
    struct view name = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (view_is(name, suffixes[i].name))
            return (struct token){TOKEN_SUFFIX, name, suffixes[i].rank};
    }
    return token_of(TOKEN_INVALID, name);
}

static struct token take_hash(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && (digits_is(rest->data[size]) || (rest->data[size] >= 'a' && rest->data[size] <= 'f')))
        size++;
    struct view hash = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size);
    return token_of(TOKEN_HASH, hash);
}

static struct token take_first(struct view *rest)
{
    return token_of(TOKEN_FIRST_NUMBER, digits_cut(rest));
}

/* The token that follows one of kind `last`. */
static struct token take_next(enum token_kind last, struct view *rest)
{
    const struct token invalid = {TOKEN_INVALID, {NULL, 0}, 0};
    if (rest->size == 0)
        return (struct token){TOKEN_END, {NULL, 0}, 0};
    char byte = rest->data[0];
    if (digits_is(byte))
        return last == TOKEN_SUFFIX ? token_of(TOKEN_SUFFIX_NUMBER, digits_cut(rest)) : invalid;
    struct view token = view_slice(*rest, 0, 1);
    *rest = view_from(*rest, 1);
    if (byte >= 'a' && byte <= 'z')
        return last <= TOKEN_NUMBER ? token_of(TOKEN_LETTER, token) : invalid;
    if (byte == '.' && last <= TOKEN_NUMBER)
        return token_of(TOKEN_NUMBER, digits_cut(rest));
    if (byte == '_' && last <= TOKEN_SUFFIX_NUMBER)
        return take_suffix(rest);
    if (byte == '~' && last < TOKEN_HASH)
        return take_hash(rest);
    if (byte == '-' && last < TOKEN_REVISION && view_starts_with(*rest, "r")) {
        *rest = view_from(*rest, 1);
        return token_of(TOKEN_REVISION, digits_cut(rest));
    }
    return invalid;
}

/* Two tokens of one kind. A number behind a dot that starts with 0 is a fraction: 8.2.0015 < 8.2.002. */
static int compare_tokens(struct token a, struct token b)
{
    bool is_fraction = a.kind == TOKEN_NUMBER && (a.text.data[0] == '0' || b.text.data[0] == '0');
    if (a.kind == TOKEN_LETTER || a.kind == TOKEN_HASH || is_fraction)
        return digits_compare_bytes(a.text, b.text);
    if (a.kind == TOKEN_SUFFIX)
        return (a.suffix > b.suffix) - (a.suffix < b.suffix);
    return digits_compare(a.text, b.text);
}

static int compare(struct view a, struct view b)
{
    struct token left = take_first(&a);
    struct token right = take_first(&b);
    while (left.kind == right.kind && left.kind < TOKEN_END) {
        int order = compare_tokens(left, right);
        if (order != 0)
            return order;
        left = take_next(left.kind, &a);
        right = take_next(right.kind, &b);
    }
    if (left.kind == right.kind)
        return 0;
    if (left.kind == TOKEN_SUFFIX && left.suffix < 0)
        return -1;
    if (right.kind == TOKEN_SUFFIX && right.suffix < 0)
        return 1;
    return left.kind > right.kind ? -1 : 1;
}

static bool is_comparable(struct view version)
{
    return version.size > 0 && digits_is(version.data[0]);
}

static bool is_valid(struct view version)
{
    struct token token = take_first(&version);
    while (token.kind < TOKEN_END)
        token = take_next(token.kind, &version);
    return token.kind == TOKEN_END;
}

const struct version_order version_alpine = {
    .name = "alpine",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
