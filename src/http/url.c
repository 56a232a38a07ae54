/* SPDX-License-Identifier: Apache-2.0 */
#include "http/url.h"

#include "base/buffer.h"

#include <arpa/inet.h>

#define HOST_BYTES_MAX 255

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 3986 allows less; servers send '|', '{' and '}' unencoded, which no reader takes for something else. */
static bool byte_is_valid(char c)
{
    return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>';
}

static bool check_bytes(struct view text, struct error *err)
{
    if (text.size > URL_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "the URL has more than %d bytes", URL_BYTES_MAX);
    for (size_t i = 0; i < text.size; i++) {
        if (!byte_is_valid(text.data[i]))
            return error_set(err, ERROR_INVALID, "the URL has a byte 0x%02x, which must be percent-encoded",
                (unsigned char)text.data[i]);
    }
    return true;
}

/* Length of "scheme" in "scheme:…" (RFC 3986 §3.1); 0 if the text is a relative reference. */
static size_t scheme_size(struct view text)
{
    if (text.size == 0 || !is_letter(text.data[0]))
        return 0;
    for (size_t i = 1; i < text.size; i++) {
        char c = text.data[i];
        if (c == ':')
            return i;
        if (!is_letter(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
            return 0;
    }
    return 0;
}

/* Position of the first byte of `stops`. */
static size_t find_any(struct view text, const char *stops)
{
    size_t i = 0;
    while (i < text.size && strchr(stops, text.data[i]) == NULL)
        i++;
    return i;
}

static bool name_is_valid(struct view name)
{
    if (name.size == 0 || name.size > HOST_BYTES_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_')
            return false;
    }
    return true;
}

static bool address6_is_valid(struct view address)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    if (address.size == 0 || address.size >= sizeof(text))
        return false;
    memcpy(text, address.data, address.size);
    text[address.size] = '\0';
    return inet_pton(AF_INET6, text, &parsed) == 1;
}

static struct view lower_case(struct arena *arena, struct view text)
{
    char *copy = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    }
    return view_of(copy, text.size);
}

static bool parse_authority(struct arena *arena, struct view authority, struct url *url, struct error *err)
{
    bool is_valid;
    struct view host;
    struct view rest = authority;
    if (view_find(authority, '@') < authority.size)
        return error_set(err, ERROR_INVALID, "the URL carries a user name or password, which is not accepted");
    if (authority.size > 0 && authority.data[0] == '[') {
        rest = view_from(authority, 1);
        is_valid = view_find(rest, ']') < rest.size;
        host = view_cut(&rest, ']');
        is_valid = is_valid && address6_is_valid(host) && (rest.size == 0 || rest.data[0] == ':');
        rest = view_from(rest, 1);
    } else {
        host = view_cut(&rest, ':');
        is_valid = name_is_valid(host);
    }
    int64_t port = url->is_https ? 443 : 80;
    if (rest.size > 0 && (!view_to_integer(rest, &port) || port < 1 || port > 65535))
        is_valid = false;
    if (!is_valid)
        return error_set(err, ERROR_INVALID, "the URL has no valid host and port");
    url->host = lower_case(arena, host);
    url->port = (unsigned)port;
    return true;
}

/* RFC 3986 §5.2.4, on an absolute path. */
static struct view remove_dot_segments(struct arena *arena, struct view path)
{
    char *out = arena_alloc(arena, path.size + 2);
    size_t size = 0;
    struct view rest = path.size > 0 && path.data[0] == '/' ? view_from(path, 1) : path;
    for (bool is_last = false; !is_last;) {
        is_last = view_find(rest, '/') == rest.size;
        struct view segment = view_cut(&rest, '/');
        if (view_is(segment, "..")) {
            while (size > 0 && out[--size] != '/')
                ;
        }
        bool is_dots = view_is(segment, ".") || view_is(segment, "..");
        if (is_dots && !is_last)
            continue;
        out[size++] = '/';
        if (!is_dots && segment.size > 0) {
            memcpy(out + size, segment.data, segment.size);
            size += segment.size;
        }
    }
    out[size] = '\0';
    return view_of(out, size);
}

