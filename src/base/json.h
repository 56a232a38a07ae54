/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in, by simdjson behind a small C++ bridge: a document is parsed and validated whole (RFC 8259, valid UTF-8), then
   read through borrowed values. JSON out: a writer into a buffer, which escapes everything and replaces invalid UTF-8.
   A value is valid as long as its document. Reading a member that is absent, or of another type, gives the "missing" or
   empty answer, never a crash, so that tolerant readers stay short; strict readers ask json_type. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Larger documents are ERROR_LIMIT unless the caller passes its own limit. */
#define JSON_BYTES_MAX (4u * 1024 * 1024)

/* Nesting that is accepted. */
#define JSON_DEPTH_MAX 64

enum json_type { JSON_MISSING, JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A parser and the document that it parsed last; parsing again invalidates the values. One thread. */
struct json_document;

struct json {
    const void *document; /* NULL = missing */
    size_t position;
};

struct json_document *json_document_new(void);
void json_document_free(struct json_document *document); /* NULL is fine */

static inline void json_document_cleanup(struct json_document **document)
{
    json_document_free(*document);
}
#define AUTO_JSON CLEANUP(json_document_cleanup) struct json_document

/* Parses `text` of at most `bytes_max` bytes; the text is copied and not needed afterwards. `what` names it in errors. */
bool json_parse(struct json_document *document, struct view text, size_t bytes_max, const char *what, struct json *root,
    struct error *err) MUST_CHECK;

enum json_type json_type(struct json value);
bool json_is_present(struct json value); /* neither missing nor null */

/* The first member of that name; missing if there is none or `object` is not an object. */
struct json json_member(struct json object, const char *name);

/* The text of a string; empty for everything else. May hold NUL bytes. */
struct view json_string(struct json value);
struct view json_member_string(struct json object, const char *name);

/* False unless the value is an integer that fits. */
bool json_integer(struct json value, int64_t *integer);

/* False unless the value is a number. */
bool json_number(struct json value, double *number);

/* True only for the value true. */
bool json_boolean(struct json value);

/* Number of items of an array or members of an object (0 for others; saturates at 2^24 - 1). */
size_t json_count(struct json value);

/* Walks the items of an array or the members of an object; others have none.
   for (struct json_iterator i = json_each(list); json_next(&i);) use(i.key, i.value); */
struct json_iterator {
    struct view key; /* empty in arrays */
    struct json value;
    const void *document;
    size_t next;
    size_t end;
    bool is_object;
};
struct json_iterator json_each(struct json value);
bool json_next(struct json_iterator *iterator);

/* Refuses objects, at any depth, in which two names are equal or differ only in the case of ASCII letters: other JSON
   readers (Go's among them) would see another document than we do. For manifests, indexes and image configs. */
bool json_check_unique_names(struct json value, const char *what, struct error *err) MUST_CHECK;

/* The same, but `maps`, ended by NULL, names the members whose objects are free maps (annotations, labels): every reader
   keeps the case of the names in them, so there only equal names are refused. */
bool json_check_unique_names_except(
    struct json value, const char *const *maps, const char *what, struct error *err) MUST_CHECK;

/* A name as a part of a JSON pointer: "~" and "/" in it are written "~0" and "~1" (RFC 6901, 3). */
const char *json_pointer_escape(struct arena *arena, struct view name);

/* The writer. Commas are its own business; the caller balances begin and end, then checks the buffer. */
struct json_writer {
    struct buffer *out;
    bool needs_comma;
};

void json_writer_init(struct json_writer *writer, struct buffer *out);
void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *name);
void json_key_view(struct json_writer *writer, struct view name);
void json_write(struct json_writer *writer, struct view text);
void json_write_text(struct json_writer *writer, const char *text); /* NULL writes null */
void json_write_integer(struct json_writer *writer, int64_t value);
void json_write_number(struct json_writer *writer, double value, int decimals);
void json_write_boolean(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);

/* Puts finished JSON as one value, unchecked. */
void json_write_raw(struct json_writer *writer, struct view json);

/* Key and value at once. */
void json_pair(struct json_writer *writer, const char *name, struct view text);
void json_pair_text(struct json_writer *writer, const char *name, const char *text);
void json_pair_integer(struct json_writer *writer, const char *name, int64_t value);
void json_pair_boolean(struct json_writer *writer, const char *name, bool value);

/* Nothing at all if the text is empty. */
void json_pair_optional(struct json_writer *writer, const char *name, struct view text);

/* An array of the lines of the text, which are separated by '\n'. */
void json_pair_lines(struct json_writer *writer, const char *name, struct view lines);

#endif
