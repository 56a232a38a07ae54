/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_target.h"

#include "cli/cache_dir.h"
#include "cli/progress.h"
#include "cli/registry_target.h"
#include "layer/input.h"
#include "scan/cache_folder.h"
#include "scan/feeds.h"
#include "scan/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct opened_target {
    struct blob_source *source;
    struct registry_target registry;
};

static void opened_target_done(struct opened_target *target)
{
    blob_source_close(target->source);
    registry_target_done(&target->registry);
}

void scan_session_done(struct scan_session *session)
{
    index_unref(session->index);
    cache_folder_close(session->cache);
    sandbox_stop(session->sandbox);
    arena_free(session->arena);
}

enum target_kind {
    TARGET_DIRECTORY,
    TARGET_DOCKER_ARCHIVE,
    TARGET_OCI_ARCHIVE,
    TARGET_OCI_LAYOUT,
    TARGET_PURLS,
    TARGET_SBOM,
    TARGET_REGISTRY
};

static const struct {
    const char *prefix;
    enum target_kind kind;
} target_prefixes[] = {
    {"dir:", TARGET_DIRECTORY},
    {"docker-archive:", TARGET_DOCKER_ARCHIVE},
    {"oci-archive:", TARGET_OCI_ARCHIVE},
    {"oci:", TARGET_OCI_LAYOUT},
    {"purls:", TARGET_PURLS},
    {"sbom:", TARGET_SBOM},
};

/* The kind of a target; `*rest` is what follows the prefix. */
static enum target_kind kind_of(struct view target, struct view *rest)
{
    for (size_t i = 0; i < sizeof(target_prefixes) / sizeof(target_prefixes[0]); i++) {
        if (view_starts_with(target, target_prefixes[i].prefix)) {
            *rest = view_from(target, strlen(target_prefixes[i].prefix));
            return target_prefixes[i].kind;
        }
    }
    *rest = target;
    return TARGET_REGISTRY;
}

bool scan_target_is_local(struct view target)
{
    struct view rest;
    return kind_of(target, &rest) != TARGET_REGISTRY;
}

static bool open_registry(struct arena *arena, const struct command_call *call, struct view text,
    struct opened_target *target, struct error *err)
{
    return registry_target_open(arena, call, text, &target->registry, err) &&
           registry_blob_source(target->registry.registry, &target->registry.reference, &target->source, err);
}

static bool is_archive_here(struct arena *arena, struct view text)
{
    static const char *const extensions[] = {".tar", ".tar.gz", ".tgz"};
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
        if (view_ends_with(text, extensions[i]) && access(arena_text(arena, text), F_OK) == 0)
            return true;
    }
    return false;
}

/* What other tools take and no registry's reference is: paths, and their names for places. */
static bool refuse_other_forms(struct arena *arena, struct view text, struct error *err)
{
    static const char *const paths[] = {"/", "./", "../", "~"};
    static const char *const daemons[] = {"containers-storage:", "docker-daemon:"};
    bool is_path = view_is(text, ".") || view_is(text, "..") || is_archive_here(arena, text);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        is_path = is_path || view_starts_with(text, paths[i]);
    if (is_path)
        return error_set(err, ERROR_USAGE,
            "\"%.*s\" is a path: say what is there, by dir:, oci:, oci-archive: or docker-archive: before it",
            VIEW_PRINT(text));
    if (view_starts_with(text, "docker://"))
        return error_set(err, ERROR_USAGE, "\"%.*s\": leave out \"docker://\"", VIEW_PRINT(text));
    for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
        if (view_starts_with(text, daemons[i]))
            return error_set(err, ERROR_USAGE,
                "\"%.*s\": images of a daemon are not read; save this one, and name the file as docker-archive:FILE",
                VIEW_PRINT(text));
    }
    return true;
}

