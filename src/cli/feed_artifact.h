/* SPDX-License-Identifier: Apache-2.0 */
/* Where "feed export" writes and "feed import" reads: oci:DIR, oci-archive:FILE, or a reference to a registry; a bare path is
   taken for a folder, or for an archive if it ends in ".tar". Zero it, and release it with feed_artifact_done in any case. */
#ifndef CLI_FEED_ARTIFACT_H
#define CLI_FEED_ARTIFACT_H

#include "cli/registry_target.h"
#include "sandbox/sandbox.h"

#define FEED_ARTIFACT_DETAILS                                                                                          \
    "  oci:DIR, or a path                  an OCI image layout in a folder\n"                                          \
    "  oci-archive:FILE, or a path.tar     the same in a tar\n"                                                        \
    "  registry.example.com/team/feeds:1   an artifact in a registry (http://… for one without TLS)\n"

struct feed_artifact {
    struct registry_target registry;
    struct blob_sink *sink;
    struct blob_source *source;
};

void feed_artifact_done(struct feed_artifact *artifact);

bool feed_artifact_create(struct arena *arena, const struct command_call *call, struct view place,
    struct feed_artifact *artifact, struct error *err) MUST_CHECK;
bool feed_artifact_open(struct arena *arena, const struct command_call *call, struct sandbox *sandbox,
    struct view place, struct feed_artifact *artifact, struct error *err) MUST_CHECK;

#endif
