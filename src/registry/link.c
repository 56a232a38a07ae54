/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/link.h"

/* Length up to a ',' or ';' outside quotes. */
static size_t parameter_size(struct view text)
{
    bool is_quoted = false;
    size_t i = 0;
    for (; i < text.size; i++) {
        char c = text.data[i];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (c == '\\' && is_quoted)
            i++;
        else if (!is_quoted && (c == ',' || c == ';'))
            break;
    }
    return i < text.size ? i : text.size;
}

static bool is_next(struct view parameter)
{
    struct view value = parameter;
    struct view name = view_trim(view_cut(&value, '='));
    if (!view_equal_ignoring_case(name, view_text("rel")))
        return false;
    value = view_trim(value);
    if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
        value = view_slice(value, 1, value.size - 2);
    while (value.size > 0) {
        if (view_equal_ignoring_case(view_trim(view_cut(&value, ' ')), view_text("next")))
            return true;
    }
    return false;
}

struct view link_next(struct view header)
{
    struct view rest = header;
    while (view_find(rest, '<') < rest.size) {
        rest = view_from(rest, view_find(rest, '<') + 1);
        if (view_find(rest, '>') == rest.size)
            break;
        struct view target = view_cut(&rest, '>');
        bool found = false;
        /* Parameters up to the comma that ends this link. */
        for (bool is_last = false; !is_last && rest.size > 0;) {
            size_t size = parameter_size(rest);
            found = found || is_next(view_slice(rest, 0, size));
            is_last = size == rest.size || rest.data[size] == ',';
            rest = view_from(rest, size + 1);
        }
        if (found)
            return view_trim(target);
    }
    return view_text("");
}

bool link_follow(
    struct arena *arena, const struct url *current, struct view target, struct link_page *page, struct error *err)
{
    struct url next;
    if (!url_resolve(arena, current, target, &next, err))
        return error_wrap(err, "the link to the next page");
    *page = (struct link_page){.url = *current, .other = *current};
    page->url.query = page->other.query = next.query;
    page->url.has_query = page->other.has_query = next.has_query;
    page->other.path = next.path;
    page->has_other = !view_equal(next.path, current->path);
    return true;
}
