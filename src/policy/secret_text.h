/* SPDX-License-Identifier: Apache-2.0 */
/* Whether text of an image's config holds a secret: a variable that is named like one and has a value, a key in a well-known
   form, a private key, a password in a URL. Pure. */
#ifndef POLICY_SECRET_TEXT_H
#define POLICY_SECRET_TEXT_H

#include "base/view.h"

/* A variable: "DB_PASSWORD" with a value that is no reference ("$X", a path, true or false). */
bool secret_text_is_variable(struct view name, struct view value);

/* A build step: assignments in it, and keys anywhere. */
bool secret_text_is_in(struct view text);

#endif