/* "PATH[:NAME]": the path is everything if such a thing exists, since paths may hold colons. */
static bool open_input(struct scan_session *session, const struct command_call *call, struct view text,
    struct opened_target *target, struct error *err)
{
    struct view rest;
    enum target_kind kind = kind_of(text, &rest);
    if (kind == TARGET_REGISTRY)
        return refuse_other_forms(session->arena, text, err) && open_registry(session->arena, call, text, target, err);
    struct view name = view_of(NULL, 0);
    size_t colon = view_find(rest, ':');
    const char *path = arena_text(session->arena, view_slice(rest, 0, colon));
    if (colon < rest.size)
        name = view_from(rest, colon + 1);
    if (path[0] == '\0')
        return error_set(err, ERROR_USAGE, "\"%.*s\" names no path", VIEW_PRINT(text));
    if (kind == TARGET_OCI_LAYOUT)
        return layout_open(path, name, &target->source, err);
    if (kind == TARGET_OCI_ARCHIVE)
        return oci_archive_open(session->sandbox, path, name, &target->source, err);
    return docker_archive_open(session->sandbox, path, name, &target->source, err);
}

static bool scan_choices(struct scan_session *session, const struct command_call *call, struct scan_context *context,
    struct blob_source *source, struct error *err)
{
    struct platform wanted;
    struct view platform = call_option(call, "platform");
    if (view_is(platform, "all"))
        platform = view_text("");
    struct digest unset = {0};
    struct manifest root;
    struct image_choice *choices;
    if (platform.size > 0 && !platform_parse(session->arena, platform, &wanted, err))
        return false;
    if (!image_read_manifest(source, session->arena, &unset, &root, err) ||
        !image_choose(source, session->arena, &root, platform.size > 0 ? &wanted : NULL, &choices,
            &session->image_count, &session->missing_platforms, err))
        return false;
    session->images = ARENA_ARRAY(session->arena, struct scan_image, session->image_count);
    for (size_t i = 0; i < session->image_count; i++) {
        if (!scan_inventory(context, source, session->arena, &choices[i], &session->images[i], err))
            return false;
        scan_add_missing_platforms(
            session->arena, (int64_t)session->missing_platforms, &session->images[i].inventory.gaps);
    }
    return true;
}

static bool open_surroundings(struct scan_session *session, const struct command_call *call, struct error *err)
{
    session->arena = arena_new();
    enum sandbox_mode mode = call_has_option(call, "no-sandbox") ? SANDBOX_OFF : SANDBOX_REQUIRED;
    if (!sandbox_start(mode, &session->sandbox, err))
        return mode == SANDBOX_OFF ? false : error_wrap(err, "no sandbox (--no-sandbox does without)");
    const char *temporary = getenv("TMPDIR");
    session->spool_folder = temporary != NULL && temporary[0] != '\0' ? temporary : "/var/tmp";
    if (call_has_option(call, "no-cache"))
        return true;
    if (cache_dir_find(session->arena, "layers", &session->spool_folder, err) &&
        cache_folder_open(session->spool_folder, &session->cache, err))
        return true;
    return error_wrap(err, "no folder for layer records (--no-cache does without)");
}

static bool read_lock_files(const struct command_call *call, enum lock_files *lock_files, struct error *err)
{
    struct view value = call_option(call, "lock-files");
    *lock_files = LOCK_FILES_AUTO;
    if (view_is(value, "yes"))
        *lock_files = LOCK_FILES_YES;
    else if (view_is(value, "no"))
        *lock_files = LOCK_FILES_NO;
    else if (value.size > 0 && !view_is(value, "auto"))
        return error_set(err, ERROR_USAGE, "--lock-files is yes, no or auto, not \"%.*s\"", VIEW_PRINT(value));
    return true;
}

static bool read_layer_timeout(const struct command_call *call, int64_t *deadline_ms, struct error *err)
{
    static const int64_t seconds_max = INT64_C(24) * 60 * 60;
    struct view value = call_option(call, "layer-timeout");
    int64_t seconds = 0;
    if (value.size == 0)
        return true;
    if (!view_to_integer(value, &seconds) || seconds < 1 || seconds > seconds_max)
        return error_set(err, ERROR_USAGE, "--layer-timeout is 1 to %lld seconds, not \"%.*s\"", (long long)seconds_max,
            VIEW_PRINT(value));
    *deadline_ms = seconds * 1000;
    return true;
}

