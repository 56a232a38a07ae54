/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of lists, for the files of this folder. A cursor is the sort key of a row: "12" for a list in the order of its
   keys, "text.12" for one in the order of a text. Pure. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include "store/store.h"

/* A page of a list that is ordered by its integer keys. */
struct key_page {
    int64_t from; /* rows with keys beyond this one */
    bool is_downward; /* order of the query: by falling keys */
    bool is_reversed; /* rows come in the opposite of the list's order */
    int64_t limit; /* rows to ask for: one more than the page has */
};

/* `newest_first` is the list's own order. ERROR_INVALID for a bad limit or cursor. */
bool page_begin(
    const struct page_request *page, bool newest_first, struct key_page *key_page, struct error *err) MUST_CHECK;

/* The limit alone and that at most one cursor is given. */
bool page_check(const struct page_request *page, struct error *err) MUST_CHECK;

struct view page_cursor(struct arena *arena, int64_t key);

/* "12.text": the integer and the text of a cursor; an empty cursor is not accepted. */
bool page_parse(struct view cursor, int64_t *key, struct view *text, struct error *err) MUST_CHECK;
struct view page_cursor_text(struct arena *arena, int64_t key, struct view text);

/* Drops the row that was asked for only to see whether there are more, and puts the others in the list's order. `*has_more`
   tells whether rows follow in the direction of the request. */
void page_finish(void *items, size_t item_size, size_t *count, int limit, bool is_reversed, bool *has_more);

#endif
