/* SPDX-License-Identifier: Apache-2.0 */
/* Packagist: Composer fills a version up to four numbers, a stability and "dev", and compares the result by PHP's
   version_compare. What Composer refuses is compared as it stands. */
#include "version/composer.h"
#include "version/digits.h"
#include "version/version.h"

enum { COMPOSER_NUMBERS_COUNT = 4, COMPOSER_FIRST_DIGITS_MAX = 5, COMPOSER_DATE_PAIRS_MAX = 6 };

static const struct view zero = VIEW_LITERAL("0");
static const struct view any_number = VIEW_LITERAL("9999999");

static bool starts_with_word(struct view text, const char *word)
{
    return view_equal_ignoring_case(view_slice(text, 0, strlen(word)), view_text(word));
}

static bool ends_with_word(struct view text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && view_equal_ignoring_case(view_from(text, text.size - size), view_text(word));
}

static bool starts_with_one_of(struct view text, const char *bytes)
{
    return text.size > 0 && text.data[0] != '\0' && strchr(bytes, text.data[0]) != NULL;
}

static struct view without_v(struct view text)
{
    return starts_with_one_of(text, "vV") ? view_from(text, 1) : text;
}

/* Takes a stability's name away; PHP_END if there is none, PHP_NUMBER for "stable". */
static enum php_rank take_stability(struct view *rest)
{
    static const struct {
        const char *name;
        enum php_rank rank;
    } names[] = {{"stable", PHP_NUMBER}, {"beta", PHP_BETA}, {"b", PHP_BETA}, {"rc", PHP_CANDIDATE},
        {"alpha", PHP_ALPHA}, {"a", PHP_ALPHA}, {"patch", PHP_PATCH}, {"pl", PHP_PATCH}, {"p", PHP_PATCH}};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (starts_with_word(*rest, names[i].name)) {
            *rest = view_from(*rest, strlen(names[i].name));
            return names[i].rank;
        }
    }
    return PHP_END;
}

/* "[._-][stability numbers][.-]dev", each of it optional, up to the end. */
static bool parse_modifier(struct view rest, struct composer *version)
{
    if (starts_with_one_of(rest, "._-"))
        rest = view_from(rest, 1);
    enum php_rank stability = take_stability(&rest);
    struct view numbers = rest;
    while (stability != PHP_END) {
        struct view digits = digits_prefix(starts_with_one_of(rest, ".-") ? view_from(rest, 1) : rest);
        if (digits.size == 0)
            break;
        rest = view_from(rest, (size_t)(digits.data - rest.data) + digits.size);
    }
    version->stability_numbers = view_slice(numbers, 0, numbers.size - rest.size);
    version->stability = stability;
    if (stability == PHP_NUMBER) { /* "stable" is no stability, and what stands behind it does not count */
        version->stability = PHP_END;
        version->stability_numbers.size = 0;
    }
    if (rest.size == 0)
        return true;
    version->is_dev = stability != PHP_NUMBER;
    return ends_with_word(rest, "dev") && (rest.size == 3 || (rest.size == 4 && starts_with_one_of(rest, ".-")));
}

/* Up to four numbers, the first of up to five digits. */
static bool parse_classical(struct view text, struct composer *version)
{
    struct view rest = text;
    struct view first = digits_cut(&rest);
    if (first.size == 0 || first.size > COMPOSER_FIRST_DIGITS_MAX)
        return false;
    for (int i = 1; i < COMPOSER_NUMBERS_COUNT && view_starts_with(rest, "."); i++) {
        struct view digits = digits_prefix(view_from(rest, 1));
        if (digits.size == 0)
            break;
        rest = view_from(rest, 1 + digits.size);
    }
    version->numbers = view_slice(text, 0, text.size - rest.size);
    version->missing = zero;
    return parse_modifier(rest, version);
}

/* Takes "[.:-]" and `size_min` to `size_max` digits away. */
static bool take_date_part(struct view *rest, size_t size_min, size_t size_max)
{
    size_t start = starts_with_one_of(*rest, ".:-") ? 1 : 0;
    size_t size = digits_prefix(view_from(*rest, start)).size;
    if (size < size_min)
        return false;
    *rest = view_from(*rest, start + (size < size_max ? size : size_max));
    return true;
}

/* A year, one to six pairs of digits, and up to three more. */
static bool parse_date(struct view text, struct composer *version)
{
    struct view rest = text;
    if (digits_prefix(text).size < 4)
        return false;
    rest = view_from(rest, 4);
    int pairs = 0;
    while (pairs < COMPOSER_DATE_PAIRS_MAX && take_date_part(&rest, 2, 2))
        pairs++;
    if (pairs == 0)
        return false;
    take_date_part(&rest, 1, 3);
    version->numbers = view_slice(text, 0, text.size - rest.size);
    version->missing = zero;
    return parse_modifier(rest, version);
}

static bool is_wildcard(struct view part)
{
    return part.size == 1 && starts_with_one_of(part, "xX*");
}

/* "2.x-dev" and "2.1-dev" are the newest of their branches. */
static bool parse_numeric_branch(struct view text, struct composer *version)
{
    if (!ends_with_word(text, "dev"))
        return false;
    text.size -= 3;
    if (text.size > 0 && (text.data[text.size - 1] == '.' || text.data[text.size - 1] == '-'))
        text.size--;
    text = view_trim(text);
    version->numbers = text;
    version->missing = any_number;
    version->stability = PHP_END;
    version->is_dev = true;
    int count = 0;
    do {
        struct view part = view_cut(&text, '.');
        bool is_number = part.size > 0 && digits_prefix(part).size == part.size;
        if (!is_number && (count == 0 || !is_wildcard(part)))
            return false;
        count++;
    } while (text.size > 0);
    const char *end = version->numbers.data + version->numbers.size;
    return count <= COMPOSER_NUMBERS_COUNT && end[-1] != '.';
}

