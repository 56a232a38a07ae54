/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that users write, as JSON or YAML: policies, accepted risks. */
#ifndef CLI_DOCUMENT_FILE_H
#define CLI_DOCUMENT_FILE_H

#include "base/arena.h"
#include "base/error.h"

/* Larger files are refused; as JSON a document of YAML may take DOCUMENT_JSON_BYTES_MAX. */
enum { DOCUMENT_BYTES_MAX = 1024 * 1024, DOCUMENT_JSON_BYTES_MAX = 8 * DOCUMENT_BYTES_MAX };

/* Reads the file ("-": standard input); `*json` is its text, YAML turned into JSON: what is written without quotes is a number
   or a truth value where it looks like one. */
bool document_file_read(struct arena *arena, const char *path, struct view *json, struct error *err) MUST_CHECK;

#endif
