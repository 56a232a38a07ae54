/* SPDX-License-Identifier: Apache-2.0 */
/* Names of ecosystems and of the packages in them: when an advisory's ecosystem covers a package's, and the one spelling under
   which a name is stored and looked up, however a manifest or an advisory writes it. Pure. */
#ifndef ADVISORY_ECOSYSTEM_H
#define ADVISORY_ECOSYSTEM_H

#include "base/arena.h"
#include "base/view.h"

#include <stdbool.h>

/* "Debian" of "Debian:12". */
struct view ecosystem_base(struct view ecosystem);

/* "12" of "Debian:12"; empty if there is none. */
struct view ecosystem_release(struct view ecosystem);

/* Whether an advisory for the one ecosystem speaks of packages of the other: the parts before the first ':' must be equal,
   the rest must name the same release if both have one. What is the same release depends on the distribution: "3" and "3.0"
   of Azure Linux, "6" and "6.0" of Debian; all repositories of a Red Hat product and version; a module of SUSE and every product of that service
   pack; any branch of Alpine for edge, which is newer than all of them; "22.04" and "22.04:LTS". Repositories of Maven and
   Packagist are no releases. */
bool ecosystem_matches(struct view advisory_ecosystem, struct view package_ecosystem);

/* The spelling of a package name for comparisons: PyPI by PEP 503; NuGet, Packagist and others in lower case; crates.io with
   '-' for '_'; SwiftURL without scheme and ".git". The name itself where spelling is exact. */
struct view ecosystem_package_name(struct arena *arena, struct view ecosystem, struct view name);

#endif
