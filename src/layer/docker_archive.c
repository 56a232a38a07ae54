/* SPDX-License-Identifier: Apache-2.0 */
/* Docker archives, as `docker save` introduced them (manifest.json with Config, RepoTags and Layers), and as podman,
   skopeo, kaniko and containerd write them. They name files, not digests; a manifest is made up. */
#include "layer/input.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/path.h"
#include "image/reference.h"
#include "layer/image_files.h"

#include <stdlib.h>

enum { NAMES_SHOWN_MAX = 20 };

#define DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar"

struct docker_blob {
    struct digest digest;
    uint64_t size;
    struct view path; /* in the archive */
    const char *compression; /* of a layer, as media types end: ".gzip" */
};

/* By the first bytes: the archive does not tell. */
static const char *compression_of(struct view head)
{
    static const struct {
        const char *magic;
        const char *suffix;
    } compressions[] = {{"\x1f\x8b", ".gzip"}, {"\x28\xb5\x2f\xfd", ".zstd"}};
    for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
        if (view_starts_with(head, compressions[i].magic))
            return compressions[i].suffix;
    }
    return "";
}

struct docker_archive {
    struct blob_source base;
    struct image_files *files;
    struct arena *arena;
    struct docker_blob *blobs; /* [0] is the config, then the layers from the bottom up */
    size_t blob_count;
    struct view document;
    struct digest digest; /* of the document; unset until the blobs were hashed */
};

static bool hash_blob(struct docker_archive *archive, struct docker_blob *blob, struct error *err)
{
    struct source *opened;
    if (!image_files_open(archive->files, blob->path, &opened, &blob->size, err))
        return false;
    AUTO_SOURCE *content = opened;
    AUTO_HASH *hash = hash_new(NULL);
    char bytes[64 * 1024];
    for (size_t got = 1; got > 0;) {
        if (!source_read(content, bytes, sizeof(bytes), &got, err))
            return error_wrap(err, "\"%.*s\"", VIEW_PRINT(blob->path));
        if (blob->compression == NULL)
            blob->compression = compression_of(view_of(bytes, got));
        hash_update(hash, view_of(bytes, got));
    }
    hash_finish(hash, &blob->digest);
    return true;
}

static void write_descriptor(struct json_writer *writer, struct view media_type, const struct docker_blob *blob)
{
    json_begin_object(writer);
    json_pair(writer, "mediaType", media_type);
    json_pair(writer, "digest", digest_view(&blob->digest));
    json_pair_integer(writer, "size", (int64_t)blob->size);
    json_end_object(writer);
}

static bool make_manifest(struct docker_archive *archive, struct error *err)
{
    AUTO_BUFFER document;
    buffer_init(&document, MANIFEST_BYTES_MAX);
    struct json_writer writer;
    json_writer_init(&writer, &document);
    json_begin_object(&writer);
    json_pair_integer(&writer, "schemaVersion", 2);
    json_pair_text(&writer, "mediaType", DOCKER_MANIFEST);
    json_key(&writer, "config");
    write_descriptor(&writer, view_text(DOCKER_CONFIG), &archive->blobs[0]);
    json_key(&writer, "layers");
    json_begin_array(&writer);
    for (size_t i = 1; i < archive->blob_count; i++)
        write_descriptor(&writer, arena_format(archive->arena, DOCKER_LAYER "%s", archive->blobs[i].compression),
            &archive->blobs[i]);
    json_end_array(&writer);
    json_end_object(&writer);
    if (!buffer_check(&document, "manifest", err))
        return false;
    archive->document = arena_copy(archive->arena, buffer_view(&document));
    digest_of(archive->document, &archive->digest);
    return true;
}

static bool docker_archive_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct view *document, struct digest *found, struct error *err)
{
    struct docker_archive *archive = (struct docker_archive *)source;
    if (!digest_is_set(&archive->digest)) {
        for (size_t i = 0; i < archive->blob_count; i++) {
            if (!hash_blob(archive, &archive->blobs[i], err))
                return false;
        }
        if (!make_manifest(archive, err))
            return false;
    }
    if (digest_is_set(digest) && !digest_equal(digest, &archive->digest))
        return error_set(err, ERROR_NOT_FOUND, "the archive has no manifest %s", digest->text);
    *document = arena_copy(arena, archive->document);
    *found = archive->digest;
    return true;
}

static bool docker_archive_open_blob(
    struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err)
{
    struct docker_archive *archive = (struct docker_archive *)source;
    for (size_t i = 0; i < archive->blob_count; i++) {
        uint64_t size;
        if (digest_equal(&archive->blobs[i].digest, &descriptor->digest))
            return image_files_open(archive->files, archive->blobs[i].path, content, &size, err);
    }
    return error_set(err, ERROR_NOT_FOUND, "the archive has no blob %s", descriptor->digest.text);
}

static void docker_archive_close(struct blob_source *source)
{
    struct docker_archive *archive = (struct docker_archive *)source;
    image_files_close(archive->files);
    arena_free(archive->arena);
    free(archive);
}

