/* SPDX-License-Identifier: Apache-2.0 */
#include "store/integrations.h"

#include "image/reference.h"

/* Takes the scheme off; a name without one means https. */
static bool take_scheme(struct view *text, bool *is_plain_http, struct error *err)
{
    static const struct {
        struct view prefix;
        bool is_plain_http;
    } schemes[] = {
        {VIEW_LITERAL("https://"), false}, {VIEW_LITERAL("docker://"), false}, {VIEW_LITERAL("http://"), true}};
    *is_plain_http = false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (view_equal_ignoring_case(view_slice(*text, 0, schemes[i].prefix.size), schemes[i].prefix)) {
            *text = view_from(*text, schemes[i].prefix.size);
            *is_plain_http = schemes[i].is_plain_http;
            return true;
        }
    }
    return view_find_text(*text, view_text("://")) == text->size ||
           error_set(err, ERROR_INVALID, "the address of a registry begins with https://, http:// or its host name");
}

static struct view trim_slashes(struct view text)
{
    while (text.size > 0 && text.data[0] == '/')
        text = view_from(text, 1);
    while (text.size > 0 && text.data[text.size - 1] == '/')
        text.size--;
    return text;
}

static struct view lower_case(struct arena *arena, struct view text)
{
    char *bytes = arena_text(arena, text);
    for (size_t i = 0; i < text.size; i++) {
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] - 'A' + 'a');
    }
    return view_of(bytes, text.size);
}

bool integration_address_parse(
    struct arena *arena, struct view text, struct integration_address *address, struct error *err)
{
    bool is_plain_http = false;
    struct view rest = view_trim(text);
    if (!take_scheme(&rest, &is_plain_http, err))
        return false;
    struct view path = rest;
    struct view host = view_cut(&path, '/');
    /* A password may itself hold slashes. */
    if (view_find(rest, '@') < rest.size)
        return error_set(err, ERROR_REFUSED,
            "the address holds a user name or password, which is not stored: leave it out; \"tidewaiter sync run\" asks "
            "for it, or takes it from the environment or from Docker's config.json");
    if (view_find(rest, '?') < rest.size || view_find(rest, '#') < rest.size)
        return error_set(err, ERROR_INVALID, "the address of a registry has no '?' and no '#'");
    host = lower_case(arena, host);
    if (!host_is_valid(host))
        return error_set(err, ERROR_INVALID, "\"%.*s\" is not the host name of a registry: expected HOST[:PORT][/PATH]",
            VIEW_PRINT(host));
    if (!is_plain_http && view_ends_with(host, ":443") && view_find(host, '.') < host.size)
        host.size -= 4;
    path = trim_slashes(path);
    if (view_is(path, "v2") || view_is(path, "v1"))
        path = view_text("");
    if (path.size > 0 && !repository_is_valid(path))
        return error_set(err, ERROR_INVALID,
            "\"%.*s\" cannot be the beginning of repository names: these are lower-case letters, digits, and '.', '_', "
            "'-' between them",
            VIEW_PRINT(path));
    *address = (struct integration_address){host, arena_copy(arena, path), is_plain_http};
    return true;
}

struct view integration_address_format(struct arena *arena, const struct integration_address *address)
{
    return arena_format(arena, "%s%.*s%s%.*s", address->is_plain_http ? "http://" : "https://",
        VIEW_PRINT(address->host), address->path.size > 0 ? "/" : "", VIEW_PRINT(address->path));
}
