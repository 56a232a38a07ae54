/* SPDX-License-Identifier: Apache-2.0 */
/* One operation of the API. A row in routes.def and a function in a resource_*.c file make one; dispatch, permission and
   parameter checks, version negotiation and the OpenAPI document come from the row. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/response.h"

/* Handlers write the whole answer and return true, or write an error document (respond_…) and return false. They run on
   one of the server's threads, several at once, and must not take longer than about 20 ms, unless api_pace says that they are
   slow. */
typedef bool route_handler(struct request *request, struct response *response);

struct route {
    const char *name; /* operation id: "image_list" */
    enum http_method method;
    /* Segments that are literal, or `{name}` (a UUID), `{name:digest}`, `{name:text}`. */
    const char *pattern;
    enum permission permission;
    const char *versions; /* released versions, separated by spaces; empty = the operation takes no `version` */
    const char *parameters; /* query parameters besides `version`, separated by spaces */
    route_handler *run;
};

#define ROUTE(name, method, pattern, permission, versions, parameters) route_handler route_##name;
#include "api/routes.def"
#undef ROUTE

#endif
