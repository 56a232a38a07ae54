/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml.h"

#include "base/buffer.h"

#include <expat.h>
#include <limits.h>

struct reading {
    struct xml_visitor *visitor;
    XML_Parser parser;
    size_t depth;
    struct buffer text[XML_DEPTH_MAX]; /* of the open elements */
    const char *refusal; /* why the parser was stopped */
};

struct view xml_attribute(const char *const *attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0)
            return view_text(attributes[i + 1]);
    }
    return view_text("");
}

static struct view local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return view_text(colon == NULL ? name : colon + 1);
}

static void refuse(struct reading *reading, const char *reason)
{
    reading->refusal = reason;
    XML_StopParser(reading->parser, XML_FALSE);
}

static void on_open(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = context;
    if (reading->depth == XML_DEPTH_MAX) {
        refuse(reading, "its elements are nested too deeply");
        return;
    }
    buffer_init(&reading->text[reading->depth++], XML_TEXT_BYTES_MAX);
    reading->visitor->open(reading->visitor, reading->depth, local_name(name), (const char *const *)attributes);
}

static void on_close(void *context, const XML_Char *name)
{
    struct reading *reading = context;
    struct buffer *text = &reading->text[reading->depth - 1];
    reading->visitor->close(reading->visitor, reading->depth, local_name(name), view_trim(buffer_view(text)));
    buffer_done(text);
    reading->depth--;
}

static void on_text(void *context, const XML_Char *bytes, int size)
{
    struct reading *reading = context;
    if (reading->depth == 0)
        return;
    struct buffer *text = &reading->text[reading->depth - 1];
    size_t room = XML_TEXT_BYTES_MAX - text->size;
    buffer_append(text, view_of(bytes, (size_t)size < room ? (size_t)size : room));
}

static void on_document_type(
    void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_internal_subset)
{
    (void)name;
    (void)system;
    (void)public;
    (void)has_internal_subset;
    refuse(context, "it has a document type, which is not read");
}

bool xml_read(struct view content, struct xml_visitor *visitor, struct error *err)
{
    /* Given a salt, expat asks the system for none: the sandbox would not allow it, and its tables live for one file only. */
    static const unsigned long salt = 0x5eed;
    if (content.size > INT_MAX)
        return error_set(err, ERROR_LIMIT, "the XML has more than %d bytes", INT_MAX);
    struct reading reading = {.visitor = visitor, .parser = XML_ParserCreate(NULL)};
    if (reading.parser == NULL)
        abort();
    XML_SetHashSalt(reading.parser, salt);
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_open, on_close);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_document_type);
    bool is_read = XML_Parse(reading.parser, content.data, (int)content.size, XML_TRUE) == XML_STATUS_OK;
    unsigned long line = (unsigned long)XML_GetCurrentLineNumber(reading.parser);
    const char *reason = reading.refusal != NULL ? reading.refusal : XML_ErrorString(XML_GetErrorCode(reading.parser));
    while (reading.depth > 0)
        buffer_done(&reading.text[--reading.depth]);
    XML_ParserFree(reading.parser);
    bool is_too_deep = reading.refusal != NULL && reading.refusal[4] == 'e';
    return is_read ||
           error_set(err, is_too_deep ? ERROR_LIMIT : ERROR_INVALID, "line %lu of the XML: %s", line, reason);
}
