/* SPDX-License-Identifier: Apache-2.0 */
/* Debian Policy 5.6.12: [epoch:]upstream-version[-debian-revision]. */
#include "version/digits.h"
#include "version/version.h"

struct dpkg_parts {
    struct view epoch; /* digits; empty = 0 */
    struct view upstream;
    struct view revision;
};

/* dpkg drops blanks around a version and refuses them inside. */
static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct view trim(struct view version)
{
    while (version.size > 0 && is_blank(version.data[0]))
        version = view_from(version, 1);
    while (version.size > 0 && is_blank(version.data[version.size - 1]))
        version.size--;
    return version;
}

/* A prefix that is no number is no epoch, so that every text has parts. */
static struct dpkg_parts split(struct view version)
{
    struct dpkg_parts parts = {{NULL, 0}, trim(version), {NULL, 0}};
    struct view digits = digits_prefix(parts.upstream);
    if (digits.size > 0 && digits.size < parts.upstream.size && parts.upstream.data[digits.size] == ':') {
        parts.epoch = digits;
        parts.upstream = view_from(parts.upstream, digits.size + 1);
    }
    size_t dash = view_find_last(parts.upstream, '-');
    parts.revision = view_from(parts.upstream, dash + 1);
    parts.upstream = view_slice(parts.upstream, 0, dash);
    return parts;
}

/* '~' before the end, the end before letters, letters before all other bytes. */
static int first_weight(struct view text)
{
    if (text.size == 0 || digits_is(text.data[0]))
        return 0;
    char byte = text.data[0];
    return byte == '~' ? -1 : digits_is_letter(byte) ? (unsigned char)byte : (unsigned char)byte + 256;
}

/* Alternates between runs without digits, compared byte by byte, and numbers. */
static int compare_part(struct view a, struct view b)
{
    while (a.size > 0 || b.size > 0) {
        while ((a.size > 0 && !digits_is(a.data[0])) || (b.size > 0 && !digits_is(b.data[0]))) {
            int difference = first_weight(a) - first_weight(b);
            if (difference != 0)
                return difference < 0 ? -1 : 1;
            a = view_from(a, 1);
            b = view_from(b, 1);
        }
        int order = digits_compare(digits_cut(&a), digits_cut(&b));
        if (order != 0)
            return order;
    }
    return 0;
}

static int compare(struct view a, struct view b)
{
    struct dpkg_parts left = split(a);
    struct dpkg_parts right = split(b);
    int order = digits_compare(left.epoch, right.epoch);
    if (order == 0)
        order = compare_part(left.upstream, right.upstream);
    return order == 0 ? compare_part(left.revision, right.revision) : order;
}

static bool has_only(struct view text, const char *punctuation)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!digits_is(byte) && !digits_is_letter(byte) && (byte == '\0' || strchr(punctuation, byte) == NULL))
            return false;
    }
    return true;
}

/* dpkg keeps the epoch in an int. */
static bool is_epoch(struct view digits)
{
    int64_t value = 0;
    return digits.size == 0 || (view_to_integer(digits, &value) && value <= INT32_MAX);
}

/* What dpkg refuses: nothing at all, blanks inside, a colon without a number before it or a version behind it, an empty
   revision. */
static bool is_comparable(struct view version)
{
    struct view text = trim(version);
    struct dpkg_parts parts = split(text);
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
            return false;
    }
    bool has_colon_without_epoch = parts.epoch.size == 0 && view_find(text, ':') < text.size;
    bool has_empty_revision = text.size > 0 && text.data[text.size - 1] == '-';
    return parts.upstream.size > 0 && is_epoch(parts.epoch) && !has_colon_without_epoch && !has_empty_revision;
}

/* What dpkg warns of is not valid either: an upstream version that does not start with a digit, other characters. */
static bool is_valid(struct view version)
{
    struct dpkg_parts parts = split(version);
    return is_comparable(version) && digits_is(parts.upstream.data[0]) && has_only(parts.upstream, ".+~-:") &&
           has_only(parts.revision, ".+~");
}

const struct version_order version_dpkg = {
    .name = "dpkg",
    .is_valid = is_valid,
    .is_comparable = is_comparable,
    .compare = compare,
};
