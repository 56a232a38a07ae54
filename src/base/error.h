/* SPDX-License-Identifier: Apache-2.0 */
/* One error: a code that callers act on and a message that a person reads. The value lives on the caller's stack,
   holds no allocation and needs no release. Functions that can fail return bool and take `struct error *err` last;
   they write it only on failure, and their results only on success. `err` is never NULL.

   A message says what was tried and why it failed, in lower case, without a full stop and without function names;
   names stand in double quotes after their kind: could not read layer "sha256:ab…": unexpected end of input. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/attributes.h"

#include <stdbool.h>
#include <stddef.h>

enum error_code {
    ERROR_NONE = 0,
#define ERROR_CODE(constant, name, exit_status, meaning) ERROR_##constant,
#include "base/error_codes.def"
#undef ERROR_CODE
    ERROR_COUNT
};

/* Longer messages are cut at the end; error_wrap cuts the older text, so that the place stays readable. */
#define ERROR_MESSAGE_MAX 1024

struct error {
    enum error_code code;
    char message[ERROR_MESSAGE_MAX];
};

/* Records an error; always returns false, so that callers write `return error_set(err, …);`. Control characters in
   the formatted text are replaced by '?', since parts of it may come from strangers. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF(3, 4);

/* The same for a failed system call: appends ": " and the text of `errno_value`; the code is ERROR_NOT_FOUND for ENOENT,
   ERROR_DENIED for EACCES and EPERM, else ERROR_IO. */
bool error_set_errno(struct error *err, int errno_value, const char *format, ...) PRINTF(3, 4);

/* Puts "format: " before the message on its way up and keeps the code; always returns false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF(2, 3);

#ifdef __clang_analyzer__
/* The static analyzer sees one file at a time: it is told here what the functions above always return. */
#define error_set(...) (error_set(__VA_ARGS__), false)
#define error_set_errno(...) (error_set_errno(__VA_ARGS__), false)
#define error_wrap(...) (error_wrap(__VA_ARGS__), false)
#endif

/* Lower-case name of a code (`not-found`), for JSON and logs. */
const char *error_code_name(enum error_code code);

/* Exit status of the command line for a code; 3 or more. */
int error_exit_status(enum error_code code);

#endif
