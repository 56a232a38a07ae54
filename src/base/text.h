/* SPDX-License-Identifier: Apache-2.0 */
/* Text from strangers made safe for a terminal, and small formats that people read. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buffer.h"
#include "base/view.h"

#include <stdint.h>

/* Appends text with every control character (C0, DEL, C1), invalid UTF-8 byte and bidirectional control (U+202A–U+202E,
   U+2066–U+2069, U+200E, U+200F) replaced by '?', so that a package name can neither move the cursor nor reverse a line. */
void text_append_printable(struct buffer *buffer, struct view text);

/* Whether the text has the form of the pattern, in which '*' stands for any text, also for none, and everything else for
   itself. Linear in the product of both lengths. */
bool text_matches_wildcards(struct view text, struct view pattern);

/* At most so many bytes of UTF-8 text, cut between characters. */
struct view text_cut(struct view text, size_t bytes_max);

/* "1.4 MB", powers of 1,000. */
void text_append_bytes(struct buffer *buffer, uint64_t bytes);

/* "1,234,567". */
void text_append_count(struct buffer *buffer, uint64_t count);

#endif
