/* SPDX-License-Identifier: Apache-2.0 */
#include "api/request.h"

#include "api/router.h"

#include <assert.h>

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",
    [METHOD_HEAD] = "HEAD",
    [METHOD_POST] = "POST",
    [METHOD_PATCH] = "PATCH",
    [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS",
    [METHOD_OTHER] = "this method",
};

enum http_method http_method_parse(struct view name)
{
    for (int i = 0; i < METHOD_OTHER; i++) {
        if (view_is(name, method_names[i]))
            return (enum http_method)i;
    }
    return METHOD_OTHER;
}

const char *http_method_name(enum http_method method)
{
    assert(method < METHOD_COUNT);
    return method_names[method];
}

struct view request_header(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (view_equal_ignoring_case(request->headers[i].name, view_text(name)))
            return request->headers[i].value;
    }
    return view_of(NULL, 0);
}

struct view request_path_value(const struct request *request, const char *name)
{
    size_t index = 0;
    for (struct view rest = view_text(request->route->pattern); rest.size > 0;) {
        struct view segment = view_cut(&rest, '/');
        if (segment.size == 0 || segment.data[0] != '{')
            continue;
        struct view known = view_slice(segment, 1, segment.size - 2);
        if (view_is(view_cut(&known, ':'), name))
            return request->path_values[index];
        index++;
    }
    assert(!"the pattern of the route has no such name");
    return view_of(NULL, 0);
}

struct view request_parameter(const struct request *request, const char *name)
{
    const struct query_parameter *parameter = query_find(&request->query, name);
    return parameter == NULL ? view_of(NULL, 0) : parameter->value;
}

struct view request_shown_path(const struct request *request)
{
    if (view_starts_with(request->path, "/admission/"))
        return view_text("/admission/***");
    if (view_starts_with(request->path, "/exports/"))
        return view_text("/exports/***");
    return view_starts_with(request->path, "/hooks/") ? view_text("/hooks/***") : request->path;
}
