/* SPDX-License-Identifier: Apache-2.0 */
/* A package as an image has it. Unique over everything that the matcher may read and nothing else: two installations with
   equal fields are one package, shared by every image. */
#ifndef PACKAGE_PACKAGE_H
#define PACKAGE_PACKAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/view.h"

enum package_type {
#define PACKAGE_TYPE(constant, name, purl_type, family, ecosystem) PACKAGE_##constant,
#include "package/package_types.def"
#undef PACKAGE_TYPE
    PACKAGE_TYPE_COUNT
};

const char *package_type_name(enum package_type type);
bool package_type_parse(struct view name, enum package_type *type);

/* The first type with this type of package URLs ("ebuild" → portage). */
bool package_type_of_purl(struct view purl_type, enum package_type *type);

/* Whether packages of this type belong to the distribution, which then decides their ecosystem. */
bool package_type_is_system(enum package_type type);

/* OSV's ecosystem of a language's packages; empty for the distribution's own and for types that OSV does not have. */
struct view package_type_ecosystem(enum package_type type);

struct package {
    enum package_type type;
    struct view name; /* with its namespace as OSV writes it: "@babel/core", "org.slf4j:slf4j-api" */
    struct view version; /* complete native text: dpkg with epoch and revision, apk with -rN; empty = unknown */
    struct view arch;
    struct view source_name; /* never empty for deb and apk: the name itself where the record gives none */
    struct view source_version; /* likewise */
    /* rpm only */
    struct view epoch;
    struct view release;
    struct view source_rpm;
    struct view modularity;
    struct view vendor; /* also bitnami: the distribution that it was built for, "debian-12" */
    /* Set when the inventory is complete, from the distribution: "Debian:12", "Alpine:v3.18", "npm"; empty if nothing covers it. */
    struct view ecosystem;
};

/* Package URL (purl-spec 1.0), e.g. pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl.
   `distro_id` and `distro_version` are ID and VERSION_ID of the distribution; both may be empty. OS packages have the ID as
   their namespace (rpm: rhel, ol, amzn and the SUSE IDs as redhat, oracle, amazon, suse and opensuse) and the qualifiers arch,
   distro ("ID-VERSION_ID", for debian the major version only), epoch (rpm, if not 0) and upstream: the source package if
   its name or version differs, NAME or NAME@VERSION, for rpm the file name of the source rpm. All but letters, digits and
   `.-_~` is percent-encoded, so an epoch's colon in a version is %3A. */
struct view package_purl(
    struct arena *arena, const struct package *package, struct view distro_id, struct view distro_version);

/* Whether the version is this one, as the package manager writes it: for rpm with the release, and with the epoch or without. */
bool package_has_version(const struct package *package, struct view version);

/* A copy that borrows nothing from elsewhere than the arena. */
struct package package_copy(struct arena *arena, const struct package *package);

/* The key of uniqueness: all fields, unambiguously joined. */
struct view package_key(struct arena *arena, const struct package *package);

#endif
