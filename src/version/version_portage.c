/* SPDX-License-Identifier: Apache-2.0 */
/* Portage: Gentoo's Package Manager Specification, chapter 3.2 and 3.3:
   digits{.digits}*[letter]{_suffix[digits]}*[-rdigits]. What is no such version sorts by bytes before all that are. */
#include "version/digits.h"
#include "version/version.h"

struct portage {
    struct view numbers;
    char letter; /* '\0' = none */
    struct view suffixes; /* "_rc1_p2" */
    struct view revision; /* digits; empty = 0 */
};

enum { RANK_NONE = 0, RANK_UNKNOWN = 9 };

/* Takes "_suffix[digits]" away; RANK_NONE if there is no suffix, RANK_UNKNOWN if it is none of the five. */
static int take_suffix(struct view *rest, struct view *number)
{
    static const struct {
        const char *name;
        int rank;
    } names[] = {{"alpha", -4}, {"beta", -3}, {"pre", -2}, {"rc", -1}, {"p", 1}};
    *number = view_slice(*rest, 0, 0);
    if (!view_starts_with(*rest, "_"))
        return RANK_NONE;
    struct view text = view_from(*rest, 1);
    size_t size = 0;
    while (size < text.size && digits_is_letter(text.data[size]))
        size++;
    *rest = view_from(text, size);
    *number = digits_cut(rest);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_is(view_slice(text, 0, size), names[i].name))
            return names[i].rank;
    }
    return RANK_UNKNOWN;
}

static bool take_numbers(struct view *rest, struct portage *portage)
{
    struct view text = *rest;
    for (;;) {
        if (digits_cut(rest).size == 0)
            return false;
        if (!view_starts_with(*rest, "."))
            break;
        *rest = view_from(*rest, 1);
    }
    portage->numbers = view_slice(text, 0, text.size - rest->size);
    return true;
}

static bool parse(struct view text, struct portage *portage)
{
    *portage = (struct portage){0};
    if (!take_numbers(&text, portage))
        return false;
    if (text.size > 0 && text.data[0] >= 'a' && text.data[0] <= 'z') {
        portage->letter = text.data[0];
        text = view_from(text, 1);
    }
    struct view rest = text, number;
    while (view_starts_with(rest, "_")) {
        if (take_suffix(&rest, &number) == RANK_UNKNOWN)
            return false;
    }
    portage->suffixes = view_slice(text, 0, text.size - rest.size);
    if (rest.size == 0)
        return true;
    portage->revision = view_from(rest, 2);
    return view_starts_with(rest, "-r") && portage->revision.size > 0 &&
           digits_prefix(portage->revision).size == portage->revision.size;
}

static struct view without_zeros_behind(struct view digits)
{
    while (digits.size > 0 && digits.data[digits.size - 1] == '0')
        digits.size--;
    return digits;
}

/* The first by value; each other one as a fraction if a zero leads on either side (algorithm 3.3). */
static int compare_numbers(struct view a, struct view b)
{
    int order = digits_compare(view_cut(&a, '.'), view_cut(&b, '.'));
    while (order == 0 && a.size > 0 && b.size > 0) {
        struct view left = view_cut(&a, '.'), right = view_cut(&b, '.');
        if (left.data[0] == '0' || right.data[0] == '0')
            order = digits_compare_bytes(without_zeros_behind(left), without_zeros_behind(right));
        else
            order = digits_compare(left, right);
    }
    return order == 0 ? (a.size > 0) - (b.size > 0) : order;
}

static int compare_suffixes(struct view a, struct view b)
{
    while (a.size > 0 || b.size > 0) {
        struct view left_number, right_number;
        int left = take_suffix(&a, &left_number);
        int right = take_suffix(&b, &right_number);
        int order = (left > right) - (left < right);
        if (order == 0)
            order = digits_compare(left_number, right_number);
        if (order != 0)
            return order;
    }
    return 0;
}

static int compare(struct view a, struct view b)
{
    struct portage left, right;
    bool left_is_read = parse(a, &left);
    bool right_is_read = parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    if (!left_is_read)
        return digits_compare_bytes(a, b);
    int order = compare_numbers(left.numbers, right.numbers);
    if (order == 0)
        order = (left.letter > right.letter) - (left.letter < right.letter);
    if (order == 0)
        order = compare_suffixes(left.suffixes, right.suffixes);
    return order == 0 ? digits_compare(left.revision, right.revision) : order;
}

static bool is_valid(struct view version)
{
    struct portage portage;
    return parse(version, &portage);
}

const struct version_order version_portage = {
    .name = "portage",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
};
