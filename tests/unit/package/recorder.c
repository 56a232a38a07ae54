/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/package/recorder.h"

#include "tests/unit/test.h"

#include <ftw.h>

static void copy(struct recorder *recorder, struct view *view)
{
    *view = arena_copy(recorder->arena, *view);
}

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    struct recorder *recorder = (struct recorder *)analysis;
    struct package *kept = ARENA_PUSH(recorder->arena, &recorder->packages);
    *kept = *package;
    struct installation *installed = ARENA_PUSH(recorder->arena, &recorder->installations);
    *installed = installation == NULL ? (struct installation){0} : *installation;
    struct view *const views[] = {&kept->name, &kept->version, &kept->arch, &kept->source_name, &kept->source_version,
        &kept->epoch, &kept->release, &kept->source_rpm, &kept->modularity, &kept->vendor, &installed->inner_path,
        &installed->licenses, &installed->commit};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        copy(recorder, views[i]);
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    struct recorder *recorder = (struct recorder *)analysis;
    struct distro_fact *fact = ARENA_PUSH(recorder->arena, &recorder->facts);
    *fact = (struct distro_fact){
        recorder->path, arena_copy(recorder->arena, view_text(name)), arena_copy(recorder->arena, value)};
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    struct recorder *recorder = (struct recorder *)analysis;
    struct view *kept = ARENA_PUSH(recorder->arena, &recorder->owned);
    *kept = arena_copy(recorder->arena, path);
    struct view *name = ARENA_PUSH(recorder->arena, &recorder->owners);
    *name = arena_copy(recorder->arena, owner);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    struct recorder *recorder = (struct recorder *)analysis;
    struct recorded_gap *gap = ARENA_PUSH(recorder->arena, &recorder->gaps);
    *gap = (struct recorded_gap){kind, arena_copy(recorder->arena, view_text(reason))};
}

void recorder_init(struct recorder *recorder, struct arena *arena)
{
    *recorder = (struct recorder){.analysis = {on_package, on_fact, on_owned, on_gap}, .arena = arena};
}

const struct analyzer *recorder_analyzer(struct view path, struct view content)
{
    const struct analyzer_file file = {path, content.size, 0755};
    const struct analyzer *analyzer = analyzer_for(path);
    if (analyzer == NULL && (analyzer = analyzer_to_look(&file)) != NULL &&
        !analyzer->wants_head(view_slice(content, 0, ANALYZER_HEAD_BYTES)))
        analyzer = NULL;
    return analyzer;
}

bool recorder_run(struct recorder *recorder, const char *path, struct view content, struct error *err)
{
    recorder->path = arena_copy(recorder->arena, view_text(path));
    const struct analyzer *analyzer = recorder_analyzer(recorder->path, content);
    if (analyzer == NULL)
        fail_msg("no analyzer wants \"%s\"", path);
    char *exact = (char *)malloc(content.size > 0 ? content.size : 1);
    if (content.size > 0)
        memcpy(exact, content.data, content.size);
    bool is_read = analyzer->read(recorder->path, view_of(exact, content.size), &recorder->analysis, err);
    free(exact);
    return is_read;
}

struct view recorder_file(struct arena *arena, const char *file)
{
    FILE *stream = fopen(file, "rb");
    if (stream == NULL)
        return (struct view){0};
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    long size = ftell(stream);
    assert_true(size >= 0);
    rewind(stream);
    char *bytes = (char *)arena_alloc(arena, (size_t)size + 1);
    assert_int_equal(fread(bytes, 1, (size_t)size, stream), (size_t)size);
    fclose(stream);
    return view_of(bytes, (size_t)size);
}

/* nftw has no argument for the caller. */
static struct arena *walk_arena;
static struct recorder_paths *walk_paths;
static size_t walk_root_size;

static int on_file(const char *file, const struct stat *status, int kind, struct FTW *where)
{
    (void)status;
    (void)where;
    if (kind == FTW_F) {
        struct view *path = ARENA_PUSH(walk_arena, walk_paths);
        *path = arena_copy(walk_arena, view_text(file + walk_root_size + 1));
    }
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return view_compare(*(const struct view *)a, *(const struct view *)b);
}

void recorder_walk(struct arena *arena, const char *root, struct recorder_paths *paths)
{
    walk_arena = arena;
    walk_paths = paths;
    walk_root_size = strlen(root);
    assert_int_equal(nftw(root, on_file, 16, FTW_PHYS), 0);
    if (paths->count > 0)
        qsort(paths->items, paths->count, sizeof(paths->items[0]), compare_paths);
}
