/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials where Docker, Podman and skopeo keep them: config.json and auth.json (containers-auth.json(5)). Only read,
   never written. Credential helpers are programs: they are asked only through what the caller gives for it. Where one is
   configured for the host and cannot be asked, that is an error which says so, never a silent fall back to anonymous. */
#ifndef REGISTRY_DOCKER_CONFIG_H
#define REGISTRY_DOCKER_CONFIG_H

#include "registry/registry.h"

#define DOCKER_CONFIG_BYTES_MAX (1u * 1024 * 1024)

/* Credentials that own their secrets. */
struct registry_login {
    struct registry_credentials credentials; /* borrows from the rest; what registry_options wants */
    bool is_found; /* false: anonymous */
    struct view origin; /* "environment", or the file that had them; for messages */
    struct secret *password;
    struct secret *identity_token;
    struct secret *registry_token;
};

void registry_login_done(struct registry_login *login);
#define AUTO_LOGIN CLEANUP(registry_login_done) struct registry_login

/* Asks the credential helper `name` (letters, digits, '.', '_' and '-') what it keeps for a server: its JSON, which the
   caller frees, unless `*is_found` is false. */
struct credential_helper {
    bool (*get)(struct credential_helper *helper, struct view name, struct view server, struct secret **answer,
        bool *is_found, struct error *err);
};

/* What is looked for. */
struct login_wanted {
    struct view host;
    struct view repository; /* may be empty */
    struct credential_helper *helper; /* NULL: none is asked */
};

/* Looks into one file's text: "credHelpers", then "auths", then "credsStore"; the longest key that fits wins. Leaves
   `login->is_found` false if there is none. */
bool docker_config_find(struct arena *arena, struct view document, const struct login_wanted *wanted,
    struct registry_login *login, struct error *err) MUST_CHECK;

/* What the command line uses, in this order: TIDEWAITER_REGISTRY_USERNAME and TIDEWAITER_REGISTRY_PASSWORD;
   $REGISTRY_AUTH_FILE; $XDG_RUNTIME_DIR/containers/auth.json; $DOCKER_CONFIG/config.json, else ~/.docker/config.json.
   Nothing found is success with `is_found` false. `login` must be zeroed or new; release it in any case. */
bool registry_credentials_find(
    struct arena *arena, const struct login_wanted *wanted, struct registry_login *login, struct error *err) MUST_CHECK;

#endif
