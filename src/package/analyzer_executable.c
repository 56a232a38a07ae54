/* SPDX-License-Identifier: Apache-2.0 */
/* Programs and shared libraries, by mode or name and their first bytes. Each one is recorded, also if no recogniser knows it:
   the merge counts those that no package accounts for. */
#include "package/database.h"
#include "package/recogniser.h"

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
    if (file->size < EXECUTABLE_HEAD_BYTES)
        return false;
    if ((file->mode & 0111) != 0)
        return true;
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        if (view_ends_with(file->path, extensions[i]))
            return true;
    }
    size_t versioned = view_find_text(file->path, view_text(".so."));
    return versioned < file->path.size &&
           view_find(view_from(file->path, versioned), '/') + versioned == file->path.size;
}

static bool wants_head(struct view head)
{
    return executable_is_likely(head);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)err;
    AUTO_ARENA *arena = arena_new();
    struct executable executable;
    bool is_recognised = false;
    for (size_t image = 0; !is_recognised && executable_open(arena, content, image, &executable); image++) {
        for (size_t i = 0; i < sizeof(recognisers) / sizeof(recognisers[0]); i++)
            is_recognised |= recognisers[i]->recognise(&executable, path, arena, analysis);
    }
    return true;
}

const struct analyzer analyzer_executable = {
    .name = "executable",
    .version = 1,
    .bytes_max = DATABASE_BYTES_MAX,
    .wants = wants,
    .wants_look = wants_look,
    .wants_head = wants_head,
    .read = read,
};
