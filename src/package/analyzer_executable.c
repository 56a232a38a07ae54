/* SPDX-License-Identifier: Apache-2.0 */
/* Programs, shared libraries and scripts, by mode or name and their first bytes. Each one is recorded, also if no recogniser
   knows it: the merge counts those that no package accounts for. */
#include "package/database.h"
#include "package/recogniser.h"

/* A larger script is more than a launcher. */
enum { LAUNCHER_BYTES_MAX = 2048 };

#define RECOGNISER(name) extern const struct recogniser recogniser_##name;
#include "package/recognisers.def"
#undef RECOGNISER

static const struct recogniser *const recognisers[] = {
#define RECOGNISER(name) &recogniser_##name,
#include "package/recognisers.def"
#undef RECOGNISER
};

static bool wants(struct view path)
{
    (void)path;
    return false;
}

/* Shared libraries need no mode: libc.so.6, native.node, module.pyd. */
static bool wants_look(const struct analyzer_file *file)
{
    static const char *const extensions[] = {".so", ".dll", ".dylib", ".exe", ".node", ".pyd"};
    if ((file->mode & 0111) != 0)
        return file->size > 2; /* a script may be short */
    if (file->size < EXECUTABLE_HEAD_BYTES)
        return false;
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        if (view_ends_with(file->path, extensions[i]))
            return true;
    }
    size_t versioned = view_find_text(file->path, view_text(".so."));
    return versioned < file->path.size &&
           view_find(view_from(file->path, versioned), '/') + versioned == file->path.size;
}

static bool is_script(struct view head)
{
    return view_starts_with(head, "#!");
}

static bool wants_head(struct view head)
{
    return is_script(head) || (head.size >= EXECUTABLE_HEAD_BYTES && executable_is_likely(head));
}

/* What pip and RubyGems write for the commands of a package: a few lines that load the package and call it. They have no code of
   their own, so they hide nothing. */
static bool is_launcher(struct view content)
{
    static const char *const calls[] = {"sys.exit(", "Gem.activate_bin_path(", "Gem.bin_path("};
    struct view rest = content;
    bool calls_package = false;
    if (content.size > LAUNCHER_BYTES_MAX)
        return false;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        calls_package = calls_package || view_find_text(content, view_text(calls[i])) < content.size;
    bool is_python = false, is_ruby = false;
    while (rest.size > 0) {
        struct view line = view_trim(view_cut(&rest, '\n'));
        is_python =
            is_python || (view_starts_with(line, "from ") && view_find_text(line, view_text(" import ")) < line.size);
        is_ruby = is_ruby || view_is(line, "require 'rubygems'");
    }
    return calls_package && (is_python || is_ruby);
}

/* What a package manager runs when a package comes or goes is kept in its database: info/NAME.postinst. */
static bool is_maintainer_script(struct view path)
{
    static const char *const folders[] = {"/lib/dpkg/info/", "/lib/opkg/info/", "/lib/dpkg/status.d/"};
    static const char *const kinds[] = {".config", ".postinst", ".postrm", ".preinst", ".prerm"};
    bool is_in_database = false, is_of_kind = false;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
        is_in_database = is_in_database || view_find_text(path, view_text(folders[i])) < path.size;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        is_of_kind = is_of_kind || view_ends_with(path, kinds[i]);
    return is_in_database && is_of_kind;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    AUTO_ARENA *arena = arena_new();
    struct executable executable;
    bool is_recognised = false;
    if (is_script(content)) {
        if (!recogniser_script(path, content, analysis) && (is_maintainer_script(path) || is_launcher(content)))
            analysis->fact(analysis, EXECUTABLE_ATTRIBUTED_FACT,
                view_text(is_launcher(content) ? "launcher" : "maintainer script"));
        return true;
    }
    for (size_t image = 0; !is_recognised && executable_open(arena, content, image, &executable); image++) {
        if (executable.has_more)
            analysis->gap(analysis, GAP_LIMIT_REACHED, "a program with more than 65535 sections or segments");
        for (size_t i = 0; i < sizeof(recognisers) / sizeof(recognisers[0]); i++)
            is_recognised |= recognisers[i]->recognise(&executable, path, arena, analysis);
    }
    return true;
}

const struct analyzer analyzer_executable = {
    .name = "executable",
    .version = 4,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .wants_look = wants_look,
    .wants_head = wants_head,
    .read = read,
};
