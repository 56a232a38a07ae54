/* SPDX-License-Identifier: Apache-2.0 */
#include "version/semver.h"

#include "version/digits.h"
#include "version/version.h"

static bool has_only_identifier_bytes(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!digits_is(byte) && !digits_is_letter(byte) && byte != '-' && byte != '.')
            return false;
    }
    return true;
}

bool semver_parse(struct view text, struct semver *semver)
{
    *semver = (struct semver){0};
    text = view_trim(text);
    while (text.size > 0 && strchr("=vV ", text.data[0]) != NULL && text.data[0] != '\0')
        text = view_from(text, 1);
    size_t plus = view_find(text, '+');
    semver->has_build = plus < text.size;
    semver->build = view_from(text, plus + 1);
    struct view rest = view_slice(text, 0, plus);
    for (bool is_more = true; is_more;) {
        struct view number = digits_cut(&rest);
        if (number.size == 0 && semver->number_count >= 3 && rest.size > 0 && digits_is_letter(rest.data[0]))
            break; /* "1.0.0.beta" */
        if (number.size == 0)
            return false;
        if (semver->number_count < 3)
            semver->numbers[semver->number_count] = number;
        semver->number_count++;
        is_more = view_starts_with(rest, ".");
        rest = view_from(rest, is_more ? 1 : 0);
    }
    semver->has_prerelease = rest.size > 0;
    semver->prerelease = rest.size > 0 && rest.data[0] == '-' ? view_from(rest, 1) : rest;
    return has_only_identifier_bytes(semver->prerelease);
}

/* Section 9 and 10: identifiers are not empty; in a prerelease numbers have no leading zero. */
bool semver_are_identifiers(struct view text, bool refuses_leading_zero)
{
    if (!has_only_identifier_bytes(text) || text.size == 0 || text.data[text.size - 1] == '.')
        return false;
    while (text.size > 0) {
        struct view identifier = view_cut(&text, '.');
        bool is_number = digits_prefix(identifier).size == identifier.size;
        if (identifier.size == 0 ||
            (refuses_leading_zero && is_number && identifier.size > 1 && identifier.data[0] == '0'))
            return false;
    }
    return true;
}

bool semver_is_valid(struct view text)
{
    struct semver semver;
    if (view_starts_with(text, "v"))
        text = view_from(text, 1);
    if (text.size == 0 || !digits_is(text.data[0]) || view_trim(text).size != text.size ||
        !semver_parse(text, &semver) || semver.number_count != 3)
        return false;
    for (int i = 0; i < 3; i++) {
        if (semver.numbers[i].size > 1 && semver.numbers[i].data[0] == '0')
            return false;
    }
    const char *after = semver.numbers[2].data + semver.numbers[2].size;
    if (semver.has_prerelease && (*after != '-' || !semver_are_identifiers(semver.prerelease, true)))
        return false;
    return !semver.has_build || semver_are_identifiers(semver.build, false);
}

bool semver_is_comparable(struct view text)
{
    struct semver semver;
    return semver_parse(text, &semver);
}

/* Section 11.4: numbers by value and before all others, others by bytes. */
static int compare_identifier(struct view a, struct view b)
{
    bool left_is_number = a.size > 0 && digits_prefix(a).size == a.size;
    bool right_is_number = b.size > 0 && digits_prefix(b).size == b.size;
    if (left_is_number != right_is_number)
        return left_is_number ? -1 : 1;
    return left_is_number ? digits_compare(a, b) : digits_compare_bytes(a, b);
}

int semver_compare_identifiers(struct view a, struct view b)
{
    while (a.size > 0 && b.size > 0) {
        int order = compare_identifier(view_cut(&a, '.'), view_cut(&b, '.'));
        if (order != 0)
            return order;
    }
    return (a.size > 0) - (b.size > 0);
}

int semver_compare(struct view a, struct view b)
{
    struct semver left, right;
    bool left_is_read = semver_parse(a, &left);
    bool right_is_read = semver_parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    if (!left_is_read)
        return digits_compare_bytes(a, b);
    for (int i = 0; i < 3; i++) {
        int order = digits_compare(left.numbers[i], right.numbers[i]);
        if (order != 0)
            return order;
    }
    if (left.has_prerelease != right.has_prerelease)
        return left.has_prerelease ? -1 : 1;
    return semver_compare_identifiers(left.prerelease, right.prerelease);
}

const struct version_order version_semver = {
    .name = "semver",
    .is_valid = semver_is_valid,
    .is_comparable = semver_is_comparable,
    .compare = semver_compare,
};
