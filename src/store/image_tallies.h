/* SPDX-License-Identifier: Apache-2.0 */
/* How many vulnerabilities of each kind the images have, and the keys of lists that follow from it. Images with neighbouring keys
   stand in one row, so that a feed commit that reaches all images writes few rows, and a list reads few. For the files of
   this folder. */
#ifndef STORE_IMAGE_TALLIES_H
#define STORE_IMAGE_TALLIES_H

#include "store/tally.h"
#include "store/transaction.h"

enum { IMAGES_CHUNK = 64 };

/* The images of one row. It is loaded when one of them is asked for, and written when one of another row is, or at the end. */
struct tally_chunk {
    struct transaction *transaction;
    int64_t number; /* -1: none is loaded */
    bool is_changed;
    bool is_there[IMAGES_CHUNK];
    struct tally items[IMAGES_CHUNK];
};

struct tally_chunk *tally_chunk_new(struct arena *arena, struct transaction *transaction);

/* The tally of an image; NULL if it was never counted. Valid until the next call. Who changes it sets `is_changed`. */
bool tally_chunk_find(struct tally_chunk *chunk, int64_t image, struct tally **tally, struct error *err) MUST_CHECK;

bool tally_chunk_set(struct tally_chunk *chunk, int64_t image, const struct tally *tally, struct error *err) MUST_CHECK;

bool tally_chunk_finish(struct tally_chunk *chunk, struct error *err) MUST_CHECK;

/* One image alone; all 0 if it was never counted. */
bool tally_load(struct transaction *transaction, int64_t image, struct tally *tally, struct error *err) MUST_CHECK;

/* By what lists sort and filter: as store/tally.h has it. All 0 for an image that was never counted. */
struct image_key {
    int64_t rank;
    int64_t urgency;
    int64_t vulnerabilities;
    int64_t score;
    int64_t kinds; /* those that it has, as a set of bits */
};

/* The keys of all images, read as they are asked for. */
struct image_keys {
    struct transaction *transaction;
    struct arena *arena;
    const char **chunks; /* by number; NULL: not read yet */
    const struct list_copy *copy; /* where they are borrowed from; may be NULL */
    int64_t chunk_count;
};

bool image_keys_begin(
    struct image_keys *keys, struct transaction *transaction, struct arena *arena, struct error *err) MUST_CHECK;
/* All at once, which takes less time where most of them are needed. */
bool image_keys_load(struct image_keys *keys, struct error *err) MUST_CHECK;
void image_keys_done(struct image_keys *keys); /* only needed after image_keys_load */
bool image_keys_find(struct image_keys *keys, int64_t image, struct image_key *key, struct error *err) MUST_CHECK;

/* The images that have one of the kinds, rising. */
bool image_keys_with(struct transaction *transaction, struct arena *arena, int64_t kinds, int64_t **images,
    size_t *count, struct error *err) MUST_CHECK;

#endif
