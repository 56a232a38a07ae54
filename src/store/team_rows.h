/* SPDX-License-Identifier: Apache-2.0 */
/* Teams inside other use cases. For the files of this folder. */
#ifndef STORE_TEAM_ROWS_H
#define STORE_TEAM_ROWS_H

#include "store/owners.h"
#include "store/transaction.h"

/* Gives a new repository to the team that its name belongs to. */
bool team_own_repository(struct transaction *transaction, int64_t organization, int64_t repository, struct view name,
    struct error *err) MUST_CHECK;

/* The team that owns a repository of each of these names; 0 = nobody. */
bool team_choose_owners(struct transaction *transaction, int64_t organization, const struct view *names, size_t count,
    int64_t *teams, struct error *err) MUST_CHECK;

/* After a change of teams: all repositories of the organization, and what was asked for by their names. */
bool team_own_repositories(struct transaction *transaction, int64_t organization, struct error *err) MUST_CHECK;

/* The UUID of a team that is given by name or UUID; empty stays empty. ERROR_NOT_FOUND. */
bool team_find_uuid(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view name_or_uuid, struct view *uuid, struct error *err) MUST_CHECK;

/* What a user may see. */
bool team_read_owners(struct transaction *transaction, struct arena *arena, int64_t user, struct owner_filter *owners,
    struct error *err) MUST_CHECK;

/* What a token may see that is limited to the team with this UUID; everything if it is empty. */
bool team_limit_owners(struct transaction *transaction, struct arena *arena, int64_t organization,
    struct view limited_to, struct owner_filter *owners, struct error *err) MUST_CHECK;

#endif
