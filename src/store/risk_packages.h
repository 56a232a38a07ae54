/* SPDX-License-Identifier: Apache-2.0 */
/* What an accepted risk is about among what is stored. */
#ifndef STORE_RISK_PACKAGES_H
#define STORE_RISK_PACKAGES_H

#include "finding/accepted_risk.h"
#include "store/store.h"

#define RISK_PACKAGES_MAX 1000

/* Package URLs, sorted, of the packages in images of the organization that have the risk's vulnerability, under its name, and are the
   risk's package and version if it names one. At most RISK_PACKAGES_MAX. */
bool store_list_risk_packages(struct store *store, struct arena *arena, int64_t organization,
    const struct accepted_risk *risk, struct view **purls, size_t *count, struct error *err) MUST_CHECK;

#endif
