/* SPDX-License-Identifier: Apache-2.0 */
#include "version/vers.h"

enum comparator { NOT_EQUAL, EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL };

struct vers_constraint {
    enum comparator comparator;
    struct view version;
};

struct vers_range {
    const struct version_order *order;
    struct vers_constraint constraints[VERS_CONSTRAINTS_MAX]; /* sorted by version */
    size_t count;
    char text[VERS_BYTES_MAX]; /* versions, decoded */
    size_t text_size;
};

/* Versioning schemes by their purl type. */
static const struct version_order *order_of(struct view scheme)
{
    static const char *const rows[][2] = {{"alpine", "alpine"}, {"alpm", "pacman"}, {"apk", "alpine"},
        {"bitnami", "bitnami"}, {"cargo", "semver"}, {"composer", "packagist"}, {"conan", "semver"}, {"conda", "conda"},
        {"cran", "cran"}, {"deb", "dpkg"}, {"ebuild", "portage"}, {"gem", "rubygems"}, {"generic", "rubygems"},
        {"github", "semver"}, {"golang", "go"}, {"hackage", "hackage"}, {"hex", "hex"}, {"maven", "maven"},
        {"npm", "npm"}, {"nuget", "nuget"}, {"pub", "pub"}, {"pypi", "pep440"}, {"rpm", "rpm"}, {"semver", "semver"},
        {"swift", "semver"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(scheme, rows[i][0]))
            return version_order_named(view_text(rows[i][1]));
    }
    return NULL;
}

static enum comparator take_comparator(struct view *text)
{
    static const struct {
        const char *sign;
        enum comparator comparator;
    } signs[] = {
        {">=", GREATER_OR_EQUAL}, {"<=", LESS_OR_EQUAL}, {"!=", NOT_EQUAL}, {"<", LESS}, {">", GREATER}, {"=", EQUAL}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (view_starts_with(*text, signs[i].sign)) {
            *text = view_from(*text, strlen(signs[i].sign));
            return signs[i].comparator;
        }
    }
    return EQUAL;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool decode(struct vers_range *range, struct view text, struct view *decoded)
{
    char *start = range->text + range->text_size;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (char)(high * 16 + low);
            i += 2;
        }
        start[size++] = byte;
    }
    range->text_size += size;
    *decoded = view_of(start, size);
    return size > 0;
}

static void insert(struct vers_range *range, struct vers_constraint constraint)
{
    size_t place = range->count++;
    for (; place > 0 && range->order->compare(range->constraints[place - 1].version, constraint.version) > 0; place--)
        range->constraints[place] = range->constraints[place - 1];
    range->constraints[place] = constraint;
}

static bool parse(struct vers_range *range, struct view constraints)
{
    while (constraints.size > 0) {
        struct vers_constraint constraint;
        struct view text = view_trim(view_cut(&constraints, '|'));
        constraint.comparator = take_comparator(&text);
        if (range->count == VERS_CONSTRAINTS_MAX || !decode(range, view_trim(text), &constraint.version) ||
            !range->order->is_comparable(constraint.version))
            return false;
        insert(range, constraint);
    }
    return range->count > 0;
}

static bool is_less(enum comparator comparator)
{
    return comparator == LESS || comparator == LESS_OR_EQUAL;
}

static bool is_greater(enum comparator comparator)
{
    return comparator == GREATER || comparator == GREATER_OR_EQUAL;
}

/* Between which bounds the version stands; equal ones are decided before. Constraints are sorted, so the nearest bound on
   each side counts: "<" above it, or ">" below it with nothing that ends this interval in between. */
static bool is_between_bounds(const struct vers_range *range, struct view version)
{
    const struct vers_constraint *below = NULL;
    const struct vers_constraint *above = NULL;
    bool has_bounds = false;
    for (size_t i = 0; i < range->count && above == NULL; i++) {
        const struct vers_constraint *constraint = &range->constraints[i];
        if (!is_less(constraint->comparator) && !is_greater(constraint->comparator))
            continue;
        has_bounds = true;
        if (range->order->compare(constraint->version, version) < 0)
            below = constraint;
        else
            above = constraint;
    }
    if (!has_bounds)
        return false;
    bool is_open_below = below == NULL || is_greater(below->comparator);
    bool is_open_above = above == NULL || is_less(above->comparator);
    return is_open_below && is_open_above;
}

static bool contains(const struct vers_range *range, struct view version)
{
    bool has_exclusions_only = true;
    for (size_t i = 0; i < range->count; i++) {
        const struct vers_constraint *constraint = &range->constraints[i];
        has_exclusions_only = has_exclusions_only && constraint->comparator == NOT_EQUAL;
        if (range->order->compare(constraint->version, version) == 0 && constraint->comparator == NOT_EQUAL)
            return false;
    }
    for (size_t i = 0; i < range->count; i++) {
        enum comparator comparator = range->constraints[i].comparator;
        bool is_inclusive = comparator == EQUAL || comparator == LESS_OR_EQUAL || comparator == GREATER_OR_EQUAL;
        if (range->order->compare(range->constraints[i].version, version) == 0 && comparator != NOT_EQUAL)
            return is_inclusive;
    }
    return has_exclusions_only || is_between_bounds(range, version);
}

enum range_match vers_match(struct view vers, struct view version)
{
    if (vers.size > VERS_BYTES_MAX || !view_starts_with(vers, "vers:"))
        return RANGE_MATCH_INVALID;
    struct view constraints = view_from(vers, strlen("vers:"));
    struct view scheme = view_cut(&constraints, '/');
    struct vers_range range;
    range.count = range.text_size = 0;
    range.order = order_of(scheme);
    if (view_is(constraints, "*"))
        return RANGE_MATCH_YES;
    if (range.order == NULL || !parse(&range, constraints))
        return RANGE_MATCH_INVALID;
    if (!range.order->is_comparable(version))
        return RANGE_MATCH_NO;
    return contains(&range, version) ? RANGE_MATCH_YES : RANGE_MATCH_NO;
}
