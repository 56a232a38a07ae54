/* SPDX-License-Identifier: Apache-2.0 */
#include "http/outbound.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* The first row that holds an address decides. Link-local, loopback and the addresses at which clouds hand credentials to
   whoever can reach them are "local". */
static const struct {
    const char *range;
    enum address_kind kind;
} special_ranges[] = {
    {"0.0.0.0/8", ADDRESS_FORBIDDEN},
    {"127.0.0.0/8", ADDRESS_LOCAL},
    {"169.254.0.0/16", ADDRESS_LOCAL},
    {"100.100.100.200", ADDRESS_LOCAL}, /* Alibaba Cloud metadata */
    {"168.63.129.16", ADDRESS_LOCAL}, /* Azure platform */
    {"192.0.0.0/24", ADDRESS_LOCAL}, /* Oracle Cloud metadata */
    {"10.0.0.0/8", ADDRESS_PRIVATE},
    {"100.64.0.0/10", ADDRESS_PRIVATE},
    {"172.16.0.0/12", ADDRESS_PRIVATE},
    {"192.168.0.0/16", ADDRESS_PRIVATE},
    {"198.18.0.0/15", ADDRESS_PRIVATE},
    {"192.0.2.0/24", ADDRESS_FORBIDDEN},
    {"198.51.100.0/24", ADDRESS_FORBIDDEN},
    {"203.0.113.0/24", ADDRESS_FORBIDDEN},
    {"224.0.0.0/4", ADDRESS_FORBIDDEN},
    {"240.0.0.0/4", ADDRESS_FORBIDDEN},
    {"::", ADDRESS_FORBIDDEN},
    {"::1", ADDRESS_LOCAL},
    {"fe80::/10", ADDRESS_LOCAL},
    {"fd00:ec2::254", ADDRESS_LOCAL}, /* AWS metadata */
    {"fd20:ce::254", ADDRESS_LOCAL}, /* Google Cloud metadata */
    {"fc00::/7", ADDRESS_PRIVATE},
    {"fec0::/10", ADDRESS_PRIVATE},
    {"64:ff9b:1::/48", ADDRESS_PRIVATE},
    {"100::/64", ADDRESS_FORBIDDEN},
    {"2001::/32", ADDRESS_FORBIDDEN}, /* Teredo hides the real address */
    {"2001:db8::/32", ADDRESS_FORBIDDEN},
    {"ff00::/8", ADDRESS_FORBIDDEN},
};

/* The bytes of an address in network order, and how many. */
struct address_bytes {
    unsigned char bytes[16];
    size_t size;
};

static bool bytes_of(const struct sockaddr *address, struct address_bytes *result)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        memcpy(result->bytes, &v4.sin_addr, 4);
        result->size = 4;
        return true;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        memcpy(result->bytes, &v6.sin6_addr, 16);
        result->size = 16;
        return true;
    }
    return false;
}

/* Takes the IPv4 address out of IPv6 forms that lead to it. */
static void unwrap(struct address_bytes *address)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const unsigned char compatible[12];
    static const unsigned char loopback_or_none[15];
    const unsigned char *bytes = address->bytes;
    size_t start = 0;
    if (address->size != 16 || memcmp(bytes, loopback_or_none, 15) == 0)
        return;
    if (memcmp(bytes, mapped, 12) == 0 || memcmp(bytes, nat64, 12) == 0 || memcmp(bytes, compatible, 12) == 0)
        start = 12;
    else if (bytes[0] == 0x20 && bytes[1] == 0x02)
        start = 2;
    else
        return;
    unsigned char inner[4];
    memcpy(inner, bytes + start, 4);
    memcpy(address->bytes, inner, 4);
    address->size = 4;
}

bool address_parse(struct view text, struct sockaddr_storage *address)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.size == 0 || text.size >= sizeof(copy) || memchr(text.data, '\0', text.size) != NULL)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    *address = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, copy, &v4.sin_addr) == 1)
        memcpy(address, &v4, sizeof(v4));
    else if (inet_pton(AF_INET6, copy, &v6.sin6_addr) == 1)
        memcpy(address, &v6, sizeof(v6));
    else
        return false;
    return true;
}

