/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list_parameters.h"

bool word_is_among(struct view word, const char *words)
{
    for (struct view rest = view_text(words); rest.size > 0;) {
        if (view_equal(view_cut(&rest, ' '), word))
            return true;
    }
    return false;
}

bool parameter_list(const struct request *request, struct response *response, const char *name, struct view_list *list)
{
    struct view *items = ARENA_ARRAY(request->arena, struct view, PARAMETER_ITEMS_MAX);
    *list = (struct view_list){.items = items};
    for (struct view rest = request_parameter(request, name); rest.size > 0;) {
        if (list->count == PARAMETER_ITEMS_MAX)
            return respond_parameter_error(
                response, API_ERROR_INVALID_PARAMETER, name, "%s may have at most %d items", name, PARAMETER_ITEMS_MAX);
        items[list->count++] = view_cut(&rest, ',');
    }
    return true;
}

bool parameter_uuids(const struct request *request, struct response *response, const char *name, struct view_list *list)
{
    struct uuid *uuids = ARENA_ARRAY(request->arena, struct uuid, PARAMETER_ITEMS_MAX);
    if (!parameter_list(request, response, name, list))
        return false;
    struct view *items = ARENA_ARRAY(request->arena, struct view, PARAMETER_ITEMS_MAX);
    for (size_t i = 0; i < list->count; i++) {
        if (!uuid_parse(list->items[i], &uuids[i]))
            return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, name, "%s must be UUIDs", name);
        items[i] = view_text(uuids[i].text);
    }
    list->items = items;
    return true;
}

bool parameter_words(const struct request *request, struct response *response, const char *name, const char *words,
    struct view_list *list)
{
    if (!parameter_list(request, response, name, list))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (!word_is_among(list->items[i], words))
            return respond_parameter_error(
                response, API_ERROR_INVALID_PARAMETER, name, "%s must be among: %s", name, words);
    }
    return true;
}

bool parameter_switch(const struct request *request, struct response *response, const char *name, bool *value)
{
    const struct query_parameter *given = query_find(&request->query, name);
    if (given == NULL)
        return true;
    if (!view_is(given->value, "true") && !view_is(given->value, "false"))
        return respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, name, "%s must be true or false", name);
    *value = view_is(given->value, "true");
    return true;
}

bool parameter_time(const struct request *request, struct response *response, const char *name, int64_t *time_ms)
{
    struct error err;
    struct view text = request_parameter(request, name);
    *time_ms = 0;
    return text.size == 0 || time_parse(text, time_ms, &err) ||
           respond_parameter_error(response, API_ERROR_INVALID_PARAMETER, name, "%s: %s", name, err.message);
}
