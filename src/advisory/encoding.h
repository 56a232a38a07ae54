/* SPDX-License-Identifier: Apache-2.0 */
/* The binary form of an advisory: how a parsed record travels from the sandboxed child to the parent, and how the index
   keeps it, in the encoding of base/pack.h; lists are a count and their items. The head (everything but `affected`) and the elements of `affected` stand alone, so that
   the index can keep one head and, under each package name, only the elements of that name. A reader checks every length
   and count before it allocates: broken bytes are an error and never a crash. Pure. */
#ifndef ADVISORY_ENCODING_H
#define ADVISORY_ENCODING_H

#include "advisory/lookup.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/pack.h"

/* A whole advisory is never larger; the memory of a decoded one is at most 6 times its size. */
#define ADVISORY_ENCODED_MAX (4u * 1024 * 1024)

/* All members but `affected`. */
void encode_head(struct buffer *out, const struct advisory *advisory);

/* All members but `name`. */
void encode_affected(struct buffer *out, const struct affected *affected);

/* All of it. The caller checks the buffer. */
void encode_advisory(struct buffer *out, const struct advisory *advisory);

/* What is known of a vulnerability; its id is the caller's. */
void encode_facts(struct buffer *out, const struct vulnerability_facts *facts);

/* Reads what the functions above wrote, in the same order. After the first broken byte everything reads as 0 or empty;
   decoder_finish tells. Texts borrow from the input. */
struct decoder {
    struct unpack unpack;
    bool checks_text; /* texts that are not UTF-8 are broken: for bytes from the child */
};

struct decoder decoder_begin(struct view encoded);
struct view decode_text(struct decoder *decoder);

void decode_head(struct decoder *decoder, struct arena *arena, struct advisory *advisory);
void decode_affected(struct decoder *decoder, struct arena *arena, struct affected *affected);
void decode_advisory(struct decoder *decoder, struct arena *arena, struct advisory *advisory);
void decode_facts(struct decoder *decoder, struct arena *arena, struct vulnerability_facts *facts);

/* ERROR_CORRUPT if something was broken or bytes are left; `what` names the content. */
bool decoder_finish(const struct decoder *decoder, const char *what, struct error *err) MUST_CHECK;

#endif
