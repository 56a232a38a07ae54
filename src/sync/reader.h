/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy document: where in it the reader is, and what is wrong with it. */
#ifndef SYNC_READER_H
#define SYNC_READER_H

#include "sync/import_policy.h"

struct selector_reader {
    struct arena *arena;
    struct policy_problems *problems;
    struct import_policy *policy; /* keeps what must be released */
    struct view pointer; /* JSON pointer of the value at hand */
    size_t node_count;
    size_t depth;
};

/* Adds a problem with the member (NULL: the value at hand itself); reader_complain formats its text as printf does. */
void reader_add_problem(struct selector_reader *reader, const char *member, struct view detail);
#define reader_complain(reader, member, ...)                                                                           \
    reader_add_problem((reader), (member), arena_format((reader)->arena, __VA_ARGS__))

/* Complains about members that are not in `known`, which ends with NULL. */
void reader_check_members(struct selector_reader *reader, struct json object, const char *const *known);

/* The integer of a required member between the limits; complains and gives `min` otherwise. */
int64_t reader_integer(
    struct selector_reader *reader, struct json object, const char *member, int64_t min, int64_t max);

/* The text of a member, copied; complains if it is there and no string, or is empty or longer than `bytes_max`, or if it is
   required and not there. Empty if it is absent. */
struct view reader_text(
    struct selector_reader *reader, struct json object, const char *member, bool is_required, size_t bytes_max);

/* Keeps the expression until the policy is released. NULL after a complaint, or if there is no text. */
struct regex *reader_regex(struct selector_reader *reader, const char *member, struct view text);

#endif