/* Path and query of `rest`, which begins after the authority. */
static void parse_path(struct arena *arena, struct view rest, struct url *url)
{
    rest = view_slice(rest, 0, view_find(rest, '#'));
    size_t question = view_find(rest, '?');
    url->has_query = question < rest.size;
    url->query = arena_copy(arena, view_from(rest, question + 1));
    url->path = remove_dot_segments(arena, view_slice(rest, 0, question));
}

bool url_parse(struct arena *arena, struct view text, struct url *url, struct error *err)
{
    struct url parsed = {0};
    if (!check_bytes(text, err))
        return false;
    size_t scheme = scheme_size(text);
    struct view name = view_slice(text, 0, scheme);
    parsed.is_https = view_equal_ignoring_case(name, view_text("https"));
    if (!parsed.is_https && !view_equal_ignoring_case(name, view_text("http")))
        return error_set(err, ERROR_INVALID, "the URL does not begin with http:// or https://");
    struct view rest = view_from(text, scheme + 1);
    if (!view_starts_with(rest, "//"))
        return error_set(err, ERROR_INVALID, "the URL has no \"//\" after its scheme");
    rest = view_from(rest, 2);
    size_t end = find_any(rest, "/?#");
    if (!parse_authority(arena, view_slice(rest, 0, end), &parsed, err))
        return false;
    parse_path(arena, view_from(rest, end), &parsed);
    *url = parsed;
    return true;
}

bool url_resolve(struct arena *arena, const struct url *base, struct view reference, struct url *url, struct error *err)
{
    if (!check_bytes(reference, err))
        return false;
    if (scheme_size(reference) > 0)
        return url_parse(arena, reference, url, err);
    if (view_starts_with(reference, "//"))
        return url_parse(
            arena, arena_format(arena, "%s:%.*s", base->is_https ? "https" : "http", VIEW_PRINT(reference)), url, err);
    struct url resolved = *base;
    reference = view_slice(reference, 0, view_find(reference, '#'));
    if (reference.size == 0) {
        *url = resolved;
        return true;
    }
    struct view path = view_slice(reference, 0, view_find(reference, '?'));
    struct view query = view_from(reference, path.size);
    struct view directory = view_slice(base->path, 0, view_find_last(base->path, '/') + 1);
    if (path.size == 0)
        parse_path(arena, arena_format(arena, "%.*s%.*s", VIEW_PRINT(base->path), VIEW_PRINT(query)), &resolved);
    else if (path.data[0] == '/')
        parse_path(arena, reference, &resolved);
    else
        parse_path(arena, arena_format(arena, "%.*s%.*s", VIEW_PRINT(directory), VIEW_PRINT(reference)), &resolved);
    *url = resolved;
    return true;
}

struct view url_authority(struct arena *arena, const struct url *url)
{
    bool is_address6 = view_find(url->host, ':') < url->host.size;
    struct view host =
        arena_format(arena, "%s%.*s%s", is_address6 ? "[" : "", VIEW_PRINT(url->host), is_address6 ? "]" : "");
    if (url->port == (url->is_https ? 443u : 80u))
        return host;
    return arena_format(arena, "%.*s:%u", VIEW_PRINT(host), url->port);
}

struct view url_show(struct arena *arena, const struct url *url)
{
    struct view authority = url_authority(arena, url);
    return arena_format(
        arena, "%s://%.*s%.*s", url->is_https ? "https" : "http", VIEW_PRINT(authority), VIEW_PRINT(url->path));
}

struct view url_format(struct arena *arena, const struct url *url)
{
    struct view before = url_show(arena, url);
    return arena_format(arena, "%.*s%s%.*s", VIEW_PRINT(before), url->has_query ? "?" : "", VIEW_PRINT(url->query));
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->is_https == b->is_https && a->port == b->port && view_equal(a->host, b->host);
}

void url_append_encoded(struct buffer *buffer, struct view text, const char *also)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (is_letter(c) || is_digit(c) || (c != '\0' && (strchr("-._~", c) != NULL || strchr(also, c) != NULL)))
            buffer_append_byte(buffer, c);
        else
            buffer_append_format(buffer, "%%%02X", (unsigned char)c);
    }
}
