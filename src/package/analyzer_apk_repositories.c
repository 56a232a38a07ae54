/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's branch from the repositories that packages are installed from, e.g. https://host/alpine/v3.18/main: better
   evidence than os-release, whose VERSION_ID is a future one on edge. Reports the fact apk_branch, "v3.18" or "edge", of the
   newest branch named. */
#include "package/analyzer.h"

#include <stdio.h>

struct branch {
    bool is_edge;
    int64_t major;
    int64_t minor; /* 0.0 = none seen */
};

static bool wants(struct view path)
{
    if (path.size < 20 || path.data[0] != 'e' || !view_starts_with(path, "etc/apk/repositories"))
        return false;
    return path.size == 20 || (view_starts_with(path, "etc/apk/repositories.d/") && view_ends_with(path, ".list"));
}

/* "edge", "v3.18" or "3.18"; at most four digits each. */
static bool parse_branch(struct view text, struct branch *branch)
{
    *branch = (struct branch){.is_edge = view_is(text, "edge")};
    if (branch->is_edge)
        return true;
    if (view_starts_with(text, "v"))
        text = view_from(text, 1);
    struct view major = view_cut(&text, '.');
    return major.size <= 4 && text.size <= 4 && view_to_integer(major, &branch->major) &&
           view_to_integer(text, &branch->minor);
}

static bool is_newer(const struct branch *a, const struct branch *b)
{
    if (a->is_edge != b->is_edge)
        return a->is_edge;
    return a->major != b->major ? a->major > b->major : a->minor > b->minor;
}

/* Only these components hold what an image is made of; testing is mixed into stable branches. */
static bool is_component(struct view text)
{
    return view_is(text, "main") || view_is(text, "community");
}

/* Finds a branch before main or community: in the path, or as its last part if the components follow as words
   (apk-tools 3: "https://host/alpine/v3.22 main community"). */
static bool read_line(struct view line, struct branch *branch)
{
    struct view url = view_cut(&line, ' ');
    size_t scheme = view_find_text(url, view_text("://"));
    if (scheme == 0 || scheme == url.size)
        return false;
    url = view_from(url, scheme + 3);
    (void)view_cut(&url, '/'); /* host */
    struct view before = {0};
    while (url.size > 0) {
        struct view part = view_cut(&url, '/');
        if (part.size == 0)
            continue;
        if (is_component(part) && parse_branch(before, branch))
            return true;
        before = part;
    }
    while (line.size > 0) {
        if (is_component(view_cut(&line, ' ')) && parse_branch(before, branch))
            return true;
    }
    return false;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    (void)err;
    struct branch newest = {0};
    bool is_found = false;
    while (content.size > 0) {
        struct view line = view_trim(view_cut_line(&content));
        struct branch branch;
        /* "@tag url": only for packages that ask for the tag. */
        if (line.size == 0 || line.data[0] == '#' || line.data[0] == '@' || !read_line(line, &branch))
            continue;
        if (!is_found || is_newer(&branch, &newest))
            newest = branch;
        is_found = true;
    }
    if (!is_found)
        return true;
    char text[32] = "edge";
    if (!newest.is_edge)
        snprintf(text, sizeof(text), "v%d.%d", (int)newest.major, (int)newest.minor);
    analysis->fact(analysis, "apk_branch", view_text(text));
    return true;
}

const struct analyzer analyzer_apk_repositories = {
    .name = "apk_repositories",
    .version = 1,
    .bytes_max = 1 << 20,
    .wants = wants,
    .read = read,
};