static const struct blob_source_type docker_archive_type = {
    "docker archive", docker_archive_manifest, docker_archive_open_blob, docker_archive_close};

static bool has_name(struct arena *arena, struct json image, struct view name)
{
    for (struct json_iterator tag = json_each(json_member(image, "RepoTags")); json_next(&tag);) {
        if (reference_is_same(arena, json_string(tag.value), name))
            return true;
    }
    return false;
}

static bool names_missing(struct json images, struct view name, struct error *err)
{
    AUTO_BUFFER list;
    buffer_init(&list, ERROR_MESSAGE_MAX);
    size_t shown = 0;
    for (struct json_iterator image = json_each(images); json_next(&image);) {
        for (struct json_iterator tag = json_each(json_member(image.value, "RepoTags")); json_next(&tag);) {
            if (shown++ < NAMES_SHOWN_MAX)
                buffer_append_format(&list, "%s%.*s", list.size > 0 ? ", " : "", VIEW_PRINT(json_string(tag.value)));
        }
    }
    struct view names = list.size > 0 ? buffer_view(&list) : view_text("none with a name");
    if (name.size == 0)
        return error_set(err, ERROR_NOT_FOUND, "the archive holds %zu images; add \":NAME\" for one of them: %.*s",
            json_count(images), VIEW_PRINT(names));
    return error_set(
        err, ERROR_NOT_FOUND, "the archive has no image \"%.*s\"; it has: %.*s", VIEW_PRINT(name), VIEW_PRINT(names));
}

static bool choose_image(
    struct arena *arena, struct json images, struct view name, struct json *chosen, struct error *err)
{
    size_t found = 0;
    for (struct json_iterator image = json_each(images); json_next(&image);) {
        if (name.size > 0 && !has_name(arena, image.value, name))
            continue;
        /* Of one name's images the last was saved last. */
        *chosen = image.value;
        found++;
    }
    if (found == 0 || (name.size == 0 && found > 1))
        return names_missing(images, name, err);
    return true;
}

static bool add_blob(struct docker_archive *archive, struct json name, const char *what, struct error *err)
{
    struct docker_blob *blob = &archive->blobs[archive->blob_count];
    struct view written = arena_copy(archive->arena, json_string(name));
    if (!path_clean(archive->arena, written, &blob->path, err))
        return false;
    if (blob->path.size == 0)
        return error_set(err, ERROR_INVALID, "manifest.json names no file for the %s", what);
    archive->blob_count++;
    return true;
}

static bool read_image(struct docker_archive *archive, struct view document, struct view name, struct error *err)
{
    AUTO_JSON *json = json_document_new();
    struct json images = {0}, image = {0};
    if (!json_parse(json, document, MANIFEST_BYTES_MAX, "manifest.json", &images, err) ||
        !json_check_unique_names(images, "manifest.json", err))
        return false;
    if (json_type(images) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "manifest.json is not a list of images");
    if (!choose_image(archive->arena, images, name, &image, err))
        return false;
    struct json layers = json_member(image, "Layers");
    if (json_type(layers) != JSON_ARRAY && json_is_present(layers))
        return error_set(err, ERROR_INVALID, "manifest.json has no list of layers");
    if (json_count(layers) > MANIFEST_LAYERS_MAX)
        return error_set(err, ERROR_LIMIT, "the image has more than %d layers", MANIFEST_LAYERS_MAX);
    archive->blobs = ARENA_ARRAY(archive->arena, struct docker_blob, 1 + json_count(layers));
    if (!add_blob(archive, json_member(image, "Config"), "image config", err))
        return false;
    for (struct json_iterator layer = json_each(layers); json_next(&layer);) {
        if (!add_blob(archive, layer.value, "layer", err))
            return false;
    }
    return true;
}

static bool read_list(struct docker_archive *archive, struct view *document, struct error *err)
{
    struct error reason;
    if (image_files_read(
            archive->files, view_text("manifest.json"), MANIFEST_BYTES_MAX, archive->arena, document, &reason))
        return true;
    if (reason.code == ERROR_NOT_FOUND)
        return error_set(err, reason.code, "%s; oci-archive: reads OCI layouts in a tar", reason.message);
    *err = reason;
    return false;
}

bool docker_archive_open(
    struct sandbox *sandbox, const char *file, struct view name, struct blob_source **source, struct error *err)
{
    struct image_files *files;
    if (!image_archive_open(sandbox, file, &files, err))
        return false;
    struct docker_archive *archive = memory_alloc(sizeof(*archive));
    *archive = (struct docker_archive){.base = {&docker_archive_type}, .files = files, .arena = arena_new()};
    struct view document;
    if (!read_list(archive, &document, err) || !read_image(archive, document, name, err)) {
        docker_archive_close(&archive->base);
        return error_wrap(err, "docker archive \"%s\"", file);
    }
    *source = &archive->base;
    return true;
}
