/* SPDX-License-Identifier: Apache-2.0 */
#include "api/host.h"

struct view host_name(struct view host)
{
    size_t bracket = view_find(host, ']');
    if (host.size > 0 && host.data[0] == '[' && bracket < host.size)
        return view_slice(host, 0, bracket + 1);
    return view_slice(host, 0, view_find(host, ':'));
}

/* What follows the name is nothing, or ':' and up to five digits. */
static bool has_valid_port(struct view host)
{
    struct view port = view_from(host, host_name(host).size);
    int64_t number;
    if (port.size == 0)
        return true;
    return port.data[0] == ':' && port.size <= 6 && view_to_integer(view_from(port, 1), &number) && number <= 65535;
}

bool host_is_allowed(const struct host_rule *rule, struct view host)
{
    static const char *const loopback_names[] = {"localhost", "127.0.0.1", "[::1]"};
    struct view name = host_name(host);
    if (name.size == 0 || !has_valid_port(host))
        return false;
    if (rule->allows_any)
        return true;
    for (size_t i = 0; rule->is_loopback && i < sizeof(loopback_names) / sizeof(loopback_names[0]); i++) {
        if (view_equal_ignoring_case(name, view_text(loopback_names[i])))
            return true;
    }
    for (size_t i = 0; i < rule->name_count; i++) {
        if (view_equal_ignoring_case(name, view_text(rule->names[i])))
            return true;
    }
    return false;
}

bool host_is_origin(struct view origin, struct view host)
{
    size_t start = view_starts_with(origin, "https://") ? 8 : view_starts_with(origin, "http://") ? 7 : 0;
    return start > 0 && host.size > 0 && view_equal_ignoring_case(view_from(origin, start), host);
}
