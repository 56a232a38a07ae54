/* SPDX-License-Identifier: Apache-2.0 */
#include "image/reference.h"

#include <arpa/inet.h>

/* Customary limit of host, '/' and repository together (OCI distribution spec 1.1, "Pulling manifests"). */
#define NAME_BYTES_MAX 255
#define TAG_BYTES_MAX 128
#define PORT_MAX 65535

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

/* Length of the separator at `i`: one '.', one or two '_', any number of '-'; 0 if there is none. */
static size_t separator_size(struct view text, size_t i)
{
    char c = text.data[i];
    size_t run = 1;
    while (i + run < text.size && text.data[i + run] == c)
        run++;
    if (c == '-')
        return run;
    return (c == '.' && run == 1) || (c == '_' && run <= 2) ? run : 0;
}

/* [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* */
static bool component_is_valid(struct view component)
{
    bool wants_word = true;
    for (size_t i = 0; i < component.size;) {
        if (is_lower(component.data[i]) || is_digit(component.data[i])) {
            wants_word = false;
            i++;
            continue;
        }
        size_t separator = wants_word ? 0 : separator_size(component, i);
        if (separator == 0)
            return false;
        wants_word = true;
        i += separator;
    }
    return !wants_word;
}

bool repository_is_valid(struct view name)
{
    if (name.size == 0 || name.size > NAME_BYTES_MAX || name.data[name.size - 1] == '/')
        return false;
    while (name.size > 0) {
        if (!component_is_valid(view_cut(&name, '/')))
            return false;
    }
    return true;
}

