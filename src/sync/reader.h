/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an import policy: where in the document the reader is, what is wrong with it, and how large the tree is. */
#ifndef SYNC_READER_H
#define SYNC_READER_H

#include "sync/import_policy.h"

struct selector_reader {
    struct document_reader document;
    struct import_policy *policy; /* keeps what must be released */
    size_t node_count;
    size_t depth;
};

/* Keeps the expression until the policy is released. NULL after a complaint, or if there is no text. */
struct regex *reader_regex(struct selector_reader *reader, const char *member, struct view text);

#endif
