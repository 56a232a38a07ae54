/* SPDX-License-Identifier: Apache-2.0 */
#include "base/document.h"

void document_add_problem(struct document_reader *reader, const char *member, struct view detail)
{
    struct document_problems *problems = reader->problems;
    if (problems->count == DOCUMENT_PROBLEMS_MAX)
        return;
    problems->items[problems->count++] = (struct document_problem){
        .pointer = member == NULL ? reader->pointer : document_pointer(reader, member),
        .detail = detail,
    };
}

struct view document_pointer(const struct document_reader *reader, const char *member)
{
    return arena_format(reader->arena, "%.*s/%s", VIEW_PRINT(reader->pointer), member);
}

struct view document_item_pointer(const struct document_reader *reader, const char *member, size_t index)
{
    return arena_format(reader->arena, "%.*s/%s/%zu", VIEW_PRINT(reader->pointer), member, index);
}

bool document_is_object(struct document_reader *reader, struct json value, const char *what)
{
    if (json_type(value) == JSON_OBJECT)
        return true;
    document_complain(reader, NULL, "%s must be an object", what);
    return false;
}

void document_check_members(struct document_reader *reader, struct json object, const char *const *known)
{
    for (struct json_iterator i = json_each(object); json_next(&i);) {
        const char *const *one = known;
        while (*one != NULL && !view_is(i.key, *one))
            one++;
        if (*one != NULL)
            continue;
        struct view name = view_slice(i.key, 0, DOCUMENT_NAME_BYTES_MAX);
        document_complain(reader, json_pointer_escape(reader->arena, name), "\"%.*s\" is not a parameter of this type",
            VIEW_PRINT(name));
    }
}

int64_t document_integer(
    struct document_reader *reader, struct json object, const char *member, int64_t min, int64_t max)
{
    int64_t value = min;
    struct json given = json_member(object, member);
    if (json_type(given) == JSON_MISSING)
        document_complain(reader, NULL, "\"%s\" is missing: a whole number of at least %lld", member, (long long)min);
    else if (!json_integer(given, &value) || value < min || value > max)
        document_complain(
            reader, member, "\"%s\" must be a whole number from %lld to %lld", member, (long long)min, (long long)max);
    else
        return value;
    return min;
}

double document_number(struct document_reader *reader, struct json object, const char *member, double min, double max)
{
    double value = min;
    struct json given = json_member(object, member);
    if (json_type(given) == JSON_MISSING)
        document_complain(reader, NULL, "\"%s\" is missing: a number from %g to %g", member, min, max);
    else if (!json_number(given, &value) || !(value >= min && value <= max))
        document_complain(reader, member, "\"%s\" must be a number from %g to %g", member, min, max);
    else
        return value;
    return min;
}

/* A text of one to `bytes_max` bytes; complains about `member`, which may be a path of members. */
static bool is_text(struct document_reader *reader, struct json given, const char *member, size_t bytes_max)
{
    struct view text = json_string(given);
    if (json_type(given) != JSON_STRING)
        document_complain(reader, member, "\"%s\" must be a string", member);
    else if (text.size == 0)
        document_complain(reader, member, "\"%s\" must not be empty", member);
    else if (text.size > bytes_max)
        document_complain(reader, member, "\"%s\" is longer than %zu bytes", member, bytes_max);
    else
        return true;
    return false;
}

struct view document_text(
    struct document_reader *reader, struct json object, const char *member, bool is_required, size_t bytes_max)
{
    struct json given = json_member(object, member);
    if (json_type(given) == JSON_MISSING) {
        if (is_required)
            document_complain(reader, NULL, "\"%s\" is missing", member);
    } else if (is_text(reader, given, member, bytes_max)) {
        return arena_copy(reader->arena, json_string(given));
    }
    return view_text("");
}

bool document_list(
    struct document_reader *reader, struct json object, const char *member, bool is_required, size_t count_max)
{
    struct json list = json_member(object, member);
    if (json_type(list) == JSON_MISSING) {
        if (is_required)
            document_complain(reader, NULL, "\"%s\" is missing: a list", member);
    } else if (json_type(list) != JSON_ARRAY) {
        document_complain(reader, member, "\"%s\" must be a list", member);
    } else if (json_count(list) == 0 && is_required) {
        document_complain(reader, member, "\"%s\" must not be empty", member);
    } else if (json_count(list) > count_max) {
        document_complain(reader, member, "\"%s\" has more than %zu items", member, count_max);
    } else {
        return true;
    }
    return false;
}

struct document_texts document_text_list(
    struct document_reader *reader, struct json object, const char *member, size_t count_max, size_t bytes_max)
{
    struct document_texts texts = {0};
    struct json list = json_member(object, member);
    if (!document_list(reader, object, member, true, count_max))
        return texts;
    texts.items = ARENA_ARRAY(reader->arena, struct view, json_count(list));
    size_t index = 0;
    for (struct json_iterator i = json_each(list); json_next(&i); index++) {
        const char *item = arena_text(reader->arena, arena_format(reader->arena, "%s/%zu", member, index));
        if (is_text(reader, i.value, item, bytes_max))
            texts.items[texts.count++] = arena_copy(reader->arena, json_string(i.value));
    }
    return texts;
}

bool document_refuse(const struct document_problems *problems, const char *what, struct error *err)
{
    const struct document_problem *first = &problems->items[0];
    return error_set(err, ERROR_INVALID, "%s%s%.*s: %.*s", what, first->pointer.size > 0 ? " at " : "",
        VIEW_PRINT(first->pointer), VIEW_PRINT(first->detail));
}
