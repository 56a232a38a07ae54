/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies: JSON:API documents with one resource. What is wrong with one is answered with the JSON pointer of the
   member at fault. */
#ifndef API_BODY_H
#define API_BODY_H

#include "api/response.h"
#include "base/json.h"

/* All of these: false if the response says what is wrong. */
bool body_complain(struct response *response, const char *pointer, struct view detail);

/* The same for what is wrong with a document in the body. */
struct document_problems;
bool body_respond_problems(
    const struct request *request, struct response *response, const struct document_problems *problems);

/* application/vnd.api+json, as the OpenAPI document says. */
bool body_check_content_type(const struct request *request, struct response *response) MUST_CHECK;

/* Members of a closed object: `known` are names separated by spaces. */
bool body_check_members(const struct request *request, struct response *response, struct json object,
    const char *pointer, const char *known) MUST_CHECK;

struct body_shape {
    const char *type; /* of the resource */
    const char *attributes; /* names of its members, separated by spaces */
    const char *relationships; /* NULL: there are none */
    const char *id_name; /* path value that "id" must equal, if it is given; NULL: there may be no "id" */
};

/* Reads the whole document into `document` and checks its outer members; gives "data". */
bool body_read(const struct request *request, struct response *response, struct json_document *document,
    const struct body_shape *shape, struct json *data) MUST_CHECK;

/* The same, and gives "attributes". */
bool body_attributes(const struct request *request, struct response *response, struct json_document *document,
    const struct body_shape *shape, struct json *attributes) MUST_CHECK;

/* A member of the attributes: a text of 1 … `bytes_max` bytes, copied; complains if it is absent. */
bool body_text(const struct request *request, struct response *response, struct json attributes, const char *name,
    size_t bytes_max, struct view *text) MUST_CHECK;

/* The same for a UUID. */
struct uuid;
bool body_uuid(const struct request *request, struct response *response, struct json attributes, const char *name,
    struct uuid *uuid) MUST_CHECK;

/* The member "role": one of roles.def, none of whose permissions the caller lacks: nobody gives away more than they have. */
bool body_role(const struct request *request, struct response *response, struct json attributes, bool is_required,
    struct view *role) MUST_CHECK;

/* The member "team", by name or UUID, as its UUID; empty if it is absent. */
bool body_team(
    const struct request *request, struct response *response, struct json attributes, struct view *team) MUST_CHECK;

/* Who may do less than a user or an account of this role may neither change it nor have a secret of it. */
bool body_check_rank(const struct request *request, struct response *response, const char *what, struct view role,
    struct view name) MUST_CHECK;

#endif
