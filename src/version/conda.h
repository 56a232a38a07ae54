/* SPDX-License-Identifier: Apache-2.0 */
/* Conda's versions, for their order and for the match specifications that select them. */
#ifndef VERSION_CONDA_H
#define VERSION_CONDA_H

#include "base/view.h"

#include <stdbool.h>

struct conda {
    struct view epoch; /* digits; empty = 0 */
    struct view main; /* parts apart by '.' or '_', or '-' where there is no '_' */
    struct view local; /* without '+'; empty = none */
    bool has_dashes; /* '-' separates */
};

/* False for what conda refuses: other characters, an epoch that is no number, empty parts. */
bool conda_parse(struct view text, struct conda *version);

/* -1, 0 or 1. */
int conda_compare(const struct conda *a, const struct conda *b);

/* Whether `version` equals `prefix` up to the last run of `prefix`, and there begins with it: "2013a*", "1.7.*". */
bool conda_starts_with(const struct conda *version, const struct conda *prefix);

#endif
