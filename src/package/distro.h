/* SPDX-License-Identifier: Apache-2.0 */
/* Which distribution an image is, from facts that analyzers read in its release files, and which advisory ecosystem
   (OSV's names) covers its packages. Pure. */
#ifndef PACKAGE_DISTRO_H
#define PACKAGE_DISTRO_H

#include "base/arena.h"
#include "package/package.h"

#include <stdint.h>

/* One fact of one file that the merged file system still has. */
struct distro_fact {
    struct view path; /* "etc/os-release" (the path that names the file, after following a symlink to it) */
    struct view name; /* "ID" */
    struct view value;
};

/* Texts without repetition. */
struct distro_texts {
    struct view *items;
    size_t count;
    size_t capacity;
};

struct distro {
    struct view id;
    struct view *id_like;
    size_t id_like_count;
    struct view version_id;
    struct view version;
    struct view version_codename;
    struct view name;
    struct view pretty_name;
    struct view build_id;
    struct view cpe_name;
    struct view variant_id;
    struct view apk_branch; /* "v3.18" or "edge", from etc/apk/repositories */
    /* Red Hat's, and images built from its images; empty for all others. */
    struct distro_texts content_sets; /* repositories that the packages came from */
    struct distro_texts products; /* CPEs of the repositories, as far as their names tell, and of the builds */
    struct distro_texts builds; /* "ubi9-container-9.4-1181": the images that this one was built from */
    bool is_ubuntu_pro; /* attached to a subscription, with security updates beyond the standard ones */
    bool is_known; /* the evidence names a distribution: by ID, ID_LIKE or NAME */
};

/* The first source of evidence that names a distribution wins; etc/debian_version and etc/apk/repositories add to it. */
void distro_detect(struct arena *arena, const struct distro_fact *facts, size_t count, struct distro *distro);

/* The OSV ecosystem for packages of this type: "Debian:12", "Alpine:v3.18", "Wolfi"; empty if none covers them. A base without
   its release ("Debian") means that the release is not known. Debian packages of a system that names no distribution are
   "Linux" or "Linux:5", as OSV's readers write it: no advisory covers these. */
struct view distro_ecosystem(struct arena *arena, const struct distro *distro, enum package_type type);

/* What a distribution that `ecosystem` names is called in package URLs ("alpine" and "3.18" of "Alpine:v3.18", "rhel" and "9" of
   "Red Hat:enterprise_linux:9::baseos"); both empty where that is not known. */
void distro_of_ecosystem(struct view ecosystem, struct view *id, struct view *version);

/* package_purl in an image of that distribution. A package whose ecosystem is another distribution's (lists of packages have
   such) is named after that. */
struct view distro_purl(struct arena *arena, const struct distro *distro, const struct package *package);

/* Until when a release gets the security updates that come without a contract, "2026-08-31"; NULL if that is not known or lies
   after `now_ms`. `ecosystem` is OSV's name with the release: "Debian:11". */
const char *distro_end_of_life(struct view ecosystem, int64_t now_ms);

#endif
