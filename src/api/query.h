/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a request target: percent-decoding, query parameters, cookies. All input comes from strangers. Pure. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/view.h"

#define QUERY_PARAMETERS_MAX 64

struct query_parameter {
    struct view name;
    struct view value;
};

struct query {
    struct query_parameter items[QUERY_PARAMETERS_MAX];
    size_t count;
};

/* Decodes %XX, and '+' to a space if `is_form` (query strings; paths keep it). ERROR_INVALID for a '%' without two
   hexadecimal digits and for a result with control characters or invalid UTF-8. May borrow from `text`. */
bool query_decode(
    struct arena *arena, struct view text, bool is_form, struct view *decoded, struct error *err) MUST_CHECK;

/* Reads "a=1&b=2" (without '?'). Empty pieces are skipped, a name without '=' has an empty value. ERROR_INVALID for a name
   given twice, ERROR_LIMIT above QUERY_PARAMETERS_MAX. */
bool query_parse(struct arena *arena, struct view text, struct query *query, struct error *err) MUST_CHECK;

/* NULL if the name was not given. */
const struct query_parameter *query_find(const struct query *query, const char *name);

/* Appends text with everything but RFC 3986's unreserved characters percent-encoded. */
struct buffer;
void query_append_encoded(struct buffer *out, struct view text);

/* The value of a cookie in a Cookie header (RFC 6265, 4.2.1); empty if it is absent. With a name given twice the first
   counts, as in RFC 6265 5.4, where longer paths come first. */
struct view cookie_find(struct view header, const char *name);

#endif
