/* SPDX-License-Identifier: Apache-2.0 */
#include "report/bom_writer.h"

#include "report/rows.h"

#include <assert.h>

void bom_writer_init(struct bom_writer *writer, struct buffer *out, bool is_xml)
{
    *writer = (struct bom_writer){.out = out, .is_xml = is_xml};
    json_writer_init(&writer->json, out);
    if (is_xml)
        buffer_append_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

static void close_tag(struct bom_writer *writer)
{
    if (writer->is_tag_open)
        buffer_append_text(writer->out, ">");
    writer->is_tag_open = false;
}

static void open_element(struct bom_writer *writer, const char *name)
{
    assert(writer->depth < BOM_DEPTH_MAX);
    close_tag(writer);
    buffer_append_format(writer->out, "<%s", name);
    writer->names[writer->depth++] = name;
    writer->is_tag_open = true;
}

static void close_element(struct bom_writer *writer)
{
    assert(writer->depth > 0);
    const char *name = writer->names[--writer->depth];
    if (writer->is_tag_open)
        buffer_append_text(writer->out, "/>");
    else
        buffer_append_format(writer->out, "</%s>", name);
    writer->is_tag_open = false;
}

void bom_begin_item(struct bom_writer *writer, const char *element)
{
    if (writer->is_xml)
        open_element(writer, element);
    else
        json_begin_object(&writer->json);
}

void bom_begin(struct bom_writer *writer, const char *name)
{
    if (!writer->is_xml)
        json_key(&writer->json, name);
    bom_begin_item(writer, name);
}

void bom_end(struct bom_writer *writer)
{
    if (writer->is_xml)
        close_element(writer);
    else
        json_end_object(&writer->json);
}

void bom_begin_list(struct bom_writer *writer, const char *name)
{
    if (writer->is_xml) {
        open_element(writer, name);
    } else {
        json_key(&writer->json, name);
        json_begin_array(&writer->json);
    }
}

void bom_end_list(struct bom_writer *writer)
{
    if (writer->is_xml)
        close_element(writer);
    else
        json_end_array(&writer->json);
}

void bom_attribute(struct bom_writer *writer, const char *name, struct view value)
{
    if (!writer->is_xml) {
        json_pair(&writer->json, name, value);
        return;
    }
    assert(writer->is_tag_open);
    buffer_append_format(writer->out, " %s=\"", name);
    report_append_xml(writer->out, value);
    buffer_append_text(writer->out, "\"");
}

void bom_content(struct bom_writer *writer, const char *name, struct view value)
{
    if (!writer->is_xml) {
        json_pair(&writer->json, name, value);
        return;
    }
    close_tag(writer);
    report_append_xml(writer->out, value);
}

void bom_text(struct bom_writer *writer, const char *name, struct view value)
{
    if (writer->is_xml)
        open_element(writer, name);
    bom_content(writer, name, value);
    if (writer->is_xml)
        close_element(writer);
}

void bom_text_optional(struct bom_writer *writer, const char *name, struct view value)
{
    if (value.size > 0)
        bom_text(writer, name, value);
}

void bom_item_reference(struct bom_writer *writer, const char *element, const char *attribute, struct view value)
{
    if (!writer->is_xml) {
        json_write(&writer->json, value);
        return;
    }
    open_element(writer, element);
    bom_attribute(writer, attribute, value);
    close_element(writer);
}
