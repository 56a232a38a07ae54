/* SPDX-License-Identifier: Apache-2.0 */
/* Version ranges as package URLs write them: "vers:deb/>=1.2|<1.2.5-1" (VERS, the version range specifier of purl-spec).
   Pure; no allocation. */
#ifndef VERSION_VERS_H
#define VERSION_VERS_H

#include "version/range.h"

enum {
    VERS_BYTES_MAX = 4096,
    VERS_CONSTRAINTS_MAX = 200,
};

/* Whether the range contains the version, which is ordered as its scheme says ("deb", "pypi"; "generic" and "semver" too).
   RANGE_MATCH_INVALID for what is no such range, of a scheme without an order, or over a limit. A version that its order
   cannot compare is in none but "*". */
enum range_match vers_match(struct view vers, struct view version);

#endif
