/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document (RFC 8259) as a stream of events, for documents that are too large to be held: its memory is that of one
   name, one text and the depth. Makes no system call but reads. */
#ifndef FEED_JSON_WALK_H
#define FEED_JSON_WALK_H

#include "stream/source.h"

enum {
    JSON_WALK_DEPTH_MAX = 64,
    JSON_WALK_KEY_BYTES = 256, /* of a name; the rest of a longer one is left out */
};

enum json_walk_kind {
    JSON_WALK_OBJECT,
    JSON_WALK_ARRAY,
    JSON_WALK_END, /* of the object or array that began last; it has no key */
    JSON_WALK_STRING,
    JSON_WALK_OTHER /* number, true, false, null: without text */
};

struct json_walk_event {
    enum json_walk_kind kind;
    size_t depth; /* of objects and arrays around it; an end has that of its beginning */
    struct view key; /* of a member; empty in an array */
    struct view text; /* of a string, decoded; cut between characters at text_bytes_max */
};

struct json_walk_reading {
    size_t text_bytes_max;

    /* Its texts are valid during the call. False stops the reading with that error. */
    bool (*event)(void *context, const struct json_walk_event *event, struct error *err);
    void *context;
};

/* Reads the input to its end. ERROR_CORRUPT if it is cut short, malformed or holds what is not UTF-8; ERROR_LIMIT if it is
   nested too deeply; or the error of the input or the callback. */
bool json_walk(const struct json_walk_reading *reading, struct source *input, struct error *err) MUST_CHECK;

#endif
