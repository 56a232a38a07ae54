/* SPDX-License-Identifier: Apache-2.0 */
/* PyPI: PEP 440. What is none of its spellings sorts by bytes before all that are. */
#include "version/digits.h"
#include "version/pep440.h"
#include "version/version.h"

#include <stdint.h>

/* The blanks that Python's regular expressions know, as far as they are ASCII. */
static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1c && byte <= 0x1f);
}

static struct view trim(struct view text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = view_from(text, 1);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool is_separator(char byte)
{
    return byte == '-' || byte == '_' || byte == '.';
}

static bool starts_with_word(struct view text, const char *word)
{
    return view_equal_ignoring_case(view_slice(text, 0, strlen(word)), view_text(word));
}

/* Takes "[separator]word[separator][digits]" away; `words` end with NULL. The word's position, or -1. */
static int take_suffix(struct view *rest, const char *const *words, struct view *number)
{
    struct view text = rest->size > 0 && is_separator(rest->data[0]) ? view_from(*rest, 1) : *rest;
    for (int i = 0; words[i] != NULL; i++) {
        if (!starts_with_word(text, words[i]))
            continue;
        text = view_from(text, strlen(words[i]));
        if (text.size > 0 && is_separator(text.data[0]))
            text = view_from(text, 1);
        *number = digits_cut(&text);
        *rest = text;
        return i;
    }
    return -1;
}

static bool take_release(struct view *rest, struct pep440 *version)
{
    struct view number = digits_prefix(*rest);
    if (number.size > 0 && number.size < rest->size && rest->data[number.size] == '!') {
        version->epoch = number;
        *rest = view_from(*rest, number.size + 1);
    }
    struct view text = *rest;
    for (size_t size = 0;; size++) {
        size_t digits = digits_prefix(view_from(text, size)).size;
        if (digits == 0) {
            /* Either nothing at all, or a dot that belongs to what follows. */
            version->release = view_slice(text, 0, size == 0 ? 0 : size - 1);
            break;
        }
        size += digits;
        if (size == text.size || text.data[size] != '.') {
            version->release = view_slice(text, 0, size);
            break;
        }
    }
    *rest = view_from(text, version->release.size);
    return version->release.size > 0;
}

static void take_phase(struct view *rest, struct pep440 *version)
{
    static const char *const words[] = {"alpha", "a", "beta", "b", "preview", "pre", "c", "rc", NULL};
    static const enum pep440_phase phases[] = {PEP440_ALPHA, PEP440_ALPHA, PEP440_BETA, PEP440_BETA, PEP440_CANDIDATE,
        PEP440_CANDIDATE, PEP440_CANDIDATE, PEP440_CANDIDATE};
    int word = take_suffix(rest, words, &version->phase_number);
    version->phase = word < 0 ? PEP440_FINAL : phases[word];
}

static void take_post(struct view *rest, struct pep440 *version)
{
    static const char *const words[] = {"post", "rev", "r", NULL};
    struct view number = digits_prefix(view_from(*rest, 1));
    if (view_starts_with(*rest, "-") && number.size > 0) {
        version->has_post = true;
        version->post = number;
        *rest = view_from(*rest, 1 + number.size);
        return;
    }
    version->has_post = take_suffix(rest, words, &version->post) >= 0;
}

/* Letters and digits in parts, apart by one separator each. */
static bool is_local(struct view text)
{
    bool is_part = false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!digits_is(byte) && !digits_is_letter(byte) && !(is_separator(byte) && is_part))
            return false;
        is_part = !is_separator(byte);
    }
    return is_part;
}

bool pep440_parse(struct view text, struct pep440 *version)
{
    static const char *const words[] = {"dev", NULL};
    *version = (struct pep440){.phase = PEP440_FINAL};
    struct view rest = trim(text);
    if (rest.size > 0 && (rest.data[0] == 'v' || rest.data[0] == 'V'))
        rest = view_from(rest, 1);
    if (!take_release(&rest, version))
        return false;
    take_phase(&rest, version);
    take_post(&rest, version);
    version->has_dev = take_suffix(&rest, words, &version->dev) >= 0;
    if (rest.size == 0)
        return true;
    version->local = view_from(rest, 1);
    return rest.data[0] == '+' && is_local(version->local);
}

int pep440_compare_release(const struct pep440 *a, const struct pep440 *b, size_t count)
{
    struct view left = a->release, right = b->release;
    int order = digits_compare(a->epoch, b->epoch);
    for (; order == 0 && count > 0 && (left.size > 0 || right.size > 0); count--)
        order = digits_compare(view_cut(&left, '.'), view_cut(&right, '.'));
    return order;
}

size_t pep440_release_count(const struct pep440 *version)
{
    size_t count = 0;
    for (struct view rest = version->release; rest.size > 0; count++)
        view_cut(&rest, '.');
    return count;
}

static struct view cut_local_part(struct view *rest)
{
    size_t size = 0;
    while (size < rest->size && !is_separator(rest->data[size]))
        size++;
    struct view part = view_slice(*rest, 0, size);
    *rest = view_from(*rest, size + 1);
    return part;
}

static int compare_ignoring_case(struct view a, struct view b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int left = digits_is_letter(a.data[i]) ? a.data[i] | 0x20 : a.data[i];
        int right = digits_is_letter(b.data[i]) ? b.data[i] | 0x20 : b.data[i];
        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

/* Numbers by value and after all words, words by bytes without case, then the longer one. */
static int compare_local(struct view a, struct view b)
{
    while (a.size > 0 && b.size > 0) {
        struct view left = cut_local_part(&a), right = cut_local_part(&b);
        bool left_is_number = digits_prefix(left).size == left.size;
        bool right_is_number = digits_prefix(right).size == right.size;
        if (left_is_number != right_is_number)
            return left_is_number ? 1 : -1;
        int order = left_is_number ? digits_compare(left, right) : compare_ignoring_case(left, right);
        if (order != 0)
            return order;
    }
    return (a.size > 0) - (b.size > 0);
}

/* "1.0.dev1" comes before "1.0a1": a development release of nothing else stands before all phases. */
static int phase_rank(const struct pep440 *version)
{
    bool is_before_all = version->phase == PEP440_FINAL && !version->has_post && version->has_dev;
    return is_before_all ? -1 : (int)version->phase;
}

int pep440_compare(const struct pep440 *a, const struct pep440 *b)
{
    int order = pep440_compare_release(a, b, SIZE_MAX);
    if (order != 0)
        return order;
    if (phase_rank(a) != phase_rank(b))
        return phase_rank(a) < phase_rank(b) ? -1 : 1;
    order = digits_compare(a->phase_number, b->phase_number);
    if (order != 0)
        return order;
    if (a->has_post != b->has_post)
        return a->has_post ? 1 : -1;
    order = digits_compare(a->post, b->post);
    if (order != 0)
        return order;
    if (a->has_dev != b->has_dev)
        return a->has_dev ? -1 : 1;
    order = digits_compare(a->dev, b->dev);
    return order == 0 ? compare_local(a->local, b->local) : order;
}

static bool is_valid(struct view version)
{
    struct pep440 parsed;
    return pep440_parse(version, &parsed);
}

static int compare(struct view a, struct view b)
{
    struct pep440 left, right;
    bool left_is_read = pep440_parse(a, &left);
    bool right_is_read = pep440_parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    return left_is_read ? pep440_compare(&left, &right) : digits_compare_bytes(a, b);
}

const struct version_order version_pep440 = {
    .name = "pep440",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
};
