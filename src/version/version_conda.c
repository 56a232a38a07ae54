/* SPDX-License-Identifier: Apache-2.0 */
/* Conda: [epoch!]parts[+local]; parts are cut into runs of digits and of others. What conda refuses sorts by bytes before
   all that it takes. */
#include "version/conda.h"
#include "version/digits.h"
#include "version/version.h"

/* What a run is worth among others; words of one rank go by bytes without case, numbers by value. */
enum run_rank { RANK_STAR, RANK_DEV, RANK_UNDERSCORE, RANK_WORD, RANK_NUMBER, RANK_POST };

/* A list of parts, each a list of runs; both go on for ever: with empty parts and with zeros. */
struct parts {
    struct view rest; /* parts to come */
    struct view part; /* runs to come of this one */
    bool has_dashes;
    bool keeps_last_underscore; /* "1.0_" has a part "0_" */
};

static bool is_part_byte(char byte)
{
    return digits_is(byte) || digits_is_letter(byte) || byte == '*' || byte == '.' || byte == '_' || byte == '-';
}

static struct parts parts_of(struct view text, bool has_dashes, bool keeps_last_underscore)
{
    struct parts parts = {text, {NULL, 0}, has_dashes, keeps_last_underscore};
    return parts;
}

static bool is_separator(const struct parts *parts, size_t position)
{
    char byte = parts->rest.data[position];
    bool is_last = position + 1 == parts->rest.size;
    bool is_underscore = byte == '_' || (byte == '-' && parts->has_dashes);
    return byte == '.' || (is_underscore && !(is_last && parts->keeps_last_underscore));
}

/* Starts the next part; an empty one behind the last. */
static void next_part(struct parts *parts)
{
    size_t size = 0;
    while (size < parts->rest.size && !is_separator(parts, size))
        size++;
    parts->part = view_slice(parts->rest, 0, size);
    parts->rest = view_from(parts->rest, size + 1);
}

enum run_kind { KIND_DIGIT, KIND_STAR, KIND_OTHER };

static enum run_kind kind_of(char byte)
{
    return digits_is(byte) ? KIND_DIGIT : byte == '*' ? KIND_STAR : KIND_OTHER;
}

/* The next run of the part: digits, stars, or others. Empty behind the last, which stands for 0. */
static struct view next_run(struct parts *parts)
{
    size_t size = 0;
    while (size < parts->part.size && kind_of(parts->part.data[size]) == kind_of(parts->part.data[0]))
        size++;
    struct view run = view_slice(parts->part, 0, size);
    parts->part = view_from(parts->part, size);
    return run;
}

static enum run_rank rank_of(struct view run)
{
    if (run.size == 0 || digits_is(run.data[0]))
        return RANK_NUMBER;
    if (run.data[0] == '*')
        return RANK_STAR;
    if (view_equal_ignoring_case(run, view_text("dev")))
        return RANK_DEV;
    if (view_equal_ignoring_case(run, view_text("post")))
        return RANK_POST;
    return run.data[0] == '_' || run.data[0] == '-' ? RANK_UNDERSCORE : RANK_WORD;
}

static int lower(char byte)
{
    return digits_is_letter(byte) ? byte | 0x20 : byte == '-' ? '_' : byte;
}

