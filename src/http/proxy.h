/* SPDX-License-Identifier: Apache-2.0 */
/* Which proxy the environment names for a URL: http_proxy (lower case only, since a web server may set the other from a
   request header), https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, and the exceptions of no_proxy, NO_PROXY. Never one
   for loopback. */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include "http/url.h"

/* Borrowed from the environment; NULL: none. */
const char *proxy_for(const struct url *url);

/* Whether a comma-separated list of hosts, domains (with or without a dot before them), ranges and "*" names the host. */
bool proxy_is_excepted(struct view list, struct view host);

#endif
