/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions that users write: RE2's syntax, matched in time linear in the text (no backtracking, so no expression
   can stall a run). A compiled expression is immutable and may be shared by threads. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "base/error.h"
#include "base/view.h"

/* Longer expressions are ERROR_LIMIT. */
#define REGEX_BYTES_MAX 4096

/* Memory that one compiled expression and its search may take; an expression that needs more is ERROR_LIMIT. */
#define REGEX_MEMORY_MAX (8 << 20)

struct regex;

/* Compiles; ERROR_INVALID with RE2's message, the part of the expression that it complains about and its position (from 1,
   in bytes) if the expression is wrong. Text and expression are UTF-8. */
bool regex_compile(struct view expression, struct regex **regex, struct error *err) MUST_CHECK;

/* Whether the expression matches somewhere in the text (unanchored, as grep does). */
bool regex_search(const struct regex *regex, struct view text);

void regex_free(struct regex *regex); /* NULL is fine */

static inline void regex_cleanup(struct regex **regex)
{
    regex_free(*regex);
}
#define AUTO_REGEX CLEANUP(regex_cleanup) struct regex

#endif
