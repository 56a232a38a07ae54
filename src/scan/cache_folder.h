/* SPDX-License-Identifier: Apache-2.0 */
/* A layer cache in a folder, for the command line: one file per blob digest, written by rename, so that several commands
   may share it. A record that cannot be read is as good as none. */
#ifndef SCAN_CACHE_FOLDER_H
#define SCAN_CACHE_FOLDER_H

#include "scan/cache.h"

/* Makes the folder (0700) if it is missing. */
bool cache_folder_open(const char *folder, struct layer_cache **cache, struct error *err) MUST_CHECK;
void cache_folder_close(struct layer_cache *cache);

#endif
