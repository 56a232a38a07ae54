/* SPDX-License-Identifier: Apache-2.0 */
/* The Link header (RFC 8288) and where the next page of a listing really is: registries behind proxies, with a path
   prefix or with bugs send links that lead elsewhere. Pure. */
#ifndef REGISTRY_LINK_H
#define REGISTRY_LINK_H

#include "http/url.h"

/* The target of the first link whose `rel` holds "next", as written; empty if there is none. Several headers are joined
   with ", " before. */
struct view link_next(struct view header);

struct link_page {
    struct url url; /* to ask first; always on our origin */
    struct url other; /* to ask once if that is 400, 404 or 405 */
    bool has_other;
};

/* Where page `target` of the listing at `current` is: resolved (RFC 3986), moved to our scheme, host and port, and with
   our path where the link's differs, since cursors are in the query. */
bool link_follow(struct arena *arena, const struct url *current, struct view target, struct link_page *page,
    struct error *err) MUST_CHECK;

#endif
