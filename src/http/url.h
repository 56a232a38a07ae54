/* SPDX-License-Identifier: Apache-2.0 */
/* http and https URLs (RFC 3986): parsed, resolved against a base and compared. Query and path are kept byte by byte,
   since cursors and signatures in them are not ours to rewrite. Pure. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/arena.h"
#include "base/error.h"

#define URL_BYTES_MAX 16384

struct url {
    bool is_https;
    struct view host; /* lower case; an IPv6 address without its brackets */
    unsigned port; /* the scheme's own if none is given */
    struct view path; /* begins with '/', without "." and ".." segments */
    struct view query; /* without '?' */
    bool has_query;
};

/* Absolute URLs only. Refuses other schemes, user names and passwords, control characters, blanks, backslashes and bytes
   outside ASCII; drops the fragment. Messages do not repeat the text, which may hold a signature or a password. */
bool url_parse(struct arena *arena, struct view text, struct url *url, struct error *err) MUST_CHECK;

/* RFC 3986 §5.2: what `reference` means on the page `base`. */
bool url_resolve(
    struct arena *arena, const struct url *base, struct view reference, struct url *url, struct error *err) MUST_CHECK;

/* The URL as sent. */
struct view url_format(struct arena *arena, const struct url *url);

/* For messages: without the query, which may hold a signature or a token. */
struct view url_show(struct arena *arena, const struct url *url);

/* "host" or "host:port", in brackets if needed; the scheme's own port is left out. */
struct view url_authority(struct arena *arena, const struct url *url);

/* Same scheme, host and port. */
bool url_same_origin(const struct url *a, const struct url *b);

/* Appends `text` with everything but unreserved characters (RFC 3986 §2.3) and those in `also` percent-encoded. */
struct buffer;
void url_append_encoded(struct buffer *buffer, struct view text, const char *also);

#endif
