/* SPDX-License-Identifier: Apache-2.0 */
/* An import policy in a file, as JSON or YAML. */
#ifndef CLI_POLICY_FILE_H
#define CLI_POLICY_FILE_H

#include "sync/import_policy.h"

/* Reads and checks the file ("-": standard input). The document may be the policy itself, or the API's envelope around it.
   ERROR_INVALID names the first member that is wrong. The policy must be released either way. */
bool policy_file_read(struct arena *arena, const char *path, struct import_policy *policy, struct view *document,
    struct error *err) MUST_CHECK;

#endif