static struct view without_alias(struct view text)
{
    size_t as = view_find_text(text, view_text(" as "));
    return as < text.size ? view_trim(view_slice(text, 0, as)) : text;
}

static struct view without_stability_flag(struct view text)
{
    static const char *const flags[] = {"@stable", "@rc", "@beta", "@alpha", "@dev"};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (ends_with_word(text, flags[i]))
            text.size -= strlen(flags[i]);
    }
    return text;
}

static struct view without_metadata(struct view text)
{
    size_t plus = view_find(text, '+');
    bool has_metadata =
        plus > 0 && plus + 1 < text.size && view_find(text, ' ') == text.size && view_find(text, ',') > plus;
    return has_metadata ? view_slice(text, 0, plus) : text;
}

bool composer_parse(struct view text, struct composer *version)
{
    struct composer empty = {.form = COMPOSER_NUMBERS, .stability = PHP_END};
    *version = empty;
    text = without_stability_flag(without_alias(view_trim(text)));
    bool is_default = view_is(text, "master") || view_is(text, "trunk") || view_is(text, "default");
    if (is_default || starts_with_word(text, "dev-")) {
        version->form = COMPOSER_BRANCH;
        version->branch = view_from(text, is_default ? 0 : 4);
        return true;
    }
    text = without_v(without_metadata(text));
    if (parse_classical(text, version))
        return true;
    *version = empty;
    if (parse_date(text, version))
        return true;
    *version = empty;
    if (parse_numeric_branch(text, version))
        return true;
    *version = empty;
    version->form = COMPOSER_OTHER;
    version->numbers = text;
    return false;
}

/* The tokens of a filled up version. */
struct composer_tokens {
    const struct composer *version;
    struct view numbers; /* to come */
    int number_count; /* returned */
    bool has_stability; /* returned */
    struct php_tokens rest; /* of the numbers behind the stability, or of a text that Composer refuses */
    bool has_dev; /* returned */
};

static struct composer_tokens tokens_of(const struct composer *version)
{
    bool is_other = version->form == COMPOSER_OTHER;
    struct composer_tokens tokens = {.version = version, .numbers = version->numbers};
    tokens.rest = php_tokens_of(is_other ? version->numbers : version->stability_numbers);
    tokens.rest.is_started = !is_other;
    return tokens;
}

static struct php_token number_token(struct view digits)
{
    struct php_token token = {PHP_NUMBER, digits};
    return token;
}

static struct php_token word_token(enum php_rank rank)
{
    struct php_token token = {rank, {NULL, 0}};
    return token;
}

static struct view cut_number(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && !starts_with_one_of(view_from(*rest, size), ".:-"))
        size++;
    struct view number = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size + 1);
    return number;
}

static struct php_token next(struct composer_tokens *tokens)
{
    const struct composer *version = tokens->version;
    if (version->form == COMPOSER_OTHER)
        return php_token_next(&tokens->rest);
    if (version->form == COMPOSER_BRANCH)
        return word_token(tokens->number_count++ == 0 ? PHP_DEV : PHP_END);
    if (tokens->numbers.size > 0) {
        struct view number = cut_number(&tokens->numbers);
        tokens->number_count++;
        return number_token(is_wildcard(number) ? version->missing : number);
    }
    if (tokens->number_count < COMPOSER_NUMBERS_COUNT) {
        tokens->number_count++;
        return number_token(version->missing);
    }
    if (version->stability != PHP_END && !tokens->has_stability) {
        tokens->has_stability = true;
        return word_token(version->stability);
    }
    struct php_token token = php_token_next(&tokens->rest);
    if (token.rank != PHP_END || !version->is_dev || tokens->has_dev)
        return token;
    tokens->has_dev = true;
    return word_token(PHP_DEV);
}

int composer_compare(const struct composer *a, const struct composer *b)
{
    struct composer_tokens left_tokens = tokens_of(a), right_tokens = tokens_of(b);
    struct php_token left, right;
    do {
        left = next(&left_tokens);
        right = next(&right_tokens);
        int order = php_token_compare(left, right);
        if (order != 0)
            return order;
    } while (left.rank != PHP_END || left_tokens.rest.rest.size > 0 || right_tokens.rest.rest.size > 0);
    bool left_is_branch = a->form == COMPOSER_BRANCH, right_is_branch = b->form == COMPOSER_BRANCH;
    if (left_is_branch != right_is_branch)
        return left_is_branch ? 1 : -1;
    return digits_compare_bytes(a->branch, b->branch);
}

static bool is_valid(struct view version)
{
    struct composer composer;
    return composer_parse(version, &composer);
}

/* PHP orders what begins like a version as well. */
static bool is_comparable(struct view version)
{
    struct view text = without_v(view_trim(version));
    return is_valid(version) || (text.size > 0 && digits_is(text.data[0]));
}

static int compare(struct view a, struct view b)
{
    struct composer left, right;
    composer_parse(a, &left);
    composer_parse(b, &right);
    return composer_compare(&left, &right);
}

const struct version_order version_packagist = {
    .name = "packagist",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
