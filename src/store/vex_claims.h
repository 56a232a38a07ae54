/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of an organization's VEX documents, read as images ask for them. For the files of this folder. */
#ifndef STORE_VEX_CLAIMS_H
#define STORE_VEX_CLAIMS_H

#include "scan/vex.h"
#include "store/transaction.h"

struct vex_claims {
    struct transaction *transaction;
    struct arena *arena; /* of the claims that were read */
    int64_t organization;
    bool is_any; /* the organization has documents */
    struct vex_set set;
    struct map asked; /* names of vulnerabilities whose claims are in the set */
    struct map documents; /* by key */
};

bool vex_claims_begin(struct vex_claims *claims, struct transaction *transaction, struct arena *arena,
    int64_t organization, struct error *err) MUST_CHECK;

/* Applies them to an image of stored_image_read, with all aliases, as it stands in this row of the image list: see
   scan_accept_vex. What it adds lives in `arena`, no longer than that of the claims. */
bool vex_claims_accept(
    struct vex_claims *claims, struct arena *arena, int64_t row, struct scan_image *scan, struct error *err) MUST_CHECK;

#endif
