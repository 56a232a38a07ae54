/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted risks as somebody sees them who is limited to the repositories of some teams. For the files of this folder. */
#ifndef STORE_RISK_OWNERS_H
#define STORE_RISK_OWNERS_H

#include "store/accepted_risks.h"
#include "store/transaction.h"

struct risk_repository {
    struct accepted_place place; /* without a tag */
    bool is_owned;
};

/* All repositories of an organization; not read if the owners let everything pass. */
struct risk_repositories {
    struct risk_repository *items;
    size_t count;
    size_t capacity;
    bool is_everything;
};

bool risk_repositories_read(struct transaction *transaction, struct arena *arena, int64_t organization,
    const struct owner_filter *owners, struct risk_repositories *repositories, struct error *err) MUST_CHECK;

enum risk_reach risk_reach_of(const struct risk_repositories *repositories, const struct accepted_risk *risk);

#endif
