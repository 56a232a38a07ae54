/* SPDX-License-Identifier: Apache-2.0 */
/* Maven: ComparableVersion of Maven 4.0. '.' parts items, '-' and the change between digits and letters open a list within
   the list, a word and the number behind it are one item. Lists hold a further list only as their last item, so a version
   is one row of items with marks where a list opens. Missing items count as nothing, which is 0 or the release. */
#include "version/digits.h"
#include "version/version.h"

enum item_kind { ITEM_END, ITEM_WORD, ITEM_WORD_AND_NUMBER, ITEM_NUMBER };

struct item {
    enum item_kind kind;
    size_t list_count; /* lists that open before it, one within the other */
    struct view word;
    struct view digits;
};

/* Reads items as they are written. */
struct reader {
    struct view rest;
    bool is_list_empty;
    bool has_pending_list; /* a list opens before the next item */
};

/* Reads items as they count: zeros at the end do not, nor those before a word in the same list or the next. */
struct items {
    struct reader reader;
    const char *kept_until; /* zeros before this place are known to count */
    struct item item; /* the next one */
};

static bool is_word_byte(char byte)
{
    return byte != '.' && byte != '-' && !digits_is(byte);
}

static size_t word_size(struct view text)
{
    size_t size = 0;
    while (size < text.size && is_word_byte(text.data[size]))
        size++;
    return size;
}

/* Behind an item: '.' ends it; '-' ends it and opens a list; so does a letter behind a number. */
static void read_end(struct reader *reader)
{
    char byte = reader->rest.size == 0 ? '.' : reader->rest.data[0];
    if (byte == '.' || byte == '-')
        reader->rest = view_from(reader->rest, 1);
    reader->has_pending_list = byte != '.';
}

/* A word with the number behind it, "rc1" or "rc-1", or that ends the version, opens a list unless it is the first item of
   one. */
static void read_word(struct reader *reader, struct item *item)
{
    item->word = view_slice(reader->rest, 0, word_size(reader->rest));
    struct view behind = view_from(reader->rest, item->word.size);
    struct view number = digits_prefix(view_starts_with(behind, "-") ? view_from(behind, 1) : behind);
    item->kind = number.size > 0 ? ITEM_WORD_AND_NUMBER : ITEM_WORD;
    if (!reader->is_list_empty && (number.size > 0 || behind.size == 0))
        item->list_count = 1;
    if (number.size > 0) {
        item->digits = number;
        behind = view_from(behind, (size_t)(number.data - behind.data) + number.size);
    }
    reader->rest = behind;
}

static struct item read_item(struct reader *reader)
{
    struct item item = {.kind = ITEM_END};
    if (reader->rest.size == 0)
        return item;
    item.list_count = reader->has_pending_list ? 1 : 0;
    reader->is_list_empty = reader->is_list_empty || reader->has_pending_list;
    if (is_word_byte(reader->rest.data[0])) {
        read_word(reader, &item);
    } else {
        item.kind = ITEM_NUMBER; /* no digits at all before a '.' or '-' are 0 */
        item.digits = digits_cut(&reader->rest);
    }
    reader->is_list_empty = false;
    read_end(reader);
    return item;
}

static bool is_zero(const struct item *item)
{
    static const struct view none = {NULL, 0};
    return item->kind == ITEM_NUMBER && digits_compare(item->digits, none) == 0;
}

/* Looks from a zero to the next item that is none. Zeros count if that is a number; before a word those count that stand
   farther away than the list before the word's own. Drops those that do not count. */
static void skip_zeros(struct items *items, struct item *item)
{
    struct reader ahead = items->reader;
    struct item behind = *item;
    const char *place = ahead.rest.data;
    const char *list_start = place, *previous_list_start = place; /* of the list of `behind`, of the one before */
    size_t list_count = 0;
    while (is_zero(&behind)) {
        list_count += behind.list_count;
        behind = read_item(&ahead);
        if (behind.list_count > 0) {
            previous_list_start = list_start;
            list_start = ahead.rest.data;
        }
    }
    if (behind.kind == ITEM_NUMBER)
        items->kept_until = ahead.rest.data;
    else if (behind.kind != ITEM_END && previous_list_start != place)
        items->kept_until = previous_list_start;
    if (items->kept_until != NULL && place < items->kept_until)
        return;
    items->reader = ahead;
    behind.list_count += list_count;
    *item = behind;
}

