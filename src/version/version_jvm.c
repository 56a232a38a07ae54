/* SPDX-License-Identifier: Apache-2.0 */
/* Java runtimes: JEP 223 and 322 ("17.0.9+9", "9-ea+12") and what came before ("1.8.0_392-b08", "8u392"), which is the same
   as "8.0.392". Builds do not count. */
#include "version/digits.h"
#include "version/semver.h"
#include "version/version.h"

struct jvm {
    struct view numbers; /* "8.0_392", apart by '.', '_' or 'u' */
    struct view prerelease; /* "ea"; empty = none */
};

static bool is_build(struct view part)
{
    return view_starts_with(part, "b") && part.size > 1 && digits_prefix(view_from(part, 1)).size == part.size - 1;
}

static bool parse(struct view text, struct jvm *jvm)
{
    *jvm = (struct jvm){0};
    text = view_trim(text);
    text = view_slice(text, 0, view_find(text, '+'));
    if (view_starts_with(text, "1.") && digits_prefix(view_from(text, 2)).size > 0)
        text = view_from(text, 2);
    struct view rest = text;
    for (;;) {
        if (digits_cut(&rest).size == 0)
            return false;
        if (rest.size == 0 || (rest.data[0] != '.' && rest.data[0] != '_' && rest.data[0] != 'u'))
            break;
        rest = view_from(rest, 1);
    }
    jvm->numbers = view_slice(text, 0, text.size - rest.size);
    if (rest.size > 0 && rest.data[0] != '-')
        return false;
    rest = view_from(rest, 1);
    struct view part = view_cut(&rest, '-');
    jvm->prerelease = is_build(part) ? view_slice(part, 0, 0) : part;
    return true;
}

/* The next number and, in `rest`, what is left; an 'u' or '_' behind the first number stands for ".0.". */
static struct view cut_number(struct view *rest, bool is_first)
{
    struct view number = digits_cut(rest);
    if (!is_first || rest->size == 0 || rest->data[0] != 'u')
        *rest = view_from(*rest, 1);
    return number;
}

static int compare_numbers(struct view a, struct view b)
{
    for (bool is_first = true; a.size > 0 || b.size > 0; is_first = false) {
        int order = digits_compare(cut_number(&a, is_first), cut_number(&b, is_first));
        if (order != 0)
            return order;
    }
    return 0;
}

/* What cannot be read sorts by bytes before all that can. */
static int compare(struct view a, struct view b)
{
    struct jvm left, right;
    bool left_is_read = parse(a, &left);
    bool right_is_read = parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    if (!left_is_read)
        return digits_compare_bytes(a, b);
    int order = compare_numbers(left.numbers, right.numbers);
    if (order != 0)
        return order;
    if ((left.prerelease.size > 0) != (right.prerelease.size > 0))
        return left.prerelease.size > 0 ? -1 : 1;
    return semver_compare_identifiers(left.prerelease, right.prerelease);
}

static bool is_valid(struct view version)
{
    struct jvm jvm;
    return parse(version, &jvm) && (jvm.prerelease.size == 0 || semver_are_identifiers(jvm.prerelease, false));
}

static bool is_comparable(struct view version)
{
    struct jvm jvm;
    return parse(version, &jvm);
}

const struct version_order version_jvm = {
    .name = "jvm",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