/* "-" is standard input. */
static bool scan_list_file(struct scan_session *session, const struct scan_context *context, enum target_kind kind,
    struct view path, struct error *err)
{
    AUTO_SOURCE *input = NULL;
    const char *name = arena_text(session->arena, path);
    bool is_standard_input = strcmp(name, "-") == 0;
    int descriptor = is_standard_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", name);
    input = source_from_descriptor(descriptor, !is_standard_input);
    session->is_directory = true;
    session->image_count = 1;
    session->images = ARENA_NEW(session->arena, struct scan_image);
    return scan_list(
               context, kind == TARGET_SBOM ? LIST_SBOM : LIST_PURLS, input, session->arena, session->images, err) ||
           error_wrap(err, "list \"%s\"", name);
}

/* The documents of --vex; an option that a command does not have is never given. */
static bool read_vex(struct scan_session *session, const struct command_call *call, struct error *err)
{
    struct view file;
    vex_set_init(&session->vex, session->arena);
    for (int i = 0; call_option_at(call, "vex", i, &file); i++) {
        if (!vex_set_read_file(&session->vex, session->sandbox, file, err))
            return false;
    }
    return true;
}

bool scan_session_inventory(
    struct scan_session *session, const struct command_call *call, struct view target, struct error *err)
{
    CLEANUP(opened_target_done) struct opened_target opened = {0};
    CLEANUP(progress_done) struct progress progress;
    struct view rest;
    progress_init(&progress);
    enum lock_files lock_files;
    if (!read_lock_files(call, &lock_files, err) || !open_surroundings(session, call, err) ||
        !read_vex(session, call, err))
        return false;
    session->is_in_registry = kind_of(target, &rest) == TARGET_REGISTRY;
    struct scan_context context = {
        .sandbox = session->sandbox,
        .cache = session->cache,
        .progress = &progress.progress,
        .lock_files = lock_files,
        .spool_folder = session->spool_folder,
    };
    if (!read_layer_timeout(call, &context.layer_deadline_ms, err))
        return false;
    if (kind_of(target, &rest) == TARGET_DIRECTORY) {
        session->is_directory = true;
        session->image_count = 1;
        session->images = ARENA_NEW(session->arena, struct scan_image);
        const char *path = arena_text(session->arena, rest);
        return scan_directory(&context, path[0] == '\0' ? "." : path, session->arena, session->images, err);
    }
    if (kind_of(target, &rest) == TARGET_PURLS || kind_of(target, &rest) == TARGET_SBOM)
        return scan_list_file(session, &context, kind_of(target, &rest), rest, err);
    return open_input(session, call, target, &opened, err) && scan_choices(session, call, &context, opened.source, err);
}

bool scan_session_match(struct scan_session *session, const struct command_call *call,
    const struct scan_session_matching *matching, struct error *err)
{
    struct vex_target target = {.reference = matching->target, .is_in_registry = session->is_in_registry};
    const char *folder = call_option_text(call, "index");
    if (folder == NULL && !cache_dir_find(session->arena, "index", &folder, err))
        return false;
    if (index_open(folder, &session->index, err)) {
        session->lookup = index_lookup(session->index);
        feeds_of_index(session->arena, session->index, &session->feeds, &session->feed_count);
    } else if (err->code != ERROR_NOT_FOUND || call_has_option(call, "index")) {
        return false;
    }
    for (size_t i = 0; i < session->image_count; i++) {
        if (!scan_match(session->lookup, session->feeds, session->feed_count, session->arena, matching->now_ms,
                &session->images[i], err))
            return false;
        if (session->vex.document_count > 0)
            scan_apply_vex(&session->vex, &target, session->arena, &session->images[i]);
    }
    return true;
}
