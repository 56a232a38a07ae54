/* SPDX-License-Identifier: Apache-2.0 */
/* Which names this server answers under, and whether a write comes from its own pages. Against DNS rebinding: a page on
   evil.example that resolves to 127.0.0.1 still sends its own name in Host. Pure. */
#ifndef API_HOST_H
#define API_HOST_H

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAMES_MAX 16

struct host_rule {
    bool is_loopback; /* bound to loopback: localhost, 127.0.0.1 and [::1] are allowed */
    bool allows_any; /* bound elsewhere and no names configured: the operator's proxy or network decides */
    const char *names[HOST_NAMES_MAX]; /* configured names, without port */
    size_t name_count;
};

/* `host` is the Host header, with or without a port; an empty one is not allowed. */
bool host_is_allowed(const struct host_rule *rule, struct view host);

/* Whether Origin ("https://name:port") names the same host and port as Host; "null" and an empty origin do not. */
bool host_is_origin(struct view origin, struct view host);

/* The host without its port: "[::1]:80" → "[::1]". */
struct view host_name(struct view host);

#endif
