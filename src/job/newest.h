/* SPDX-License-Identifier: Apache-2.0 */
/* Which tags of a repository are the newest. Pure. */
#ifndef JOB_NEWEST_H
#define JOB_NEWEST_H

#include "store/integrations.h"

/* Sorts the tags, newest first, and returns how many are kept, at most `count_max`: by push time where the registry tells
   one; then versions before other names, higher ones first. "latest" is taken for the newest of all. Tags that are few
   enough keep their order. */
size_t newest_tags(struct listed_tag *tags, size_t count, size_t count_max);

#endif
