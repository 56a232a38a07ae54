/* SPDX-License-Identifier: Apache-2.0 */
#include "api/router.h"

#include "base/buffer.h"
#include "base/digest.h"

const struct route routes[ROUTE_COUNT] = {
#define ROUTE(name, method, pattern, permission, versions, parameters)                                                 \
    [ROUTE_##name] = {#name, METHOD_##method, pattern, PERMISSION_##permission, versions, parameters, route_##name},
#include "api/routes.def"
#undef ROUTE
};

/* Matches a path against a pattern; `*literals` counts the segments that are equal, so that the closest row wins. */
static bool match_pattern(const char *pattern, struct view path, struct view *values, size_t *literals)
{
    struct view wanted = view_text(pattern);
    size_t count = 0;
    *literals = 0;
    while (wanted.size > 0 && path.size > 0) {
        struct view name = view_cut(&wanted, '/');
        bool ends_with_slash =
            path.size > 0 && path.data[path.size - 1] == '/' && view_find(path, '/') == path.size - 1;
        struct view segment = view_cut(&path, '/');
        if (name.size > 0 && name.data[0] == '{') {
            if (segment.size == 0)
                return false;
            values[count++] = segment;
        } else if (view_equal(name, segment))
            (*literals)++;
        else
            return false;
        if (ends_with_slash && segment.size > 0)
            return false;
    }
    return wanted.size == 0 && path.size == 0;
}

void router_find(enum http_method method, struct view path, struct route_match *match)
{
    size_t best = 0;
    *match = (struct route_match){0};
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        struct view values[REQUEST_PATH_VALUES_MAX] = {{0}};
        size_t literals;
        if (!match_pattern(routes[i].pattern, path, values, &literals) || literals < best)
            continue;
        if (literals > best)
            *match = (struct route_match){0};
        best = literals;
        match->methods |= 1u << routes[i].method;
        if (routes[i].method == METHOD_GET)
            match->methods |= 1u << METHOD_HEAD;
        if (routes[i].method == (method == METHOD_HEAD ? METHOD_GET : method)) {
            match->route = &routes[i];
            memcpy(match->path_values, values, sizeof(values));
        }
    }
}

static bool check_value(struct view kind, struct view name, struct view *value, struct response *response)
{
    struct uuid uuid;
    struct digest digest;
    struct error err;
    if (view_is(kind, "text"))
        return true;
    if (view_is(kind, "digest"))
        return digest_parse(*value, &digest, &err) || respond_error(response, API_ERROR_INVALID_PARAMETER,
                                                          "%.*s in the path: %s", VIEW_PRINT(name), err.message);
    if (!uuid_parse(*value, &uuid))
        return respond_error(response, API_ERROR_INVALID_PARAMETER, "%.*s in the path is not a UUID: \"%.*s\"",
            VIEW_PRINT(name), VIEW_PRINT(*value));
    *value = arena_copy(response->arena, view_text(uuid.text));
    return true;
}

size_t router_body_bytes_max(const struct request *request)
{
    struct route_match match;
    struct view rest = request->target;
    router_find(request->method, view_cut(&rest, '?'), &match);
    return match.route == &routes[ROUTE_vex_document_create] ? ROUTER_DOCUMENT_BYTES_MAX : REQUEST_BODY_BYTES_MAX;
}

bool router_read_values(struct request *request, const struct route_match *match, struct response *response)
{
    struct error err;
    size_t index = 0;
    for (struct view rest = view_text(match->route->pattern); rest.size > 0;) {
        struct view segment = view_cut(&rest, '/');
        if (segment.size == 0 || segment.data[0] != '{')
            continue;
        struct view kind = view_slice(segment, 1, segment.size - 2);
        struct view name = view_cut(&kind, ':');
        struct view *value = &request->path_values[index];
        if (!query_decode(request->arena, match->path_values[index], false, value, &err))
            return respond_error(response, API_ERROR_INVALID_PARAMETER, "%s", err.message);
        if (!check_value(kind, name, value, response))
            return false;
        index++;
    }
    return true;
}

bool router_list_has(const char *list, struct view word)
{
    for (struct view rest = view_text(list); rest.size > 0;) {
        if (view_equal(view_cut(&rest, ' '), word))
            return true;
    }
    return false;
}

bool router_check_parameters(const struct request *request, struct response *response)
{
    const struct route *route = request->route;
    for (size_t i = 0; i < request->query.count; i++) {
        struct view name = request->query.items[i].name;
        bool is_version = route->versions[0] != '\0' && view_is(name, "version");
        if (!is_version && !router_list_has(route->parameters, name))
            return respond_parameter_error(response, API_ERROR_UNKNOWN_PARAMETER, arena_text(request->arena, name),
                "there is no parameter \"%.*s\" here%s%s", VIEW_PRINT(name),
                route->parameters[0] == '\0' ? "" : "; known are: ", route->parameters);
    }
    return true;
}

struct view router_allow(struct arena *arena, unsigned int methods)
{
    AUTO_BUFFER text;
    buffer_init(&text, 200);
    for (int i = 0; i < METHOD_OTHER; i++) {
        if ((methods >> i & 1) != 0 && i != METHOD_OPTIONS)
            buffer_append_format(&text, "%s, ", http_method_name((enum http_method)i));
    }
    buffer_append_text(&text, "OPTIONS");
    return arena_copy(arena, buffer_view(&text));
}
