/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks as OpenVEX statements, and the other way round. A risk says "not vulnerable" by not_affected, and everything else by
   affected with what was decided as the action. Read are only statements that say that something is not affected or fixed: that
   somebody else is affected accepts nothing. Pure. */
#ifndef FINDING_RISK_VEX_H
#define FINDING_RISK_VEX_H

#include "finding/accepted_risk.h"
#include "finding/vex.h"

/* The risk that a claim means: of the package or the image that it names, by names. False if it means none: another status, or a
   product that is neither a package nor an image. Texts live in the arena. */
bool risk_from_vex(
    struct arena *arena, const struct vex_header *header, const struct vex_claim *claim, struct accepted_risk *risk);

/* Whether both accept the same thing at the same place. */
bool risk_is_same(const struct accepted_risk *a, const struct accepted_risk *b);

/* The product of a risk that is limited to an image by its whole name: "pkg:oci/app?repository_url=…&tag=…"; empty if it is not. */
struct view risk_product(struct arena *arena, const struct accepted_risk *risk);

/* One statement; `packages` are package URLs of what it is about. Nothing is written, and false is the answer, if there is neither an
   image nor a package, or no vulnerability: OpenVEX cannot say that. */
bool risk_write_statement(struct arena *arena, const struct accepted_risk *risk, const struct view *packages,
    size_t package_count, struct json_writer *writer);

#endif
