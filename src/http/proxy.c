/* SPDX-License-Identifier: Apache-2.0 */
#include "http/proxy.h"

#include "http/outbound.h"

#include <stdlib.h>

static const char *first_set(const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *value = getenv(*names);
        if (value != NULL && value[0] != '\0')
            return value;
    }
    return NULL;
}

/* "example.com" and ".example.com" name the domain and everything below it. */
static bool is_in_domain(struct view host, struct view domain)
{
    if (domain.size > 0 && domain.data[0] == '.')
        domain = view_from(domain, 1);
    if (domain.size == 0 || domain.size > host.size)
        return false;
    struct view end = view_from(host, host.size - domain.size);
    return view_equal_ignoring_case(end, domain) &&
           (end.size == host.size || host.data[host.size - domain.size - 1] == '.');
}

bool proxy_is_excepted(struct view list, struct view host)
{
    struct sockaddr_storage address;
    bool is_address = address_parse(host, &address);
    while (list.size > 0) {
        struct view entry = view_trim(view_cut(&list, ','));
        if (view_is(entry, "*") || is_in_domain(host, entry) ||
            (is_address && address_is_in((const struct sockaddr *)&address, entry)))
            return true;
    }
    return false;
}

const char *proxy_for(const struct url *url)
{
    static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
    static const char *const secure[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
    static const char *const exceptions[] = {"no_proxy", "NO_PROXY", NULL};
    if (host_is_loopback(url->host) || proxy_is_excepted(view_text(first_set(exceptions)), url->host))
        return NULL;
    return first_set(url->is_https ? secure : plain);
}
