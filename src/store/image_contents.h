/* SPDX-License-Identifier: Apache-2.0 */
/* One image read whole: it is small enough for its lists to be filtered in memory. For the files of this folder. */
#ifndef STORE_IMAGE_CONTENTS_H
#define STORE_IMAGE_CONTENTS_H

#include "store/image_rows.h"
#include "store/packed.h"

/* An image with its packages, and where they are. */
struct contents {
    struct row_reader reader;
    struct found_row found;
    int64_t *package_ids;
    size_t package_count;
    struct packed_entry *entries;
    size_t entry_count;
    struct view *layers;
    size_t layer_count;
};

/* The organization's row with this UUID. ERROR_NOT_FOUND. */
bool contents_begin(struct contents *contents, struct transaction *transaction, struct arena *arena,
    int64_t organization, const struct uuid *row, struct error *err) MUST_CHECK;

/* The package at this position of package_ids. */
bool contents_package(
    const struct contents *contents, size_t position, struct package *package, struct error *err) MUST_CHECK;

struct view contents_layer(const struct contents *contents, uint32_t layer); /* its digest; empty if there is none */

/* Whether the text holds the searched one, without regard to the case of ASCII letters. */
bool text_has(struct view text, struct view searched);

/* ERROR_LIMIT for one that is too long. */
bool search_check(struct view search, struct error *err) MUST_CHECK;

/* The part of a sorted list of `count` that a page shows: from `*start` on, `*size` items; true if there are more. `after` is the
   number of items up to and with the cursor, `from` the number before it. */
struct list_place {
    size_t after;
    size_t from;
};
bool page_cut(const struct page_request *page, size_t count, struct list_place place, size_t *start, size_t *size);

/* The findings of an image that a query lets through; see store_list_findings. */
struct finding_page {
    struct finding_row *items;
    size_t count;
    size_t total;
    bool has_more;
};
bool contents_findings(struct contents *contents, const struct finding_query *query, struct finding_page *page,
    struct error *err) MUST_CHECK;

/* A finding as far as comparisons need it. */
struct finding_brief {
    struct view vulnerability;
    enum severity severity;
    bool is_fixable;
    size_t position; /* of the package */
};
bool contents_briefs(
    struct contents *contents, struct finding_brief **briefs, size_t *count, struct error *err) MUST_CHECK;

/* The changes from one image to another, in the order of store_compare_images; of the earlier one only what packages of its lowest
   `layers` layers have, if that is not 0. ERROR_CONFLICT if one is not scanned. `before` may be NULL: it has nothing. */
bool contents_compare(struct contents *before, size_t layers, struct contents *after, struct change_row **items,
    size_t *count, struct error *err) MUST_CHECK;

/* Whether an alias in a finding's stored detail is, or without `is_exact` holds, the text. */
bool detail_has_alias(
    struct arena *arena, struct view detail, struct view text, bool is_exact, bool *has, struct error *err) MUST_CHECK;

#endif
