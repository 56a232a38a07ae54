/* SPDX-License-Identifier: Apache-2.0 */
#include "version/partial.h"

#include "version/digits.h"
#include "version/semver.h"

static bool is_wildcard(struct view part)
{
    return view_is(part, "x") || view_is(part, "X") || view_is(part, "*");
}

static bool read_number(struct view part, int64_t *number)
{
    bool has_leading_zero = part.size > 1 && part.data[0] == '0';
    return !has_leading_zero && view_to_integer(part, number) && *number < INT64_MAX;
}

bool partial_parse(struct view text, bool takes_bare_prerelease, struct partial *partial)
{
    *partial = (struct partial){0};
    size_t plus = view_find(text, '+');
    struct view build = view_from(text, plus + 1);
    struct view rest = view_slice(text, 0, plus);
    size_t dash = view_find(rest, '-');
    struct view prerelease = view_from(rest, dash + 1);
    bool has_prerelease = dash < rest.size;
    rest = view_slice(rest, 0, dash);
    int parts = 0;
    for (bool is_more = true; is_more; parts++) {
        is_more = view_find(rest, '.') < rest.size;
        struct view part = view_cut(&rest, '.');
        bool is_any = is_wildcard(part);
        int64_t number = 0;
        if (parts == 3 || (!is_any && !read_number(part, &number)))
            return false;
        partial->has_wildcard = partial->has_wildcard || is_any;
        if (!partial->has_wildcard)
            partial->numbers[partial->count++] = number;
    }
    bool is_whole = parts == 3;
    if (plus < text.size && ((!is_whole && !takes_bare_prerelease) || !semver_are_identifiers(build, false)))
        return false;
    if (has_prerelease && ((!is_whole && !takes_bare_prerelease) || !semver_are_identifiers(prerelease, true)))
        return false;
    partial->prerelease = partial->has_wildcard ? view_slice(prerelease, 0, 0) : prerelease;
    return true;
}

int partial_compare_numbers(const struct partial *a, const struct partial *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (a->numbers[i] != b->numbers[i])
            return a->numbers[i] < b->numbers[i] ? -1 : 1;
    }
    return 0;
}

int partial_compare(const struct partial *a, const struct partial *b)
{
    int order = partial_compare_numbers(a, b, 3);
    if (order != 0)
        return order;
    if ((a->prerelease.size > 0) != (b->prerelease.size > 0))
        return a->prerelease.size > 0 ? -1 : 1;
    return semver_compare_identifiers(a->prerelease, b->prerelease);
}

struct partial partial_bump(const struct partial *partial, int count)
{
    static const struct view first = VIEW_LITERAL("0");
    struct partial bumped = {.count = 3, .prerelease = first};
    for (int i = 0; i < count; i++)
        bumped.numbers[i] = partial->numbers[i];
    bumped.numbers[count - 1]++;
    return bumped;
}