/* Reads "address" or "address/bits". */
static bool range_parse(struct view text, struct address_bytes *address, size_t *bits)
{
    struct sockaddr_storage storage;
    size_t slash = view_find(text, '/');
    if (!address_parse(view_slice(text, 0, slash), &storage) || !bytes_of((const struct sockaddr *)&storage, address))
        return false;
    int64_t number = (int64_t)address->size * 8;
    if (slash < text.size &&
        (!view_to_integer(view_from(text, slash + 1), &number) || number > (int64_t)address->size * 8))
        return false;
    *bits = (size_t)number;
    return true;
}

static bool bytes_are_in(const struct address_bytes *address, struct view range)
{
    struct address_bytes first;
    size_t bits;
    if (!range_parse(range, &first, &bits) || first.size != address->size)
        return false;
    if (memcmp(first.bytes, address->bytes, bits / 8) != 0)
        return false;
    unsigned mask = bits % 8 == 0 ? 0 : 0xffu << (8 - bits % 8) & 0xffu;
    return mask == 0 || (first.bytes[bits / 8] & mask) == (address->bytes[bits / 8] & mask);
}

bool address_is_in(const struct sockaddr *address, struct view range)
{
    struct address_bytes bytes;
    if (!bytes_of(address, &bytes))
        return false;
    if (bytes_are_in(&bytes, range))
        return true;
    unwrap(&bytes);
    return bytes_are_in(&bytes, range);
}

enum address_kind address_kind(const struct sockaddr *address)
{
    struct address_bytes bytes;
    if (!bytes_of(address, &bytes))
        return ADDRESS_FORBIDDEN;
    unwrap(&bytes);
    for (size_t i = 0; i < sizeof(special_ranges) / sizeof(special_ranges[0]); i++) {
        if (bytes_are_in(&bytes, view_text(special_ranges[i].range)))
            return special_ranges[i].kind;
    }
    return ADDRESS_PUBLIC;
}

/* Splits "host", "host:port", "[v6]", "[v6]:port" and bare IPv6 addresses; port 0 = any. */
static bool split_entry(struct view entry, struct view *host, unsigned *port)
{
    struct view rest = entry;
    struct sockaddr_storage storage;
    *port = 0;
    *host = entry;
    if (address_parse(entry, &storage))
        return true;
    if (entry.size > 0 && entry.data[0] == '[') {
        rest = view_from(entry, 1);
        *host = view_cut(&rest, ']');
        if (view_find(entry, ']') == entry.size || !address_parse(*host, &storage))
            return false;
        if (rest.size == 0)
            return true;
        if (rest.data[0] != ':')
            return false;
        rest = view_from(rest, 1);
    } else {
        *host = view_cut(&rest, ':');
        if (host->size == entry.size)
            return host->size > 0;
    }
    int64_t number;
    if (host->size == 0 || !view_to_integer(rest, &number) || number < 1 || number > 65535)
        return false;
    *port = (unsigned)number;
    return true;
}

static bool names_host(struct view entry, struct view host, unsigned port)
{
    struct view name;
    unsigned named_port;
    return split_entry(entry, &name, &named_port) && view_equal_ignoring_case(name, host) &&
           (named_port == 0 || named_port == port);
}

static bool is_listed(
    const struct view *entries, size_t count, struct view host, unsigned port, const struct sockaddr *address)
{
    for (size_t i = 0; i < count; i++) {
        if (names_host(entries[i], host, port) || address_is_in(address, entries[i]))
            return true;
    }
    return false;
}

