/* SPDX-License-Identifier: Apache-2.0 */
/* Who speaks in an advisory. Aggregating feeds bring the words of many, so that the feed alone does not tell. Pure. */
#ifndef ADVISORY_PROVIDER_H
#define ADVISORY_PROVIDER_H

#include "base/view.h"

/* Whose ratings vulnerability_facts have. */
#define FACTS_PROVIDER "nvd"

/* "github", "debian", …: by the advisory's id, else the feed's name. Lives as long as the program, or as `feed`. */
const char *advisory_provider(struct view id, const char *feed);

#endif