static int compare_words(struct view a, struct view b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        if (lower(a.data[i]) != lower(b.data[i]))
            return lower(a.data[i]) < lower(b.data[i]) ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_runs(struct view a, struct view b)
{
    enum run_rank left = rank_of(a), right = rank_of(b);
    if (left != right)
        return left < right ? -1 : 1;
    return left == RANK_NUMBER ? digits_compare(a, b) : left == RANK_POST ? 0 : compare_words(a, b);
}

/* A part that does not start with a number starts with an unwritten 0. */
static bool has_unwritten_zero(const struct parts *parts)
{
    return parts->part.size > 0 && !digits_is(parts->part.data[0]);
}

static int compare_part(struct parts *a, struct parts *b)
{
    bool left_is_early = !has_unwritten_zero(a), right_is_early = !has_unwritten_zero(b);
    while (a->part.size > 0 || b->part.size > 0) {
        struct view none = {NULL, 0};
        struct view left = left_is_early ? next_run(a) : none;
        struct view right = right_is_early ? next_run(b) : none;
        int order = compare_runs(left, right);
        if (order != 0)
            return order;
        left_is_early = right_is_early = true;
    }
    return 0;
}

static int compare_parts(struct parts a, struct parts b)
{
    while (a.rest.size > 0 || b.rest.size > 0) {
        next_part(&a);
        next_part(&b);
        int order = compare_part(&a, &b);
        if (order != 0)
            return order;
    }
    return 0;
}

static struct parts main_of(const struct conda *version)
{
    return parts_of(version->main, version->has_dashes, true);
}

static struct parts local_of(const struct conda *version)
{
    return parts_of(version->local, version->has_dashes, false);
}

int conda_compare(const struct conda *a, const struct conda *b)
{
    int order = digits_compare(a->epoch, b->epoch);
    if (order == 0)
        order = compare_parts(main_of(a), main_of(b));
    return order == 0 ? compare_parts(local_of(a), local_of(b)) : order;
}

/* The last run of `prefix` begins the run that stands there in `version`; those before it are equal. */
static bool part_starts_with(struct parts *version, struct parts *prefix)
{
    bool version_is_early = !has_unwritten_zero(version), prefix_is_early = !has_unwritten_zero(prefix);
    struct view none = {NULL, 0};
    for (;;) {
        struct view left = version_is_early ? next_run(version) : none;
        struct view right = prefix_is_early ? next_run(prefix) : none;
        bool is_last = prefix_is_early && prefix->part.size == 0;
        version_is_early = prefix_is_early = true;
        if (is_last && rank_of(right) != RANK_NUMBER && rank_of(right) != RANK_POST && rank_of(left) != RANK_NUMBER)
            return compare_words(view_slice(left, 0, right.size), right) == 0;
        if (compare_runs(left, right) != 0)
            return false;
        if (is_last)
            return true;
    }
}

static bool parts_start_with(struct parts version, struct parts prefix)
{
    for (;;) {
        next_part(&version);
        next_part(&prefix);
        if (prefix.rest.size == 0)
            return part_starts_with(&version, &prefix);
        if (compare_part(&version, &prefix) != 0)
            return false;
    }
}

bool conda_starts_with(const struct conda *version, const struct conda *prefix)
{
    if (digits_compare(version->epoch, prefix->epoch) != 0)
        return false;
    if (prefix->local.size == 0)
        return parts_start_with(main_of(version), main_of(prefix));
    return compare_parts(main_of(version), main_of(prefix)) == 0 &&
           parts_start_with(local_of(version), local_of(prefix));
}

/* Bytes that conda knows, and no part without any. */
static bool are_parts(struct view text, bool has_dashes, bool keeps_last_underscore)
{
    struct parts parts = parts_of(text, has_dashes, keeps_last_underscore);
    bool is_in_part = false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_part_byte(text.data[i]) || (text.data[i] == '-' && !has_dashes))
            return false;
        if (is_separator(&parts, i) && !is_in_part)
            return false;
        is_in_part = !is_separator(&parts, i);
    }
    return is_in_part;
}

bool conda_parse(struct view text, struct conda *version)
{
    *version = (struct conda){0};
    text = view_trim(text);
    version->has_dashes = view_find(text, '_') == text.size;
    size_t mark = view_find(text, '!');
    if (mark < text.size) {
        version->epoch = view_slice(text, 0, mark);
        if (mark == 0 || digits_prefix(version->epoch).size != mark)
            return false;
        text = view_from(text, mark + 1);
    }
    size_t plus = view_find(text, '+');
    version->main = view_slice(text, 0, plus);
    version->local = view_from(text, plus + 1);
    if (plus < text.size && !are_parts(version->local, version->has_dashes, false))
        return false;
    return are_parts(version->main, version->has_dashes, true);
}

static bool is_valid(struct view version)
{
    struct conda conda;
    return conda_parse(version, &conda);
}

static int compare(struct view a, struct view b)
{
    struct conda left, right;
    bool left_is_read = conda_parse(a, &left);
    bool right_is_read = conda_parse(b, &right);
    if (left_is_read != right_is_read)
        return left_is_read ? 1 : -1;
    return left_is_read ? conda_compare(&left, &right) : digits_compare_bytes(a, b);
}

const struct version_order version_conda = {
    .name = "conda",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
};
