/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller reaches whose role counts only for the repositories of some teams, and the filter by owner that lists have
   for everybody. */
#ifndef API_TEAM_LIMIT_H
#define API_TEAM_LIMIT_H

#include "api/response.h"
#include "store/teams.h"

/* Whether the operation, and what its path names, is there for the caller; else the response says that it is not. */
bool team_limit_check(const struct request *request, struct response *response) MUST_CHECK;

/* Whether what a body or parameter names is there for the caller; else the response is 404. */
bool team_limit_owns(
    const struct request *request, struct response *response, enum owned_kind kind, struct view uuid) MUST_CHECK;

/* Whether the caller may make something for these repositories; else the response is 403. */
bool team_limit_repositories(
    const struct request *request, struct response *response, const struct view *names, size_t count) MUST_CHECK;

/* The query parameter `owner`: names or UUIDs of teams, and "none" for what nobody owns; narrowed to what the caller may see
   at all. False: the response says what is wrong. */
bool parameter_owner(const struct request *request, struct response *response, struct owner_filter *owners) MUST_CHECK;

/* A relationship "team" to the owner, with its name, or nothing. */
struct json_writer;
struct owning_team;
void team_write_relationship(struct json_writer *writer, const struct owning_team *team);

#endif
