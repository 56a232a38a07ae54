/* SPDX-License-Identifier: Apache-2.0 */
/* Image references: [host[:port]/]repository[:tag][@digest] (OCI distribution spec 1.1, "Pulling manifests"; the host
   rule is Docker's: a first component is a host only if it holds '.' or ':' or is "localhost"). Without a host it is
   Docker Hub, where a single-component name gets "library/". With tag and digest, the digest decides. Pure. */
#ifndef IMAGE_REFERENCE_H
#define IMAGE_REFERENCE_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

/* Longest text that is accepted; host, repository, tag and a sha512 digest fit. */
#define REFERENCE_BYTES_MAX 1024

struct reference {
    struct view host; /* "registry.example.com:5000", "docker.io" */
    struct view repository; /* "team/app" */
    struct view tag; /* empty if only a digest is given; "latest" if neither is */
    struct digest digest; /* unset unless given */
};

/* ERROR_INVALID says which part breaks which rule. Views point into the arena. */
bool reference_parse(struct arena *arena, struct view text, struct reference *reference, struct error *err) MUST_CHECK;

/* The canonical text. */
struct view reference_format(struct arena *arena, const struct reference *reference);

/* The grammar of names alone, for what registries and users send. */
bool repository_is_valid(struct view name);
bool tag_is_valid(struct view tag);
bool host_is_valid(struct view host); /* name or address, optional port; [v6]:port */
bool host_is_docker_hub(struct view host); /* by any of its names */

/* Whether two texts name one image: "nginx" and "docker.io/library/nginx:latest" do. Texts that are no references only if
   they are equal. */
bool reference_is_same(struct arena *arena, struct view a, struct view b);

#endif
