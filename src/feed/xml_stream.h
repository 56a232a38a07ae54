/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents that are too large to be held, read as a stream by expat (base/xml.h reads what is in memory). Names come without
   the prefix of their namespace. Document types are refused, and with them entities of their own. Makes no system call but
   reads. */
#ifndef FEED_XML_STREAM_H
#define FEED_XML_STREAM_H

#include "base/arena.h"
#include "stream/source.h"

enum { XML_STREAM_TEXT_BYTES_MAX = 4096, XML_STREAM_DEPTH_MAX = 100 };

struct xml_stream;

/* A kind of document, by its root element, and who reads it. */
struct xml_stream_handler {
    const char *root;
    void (*open)(void *context, struct xml_stream *xml, const char *name, const char **attributes);

    /* `text` is what stands between the last tag and this one, trimmed; longer ones are left out in part. */
    void (*close)(void *context, struct xml_stream *xml, const char *name, struct view text);
    void *context;
};

/* Reads the input to its end. ERROR_CORRUPT for what is cut short, malformed or has none of these roots; ERROR_LIMIT. */
bool xml_stream_read(const struct xml_stream_handler *handlers, size_t handler_count, struct source *input,
    struct error *err) MUST_CHECK;

/* From a handler: ends the reading with this error. The first one counts. */
void xml_stream_stop(struct xml_stream *xml, enum error_code code, const char *reason);

/* A copy of the value; empty if there is none or it is too long. */
struct view xml_stream_attribute(struct arena *arena, const char **attributes, const char *name);

#endif
