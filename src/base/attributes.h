/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler extensions that we use, under plain names. Nothing else in the tree spells `__attribute__`. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/* Runs `function(&variable)` when the variable leaves its scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

/* The caller must look at the result: ignoring it hides a failure. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* A printf-like function: `format_at` is the position of the format, `first_at` that of the first argument (both from 1). */
#define PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#define NORETURN __attribute__((noreturn))

#endif
