/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page.h"

#include <string.h>

static bool bad_cursor(struct view cursor, struct error *err)
{
    return error_set(err, ERROR_INVALID, "cursor \"%.*s\" is not of this list: start again without one",
        (int)(cursor.size < 80 ? cursor.size : 80), cursor.data);
}

bool page_check(const struct page_request *page, struct error *err)
{
    if (page->limit < 1 || page->limit > PAGE_LIMIT_MAX)
        return error_set(err, ERROR_INVALID, "a page has 1 to %d rows, not %d", PAGE_LIMIT_MAX, page->limit);
    if (page->after.size > 0 && page->before.size > 0)
        return error_set(err, ERROR_INVALID, "a page starts after one row or ends before one, not both");
    return true;
}

bool page_parse(struct view cursor, int64_t *key, struct view *text, struct error *err)
{
    struct view rest = cursor;
    bool is_negative = rest.size > 0 && rest.data[0] == '-';
    if (is_negative)
        rest = view_from(rest, 1);
    bool has_text = view_find(rest, '.') < rest.size;
    struct view number = view_cut(&rest, '.');
    if (!view_to_integer(number, key) || (has_text && rest.size == 0))
        return bad_cursor(cursor, err);
    if (is_negative)
        *key = -*key;
    *text = rest;
    return true;
}

bool page_begin(const struct page_request *page, bool newest_first, struct key_page *key_page, struct error *err)
{
    bool is_reversed = page->before.size > 0;
    struct key_page result = {.is_reversed = is_reversed, .is_downward = newest_first != is_reversed};
    struct view cursor = is_reversed ? page->before : page->after;
    struct view text = {NULL, 0};
    if (!page_check(page, err))
        return false;
    result.from = result.is_downward ? INT64_MAX : 0;
    if (cursor.size > 0 && !page_parse(cursor, &result.from, &text, err))
        return false;
    if (text.size > 0)
        return bad_cursor(cursor, err);
    result.limit = (int64_t)page->limit + 1;
    *key_page = result;
    return true;
}

struct view page_cursor(struct arena *arena, int64_t key)
{
    return arena_format(arena, "%lld", (long long)key);
}

struct view page_cursor_text(struct arena *arena, int64_t key, struct view text)
{
    return arena_format(arena, "%lld.%.*s", (long long)key, VIEW_PRINT(text));
}

void page_finish(void *items, size_t item_size, size_t *count, int limit, bool is_reversed, bool *has_more)
{
    *has_more = *count > (size_t)limit;
    if (*has_more)
        *count = (size_t)limit;
    for (size_t i = 0; is_reversed && i < *count / 2; i++) {
        char *a = (char *)items + i * item_size;
        char *b = (char *)items + (*count - 1 - i) * item_size;
        for (size_t k = 0; k < item_size; k++) {
            char byte = a[k];
            a[k] = b[k];
            b[k] = byte;
        }
    }
}
