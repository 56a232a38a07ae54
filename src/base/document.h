/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a JSON document that a user wrote: where in it the reader is, and what is wrong with it, each problem with a JSON
   pointer to the offending member. A reader goes on after a complaint, so that one reading tells of several problems; it gives
   a harmless value for what it could not read. Pure. */
#ifndef BASE_DOCUMENT_H
#define BASE_DOCUMENT_H

#include "base/json.h"

/* More problems of one document are not listed. */
#define DOCUMENT_PROBLEMS_MAX 20

/* Longer names of members are cut in messages. */
#define DOCUMENT_NAME_BYTES_MAX 255

struct document_problem {
    struct view pointer; /* RFC 6901: "/data/attributes/policy/import_policy/type" */
    struct view detail;
};

struct document_problems {
    struct document_problem items[DOCUMENT_PROBLEMS_MAX];
    size_t count;
};

struct document_reader {
    struct arena *arena; /* of texts that are kept */
    struct document_problems *problems;
    struct view pointer; /* of the value at hand */
};

/* Adds a problem with the member (NULL: the value at hand itself); document_complain formats its text as printf does. */
void document_add_problem(struct document_reader *reader, const char *member, struct view detail);
#define document_complain(reader, member, ...)                                                                         \
    document_add_problem((reader), (member), arena_format((reader)->arena, __VA_ARGS__))

/* The pointer of a member of the value at hand, or of its item `index`. To enter: keep reader->pointer, set it to this, and
   put it back afterwards. */
struct view document_pointer(const struct document_reader *reader, const char *member);
struct view document_item_pointer(const struct document_reader *reader, const char *member, size_t index);

/* Whether the value at hand is an object; complains if not. `what` says what it should be: "the policy". */
bool document_is_object(struct document_reader *reader, struct json value, const char *what);

/* Complains about members that are not in `known`, which ends with NULL. */
void document_check_members(struct document_reader *reader, struct json object, const char *const *known);

/* The integer of a required member between the limits; complains and gives `min` otherwise. */
int64_t document_integer(
    struct document_reader *reader, struct json object, const char *member, int64_t min, int64_t max);

/* The number of a required member between the limits; complains and gives `min` otherwise. */
double document_number(struct document_reader *reader, struct json object, const char *member, double min, double max);

/* The text of a member, copied; complains if it is there and no string, or is empty or longer than `bytes_max`, or if it is
   required and not there. Empty if it is absent. */
struct view document_text(
    struct document_reader *reader, struct json object, const char *member, bool is_required, size_t bytes_max);

/* Whether a member is an array of one to `count_max` items; complains if not. An absent one is a problem only if it is
   required. */
bool document_list(
    struct document_reader *reader, struct json object, const char *member, bool is_required, size_t count_max);

/* A required array of one to `count_max` texts, copied. */
struct document_texts {
    struct view *items;
    size_t count;
};
struct document_texts document_text_list(
    struct document_reader *reader, struct json object, const char *member, size_t count_max, size_t bytes_max);

/* ERROR_INVALID with the first problem: "import policy at /name: …". */
bool document_refuse(const struct document_problems *problems, const char *what, struct error *err) MUST_CHECK;

#endif
