/* SPDX-License-Identifier: Apache-2.0 */
/* OCI image layouts (OCI image spec 1.1, image-layout.md), in a directory or in a tar. */
#include "layer/input.h"

#include "base/json.h"
#include "base/memory.h"
#include "image/reference.h"
#include "layer/image_files.h"

#include <stdlib.h>

enum { NAMES_SHOWN_MAX = 20, LAYOUT_FILE_BYTES_MAX = 4096 };

struct layout {
    struct blob_source base;
    struct image_files *files;
    struct arena *arena;
    struct view index; /* index.json, if that itself is the image's index */
    struct digest root; /* of the image's manifest or index */
};

static struct view blob_path(struct arena *arena, const struct digest *digest)
{
    struct view algorithm = view_slice(digest_view(digest), 0, view_find(digest_view(digest), ':'));
    return arena_format(arena, "blobs/%.*s/%.*s", VIEW_PRINT(algorithm), VIEW_PRINT(digest_hex(digest)));
}

static bool layout_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct view *document, struct digest *found, struct error *err)
{
    struct layout *layout = (struct layout *)source;
    const struct digest *wanted = digest_is_set(digest) ? digest : &layout->root;
    if (layout->index.size > 0 && digest_equal(wanted, &layout->root)) {
        *document = layout->index;
    } else if (!image_files_read(layout->files, blob_path(arena, wanted), MANIFEST_BYTES_MAX, arena, document, err)) {
        return error_wrap(err, "manifest %s", wanted->text);
    }
    digest_of(*document, found);
    return digest_verify(*document, wanted, "manifest", err);
}

static bool layout_open_blob(
    struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err)
{
    struct layout *layout = (struct layout *)source;
    AUTO_ARENA *scratch = arena_new();
    uint64_t size;
    return image_files_open(layout->files, blob_path(scratch, &descriptor->digest), content, &size, err);
}

static void layout_close(struct blob_source *source)
{
    struct layout *layout = (struct layout *)source;
    image_files_close(layout->files);
    arena_free(layout->arena);
    free(layout);
}

static const struct blob_source_type layout_type = {"oci layout", layout_manifest, layout_open_blob, layout_close};

/* What people call an image in a layout: the specification's annotation, or containerd's, which holds the whole reference. */
struct layout_names {
    struct view short_name;
    struct view full_name;
};

static struct layout_names names_of(struct json index, size_t position)
{
    struct json_iterator item = json_each(json_member(index, "manifests"));
    for (size_t i = 0; json_next(&item); i++) {
        struct json annotations = json_member(item.value, "annotations");
        if (i == position)
            return (struct layout_names){
                .short_name = json_member_string(annotations, "org.opencontainers.image.ref.name"),
                .full_name = json_member_string(annotations, "io.containerd.image.name")};
    }
    return (struct layout_names){{NULL, 0}, {NULL, 0}};
}

static bool is_named(const struct layout_names *names, struct view name)
{
    AUTO_ARENA *scratch = arena_new();
    return view_equal(names->short_name, name) ||
           (names->full_name.size > 0 && reference_is_same(scratch, names->full_name, name));
}

static bool names_missing(struct json index, size_t count, struct view name, struct error *err)
{
    AUTO_BUFFER list;
    buffer_init(&list, ERROR_MESSAGE_MAX);
    for (size_t i = 0; i < count && i < NAMES_SHOWN_MAX; i++) {
        struct layout_names names = names_of(index, i);
        struct view shown = names.full_name.size > 0 ? names.full_name : names.short_name;
        if (shown.size > 0)
            buffer_append_format(&list, "%s%.*s", list.size > 0 ? ", " : "", VIEW_PRINT(shown));
    }
    struct view shown = list.size > 0 ? buffer_view(&list) : view_text("none with a name");
    if (name.size == 0)
        return error_set(err, ERROR_NOT_FOUND, "the layout holds %zu images; add \":NAME\" for one of them: %.*s",
            count, VIEW_PRINT(shown));
    return error_set(
        err, ERROR_NOT_FOUND, "the layout has no image \"%.*s\"; it has: %.*s", VIEW_PRINT(name), VIEW_PRINT(shown));
}

