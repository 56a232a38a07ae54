/* SPDX-License-Identifier: Apache-2.0 */
/* Where the command line keeps what it can make again: layer records and the advisory index of the user. */
#ifndef CLI_CACHE_DIR_H
#define CLI_CACHE_DIR_H

#include "base/arena.h"
#include "base/error.h"

/* $XDG_CACHE_HOME/tidewaiter/NAME, else $HOME/.cache/tidewaiter/NAME; relative values are ignored (XDG Base Directory
   Specification). Makes nothing. ERROR_USAGE if neither is set. */
bool cache_dir_find(struct arena *arena, const char *name, const char **folder, struct error *err) MUST_CHECK;

#endif
