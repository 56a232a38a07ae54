/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

#define PLATFORM_PART_MAX 64

/* Other names of one architecture that people type (Linux, Debian and Go each have their own). */
static const struct {
    const char *name;
    const char *architecture;
    const char *variant; /* NULL: whatever was given */
} architecture_aliases[] = {
    {"aarch64", "arm64", NULL},
    {"armel", "arm", "v6"},
    {"armhf", "arm", "v7"},
    {"i386", "386", NULL},
    {"i686", "386", NULL},
    {"x86_64", "amd64", NULL},
    {"x86-64", "amd64", NULL},
};

static bool part_is_valid(struct view part)
{
    if (part.size == 0 || part.size > PLATFORM_PART_MAX)
        return false;
    for (size_t i = 0; i < part.size; i++) {
        char c = part.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-')
            return false;
    }
    return true;
}

bool platform_parse(struct arena *arena, struct view text, struct platform *platform, struct error *err)
{
    struct view rest = text;
    struct platform parsed = {.os = view_cut(&rest, '/'), .architecture = view_cut(&rest, '/')};
    parsed.variant = view_cut(&rest, '/');
    bool has_end = text.size > 0 && text.data[text.size - 1] != '/';
    if (!has_end || rest.size > 0 || !part_is_valid(parsed.os) || !part_is_valid(parsed.architecture) ||
        (parsed.variant.size > 0 && !part_is_valid(parsed.variant)))
        return error_set(err, ERROR_INVALID, "platform \"%.*s\" must look like linux/amd64 or linux/arm/v7",
            text.size > 200 ? 200 : (int)text.size, text.data);
    for (size_t i = 0; i < sizeof(architecture_aliases) / sizeof(architecture_aliases[0]); i++) {
        if (!view_is(parsed.architecture, architecture_aliases[i].name))
            continue;
        parsed.architecture = view_text(architecture_aliases[i].architecture);
        if (architecture_aliases[i].variant != NULL && parsed.variant.size == 0)
            parsed.variant = view_text(architecture_aliases[i].variant);
        break;
    }
    platform->os = arena_copy(arena, parsed.os);
    platform->architecture = arena_copy(arena, parsed.architecture);
    platform->variant = arena_copy(arena, parsed.variant);
    return true;
}

struct view platform_format(struct arena *arena, const struct platform *platform)
{
    if (platform->os.size == 0 && platform->architecture.size == 0)
        return view_text("unknown");
    return arena_format(arena, "%.*s/%.*s%s%.*s", VIEW_PRINT(platform->os), VIEW_PRINT(platform->architecture),
        platform->variant.size > 0 ? "/" : "", VIEW_PRINT(platform->variant));
}

/* The variant that an architecture means where none is given (Docker's and containerd's normalisation). */
static struct view variant_of(const struct platform *platform)
{
    if (platform->variant.size > 0)
        return platform->variant;
    if (view_is(platform->architecture, "arm64"))
        return view_text("v8");
    if (view_is(platform->architecture, "arm"))
        return view_text("v7");
    return view_text("");
}

bool platform_matches(const struct platform *actual, const struct platform *wanted)
{
    if (!view_equal(actual->os, wanted->os) || !view_equal(actual->architecture, wanted->architecture))
        return false;
    struct view a = variant_of(actual);
    struct view b = variant_of(wanted);
    return a.size == 0 || b.size == 0 || view_equal(a, b);
}
