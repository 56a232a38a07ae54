/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to a row of routes.def. Pure. */
#ifndef API_ROUTER_H
#define API_ROUTER_H

#include "api/route.h"

enum route_id {
#define ROUTE(name, method, pattern, permission, versions, parameters) ROUTE_##name,
#include "api/routes.def"
#undef ROUTE
    ROUTE_COUNT
};

extern const struct route routes[ROUTE_COUNT];

struct route_match {
    const struct route *route; /* NULL if there is none */
    struct view path_values[REQUEST_PATH_VALUES_MAX]; /* still encoded */
    unsigned int methods; /* bit 1 << method: what the path has, for Allow */
};

/* Finds the operation. A HEAD request matches the GET operation. Literal segments win over names. */
void router_find(enum http_method method, struct view path, struct route_match *match);

/* Decodes the path's values into the request and checks their form; false if the response says what is wrong. */
bool router_read_values(struct request *request, const struct route_match *match, struct response *response) MUST_CHECK;

/* Refuses query parameters that the operation does not have. */
bool router_check_parameters(const struct request *request, struct response *response) MUST_CHECK;

/* Bytes of a body that the operation takes; `method` and `target` are set. ROUTER_DOCUMENT_BYTES_MAX for documents that come from
   elsewhere, which a thread of the slow queue reads: what the parent may parse (ARCHITECTURE.md, processes). */
#define ROUTER_DOCUMENT_BYTES_MAX (4u * 1024 * 1024)
size_t router_body_bytes_max(const struct request *request);

/* "GET, HEAD, OPTIONS" */
struct view router_allow(struct arena *arena, unsigned int methods);

/* Whether a space-separated list holds a word. */
bool router_list_has(const char *list, struct view word);

#endif
