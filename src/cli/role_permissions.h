/* SPDX-License-Identifier: Apache-2.0 */
/* The permissions of a role on the command line. */
#ifndef CLI_ROLE_PERMISSIONS_H
#define CLI_ROLE_PERMISSIONS_H

#include "cli/command.h"
#include "store/roles.h"

#define PERMISSION_OPTION                                                                                              \
    {                                                                                                                  \
        "permission", "NAME", "such as org.project.read; may be repeated", true                                        \
    }

/* ERROR_USAGE for a name that there is not. */
bool role_permissions_read(
    const struct command_call *call, struct permission_set *permissions, struct error *err) MUST_CHECK;

#endif