static void advance(struct items *items)
{
    items->item = read_item(&items->reader);
    bool is_known = items->kept_until != NULL && items->reader.rest.data < items->kept_until;
    if (is_zero(&items->item) && !is_known)
        skip_zeros(items, &items->item);
}

static struct items items_of(struct view version)
{
    struct items items = {.reader = {.rest = version, .is_list_empty = true}};
    advance(&items);
    return items;
}

static int lower(char byte)
{
    return digits_is_letter(byte) ? byte | 0x20 : (unsigned char)byte;
}

enum { RANK_RELEASE = 5, RANK_OTHER = 7 };

/* Known qualifiers before all others; the release in its place. "a", "b" and "m" are short forms before a number. */
static int qualifier_rank(const struct item *item)
{
    static const struct {
        const char *name;
        int rank;
    } names[] = {{"alpha", 0}, {"beta", 1}, {"milestone", 2}, {"rc", 3}, {"cr", 3}, {"snapshot", 4},
        {"ga", RANK_RELEASE}, {"final", RANK_RELEASE}, {"release", RANK_RELEASE}, {"sp", 6}};
    if (item->kind == ITEM_WORD_AND_NUMBER && item->word.size == 1) {
        int letter = lower(item->word.data[0]);
        if (letter == 'a' || letter == 'b' || letter == 'm')
            return letter == 'a' ? 0 : letter == 'b' ? 1 : 2;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_equal_ignoring_case(item->word, view_text(names[i].name)))
            return names[i].rank;
    }
    return RANK_OTHER;
}

static int compare_words(const struct item *a, const struct item *b)
{
    int left = qualifier_rank(a), right = qualifier_rank(b);
    if (left != right)
        return left < right ? -1 : 1;
    for (size_t i = 0; left == RANK_OTHER && i < a->word.size && i < b->word.size; i++) {
        if (lower(a->word.data[i]) != lower(b->word.data[i]))
            return lower(a->word.data[i]) < lower(b->word.data[i]) ? -1 : 1;
    }
    return left == RANK_OTHER ? (a->word.size > b->word.size) - (a->word.size < b->word.size) : 0;
}

static int compare_to_nothing(const struct item *item)
{
    static const struct view none = {NULL, 0};
    if (item->kind == ITEM_NUMBER)
        return digits_compare(item->digits, none);
    int rank = qualifier_rank(item);
    return (rank > RANK_RELEASE) - (rank < RANK_RELEASE);
}

/* A word counts less than the same word with a number. */
static int compare_items(const struct item *a, const struct item *b)
{
    if (a->kind == ITEM_NUMBER || b->kind == ITEM_NUMBER) {
        if (a->kind != b->kind)
            return a->kind == ITEM_NUMBER ? 1 : -1;
        return digits_compare(a->digits, b->digits);
    }
    int order = compare_words(a, b);
    if (order != 0)
        return order;
    if (a->kind != b->kind)
        return a->kind == ITEM_WORD ? -1 : 1;
    return digits_compare(a->digits, b->digits);
}

static bool has_ended(const struct items *items)
{
    return items->item.kind == ITEM_END;
}

/* What is left against nothing. */
static int compare_rest(struct items *items)
{
    int order = 0;
    for (; order == 0 && !has_ended(items); advance(items))
        order = compare_to_nothing(&items->item);
    return order;
}

/* A list is older than a number and newer than a word. */
static int compare_list_to(const struct item *item)
{
    return item->kind == ITEM_NUMBER ? -1 : 1;
}

static int compare(struct view a, struct view b)
{
    struct items left = items_of(a), right = items_of(b);
    while (!has_ended(&left) && !has_ended(&right)) {
        if (left.item.list_count > right.item.list_count)
            return compare_list_to(&right.item);
        if (left.item.list_count < right.item.list_count)
            return -compare_list_to(&left.item);
        int order = compare_items(&left.item, &right.item);
        if (order != 0)
            return order;
        advance(&left);
        advance(&right);
    }
    int order = compare_rest(&left);
    return order == 0 ? -compare_rest(&right) : order;
}

/* Maven orders every text. */
static bool is_valid(struct view version)
{
    return version.size > 0;
}

const struct version_order version_maven = {
    .name = "maven",
    .is_valid = is_valid,
    .is_comparable = is_valid,
    .compare = compare,
    .has_circles = true,
};
