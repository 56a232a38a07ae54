/* SPDX-License-Identifier: Apache-2.0 */
/* The feeds of an advisory index as verdicts need them. */
#ifndef SCAN_FEEDS_H
#define SCAN_FEEDS_H

#include "index/index.h"
#include "scan/scan.h"

/* One state for each database of the generation; texts are copied into the arena. */
void feeds_of_index(
    struct arena *arena, const struct index_generation *index, struct feed_state **feeds, size_t *count);

#endif
