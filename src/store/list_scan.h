/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the rows of the image list of an organization, in the order of their keys, with what lists filter and sort by. It
   is packed apart from the rows (list_keys, list_texts), so that 100,000 of them take some milliseconds: filters, orders and
   counts need no index of their own, and whoever changes a row keeps none up. For the files of this folder. */
#ifndef STORE_LIST_SCAN_H
#define STORE_LIST_SCAN_H

#include "store/image_tallies.h"
#include "store/images.h"

struct list_entry {
    int64_t id; /* of the row */
    int64_t image; /* 0 = not scanned */
    int64_t integration;
    int64_t repository;
    int64_t built_ms; /* INT64_MAX = unknown */
    enum image_state state;
    bool is_image;
    enum evaluation_outcome verdict;
    struct image_key key;
    struct view text; /* the reference in lower case; these two only if they are wanted */
    struct view platform;
};

struct list_wish {
    bool is_obsolete; /* rows that are not current, instead of those that are */
    bool has_texts;
    bool has_no_keys; /* `key` is not wanted */
    struct view
        needle; /* only rows of packed rows with these bytes somewhere in their texts, which is a hint: with has_texts */
    bool has_ids; /* only these rows, rising */
    const int64_t *ids;
    size_t id_count;
    const struct owner_filter *owners; /* only rows of repositories that pass; NULL: all */
};

struct list_scan {
    struct transaction *transaction;
    struct arena *arena;
    int64_t organization;
    struct list_wish wish;
    struct image_keys images;
    const struct list_copy *copy; /* the packed rows; NULL: they come from the store */
    size_t next_chunk;
    struct rows rows; /* packed rows of the store; views of the present one are borrowed from it */
    size_t next_id;
    bool has_owners;
    int64_t *repositories; /* that pass, rising */
    size_t repository_count;
    int64_t first; /* key of the first row that the present packed row may have */
    int at; /* in the packed row */
    struct view keys;
    struct view texts;
    size_t text_at; /* in the texts: those of the rows before are behind */
    bool has_failed;
    struct error error;
};

/* What `wish` points to must live as long as the scan. */
bool list_scan_begin(struct list_scan *scan, struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct list_wish *wish, struct error *err) MUST_CHECK;

/* False at the end and on failure. The views of an entry are valid until the next one. */
bool list_scan_next(struct list_scan *scan, struct list_entry *entry);

/* After the last entry, or before it if no more are wanted: whether all went well. */
bool list_scan_finish(struct list_scan *scan, struct error *err) MUST_CHECK;

void list_scan_done(struct list_scan *scan);
#define AUTO_LIST_SCAN CLEANUP(list_scan_done) struct list_scan

/* Packs again what this transaction changed. */
bool list_refresh(struct transaction *transaction, struct error *err) MUST_CHECK;

#endif
