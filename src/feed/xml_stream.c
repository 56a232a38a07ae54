/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/xml_stream.h"

#include "base/memory.h"

#include <expat.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct xml_stream {
    const struct xml_stream_handler *handlers;
    size_t handler_count;
    const struct xml_stream_handler *handler; /* that reads the document; NULL before its root */
    XML_Parser parser;
    struct buffer text; /* of the element that is open */
    size_t depth;
    struct error failure; /* code ERROR_NONE = none */
};

void xml_stream_stop(struct xml_stream *xml, enum error_code code, const char *reason)
{
    if (xml->failure.code == ERROR_NONE)
        error_set(&xml->failure, code, "%s", reason);
    XML_StopParser(xml->parser, XML_FALSE);
}

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

struct view xml_stream_attribute(struct arena *arena, const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0 && strlen(attributes[i + 1]) <= XML_STREAM_TEXT_BYTES_MAX)
            return arena_copy(arena, view_text(attributes[i + 1]));
    }
    return view_text("");
}

static void choose_handler(struct xml_stream *xml, const char *root)
{
    for (size_t i = 0; i < xml->handler_count && xml->handler == NULL; i++) {
        if (strcmp(root, xml->handlers[i].root) == 0)
            xml->handler = &xml->handlers[i];
    }
    if (xml->handler == NULL)
        xml_stream_stop(xml, ERROR_CORRUPT, "this is no such document: its root element is another one");
}

static void open_element(void *context, const char *full_name, const char **attributes)
{
    struct xml_stream *xml = context;
    const char *name = local_name(full_name);
    if (xml->failure.code != ERROR_NONE)
        return; /* expat may go on for a little after it was stopped */
    buffer_clear(&xml->text);
    if (xml->depth++ == 0)
        choose_handler(xml, name);
    if (xml->depth > XML_STREAM_DEPTH_MAX)
        xml_stream_stop(xml, ERROR_LIMIT, "elements are nested too deeply");
    if (xml->failure.code == ERROR_NONE)
        xml->handler->open(xml->handler->context, xml, name, attributes);
}

static void close_element(void *context, const char *full_name)
{
    struct xml_stream *xml = context;
    if (xml->failure.code != ERROR_NONE)
        return;
    xml->depth--;
    xml->handler->close(xml->handler->context, xml, local_name(full_name), view_trim(buffer_view(&xml->text)));
    buffer_clear(&xml->text);
}

static void take_text(void *context, const char *bytes, int size)
{
    struct xml_stream *xml = context;
    if (xml->text.size + (size_t)size <= XML_STREAM_TEXT_BYTES_MAX)
        buffer_append(&xml->text, view_of(bytes, (size_t)size));
}

static void open_document_type(
    void *context, const char *name, const char *system_id, const char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    xml_stream_stop(context, ERROR_CORRUPT, "it has a document type, which could define entities");
}

static bool parse(struct xml_stream *xml, struct source *input, struct error *err)
{
    for (bool is_end = false; !is_end;) {
        size_t got;
        void *block = XML_GetBuffer(xml->parser, BLOCK_BYTES);
        if (block == NULL)
            memory_exhausted(BLOCK_BYTES);
        if (!source_read(input, block, BLOCK_BYTES, &got, err))
            return false;
        is_end = got == 0;
        if (XML_ParseBuffer(xml->parser, (int)got, is_end) == XML_STATUS_OK)
            continue;
        if (xml->failure.code != ERROR_NONE) {
            *err = xml->failure;
            return false;
        }
        return error_set(err, ERROR_CORRUPT, "line %lu: %s", XML_GetCurrentLineNumber(xml->parser),
            XML_ErrorString(XML_GetErrorCode(xml->parser)));
    }
    return true;
}

bool xml_stream_read(
    const struct xml_stream_handler *handlers, size_t handler_count, struct source *input, struct error *err)
{
    struct xml_stream xml = {.handlers = handlers, .handler_count = handler_count, .parser = XML_ParserCreate(NULL)};
    if (xml.parser == NULL)
        memory_exhausted(0);
    buffer_init(&xml.text, XML_STREAM_TEXT_BYTES_MAX);
    XML_SetUserData(xml.parser, &xml);
    XML_SetElementHandler(xml.parser, open_element, close_element);
    XML_SetStartDoctypeDeclHandler(xml.parser, open_document_type);
    XML_SetCharacterDataHandler(xml.parser, take_text);
    bool is_read = parse(&xml, input, err);
    XML_ParserFree(xml.parser);
    buffer_done(&xml.text);
    return is_read;
}
