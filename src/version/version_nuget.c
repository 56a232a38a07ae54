/* SPDX-License-Identifier: Apache-2.0 */
/* NuGet: one to four numbers, blanks around each of them allowed; a prerelease as in semantic versions but without regard to
   case; metadata that does not count. */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

enum { NUGET_NUMBERS_MAX = 4 };

/* Int32.MaxValue: the limit of a number, and of what counts as a number in a prerelease. */
static const struct view number_max = VIEW_LITERAL("2147483647");

struct nuget {
    struct view numbers[NUGET_NUMBERS_MAX]; /* empty = missing, counts as 0 */
    struct view prerelease; /* without '-' */
    bool has_prerelease;
    struct view metadata; /* without '+' */
    bool has_metadata;
};

static bool parse(struct view text, struct nuget *nuget)
{
    *nuget = (struct nuget){0};
    size_t plus = view_find(text, '+');
    nuget->has_metadata = plus < text.size;
    nuget->metadata = view_trim(view_from(text, plus + 1));
    text = view_slice(text, 0, plus);
    size_t dash = view_find(text, '-');
    nuget->has_prerelease = dash < text.size;
    nuget->prerelease = view_trim(view_from(text, dash + 1));
    text = view_slice(text, 0, dash);
    for (int i = 0; i < NUGET_NUMBERS_MAX; i++) {
        size_t dot = view_find(text, '.');
        struct view number = view_trim(view_slice(text, 0, dot));
        if (number.size == 0 || digits_prefix(number).size != number.size)
            return false;
        nuget->numbers[i] = number;
        if (dot == text.size)
            return true;
        text = view_from(text, dot + 1);
    }
    return false;
}

static bool is_valid(struct view version)
{
    struct nuget nuget;
    if (!parse(version, &nuget))
        return false;
    for (int i = 0; i < NUGET_NUMBERS_MAX; i++) {
        if (digits_compare(nuget.numbers[i], number_max) > 0)
            return false;
    }
    return (!nuget.has_prerelease || semver_are_identifiers(nuget.prerelease, true)) &&
           (!nuget.has_metadata || semver_are_identifiers(nuget.metadata, false));
}

static bool is_comparable(struct view version)
{
    struct nuget nuget;
    return parse(version, &nuget);
}

static int compare_ignoring_case(struct view a, struct view b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int left = digits_is_letter(a.data[i]) ? a.data[i] & ~0x20 : (unsigned char)a.data[i];
        int right = digits_is_letter(b.data[i]) ? b.data[i] & ~0x20 : (unsigned char)b.data[i];
        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static bool is_number(struct view label)
{
    return label.size > 0 && digits_prefix(label).size == label.size && digits_compare(label, number_max) <= 0;
}

static int compare_prerelease(struct view a, struct view b)
{
    while (a.size > 0 && b.size > 0) {
        struct view left = view_cut(&a, '.'), right = view_cut(&b, '.');
        if (is_number(left) != is_number(right))
            return is_number(left) ? -1 : 1;
        int order = is_number(left) ? digits_compare(left, right) : compare_ignoring_case(left, right);
        if (order != 0)
            return order;
    }
    return (a.size > 0) - (b.size > 0);
}

/* What cannot be read sorts by bytes before all that can. */
static int compare(struct view a, struct view b)
{
    struct nuget left, right;
    bool left_is_read = parse(a, &left);
    bool right_is_read = parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    if (!left_is_read)
        return digits_compare_bytes(a, b);
    for (int i = 0; i < NUGET_NUMBERS_MAX; i++) {
        int order = digits_compare(left.numbers[i], right.numbers[i]);
        if (order != 0)
            return order;
    }
    if (left.has_prerelease != right.has_prerelease)
        return left.has_prerelease ? -1 : 1;
    return compare_prerelease(left.prerelease, right.prerelease);
}

const struct version_order version_nuget = {
    .name = "nuget",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
