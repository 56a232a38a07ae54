/* SPDX-License-Identifier: Apache-2.0 */
/* One database of an index while its records come in: they go into the builder, and beside it into a file that is kept, from
   which the database can be built again. One thread; one at a time in a builder. */
#ifndef INDEX_INTAKE_H
#define INDEX_INTAKE_H

#include "feed/kept.h"
#include "index/builder.h"

enum { INTAKE_MISSING_SHOWN_MAX = 3 };

struct intake {
    struct feed_sink sink; /* first: what reads a feed fills it */
    struct arena *arena;
    struct index_builder *builder;
    const char *folder; /* of the index */
    struct kept_writer *kept; /* NULL before the start */
    uint64_t missing_count; /* listed, but not among the records */
    struct view missing[INTAKE_MISSING_SHOWN_MAX];
};

/* Everything is borrowed. */
void intake_init(struct intake *intake, struct arena *arena, struct index_builder *builder, const char *folder);
void intake_done(struct intake *intake); /* drops what is not finished */

/* As index_builder_begin. */
bool intake_begin(struct intake *intake, struct view feed, struct view ecosystem, struct error *err) MUST_CHECK;

/* As index_builder_finish; sets the kept file of `info` too. */
bool intake_finish(struct intake *intake, bool accepts_loss, struct index_database *info, struct error *err) MUST_CHECK;

/* Builds a database from a kept file, as `info` describes it: its own one, or one that came from elsewhere. `content` is read
   to its end and not closed. */
struct intake_reading {
    struct sandbox *sandbox;
    const struct cancel *cancel; /* may be NULL */
    bool accepts_loss;
};
bool intake_read_kept(struct intake *intake, const struct intake_reading *reading, struct source *content,
    struct index_database *info, struct error *err) MUST_CHECK;

#endif
