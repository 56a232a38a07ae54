/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says about an integration, put into the form that the store takes. Secrets come from a prompt, a
   file, standard input or the environment, never from an argument, which every user of the machine could read. */
#ifndef CLI_INTEGRATION_FORM_H
#define CLI_INTEGRATION_FORM_H

#include "cli/command.h"
#include "store/integrations.h"

#define FORM_SECRETS_MAX (2 * CREDENTIAL_FIELDS_MAX)

struct integration_form {
    struct integration_new given; /* starts as the integration that is edited */
    struct field_change fields[FORM_SECRETS_MAX];
    struct secret *owned[FORM_SECRETS_MAX];
    size_t owned_count;
    const char *origin; /* where Docker's login was found; NULL: it was not asked for */
};

/* Reads the options. With `may_ask` and a terminal, asks for the fields of the type if none was given. `form->given` has
   name, type, keyring and who; integration_form_done releases the rest in any case. */
bool integration_form_read(struct command_call *call, struct arena *arena, bool may_ask, struct integration_form *form,
    struct error *err) MUST_CHECK;
void integration_form_done(struct integration_form *form);
#define AUTO_FORM CLEANUP(integration_form_done) struct integration_form

/* "registry.example.com:5000, TLS: skip" and what else people should look at. */
void integration_form_print(struct command_call *call, struct arena *arena, const struct integration *integration);

#endif
