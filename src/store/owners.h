/* SPDX-License-Identifier: Apache-2.0 */
/* Which repositories a list shows by the teams that own them (teams.h): a filter that a caller asks for, and what a caller
   who is limited to teams may see at all. Pure. */
#ifndef STORE_OWNERS_H
#define STORE_OWNERS_H

#include "base/arena.h"

#include <stdint.h>

#define OWNERS_MAX 100 /* teams of one filter */

struct owner_filter {
    bool is_set; /* else everything passes, whatever the rest says */
    bool has_unowned; /* repositories that no team owns pass */
    const int64_t *teams; /* keys of teams whose repositories pass */
    size_t count;
};

/* Whether a repository of this team passes; 0 = nobody's. */
bool owner_filter_has(const struct owner_filter *filter, int64_t team);

/* What passes both; in the arena. */
struct owner_filter owner_filter_both(
    struct arena *arena, const struct owner_filter *left, const struct owner_filter *right);

/* " AND column IN (SELECT id FROM repositories WHERE …)", or nothing; `column` holds keys of repositories. */
struct view owner_filter_sql(struct arena *arena, const struct owner_filter *filter, const char *column);

/* Likewise " AND (column IN (…) …)"; `column` holds keys of teams, or NULL. */
struct view owner_filter_team_sql(struct arena *arena, const struct owner_filter *filter, const char *column);

#endif
