/* SPDX-License-Identifier: Apache-2.0 */
/* Which advisories speak of one vulnerability. Names that records give each other as aliases are one group (transitively, by
   union-find, so that the order of the records does not matter); `related` never joins. Two CVE ids never come into one
   group, and an advisory about several CVEs joins none of them. Everything lives in the arena; texts are borrowed. Pure. */
#ifndef ADVISORY_ALIAS_H
#define ADVISORY_ALIAS_H

#include "advisory/advisory.h"
#include "base/map.h"

enum {
    ALIAS_GROUP_IDS_MAX = 32, /* a larger group is a mistake of some database: it does not grow further */
    ALIAS_RECORD_NAMES_MAX = 5, /* nor does a record with more aliases than this join any, but for its own CVE */
};

struct alias_groups {
    struct arena *arena;
    struct map nodes; /* name → struct alias_node */
};

void alias_groups_build(
    struct alias_groups *groups, struct arena *arena, const struct advisory *const *advisories, size_t count);

/* The name under which the group of `id` is shown: its CVE, else the id of the ecosystem's own database, else the GHSA; of
   several the first by bytes. `id` itself if no group has it. */
struct view alias_groups_name(const struct alias_groups *groups, struct view id);

#endif
