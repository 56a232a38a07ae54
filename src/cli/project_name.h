/* SPDX-License-Identifier: Apache-2.0 */
/* Projects as people name and see them on the command line. */
#ifndef CLI_PROJECT_NAME_H
#define CLI_PROJECT_NAME_H

#include "cli/workspace.h"
#include "store/projects.h"

/* A UUID, or "repository:tag", which must then be one project only (ERROR_USAGE names --integration otherwise). */
bool project_find(struct command_call *call, struct workspace *workspace, struct view name, bool is_deleted,
    struct project_row *project, struct error *err) MUST_CHECK;

/* --integration NAME as a key; 0 without it. */
bool project_integration(
    struct command_call *call, struct workspace *workspace, int64_t *integration, struct error *err) MUST_CHECK;

/* One line. */
void project_print(const struct project_row *project, FILE *out);

#endif
