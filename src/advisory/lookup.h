/* SPDX-License-Identifier: Apache-2.0 */
/* How the matcher asks for advisories. Implemented by index/ over immutable databases, and by the demo's built-in set. A
   lookup is read-only and may be shared by threads. */
#ifndef ADVISORY_LOOKUP_H
#define ADVISORY_LOOKUP_H

#include "advisory/advisory.h"
#include "base/error.h"

/* One advisory with the elements of `affected` that name the package. */
struct lookup_match {
    const char *feed; /* "osv" */
    struct advisory advisory;
};

struct lookup {
    /* All advisories whose ecosystem has this base and whose package has this exact name, into the arena. Damage is an
       error, never an empty answer. */
    bool (*find)(const struct lookup *lookup, struct arena *arena, struct view ecosystem, struct view name,
        struct lookup_match **matches, size_t *count, struct error *err);
};

#endif
