/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs (purl-spec 1.0) read: "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12", and what each type of
   them says of a package and its distribution. Reads hostile text; no system call. Pure. */
#ifndef PACKAGE_PURL_H
#define PACKAGE_PURL_H

#include "base/error.h"
#include "package/distro.h"

enum {
    PURL_BYTES_MAX = 4096,
    PURL_QUALIFIERS_MAX = 64,
};

struct purl_qualifier {
    struct view key; /* lower case */
    struct view value;
};

/* All texts decoded, in the arena. */
struct purl {
    struct view type; /* lower case */
    struct view name_space; /* "org.slf4j", "@babel", "github.com/gorilla"; may be empty */
    struct view name;
    struct view version; /* may be empty */
    struct purl_qualifier *qualifiers;
    size_t qualifier_count;
    struct view subpath;
};

/* ERROR_INVALID with the reason, ERROR_LIMIT. Accepts what older writers left unencoded: '@' of a scope, ':' and '+'. */
bool purl_parse(struct arena *arena, struct view text, struct purl *purl, struct error *err) MUST_CHECK;

/* Empty if it is not there. */
struct view purl_qualifier(const struct purl *purl, const char *key);

/* The package and its distribution, with what the qualifiers say (arch, distro, epoch, upstream), and the ecosystem that
   follows. A type that we do not have is PACKAGE_GENERIC without ecosystem. */
void purl_read(struct arena *arena, const struct purl *purl, struct package *package, struct distro *distro);

#endif
