/* SPDX-License-Identifier: Apache-2.0 */
/* What the Go linker writes into each program (debug/buildinfo and runtime/debug of Go's library): the toolchain's version and
   the modules that were built in. Views point into the program unless said otherwise. */
#ifndef PACKAGE_GO_BUILD_INFO_H
#define PACKAGE_GO_BUILD_INFO_H

#include "package/executable.h"

struct go_build_info {
    struct view version; /* "go1.22.3" */
    struct view modules; /* lines; empty before Go 1.13's modules */
};

/* Finds the record, in the pointer form (before Go 1.18) or the inline one. False if there is none. */
bool go_build_info_find(const struct executable *executable, struct go_build_info *info);

/* The version of the standard library as OSV writes it, without "go": 1.21 is 1.21.0, 1.21rc2 is 1.21.0-rc.2; what vendors
   put behind it is dropped. Empty for development versions. */
struct view go_library_version(struct arena *arena, struct view version);

/* The version that -ldflags "-X main.version=1.2.3" sets: of the only variable named version or ver with a value that begins
   like a version. Empty if there is none, or several. `flags` is the value of the build setting, quoted or not. */
struct view go_linker_version(struct view flags);

#endif
