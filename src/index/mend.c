/* SPDX-License-Identifier: Apache-2.0 */
#include "index/mend.h"

#include "index/intake.h"
#include "index/kept_files.h"

static bool build_again(const struct index_mending *mending, struct index_builder *builder,
    const struct index_database *database, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_SOURCE *content = NULL;
    struct intake intake;
    struct index_database info = *database;
    const struct intake_reading reading = {mending->sandbox, mending->cancel, true};
    intake_init(&intake, arena, builder, mending->folder);
    return kept_file_open(mending->folder, database, &content, err) &&
           intake_read_kept(&intake, &reading, content, &info, err);
}

bool index_mend(const struct index_mending *mending, size_t *lost, struct error *err)
{
    AUTO_INDEX *index = NULL;
    AUTO_INDEX_BUILDER *builder = NULL;
    struct error ignored;
    uint64_t generation;
    size_t count;
    *lost = 0;
    if (!index_open(mending->folder, &index, err) ||
        (!mending->only_looks && !index_builder_new(mending->folder, mending->clock, &builder, err)))
        return false;
    const struct index_database *databases = index_databases(index, &count);
    for (size_t i = 0; i < count; i++) {
        struct mend_result result = {.database = &databases[i]};
        result.has_records = kept_file_verify(mending->folder, &databases[i], &ignored);
        if (!index_verify(index, i, &result.damage))
            result.outcome = !mending->only_looks && build_again(mending, builder, &databases[i], &result.why)
                                 ? MEND_BUILT
                                 : MEND_LOST;
        *lost += result.outcome == MEND_LOST;
        mending->done(mending->context, &result);
    }
    return builder == NULL || index_builder_commit(builder, &generation, err);
}