/* Finds the one descriptor that `name` means, or any if it is empty. Descriptors with the same digest are one image. */
static bool choose_descriptor(
    struct json index, const struct manifest *manifest, struct view name, struct digest *chosen, struct error *err)
{
    const struct digest *found = NULL;
    for (size_t i = 0; i < manifest->count; i++) {
        struct layout_names names = names_of(index, i);
        if (name.size > 0 && !is_named(&names, name))
            continue;
        const struct digest *digest = &manifest->items[i].digest;
        if (found != NULL && !digest_equal(found, digest)) {
            if (name.size > 0)
                return error_set(
                    err, ERROR_INVALID, "the layout has several images of the name \"%.*s\"", VIEW_PRINT(name));
            return names_missing(index, manifest->count, name, err);
        }
        found = digest;
    }
    if (found == NULL)
        return names_missing(index, manifest->count, name, err);
    *chosen = *found;
    return true;
}

static bool has_any_name(struct json index, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct layout_names names = names_of(index, i);
        if (names.short_name.size > 0 || names.full_name.size > 0)
            return true;
    }
    return false;
}

/* Several descriptors without any name are the platforms of one image: index.json is its index. */
static bool choose_image(struct layout *layout, struct view document, struct view name, struct error *err)
{
    struct digest digest;
    digest_of(document, &digest);
    struct manifest manifest;
    AUTO_JSON *json = json_document_new();
    struct json index;
    if (!manifest_parse(layout->arena, document, &digest, &manifest, err) ||
        !json_parse(json, document, MANIFEST_BYTES_MAX, "index.json", &index, err))
        return error_wrap(err, "index.json");
    if (manifest.kind != MANIFEST_INDEX)
        return error_set(err, ERROR_INVALID, "index.json is not an image index");
    if (manifest.count == 0)
        return error_set(err, ERROR_NOT_FOUND, "the layout holds no image");
    if (name.size == 0 && manifest.count > 1 && !has_any_name(index, manifest.count)) {
        layout->index = document;
        layout->root = digest;
        return true;
    }
    return choose_descriptor(index, &manifest, name, &layout->root, err);
}

/* A layout without the file is read all the same: some tools leave it out. */
static bool check_version(struct layout *layout, struct error *err)
{
    struct view document;
    struct error reason;
    if (!image_files_read(
            layout->files, view_text("oci-layout"), LAYOUT_FILE_BYTES_MAX, layout->arena, &document, &reason)) {
        if (reason.code == ERROR_NOT_FOUND)
            return true;
        *err = reason;
        return false;
    }
    AUTO_JSON *json = json_document_new();
    struct json root;
    if (!json_parse(json, document, LAYOUT_FILE_BYTES_MAX, "oci-layout", &root, err))
        return false;
    struct view version = json_member_string(root, "imageLayoutVersion");
    if (!view_starts_with(version, "1."))
        return error_set(err, ERROR_UNSUPPORTED, "the layout has version \"%.*s\"; only 1.x is known",
            VIEW_PRINT(view_slice(version, 0, 40)));
    return true;
}

/* Whoever names another form of image learns which one reads it. */
static bool read_index(struct layout *layout, struct view *document, struct error *err)
{
    struct error reason;
    if (image_files_read(layout->files, view_text("index.json"), MANIFEST_BYTES_MAX, layout->arena, document, &reason))
        return true;
    const char *advice = "docker-archive: reads what \"docker save\" writes, dir: a root file system";
    if (reason.code == ERROR_NOT_FOUND)
        return error_set(err, reason.code, "%s; %s", reason.message, advice);
    *err = reason;
    return false;
}

/* Takes the files over, also on failure. */
static bool layout_over(
    struct image_files *files, const char *where, struct view name, struct blob_source **source, struct error *err)
{
    struct layout *layout = memory_alloc(sizeof(*layout));
    *layout = (struct layout){.base = {&layout_type}, .files = files, .arena = arena_new()};
    struct view document;
    if (!check_version(layout, err) || !read_index(layout, &document, err) ||
        !choose_image(layout, document, name, err)) {
        layout_close(&layout->base);
        return error_wrap(err, "OCI layout \"%s\"", where);
    }
    *source = &layout->base;
    return true;
}

bool layout_open(const char *directory, struct view name, struct blob_source **source, struct error *err)
{
    struct image_files *files;
    return image_folder_open(directory, &files, err) && layout_over(files, directory, name, source, err);
}

bool oci_archive_open(
    struct sandbox *sandbox, const char *file, struct view name, struct blob_source **source, struct error *err)
{
    struct image_files *files;
    return image_archive_open(sandbox, file, &files, err) && layout_over(files, file, name, source, err);
}
