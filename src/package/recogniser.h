/* SPDX-License-Identifier: Apache-2.0 */
/* A recogniser tells which packages are in a program or shared library; all of them look at each one, since a file may be a
   known program and built by Go. A row in recognisers.def and a file recogniser_<name>.c make one. Runs in the sandboxed
   child, as analyzers do: the analyzer "executable" calls them, and its version is raised when one of them changes. */
#ifndef PACKAGE_RECOGNISER_H
#define PACKAGE_RECOGNISER_H

#include "package/analyzer.h"
#include "package/executable.h"

struct recogniser {
    const char *name; /* as in recognisers.def */

    /* Reports what it finds; whether that is anything. `arena` lives as long as the call. */
    bool (*recognise)(
        const struct executable *executable, struct view path, struct arena *arena, struct analysis *analysis);
};

/* The same for a script: a well-known program that is one. */
bool recogniser_script(struct view path, struct view content, struct analysis *analysis);

#endif