bool tag_is_valid(struct view tag)
{
    if (tag.size == 0 || tag.size > TAG_BYTES_MAX || !(is_word(tag.data[0]) || tag.data[0] == '_'))
        return false;
    for (size_t i = 1; i < tag.size; i++) {
        char c = tag.data[i];
        if (!is_word(c) && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

static bool port_is_valid(struct view port)
{
    int64_t number = 0;
    return port.size <= 5 && view_to_integer(port, &number) && number >= 1 && number <= PORT_MAX;
}

/* RFC 1123 labels; a final dot is refused because two spellings of one host would be two hosts for credentials. */
static bool name_is_valid(struct view name)
{
    if (name.size == 0 || name.data[name.size - 1] == '.')
        return false;
    while (name.size > 0) {
        struct view label = view_cut(&name, '.');
        if (label.size == 0 || label.size > 63 || label.data[0] == '-' || label.data[label.size - 1] == '-')
            return false;
        for (size_t i = 0; i < label.size; i++) {
            if (!is_word(label.data[i]) && label.data[i] != '-')
                return false;
        }
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
    return memchr(text, '\0', address.size) == NULL && inet_pton(AF_INET6, text, &parsed) == 1;
}

bool host_is_valid(struct view host)
{
    if (host.size == 0 || host.size > NAME_BYTES_MAX)
        return false;
    struct view rest = host;
    if (host.data[0] == '[') {
        rest = view_from(host, 1);
        if (view_find(rest, ']') == rest.size || !address6_is_valid(view_cut(&rest, ']')))
            return false;
        return rest.size == 0 || (rest.data[0] == ':' && port_is_valid(view_from(rest, 1)));
    }
    bool has_port = view_find(host, ':') < host.size;
    return name_is_valid(view_cut(&rest, ':')) && (!has_port || port_is_valid(rest));
}

/* Docker's rule, so that a reference means the same image here as in `docker pull`. */
static bool looks_like_host(struct view component)
{
    return view_find(component, '.') < component.size || view_find(component, ':') < component.size ||
           view_is(component, "localhost");
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

bool host_is_docker_hub(struct view host)
{
    return view_is(host, "docker.io") || view_is(host, "index.docker.io") || view_is(host, "registry-1.docker.io");
}

/* Takes "host/" off `rest`; without one it is Docker Hub, which also answers to its old name. */
static bool take_host(struct arena *arena, struct view *rest, struct view *host, struct error *err)
{
    size_t slash = view_find(*rest, '/');
    struct view first = view_slice(*rest, 0, slash);
    *host = view_text("docker.io");
    if (slash == rest->size || !looks_like_host(first))
        return true;
    if (!host_is_valid(first))
        return error_set(
            err, ERROR_INVALID, "\"%.*s\" is not a host name or address with an optional port", VIEW_PRINT(first));
    *rest = view_from(*rest, slash + 1);
    first = lower_case(arena, first);
    if (!view_is(first, "index.docker.io"))
        *host = first;
    return true;
}

static bool check_repository(struct view repository, struct error *err)
{
    if (repository.size == 0)
        return error_set(err, ERROR_INVALID, "the name of the repository is missing");
    if (repository_is_valid(repository))
        return true;
    for (size_t i = 0; i < repository.size; i++) {
        if (repository.data[i] >= 'A' && repository.data[i] <= 'Z')
            return error_set(err, ERROR_INVALID, "repository \"%.*s\" has capital letters; repositories are lower case",
                VIEW_PRINT(repository));
    }
    return error_set(err, ERROR_INVALID,
        "repository \"%.*s\" may only hold words of a-z and 0-9, joined by '.', '_', '__' or '-' and separated by '/'",
        VIEW_PRINT(repository));
}

static bool parse_parts(struct arena *arena, struct view rest, struct reference *reference, struct error *err)
{
    size_t at = view_find(rest, '@');
    if (at < rest.size) {
        if (!digest_parse(view_from(rest, at + 1), &reference->digest, err))
            return false;
        rest = view_slice(rest, 0, at);
    }
    if (!take_host(arena, &rest, &reference->host, err))
        return false;
    size_t colon = view_find(rest, ':');
    if (colon < rest.size) {
        struct view tag = view_from(rest, colon + 1);
        if (!tag_is_valid(tag))
            return error_set(err, ERROR_INVALID,
                "tag \"%.*s\" must be 1 to %d of A-Z, a-z, 0-9, '_', '.' and '-', and not begin with '.' or '-'",
                VIEW_PRINT(tag), TAG_BYTES_MAX);
        reference->tag = arena_copy(arena, tag);
        rest = view_slice(rest, 0, colon);
    } else if (!digest_is_set(&reference->digest)) {
        reference->tag = view_text("latest");
    }
    if (!check_repository(rest, err))
        return false;
    bool is_official = view_is(reference->host, "docker.io") && view_find(rest, '/') == rest.size;
    reference->repository = arena_format(arena, "%s%.*s", is_official ? "library/" : "", VIEW_PRINT(rest));
    if (reference->host.size + 1 + reference->repository.size > NAME_BYTES_MAX)
        return error_set(
            err, ERROR_INVALID, "host and repository together have more than %d characters", NAME_BYTES_MAX);
    return true;
}

/* "user:password@host/…": must not even be shown. */
static bool has_user(struct view text)
{
    struct view after = view_from(text, view_find(text, '@'));
    return view_find(after, '/') < after.size;
}

bool reference_parse(struct arena *arena, struct view text, struct reference *reference, struct error *err)
{
    struct reference parsed = {0};
    if (text.size == 0)
        return error_set(err, ERROR_INVALID, "the image reference is empty");
    if (text.size > REFERENCE_BYTES_MAX)
        return error_set(err, ERROR_INVALID, "the image reference has more than %d characters", REFERENCE_BYTES_MAX);
    if (has_user(text))
        return error_set(err, ERROR_INVALID,
            "the image reference has an \"@\" before a \"/\"; user name and password do not belong into a reference");
    if (view_find_text(text, view_text("://")) < text.size)
        return error_set(err, ERROR_INVALID,
            "image reference \"%.*s\" has a scheme; write it as registry/repository:tag", VIEW_PRINT(text));
    if (!parse_parts(arena, text, &parsed, err))
        return error_wrap(err, "image reference \"%.*s\"", VIEW_PRINT(text));
    *reference = parsed;
    return true;
}

struct view reference_format(struct arena *arena, const struct reference *reference)
{
    return arena_format(arena, "%.*s/%.*s%s%.*s%s%s", VIEW_PRINT(reference->host), VIEW_PRINT(reference->repository),
        reference->tag.size > 0 ? ":" : "", VIEW_PRINT(reference->tag), digest_is_set(&reference->digest) ? "@" : "",
        reference->digest.text);
}

bool reference_is_same(struct arena *arena, struct view a, struct view b)
{
    struct reference left, right;
    struct error err;
    if (view_equal(a, b))
        return true;
    return reference_parse(arena, a, &left, &err) && reference_parse(arena, b, &right, &err) &&
           view_equal(reference_format(arena, &left), reference_format(arena, &right));
}
