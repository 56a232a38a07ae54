/* SPDX-License-Identifier: Apache-2.0 */
/* XML as a sequence of elements, over libexpat. Document types are refused, and with them entities of their own, which could
   grow without end. Hostile text; no system call; nothing of the caller is held after the call. */
#ifndef BASE_XML_H
#define BASE_XML_H

#include "base/error.h"
#include "base/view.h"

#include <stdbool.h>

enum {
    XML_DEPTH_MAX = 64,
    XML_TEXT_BYTES_MAX = 64 * 1024, /* of one element; what is beyond is cut off */
};

struct xml_visitor {
    /* An element begins. Names are without the prefix of their namespace; `attributes` alternates names and values and ends
       with NULL. `depth` is 1 for the root. */
    void (*open)(struct xml_visitor *visitor, size_t depth, struct view name, const char *const *attributes);
    /* It ends; `text` is what stands in it outside other elements, without blanks around. */
    void (*close)(struct xml_visitor *visitor, size_t depth, struct view name, struct view text);
};

/* The value of an attribute; empty if it is not there. */
struct view xml_attribute(const char *const *attributes, const char *name);

/* ERROR_INVALID if it is not well-formed or has a document type, ERROR_LIMIT if it is nested too deeply; what came before was
   told. */
bool xml_read(struct view content, struct xml_visitor *visitor, struct error *err) MUST_CHECK;

#endif
