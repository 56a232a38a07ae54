/* SPDX-License-Identifier: Apache-2.0 */
/* Asking Docker's credential helpers: programs docker-credential-NAME of the user's own PATH, which get a server's address
   on standard input and answer with JSON. They run with no other environment than PATH and HOME, for ten seconds at most,
   and only where the user asked to take a login over. */
#ifndef CLI_CREDENTIAL_HELPER_H
#define CLI_CREDENTIAL_HELPER_H

#include "registry/docker_config.h"

#define HELPER_SECONDS_MAX 10
#define HELPER_ANSWER_BYTES_MAX (64u * 1024)

/* For registry_credentials_find. */
extern struct credential_helper credential_helper_program;

#endif
