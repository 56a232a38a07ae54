/* SPDX-License-Identifier: Apache-2.0 */
/* A registry that the user names on the command line: it may be anywhere, also on this machine. Zero it, and release it with
   registry_target_done in any case. */
#ifndef CLI_REGISTRY_TARGET_H
#define CLI_REGISTRY_TARGET_H

#include "cli/command.h"
#include "registry/docker_config.h"
#include "registry/registry.h"

struct registry_target {
    struct registry *registry;
    struct reference reference;
    struct registry_login login;
    struct outbound_policy policy;
    struct view allowed; /* the host of the reference */
};

void registry_target_done(struct registry_target *target);

/* "[http://]registry.example.com/team/app:1.2", with the credentials of the environment or Docker's, and --ca-file if the
   command has it. Connects to nothing yet. */
bool registry_target_open(struct arena *arena, const struct command_call *call, struct view text,
    struct registry_target *target, struct error *err) MUST_CHECK;

#endif
