/* SPDX-License-Identifier: Apache-2.0 */
/* For stream tests: a source that gives a few bytes at a time, so that every boundary inside a format is met, and helpers
   that read a source whole. */
#ifndef TESTS_UNIT_STREAM_TRICKLE_H
#define TESTS_UNIT_STREAM_TRICKLE_H

#include "tests/unit/test.h"

#include "stream/source.h"

struct trickle_source {
    struct source base;
    struct view rest;
    size_t step;
};

static inline bool trickle_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    (void)err;
    struct trickle_source *trickle = (struct trickle_source *)source;
    size_t taken = trickle->step < size ? trickle->step : size;
    taken = taken < trickle->rest.size ? taken : trickle->rest.size;
    if (taken > 0)
        memcpy(bytes, trickle->rest.data, taken);
    trickle->rest = view_from(trickle->rest, taken);
    *got = taken;
    return true;
}

static inline void trickle_close(struct source *source)
{
    free(source);
}

/* Borrowed bytes, at most `step` of them per read. */
static inline struct source *source_trickle(struct view content, size_t step)
{
    static const struct source_type type = {"trickle", trickle_read, trickle_close};
    struct trickle_source *trickle = malloc(sizeof(*trickle));
    assert_non_null(trickle);
    *trickle = (struct trickle_source){.base = {&type}, .rest = content, .step = step};
    return &trickle->base;
}

/* Reads `source` to its end in pieces of `step` bytes, looks that the end stays, and closes it. */
static inline bool read_in_steps(struct source *source, size_t step, struct buffer *all, struct error *err)
{
    char *bytes = malloc(step);
    assert_non_null(bytes);
    size_t got = 1;
    bool ok = true;
    while (ok && got > 0) {
        ok = source_read(source, bytes, step, &got, err);
        if (ok)
            buffer_append(all, view_of(bytes, got));
    }
    if (ok) {
        assert_true(source_read(source, bytes, step, &got, err));
        assert_int_equal(got, 0);
    }
    free(bytes);
    source_close(source);
    return ok;
}

#endif
