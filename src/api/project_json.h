/* SPDX-License-Identifier: Apache-2.0 */
/* Projects as the API shows and takes them: closed objects with the published members and no others. */
#ifndef API_PROJECT_JSON_H
#define API_PROJECT_JSON_H

#include "api/jsonapi.h"
#include "store/import_policies.h"
#include "store/projects.h"

#define PROJECT_CRITICALITY_WORDS "critical high medium low"
#define PROJECT_ENVIRONMENT_WORDS "frontend backend internal external mobile saas onprem hosted distributed"
#define PROJECT_LIFECYCLE_WORDS "production development sandbox"

struct project_options {
    bool expands_target;
    bool has_issue_counts;
    bool has_dependency_total;
};

/* "repository:tag" */
struct view project_name(struct arena *arena, const struct project_row *project);

bool project_write(const struct request *request, struct json_writer *writer, const struct project_row *project,
    const struct project_options *options, struct error *err) MUST_CHECK;

/* Reads the body of a PATCH over what is set. False if the response says what is wrong. */
bool project_read_settings(
    const struct request *request, struct response *response, struct project_settings *settings) MUST_CHECK;

#endif