const char *address_format(const struct sockaddr *address, char text[ADDRESS_TEXT_BYTES])
{
    const void *bytes = NULL;
    if (address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
    else if (address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    if (bytes == NULL || inet_ntop(address->sa_family, bytes, text, ADDRESS_TEXT_BYTES) == NULL)
        text[0] = '\0';
    return text;
}

/* A person decides: the way to allow it is told. */
static bool refuse_private(const struct outbound_policy *policy, struct view host, unsigned port,
    const struct sockaddr *address, struct error *err)
{
    char text[ADDRESS_TEXT_BYTES];
    if (policy->integration.size == 0)
        return error_set(err, ERROR_REFUSED,
            "host \"%.*s\" has the private address %s; if it shall be reached, name it in network.allow "
            "(--network-allow)",
            VIEW_PRINT(host), address_format(address, text));
    return error_set(err, ERROR_REFUSED,
        "host \"%.*s\" has the private address %s; if it shall be reached: tidewaiter integration edit \"%.*s\" "
        "--allow-host %.*s:%u",
        VIEW_PRINT(host), address_format(address, text), VIEW_PRINT(policy->integration), VIEW_PRINT(host), port);
}

bool outbound_check(const struct outbound_policy *policy, struct view host, unsigned port,
    const struct sockaddr *address, struct error *err)
{
    static const struct outbound_policy nothing;
    if (policy == NULL)
        policy = &nothing;
    switch (address_kind(address)) {
    case ADDRESS_PUBLIC:
        return true;
    case ADDRESS_PRIVATE:
        if (is_listed(policy->own, policy->own_count, host, port, address) ||
            is_listed(policy->allowed, policy->allowed_count, host, port, address))
            return true;
        return refuse_private(policy, host, port, address, err);
    case ADDRESS_LOCAL:
        if (is_listed(policy->allowed, policy->allowed_count, host, port, address))
            return true;
        return error_set(err, ERROR_REFUSED,
            "host \"%.*s\" has the loopback, link-local or metadata address %s; if it shall be reached, name it in "
            "network.allow (--network-allow)",
            VIEW_PRINT(host), address_format(address, (char[ADDRESS_TEXT_BYTES]){""}));
    case ADDRESS_FORBIDDEN:
    case ADDRESS_KIND_COUNT:
        break;
    }
    return error_set(err, ERROR_REFUSED, "host \"%.*s\" has the address %s, which is never connected to",
        VIEW_PRINT(host), address_format(address, (char[ADDRESS_TEXT_BYTES]){""}));
}

bool outbound_is_own(const struct outbound_policy *policy, struct view host, unsigned port)
{
    for (size_t i = 0; policy != NULL && i < policy->own_count; i++) {
        if (names_host(policy->own[i], host, port))
            return true;
    }
    return false;
}

bool outbound_check_literal(const struct outbound_policy *policy, struct view host, unsigned port, struct error *err)
{
    struct sockaddr_storage address;
    if (!address_parse(host, &address))
        return true;
    return outbound_check(policy, host, port, (const struct sockaddr *)&address, err);
}

bool host_is_loopback(struct view host)
{
    struct sockaddr_storage address;
    if (view_equal_ignoring_case(host, view_text("localhost")))
        return true;
    if (!address_parse(host, &address))
        return false;
    return address_is_in((const struct sockaddr *)&address, view_text("127.0.0.0/8")) ||
           address_is_in((const struct sockaddr *)&address, view_text("::1"));
}

/* Whether the bytes are those of names and addresses. */
static bool is_host_text(struct view host)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_word && c != '.' && c != '-' && c != '_' && c != ':')
            return false;
    }
    return host.size > 0;
}

bool outbound_check_entry(struct view entry, struct error *err)
{
    struct view host;
    unsigned port;
    struct address_bytes address;
    size_t bits;
    bool is_range = view_find(entry, '/') < entry.size;
    if (is_range ? range_parse(entry, &address, &bits) : split_entry(entry, &host, &port) && is_host_text(host))
        return true;
    return error_set(err, ERROR_INVALID,
        "\"%.*s\" is neither a host, host:port, an address nor a range such as 10.0.0.0/8", VIEW_PRINT(entry));
}
