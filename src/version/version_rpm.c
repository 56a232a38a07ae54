/* SPDX-License-Identifier: Apache-2.0 */
/* rpm: [epoch:]version[-release], each part by the rules of rpm-version(7), with '~' and '^'. Without a release comes before
   any release, as librpm's labelCompare has it. */
#include "version/evr.h"
#include "version/version.h"

static bool starts_with(struct view text, char byte)
{
    return text.size > 0 && text.data[0] == byte;
}

/* Everything but ASCII letters, digits, '~' and '^' separates and is otherwise ignored. */
static struct view skip_separators(struct view text)
{
    while (text.size > 0 && !digits_is(text.data[0]) && !digits_is_letter(text.data[0]) && text.data[0] != '~' &&
           text.data[0] != '^')
        text = view_from(text, 1);
    return text;
}

/* A number is newer than letters. */
static int compare_segment(struct view *a, struct view *b)
{
    bool left_is_number = digits_is(a->data[0]);
    bool right_is_number = digits_is(b->data[0]);
    if (left_is_number != right_is_number)
        return left_is_number ? 1 : -1;
    if (left_is_number)
        return digits_compare(digits_cut(a), digits_cut(b));
    return digits_compare_bytes(digits_cut_letters(a), digits_cut_letters(b));
}

static int compare_part(struct view a, struct view b)
{
    for (;;) {
        a = skip_separators(a);
        b = skip_separators(b);
        bool left_tilde = starts_with(a, '~');
        bool right_tilde = starts_with(b, '~');
        if (left_tilde != right_tilde)
            return left_tilde ? -1 : 1;
        bool left_caret = starts_with(a, '^');
        bool right_caret = starts_with(b, '^');
        if (!left_tilde && (a.size == 0 || b.size == 0))
            return (a.size > 0) - (b.size > 0);
        if (left_caret != right_caret)
            return left_caret ? -1 : 1;
        if (left_tilde || left_caret) {
            a = view_from(a, 1);
            b = view_from(b, 1);
            continue;
        }
        int order = compare_segment(&a, &b);
        if (order != 0)
            return order;
    }
}

static int compare(struct view a, struct view b)
{
    struct evr left = evr_split(a);
    struct evr right = evr_split(b);
    int order = digits_compare(left.epoch, right.epoch);
    if (order == 0)
        order = compare_part(left.version, right.version);
    if (order != 0)
        return order;
    if (left.has_release != right.has_release)
        return left.has_release ? 1 : -1;
    return compare_part(left.release, right.release);
}

/* rpm orders every text; one without a version, or with blanks or control characters, is none. */
static bool is_valid(struct view version)
{
    for (size_t i = 0; i < version.size; i++) {
        if ((unsigned char)version.data[i] <= ' ' || version.data[i] == 0x7f)
            return false;
    }
    return evr_split(version).version.size > 0;
}

const struct version_order version_rpm = {
    .name = "rpm",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
};
