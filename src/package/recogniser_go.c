/* SPDX-License-Identifier: Apache-2.0 */
/* Go modules, as `go version -m` shows them: the main module, its dependencies with their replacements, and the toolchain's
   library as "stdlib". Versions are as written, "(devel)" too: OSV's readers take no version from that. */
#include "package/go_build_info.h"
#include "package/listing.h"
#include "package/recogniser.h"

#define DEVELOPMENT "(devel)"

struct module {
    struct view path;
    struct view version;
};

struct reading {
    struct listing listing;
    struct module main;
    struct module last; /* the dependency at hand: its replacement may follow */
    bool is_last_main;
    struct view linker_flags;
};

static void finish_module(struct reading *reading)
{
    const struct module *module = &reading->last;
    if (reading->is_last_main)
        reading->main = *module;
    else if (module->path.size > 0)
        listing_add(
            &reading->listing, module->path, module->version.size > 0 ? module->version : view_text(DEVELOPMENT), NULL);
    reading->last = (struct module){.path = view_text("")};
    reading->is_last_main = false;
}

/* A local directory in place of a module has no name of its own: the module stays, its version is not known. */
static void replace_module(struct module *module, struct view path, struct view version)
{
    bool is_local = path.size == 0 || path.data[0] == '.' || path.data[0] == '/' || version.size == 0 ||
                    view_is(version, DEVELOPMENT);
    if (!is_local)
        module->path = path;
    module->version = is_local ? view_text(DEVELOPMENT) : version;
}

static void read_line(struct reading *reading, struct view line)
{
    struct view kind = view_cut(&line, '\t');
    if (view_is(kind, "build")) {
        struct view key = view_cut(&line, '=');
        if (view_is(key, "-ldflags"))
            reading->linker_flags = line;
        return;
    }
    struct view path = view_cut(&line, '\t');
    struct view version = view_cut(&line, '\t');
    if (view_is(kind, "=>")) {
        replace_module(&reading->last, path, version);
    } else if (view_is(kind, "mod") || view_is(kind, "dep")) {
        finish_module(reading);
        reading->last = (struct module){path, version};
        reading->is_last_main = view_is(kind, "mod");
    }
}

/* A tag is the version; else the linker may have been told one. */
static void add_main(struct reading *reading)
{
    struct view version = reading->main.version;
    bool is_release = view_starts_with(version, "v") && !view_starts_with(version, "v0.0.0-");
    struct view told = is_release ? view_text("") : go_linker_version(reading->linker_flags);
    if (told.size > 0 && database_field_is_valid(told))
        version = told;
    if (reading->main.path.size > 0)
        listing_add(&reading->listing, reading->main.path, version.size > 0 ? version : view_text(DEVELOPMENT), NULL);
}

static bool recognise(
    const struct executable *executable, struct view path, struct arena *arena, struct analysis *analysis)
{
    (void)path;
    struct go_build_info info;
    struct reading reading = {.is_last_main = false};
    if (!go_build_info_find(executable, &info))
        return false;
    listing_init(&reading.listing, arena, analysis, PACKAGE_GOLANG);
    while (info.modules.size > 0)
        read_line(&reading, view_cut_line(&info.modules));
    finish_module(&reading);
    add_main(&reading);
    listing_add(&reading.listing, view_text("stdlib"), go_library_version(arena, info.version), NULL);
    listing_finish(&reading.listing);
    return true;
}

const struct recogniser recogniser_go = {"go", recognise};
