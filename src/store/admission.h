/* SPDX-License-Identifier: Apache-2.0 */
/* Whether images may run, as the policies of the stage admission_control see them. The answer for what lists show is stored when
   a row is evaluated (store/evaluations.h); of a row that is due, and of one that lists do not show any more, it is found anew. */
#ifndef STORE_ADMISSION_H
#define STORE_ADMISSION_H

#include "image/reference.h"
#include "policy/evaluate.h"
#include "store/store.h"

/* What one policy of the stage admission_control says of an image. */
struct admission_outcome {
    const struct vulnerability_policy *policy;
    enum evaluation_outcome outcome; /* the worst of the image's platforms; could not tell unless scanned */
    struct view reason; /* for people; empty if it passed */
};

/* An image that somebody wants to run. */
struct admission_image {
    const struct reference *reference; /* given by the caller; NULL: its name is none */
    bool is_scanned; /* filled, as what follows */
    struct admission_outcome *outcomes; /* one of each policy of the stage, by name */
    size_t outcome_count;
};

/* Answers from what is stored alone: a tag is what it was when it was last looked at, a digest is itself wherever the
   repository has it. */
#define ADMISSION_IMAGES_MAX 100
bool store_review_admission(struct store *store, struct arena *arena, int64_t organization,
    struct admission_image *images, size_t count, struct error *err) MUST_CHECK;

#endif
