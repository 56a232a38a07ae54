/* SPDX-License-Identifier: Apache-2.0 */
/* pacman: [epoch:]version[-release] by libalpm's vercmp. A release counts only where both sides have one, and runs of more
   than one separator count by their length, so this is no order in the strict sense over texts that mix such. */
#include "version/evr.h"
#include "version/version.h"

static bool starts_with_letter(struct view text)
{
    return text.size > 0 && digits_is_letter(text.data[0]);
}

/* Takes what is neither letter nor digit away; its length. */
static size_t skip_separators(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && !digits_is(rest->data[size]) && !digits_is_letter(rest->data[size]))
        size++;
    *rest = view_from(*rest, size);
    return size;
}

/* One side has ended: letters that are left make older ("1.0a" < "1.0"), all else newer ("1.0" < "1.0.a"). */
static int compare_rest(struct view a, struct view b)
{
    if (a.size == 0 && b.size == 0)
        return 0;
    bool left_is_older = (a.size == 0 && !starts_with_letter(b)) || starts_with_letter(a);
    return left_is_older ? -1 : 1;
}

static int compare_part(struct view a, struct view b)
{
    while (a.size > 0 && b.size > 0) {
        size_t left_separators = skip_separators(&a);
        size_t right_separators = skip_separators(&b);
        if (a.size == 0 || b.size == 0)
            break;
        if (left_separators != right_separators)
            return left_separators < right_separators ? -1 : 1;
        bool left_is_letter = starts_with_letter(a);
        if (left_is_letter != starts_with_letter(b))
            return left_is_letter ? -1 : 1;
        int order = left_is_letter ? digits_compare_bytes(digits_cut_letters(&a), digits_cut_letters(&b))
                                   : digits_compare(digits_cut(&a), digits_cut(&b));
        if (order != 0)
            return order;
    }
    return compare_rest(a, b);
}

static int compare(struct view a, struct view b)
{
    struct evr left = evr_split(a);
    struct evr right = evr_split(b);
    int order = digits_compare(left.epoch, right.epoch);
    if (order == 0)
        order = compare_part(left.version, right.version);
    if (order != 0 || !left.has_release || !right.has_release)
        return order;
    return compare_part(left.release, right.release);
}

static bool has_blank_or_control(struct view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

/* vercmp orders every text. */
static bool is_comparable(struct view version)
{
    return version.size > 0 && !has_blank_or_control(version);
}

/* PKGBUILD(5): a version holds neither ':' nor '/' nor '-'; a release is a number or two, apart by '.'. */
static bool is_valid(struct view version)
{
    struct evr parts = evr_split(version);
    struct view release = parts.release;
    bool is_release = !parts.has_release;
    if (parts.has_release && digits_cut(&release).size > 0)
        is_release = release.size == 0 || (release.data[0] == '.' && release.size > 1 &&
                                              digits_prefix(view_from(release, 1)).size + 1 == release.size);
    return is_comparable(version) && is_release && parts.version.size > 0 &&
           view_find(parts.version, ':') == parts.version.size && view_find(parts.version, '/') == parts.version.size &&
           view_find(parts.version, '-') == parts.version.size;
}

const struct version_order version_pacman = {
    .name = "pacman",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
    .has_circles = true,
};
