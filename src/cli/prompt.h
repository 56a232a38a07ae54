/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a person at a terminal for credentials; they are held in this process's memory only. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "base/arena.h"
#include "base/error.h"
#include "registry/credential.h"

/* If no credentials for the host are found where registry_credentials_find looks, and stdin and stderr are a terminal, asks for
   user name and password (not echoed); an empty user name means anonymous. What was typed is found from then on. */
bool prompt_for_credentials(struct arena *arena, struct view host, struct error *err) MUST_CHECK;

/* Asks for one field of a registry, secrets without echo; `*answer` is NULL if the person only pressed Enter. */
bool prompt_for_field(const struct credential_field *field, struct secret **answer, struct error *err) MUST_CHECK;

/* A question that is answered with "y" or anything else; false as well without a terminal. */
bool prompt_confirms(const char *question);

#endif
