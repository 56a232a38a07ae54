/* SPDX-License-Identifier: Apache-2.0 */
/* A stored image as a scan would give it now, as far as policies and accepted risks ask. For the files of this folder. */
#ifndef STORE_STORED_IMAGE_H
#define STORE_STORED_IMAGE_H

#include "base/map.h"
#include "store/matching.h"

/* Reads images; packages that several of them have are read once. */
struct image_reader {
    struct transaction *transaction;
    struct arena *arena; /* of what is kept between images */
    struct map packages; /* with their findings, by key */
    struct {
        struct view *items;
        size_t count, capacity;
    } wanted_ids;
    bool wants_aliases; /* of all findings */
    bool wants_clean; /* packages without findings as well */
};

void image_reader_begin(struct image_reader *reader, struct transaction *transaction, struct arena *arena);

/* Findings that have the id as an alias are read with their aliases; others have none. The text must live as long as the reader. */
void image_reader_want_id(struct image_reader *reader, struct view id);

/* Packages with paths, findings with severity, fix, facts, ratings and the wanted aliases, stored gaps, and the config, if it
   is stored. Unless they are wanted, packages without findings are left out: at the end one of each ecosystem, of which nothing
   else is told, stands for them. The result lives in `arena`, no longer than the reader's, and may be changed. */
bool stored_image_read(struct image_reader *reader, struct arena *arena, int64_t image, struct scan_image *scan,
    bool *has_config, struct error *err) MUST_CHECK;

#endif
