/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo prints at its end. */
#ifndef CLI_DEMO_TABLE_H
#define CLI_DEMO_TABLE_H

#include "store/store.h"

#include <stdio.h>

/* One line for each image and platform, and for what is not an image. */
bool demo_table_print(struct store *store, int64_t organization, FILE *out, struct error *err) MUST_CHECK;

/* The worst finding of the worst image as a line of text, printable; empty if there is none yet. `*command` (may be NULL) are
   the arguments of `tidewaiter explain` that tell why. */
bool demo_worst_finding(struct store *store, struct arena *arena, int64_t organization, struct view *command,
    struct view *text, struct error *err) MUST_CHECK;

#endif
