/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the next generation of an index: databases are built one after the other, then one commit puts them in force
   together with those of the previous generation that were not built anew. Nothing that others see changes before the
   commit; a crash at any moment leaves the old generation in force. One thread, and one builder for a folder at a time. */
#ifndef INDEX_BUILDER_H
#define INDEX_BUILDER_H

#include "base/clock.h"
#include "index/index.h"

/* A new database must have at least this share of the records of the one before. */
#define INDEX_RECORDS_KEPT_MIN_PERCENT 80

struct index_builder;

/* Makes the folder where it is missing and takes its lock (ERROR_CONFLICT if somebody else has it). The clock is borrowed. */
bool index_builder_new(
    const char *folder, const struct clock *clock, struct index_builder **builder, struct error *err) MUST_CHECK;

/* Drops what was not committed. NULL is fine. */
void index_builder_free(struct index_builder *builder);

/* What the next generation has for this feed and ecosystem so far, at first that of the current generation; NULL = nothing.
   Valid until the next call of a function that takes the builder. */
const struct index_database *index_builder_database(
    const struct index_builder *builder, struct view feed, struct view ecosystem);

/* Whether that database is there as a whole: compares its sha256. */
bool index_builder_verify(
    const struct index_builder *builder, struct view feed, struct view ecosystem, struct error *err) MUST_CHECK;

/* From here to finish or drop, records or facts, and gaps, belong to this database. */
bool index_builder_begin(
    struct index_builder *builder, struct view feed, struct view ecosystem, struct error *err) MUST_CHECK;

/* A second record with the same id becomes a gap; of a feed whose records come in parts, its elements that are new are added to
   the first. */
bool index_builder_add(struct index_builder *builder, const struct advisory *advisory, struct error *err) MUST_CHECK;

/* Of what is said twice of a vulnerability, the first counts. */
bool index_builder_add_facts(struct index_builder *builder, struct view vulnerability,
    const struct vulnerability_facts *facts, struct error *err) MUST_CHECK;

void index_builder_add_gap(struct index_builder *builder, struct view name, struct view reason);

/* Whether a record or a gap with that name came. */
bool index_builder_has(const struct index_builder *builder, struct view name);

/* Ends the database. Of `info` the caller sets date_ms, for records that have no dates, whole_ms, checked_ms, source, is_remote,
   etag, last_modified, is_complete, incomplete_reason and is_demo; the rest is filled in here. ERROR_REFUSED, and the
   previous one stays, if more than a fifth of its records are gone, unless `accepts_loss`; ERROR_INVALID if there is no
   record at all. */
bool index_builder_finish(
    struct index_builder *builder, bool accepts_loss, struct index_database *info, struct error *err) MUST_CHECK;

/* Ends the database without result: the previous one stays. */
void index_builder_drop(struct index_builder *builder);

/* The source has nothing newer than the database that we have, which ends an alarm. */
void index_builder_set_checked(
    struct index_builder *builder, struct view feed, struct view ecosystem, int64_t checked_ms);

/* A newer one was refused, or could not be had: the database that is in force keeps the reason until a good one comes. */
void index_builder_set_alarm(
    struct index_builder *builder, struct view feed, struct view ecosystem, struct view reason, int64_t now_ms);

/* Puts the new generation in force, if anything changed, and removes those before the last two. `*number` is the generation
   in force. Once: the builder is then only good for index_builder_free. */
bool index_builder_commit(struct index_builder *builder, uint64_t *number, struct error *err) MUST_CHECK;

static inline void index_builder_cleanup(struct index_builder **builder)
{
    index_builder_free(*builder);
}
#define AUTO_INDEX_BUILDER CLEANUP(index_builder_cleanup) struct index_builder

#endif
