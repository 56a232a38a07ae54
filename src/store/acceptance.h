/* SPDX-License-Identifier: Apache-2.0 */
/* Which accepted risks cover what in a row of the image list. For the files of this folder. */
#ifndef STORE_ACCEPTANCE_H
#define STORE_ACCEPTANCE_H

#include "base/map.h"
#include "finding/accepted_risk.h"
#include "store/transaction.h"

/* The accepted risks of one place. */
struct acceptance {
    struct accepted_place place;
    struct accepted_risk *risks; /* that are about this place and run */
    size_t count;
    const struct accepted_risk *of_image; /* the image as a whole is accepted; NULL: it is not */
    struct arena *arena;
    struct map by_vex; /* what VEX documents say is not affected or fixed, by package, path and vulnerability */
    struct map notes; /* what they say of findings that count all the same: struct finding_vex, by the same */
};

/* One stored document. */
bool acceptance_parse(
    struct arena *arena, struct view document, struct accepted_risk *risk, struct error *err) MUST_CHECK;

/* All that run, oldest first. */
bool acceptance_read(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct accepted_risk **risks, size_t *count, struct error *err) MUST_CHECK;

void acceptance_choose(struct arena *arena, const struct accepted_risk *risks, size_t count,
    const struct accepted_place *place, struct acceptance *acceptance);

/* The place of a row, at the stage of registries. */
struct accepted_place acceptance_place(struct arena *arena, struct view integration, struct view host,
    struct view repository, struct view tag, int64_t now_ms);

/* Both, and what VEX documents say, for one row of the organization. */
bool acceptance_of_row(struct transaction *transaction, struct arena *arena, int64_t organization, int64_t row,
    struct acceptance *acceptance, struct error *err) MUST_CHECK;

/* Whether there is anything that may cover a finding. */
bool acceptance_is_any(const struct acceptance *acceptance);

/* The risk that covers the finding wherever the row has its package; NULL if some place of it counts. Findings of an image
   that is accepted as a whole are covered. */
const struct accepted_risk *acceptance_of(const struct acceptance *acceptance, const struct package *package,
    const struct view *paths, size_t path_count, const struct finding *finding);

/* What a VEX document says of the finding in the first place of its package of which one speaks; NULL if none does, or all say
   that it does not count. */
const struct finding_vex *acceptance_note(const struct acceptance *acceptance, const struct package *package,
    const struct view *paths, size_t path_count, const struct finding *finding);

#endif
