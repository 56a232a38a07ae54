/* SPDX-License-Identifier: Apache-2.0 */
#include "store/base_versions.h"

#include "version/semver.h"

#include <string.h>

const char *base_schema_name(enum base_schema schema)
{
    static const char *const names[BASE_SCHEMA_COUNT] = {[BASE_SCHEMA_SHAPE] = "",
        [BASE_SCHEMA_SEMVER] = "semver",
        [BASE_SCHEMA_CUSTOM] = "custom",
        [BASE_SCHEMA_SINGLE_SELECTION] = "single-selection"};
    return names[schema];
}

bool base_schema_parse(struct view name, enum base_schema *schema)
{
    for (int i = 0; i < BASE_SCHEMA_COUNT; i++) {
        if (view_is(name, base_schema_name((enum base_schema)i))) {
            *schema = (enum base_schema)i;
            return true;
        }
    }
    return false;
}

const char *base_update_kind_name(enum base_update_kind kind)
{
    static const char *const names[BASE_UPDATE_KIND_COUNT] = {[BASE_UPDATE_NONE] = "none",
        [BASE_UPDATE_REBUILD] = "rebuild",
        [BASE_UPDATE_MINOR] = "minor",
        [BASE_UPDATE_MAJOR] = "major",
        [BASE_UPDATE_ALTERNATIVE] = "alternative"};
    return names[kind];
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The next number, without zeros in front, and what stands before it; false if there is none. */
static bool next_number(struct view *rest, struct view *before, struct view *number)
{
    size_t start = 0;
    while (start < rest->size && !is_digit(rest->data[start]))
        start++;
    size_t end = start;
    while (end < rest->size && is_digit(rest->data[end]))
        end++;
    *before = view_slice(*rest, 0, start);
    *number = view_slice(*rest, start, end - start);
    *rest = view_from(*rest, end);
    while (number->size > 1 && number->data[0] == '0')
        *number = view_from(*number, 1);
    return end > start;
}

static int compare_numbers(struct view a, struct view b)
{
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    return view_compare(a, b);
}

/* The order of the numbers one after the other, and the first that differs (from 0). Where the texts between them must be equal and
   are not, or one has more numbers, none is an update of the other; in a list the one with fewer comes first. */
static int compare_tags(struct view a, struct view b, bool is_by_shape, size_t *differs, bool *is_ordered)
{
    int order = 0;
    *differs = SIZE_MAX;
    *is_ordered = true;
    for (size_t i = 0;; i++) {
        struct view before_a, before_b, number_a, number_b;
        bool has_a = next_number(&a, &before_a, &number_a);
        bool has_b = next_number(&b, &before_b, &number_b);
        *is_ordered = *is_ordered && has_a == has_b && (!is_by_shape || view_equal(before_a, before_b));
        if (!has_a || !has_b)
            return order != 0 ? order : (int)has_a - (int)has_b;
        if (order == 0 && compare_numbers(number_a, number_b) != 0) {
            order = compare_numbers(number_a, number_b);
            *differs = i;
        }
    }
}

bool base_tag_is_semver(struct view tag)
{
    return tag.size > 0 && is_digit(tag.data[0]) && semver_is_valid(tag);
}

enum base_update_kind base_update_kind(const struct base_versioning *versioning, struct view from, struct view to)
{
    size_t differs = SIZE_MAX;
    bool is_ordered = false;
    bool is_by_shape = versioning->schema == BASE_SCHEMA_SHAPE;
    int order = compare_tags(from, to, is_by_shape, &differs, &is_ordered);
    switch (versioning->schema) {
    case BASE_SCHEMA_SEMVER:
        is_ordered = base_tag_is_semver(from) && base_tag_is_semver(to);
        order = semver_compare(from, to);
        break;
    case BASE_SCHEMA_CUSTOM:
        is_ordered = is_ordered && versioning->expression != NULL && regex_search(versioning->expression, from) &&
                     regex_search(versioning->expression, to);
        break;
    case BASE_SCHEMA_SHAPE:
        break;
    case BASE_SCHEMA_SINGLE_SELECTION:
    case BASE_SCHEMA_COUNT:
        return BASE_UPDATE_NONE;
    }
    if (!is_ordered || order >= 0)
        return BASE_UPDATE_NONE;
    return differs == 0 ? BASE_UPDATE_MAJOR : BASE_UPDATE_MINOR;
}

int base_tags_compare(const struct base_versioning *versioning, struct view a, struct view b)
{
    size_t differs;
    bool is_ordered;
    return versioning->schema == BASE_SCHEMA_SEMVER ? semver_compare(a, b)
                                                    : compare_tags(a, b, false, &differs, &is_ordered);
}
