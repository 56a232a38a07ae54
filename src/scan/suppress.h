/* SPDX-License-Identifier: Apache-2.0 */
/* Takes findings that do not count in this image out of its lists, each with its reason (see struct suppression). */
#ifndef SCAN_SUPPRESS_H
#define SCAN_SUPPRESS_H

#include "scan/scan.h"

/* After matching. */
bool scan_suppress(
    const struct lookup *lookup, struct arena *arena, struct scan_image *image, struct error *err) MUST_CHECK;

#endif
