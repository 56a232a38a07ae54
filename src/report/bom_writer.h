/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one tree as JSON or as XML, for formats that have both: an object is an element, a list an element around its items, a
   text a member or an element of its own. Attributes come before everything else of their object, and members in the order
   that the XML schema asks for. */
#ifndef REPORT_BOM_WRITER_H
#define REPORT_BOM_WRITER_H

#include "base/json.h"

enum { BOM_DEPTH_MAX = 16 };

struct bom_writer {
    struct buffer *out;
    bool is_xml;
    struct json_writer json;
    const char *names[BOM_DEPTH_MAX]; /* of the open elements */
    size_t depth;
    bool is_tag_open; /* attributes may still come */
};

void bom_writer_init(struct bom_writer *writer, struct buffer *out, bool is_xml);

/* An object: a member, or an item of a list or the document, for which JSON has no name. */
void bom_begin(struct bom_writer *writer, const char *name);
void bom_begin_item(struct bom_writer *writer, const char *element);
void bom_end(struct bom_writer *writer);

void bom_begin_list(struct bom_writer *writer, const char *name);
void bom_end_list(struct bom_writer *writer);

void bom_attribute(struct bom_writer *writer, const char *name, struct view value);
void bom_text(struct bom_writer *writer, const char *name, struct view value);
void bom_text_optional(struct bom_writer *writer, const char *name, struct view value); /* nothing if it is empty */

/* A member of JSON; in XML the text inside of the element that is open. */
void bom_content(struct bom_writer *writer, const char *name, struct view value);

/* An item of a list: in JSON a text, in XML an element that has it as an attribute. */
void bom_item_reference(struct bom_writer *writer, const char *element, const char *attribute, struct view value);

#endif
