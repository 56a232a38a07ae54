/* SPDX-License-Identifier: Apache-2.0 */
/* records/<sha256>.zst: the normalized records (feed/kept.h) that each database of a generation was built from. */
#ifndef INDEX_KEPT_FILES_H
#define INDEX_KEPT_FILES_H

#include "index/index.h"
#include "stream/source.h"

/* "records/" + 64 digits + ".zst" + NUL */
#define KEPT_PATH_SIZE 80
void kept_file_path(const struct digest *digest, char path[KEPT_PATH_SIZE]);

/* The file of a database, verified as it is read. ERROR_NOT_FOUND if none was kept for it. */
bool kept_file_open(
    const char *folder, const struct index_database *info, struct source **content, struct error *err) MUST_CHECK;

/* Whether it is there and whole. */
bool kept_file_verify(const char *folder, const struct index_database *info, struct error *err) MUST_CHECK;

#endif
