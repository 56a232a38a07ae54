/* SPDX-License-Identifier: Apache-2.0 */
/* Teams: who owns which repositories, by prefixes and regular expressions of their names. A repository has at most one
   owner: the team with the longest prefix that fits, else the first one by name with an expression that fits. */
#ifndef STORE_TEAMS_H
#define STORE_TEAMS_H

#include "store/accounts.h"

#define TEAM_NAME_BYTES_MAX 100
#define TEAM_PATTERNS_MAX 100 /* of each kind */
#define TEAMS_MAX 1000 /* of an organization */

/* What makes a repository a team's. One a line. */
struct team_patterns {
    struct view prefixes; /* "payments/", of the path without the host */
    struct view expressions; /* RE2, anywhere in the path */
};

struct team {
    int64_t id;
    struct uuid uuid;
    struct view name; /* unique in the organization */
    struct team_patterns patterns;
    int64_t members;
    int64_t repositories; /* that it owns */
    int64_t created_ms;
    struct view cursor;
};

struct team_new {
    struct view name;
    struct team_patterns patterns;
    struct view who; /* for the audit trail */
};

/* ERROR_CONFLICT if the name is taken; ERROR_INVALID, with the pattern at fault, if an expression cannot be used. */
bool store_add_team(struct store *store, struct arena *arena, int64_t organization, const struct team_new *given,
    struct team *made, struct error *err) MUST_CHECK;

struct team_change {
    struct view name; /* empty = stays */
    const struct view *prefixes; /* NULL = stay */
    const struct view *expressions;
    struct view who;
};
bool store_edit_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    const struct team_change *change, struct team *edited, struct error *err) MUST_CHECK;

/* Its repositories go to the next team that fits. Whoever was limited to it alone sees nothing any more. */
bool store_remove_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct view who, struct error *err) MUST_CHECK;

/* By name, or by UUID in text form. ERROR_NOT_FOUND. */
bool store_find_team(struct store *store, struct arena *arena, int64_t organization, struct view name_or_uuid,
    struct team *team, struct error *err) MUST_CHECK;

/* In the order of their making. */
bool store_list_teams(struct store *store, struct arena *arena, int64_t organization, const struct page_request *page,
    struct team **items, size_t *count, bool *has_more, struct error *err) MUST_CHECK;

/* Users by name or UUID; nothing happens if it is so already. */
struct team_membership {
    struct view team; /* name or UUID */
    struct view user;
    bool is_member; /* what shall be */
    struct view who;
};
bool store_set_team_member(struct store *store, struct arena *arena, int64_t organization,
    const struct team_membership *membership, struct error *err) MUST_CHECK;

struct team_member {
    struct uuid user;
    struct view name;
    struct view role;
    bool is_limited;
};

/* In the order of their names. */
bool store_list_team_members(struct store *store, struct arena *arena, int64_t organization, struct view team,
    struct team_member **items, size_t *count, struct error *err) MUST_CHECK;

/* Whether what an identifier names passes the filter: an integration if one of its repositories does, an import job if one of
   its images does. What does not exist never passes. */
enum owned_kind {
    OWNED_IMAGE,
    OWNED_PROJECT,
    OWNED_TARGET,
    OWNED_INTEGRATION,
    OWNED_SCAN_REQUEST,
    OWNED_IMPORT_JOB,
    OWNED_KIND_COUNT
};
bool store_is_owned(struct store *store, int64_t organization, enum owned_kind kind, struct view uuid,
    const struct owner_filter *owners, bool *is_owned, struct error *err) MUST_CHECK;

/* Who owns repositories of these names, whether they are there yet or not; 0 = nobody. */
bool store_name_owners(struct store *store, int64_t organization, const struct view *names, size_t count,
    int64_t *teams, struct error *err) MUST_CHECK;

#endif
