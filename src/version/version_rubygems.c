/* SPDX-License-Identifier: Apache-2.0 */
/* RubyGems: Gem::Version. Any text is cut into runs of digits and of letters, a '-' stands for ".pre.", and zeros at the end
   of the numbers before the first letters do not count. */
#include "version/digits.h"
#include "version/rubygems.h"
#include "version/version.h"

struct segments {
    struct view rest;
    bool is_after_letters;
    const char *kept_until; /* zeros before this place are known to count */
};

static struct segments segments_of(struct view text)
{
    struct segments segments = {text, false, NULL};
    return segments;
}

/* The next run as it stands; empty at the end. */
static struct view next_run(struct view *rest)
{
    static const struct view dash = VIEW_LITERAL("pre");
    while (rest->size > 0) {
        struct view digits = digits_cut(rest);
        if (digits.size > 0)
            return digits;
        struct view letters = digits_cut_letters(rest);
        if (letters.size > 0)
            return letters;
        char byte = rest->data[0];
        *rest = view_from(*rest, 1);
        if (byte == '-')
            return dash;
    }
    return view_slice(*rest, 0, 0);
}

static bool is_number(struct view run)
{
    return run.size > 0 && digits_is(run.data[0]);
}

static bool is_zero(struct view run)
{
    static const struct view none = {NULL, 0};
    return is_number(run) && digits_compare(run, none) == 0;
}

/* The first run behind the zeros that `run` starts; `rest` is what stands behind `run`, and then behind the result. */
static struct view skip_zeros(struct view run, struct view *rest)
{
    while (is_zero(run))
        run = next_run(rest);
    return run;
}

/* The next run that counts; empty at the end, which compares like 0. */
static struct view next(struct segments *segments)
{
    struct view run = next_run(&segments->rest);
    bool is_known = segments->kept_until != NULL && run.data < segments->kept_until;
    if (!segments->is_after_letters && is_zero(run) && !is_known) {
        struct view rest = segments->rest;
        struct view behind = skip_zeros(run, &rest);
        if (is_number(behind)) {
            segments->kept_until = behind.data;
            return run;
        }
        segments->rest = rest;
        run = behind;
    }
    segments->is_after_letters = segments->is_after_letters || (run.size > 0 && !is_number(run));
    return run;
}

int rubygems_compare(struct view a, struct view b)
{
    struct segments left = segments_of(a), right = segments_of(b);
    for (;;) {
        struct view left_run = next(&left), right_run = next(&right);
        bool left_is_letters = left_run.size > 0 && !is_number(left_run);
        bool right_is_letters = right_run.size > 0 && !is_number(right_run);
        if (left_run.size == 0 && right_run.size == 0)
            return 0;
        if (left_is_letters != right_is_letters)
            return left_is_letters ? -1 : 1;
        int order = left_is_letters ? digits_compare_bytes(left_run, right_run) : digits_compare(left_run, right_run);
        if (order != 0)
            return order;
    }
}

bool rubygems_is_below_bump(struct view version, struct view base)
{
    size_t count = 0;
    for (struct view rest = base, run = next_run(&rest); is_number(run); run = next_run(&rest))
        count++;
    bool is_numeric = true;
    for (size_t left = count > 1 ? count - 1 : count; left > 0; left--) {
        struct view run = next_run(&version);
        is_numeric = is_numeric && is_number(run);
        int order = digits_compare(is_numeric ? run : view_slice(run, 0, 0), next_run(&base));
        if (order != 0)
            return order < 0;
    }
    return true;
}

/* Identifiers of letters, digits and, if `takes_dash`, '-', apart by dots. */
static bool are_identifiers(struct view text, bool takes_dash)
{
    bool is_identifier = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_part = digits_is(byte) || digits_is_letter(byte) || (takes_dash && byte == '-');
        if (!is_part && !(byte == '.' && is_identifier))
            return false;
        is_identifier = is_part;
    }
    return is_identifier;
}

bool rubygems_is_version(struct view text)
{
    text = view_trim(text);
    size_t dash = view_find(text, '-');
    struct view main = view_slice(text, 0, dash);
    struct view first = view_slice(main, 0, view_find(main, '.'));
    if (text.size == 0)
        return true;
    return first.size > 0 && digits_prefix(first).size == first.size && are_identifiers(main, false) &&
           (dash == text.size || are_identifiers(view_from(text, dash + 1), true));
}

const struct version_order version_rubygems = {
    .name = "rubygems",
    .is_valid = rubygems_is_version,
    .is_comparable = rubygems_is_version,
    .compare = rubygems_compare,
};
