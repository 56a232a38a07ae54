/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses we connect to. Names that a registry sends (token servers, redirects, links) are chosen by a stranger,
   so the rule looks at the address that a name resolved to: public ones are fine; private ones only for the hosts that
   the operator configured or allowed; loopback, link-local and the metadata services of clouds only if allowed by name or
   range; the rest of the special ranges never (IANA IPv4 and IPv6 Special-Purpose Address Registries). Pure. */
#ifndef HTTP_OUTBOUND_H
#define HTTP_OUTBOUND_H

#include "base/error.h"
#include "base/view.h"

#include <sys/socket.h>

/* Borrowed by clients; must outlive them. */
struct outbound_policy {
    /* "host" or "host:port" as configured: the integration's own. May have private addresses. */
    const struct view *own;
    size_t own_count;

    /* The operator's `network.allow`: "host", "host:port", an address, or a range such as 10.0.0.0/8 or fd00::/8. The
       command line's `scan` puts the host of its reference here. */
    const struct view *allowed;
    size_t allowed_count;

    struct view integration; /* whose connections these are, for what to do about a refusal; empty: nobody's */
};

enum address_kind { ADDRESS_PUBLIC, ADDRESS_PRIVATE, ADDRESS_LOCAL, ADDRESS_FORBIDDEN, ADDRESS_KIND_COUNT };

/* IPv4 addresses inside IPv6 ones (mapped, NAT64, 6to4) count as what they carry. */
enum address_kind address_kind(const struct sockaddr *address);

/* ERROR_REFUSED unless `host`:`port` may be connected at `address`; a NULL policy has nothing of its own and nothing
   allowed. */
bool outbound_check(const struct outbound_policy *policy, struct view host, unsigned port,
    const struct sockaddr *address, struct error *err) MUST_CHECK;

/* The same for a host that is itself an address, before any connection (with a proxy, there is none to look at). Names
   pass. */
bool outbound_check_literal(
    const struct outbound_policy *policy, struct view host, unsigned port, struct error *err) MUST_CHECK;

/* Whether `own` names the host. */
bool outbound_is_own(const struct outbound_policy *policy, struct view host, unsigned port);

/* Reads an IPv4 or IPv6 address; false for names. */
bool address_parse(struct view text, struct sockaddr_storage *address);

#define ADDRESS_TEXT_BYTES 64

/* "192.0.2.1"; empty for other families. Returns `text`. */
const char *address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_BYTES]);

/* Whether `range`, an address or address/bits, holds the address. */
bool address_is_in(const struct sockaddr *address, struct view range);

/* Loopback by its looks: "localhost", 127.0.0.0/8, ::1. */
bool host_is_loopback(struct view host);

/* A range or host of `allowed` as a user wrote it; ERROR_INVALID says what is wrong. */
bool outbound_check_entry(struct view entry, struct error *err) MUST_CHECK;

#endif
