/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters that are lists separated by commas, times and switches. False: the response says what is wrong. */
#ifndef API_LIST_PARAMETERS_H
#define API_LIST_PARAMETERS_H

#include "api/response.h"
#include "store/projects.h"

#define PARAMETER_ITEMS_MAX 100

bool parameter_list(
    const struct request *request, struct response *response, const char *name, struct view_list *list) MUST_CHECK;
bool parameter_uuids(
    const struct request *request, struct response *response, const char *name, struct view_list *list) MUST_CHECK;

/* Each item must be one of `words`, separated by spaces. */
bool parameter_words(const struct request *request, struct response *response, const char *name, const char *words,
    struct view_list *list) MUST_CHECK;

/* "true" or "false"; `*value` stays if it is absent. */
bool parameter_switch(
    const struct request *request, struct response *response, const char *name, bool *value) MUST_CHECK;

/* RFC 3339; 0 if it is absent. */
bool parameter_time(
    const struct request *request, struct response *response, const char *name, int64_t *time_ms) MUST_CHECK;

bool word_is_among(struct view word, const char *words);

#endif
