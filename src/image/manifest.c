/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

#include "base/json.h"
#include "image/schema1.h"

/* RFC 6838 §4.2: type and subtype have at most 127 characters each. */
#define MEDIA_TYPE_BYTES_MAX 255
#define NAME_BYTES_MAX 1024

static const char *const index_types[] = {
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    NULL,
};

static const char *const manifest_types[] = {
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    NULL,
};

/* What makes a manifest an image; everything else is an artifact (OCI image spec 1.1, manifest.md "config"). */
static const char *const config_types[] = {
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    NULL,
};

/* Withdrawn from the specification before 1.1, but still found in registries. */
#define ARTIFACT_MANIFEST_TYPE "application/vnd.oci.artifact.manifest.v1+json"

static bool is_one_of(struct view text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (view_is(text, *list))
            return true;
    }
    return false;
}

static bool read_text(
    struct arena *arena, struct json object, const char *name, size_t bytes_max, struct view *text, struct error *err)
{
    struct json member = json_member(object, name);
    if (json_is_present(member) && json_type(member) != JSON_STRING)
        return error_set(err, ERROR_INVALID, "\"%s\" is not a string", name);
    struct view value = json_string(member);
    if (value.size > bytes_max)
        return error_set(err, ERROR_LIMIT, "\"%s\" has more than %zu bytes", name, bytes_max);
    *text = arena_copy(arena, value);
    return true;
}

static bool read_media_type(
    struct arena *arena, struct json object, const char *name, struct view *text, struct error *err)
{
    return read_text(arena, object, name, MEDIA_TYPE_BYTES_MAX, text, err);
}

static bool read_platform(struct arena *arena, struct json value, struct platform *platform, struct error *err)
{
    return read_media_type(arena, value, "os", &platform->os, err) &&
           read_media_type(arena, value, "architecture", &platform->architecture, err) &&
           read_media_type(arena, value, "variant", &platform->variant, err);
}

/* BuildKit writes provenance and SBOMs as children with platform unknown/unknown, an annotation, or a type of their own. */
static bool is_attestation(struct json value, const struct descriptor *descriptor)
{
    struct view kind = json_member_string(json_member(value, "annotations"), "vnd.docker.reference.type");
    return (view_is(descriptor->platform.os, "unknown") && view_is(descriptor->platform.architecture, "unknown")) ||
           view_is(kind, "attestation-manifest") ||
           view_is(descriptor->artifact_type, "application/vnd.docker.attestation.manifest.v1+json");
}

/* OCI image spec 1.1, descriptor.md. */
static bool read_descriptor(struct arena *arena, struct json value, struct descriptor *descriptor, struct error *err)
{
    if (json_type(value) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "the descriptor is not an object");
    int64_t size = -1;
    if (!json_integer(json_member(value, "size"), &size) || size < 0)
        return error_set(err, ERROR_INVALID, "the descriptor has no valid \"size\"");
    descriptor->size = (uint64_t)size;
    if (!digest_parse(json_member_string(value, "digest"), &descriptor->digest, err) ||
        !read_media_type(arena, value, "mediaType", &descriptor->media_type, err) ||
        !read_media_type(arena, value, "artifactType", &descriptor->artifact_type, err) ||
        !read_text(arena, json_member(value, "annotations"), "org.opencontainers.image.ref.name", NAME_BYTES_MAX,
            &descriptor->reference_name, err) ||
        !read_platform(arena, json_member(value, "platform"), &descriptor->platform, err))
        return false;
    descriptor->is_attestation = is_attestation(value, descriptor);
    struct view type = descriptor->media_type;
    descriptor->is_foreign = view_starts_with(type, "application/vnd.oci.image.layer.nondistributable.") ||
                             view_starts_with(type, "application/vnd.docker.image.rootfs.foreign.");
    descriptor->is_encrypted = view_ends_with(type, "+encrypted");
    return true;
}

static bool read_items(struct arena *arena, struct json list, size_t count_max, const char *what,
    struct manifest *manifest, struct error *err)
{
    if (json_is_present(list) && json_type(list) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "the list of %ss is not an array", what);
    size_t count = json_count(list);
    if (count > count_max)
        return error_set(err, ERROR_LIMIT, "%zu %ss are more than the %zu that are accepted", count, what, count_max);
    manifest->items = ARENA_ARRAY(arena, struct descriptor, count);
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        if (!read_descriptor(arena, i.value, &manifest->items[manifest->count], err))
            return error_wrap(err, "%s %zu", what, manifest->count);
        manifest->count++;
    }
    return true;
}

/* Signatures and attestations often carry the config type of an image; their "layers" are JSON, which no runtime unpacks
   as a file system. */
static bool holds_documents_only(const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++) {
        if (!view_ends_with(manifest->items[i].media_type, "+json"))
            return false;
    }
    return manifest->count > 0;
}

static bool parse_index(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    manifest->kind = MANIFEST_INDEX;
    return read_items(arena, json_member(root, "manifests"), INDEX_CHILDREN_MAX, "manifest", manifest, err);
}

static bool parse_image(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    if (!read_descriptor(arena, json_member(root, "config"), &manifest->config, err))
        return error_wrap(err, "config");
    if (!read_items(arena, json_member(root, "layers"), MANIFEST_LAYERS_MAX, "layer", manifest, err))
        return false;
    bool is_image = is_one_of(manifest->config.media_type, config_types) && !holds_documents_only(manifest);
    manifest->kind = is_image ? MANIFEST_IMAGE : MANIFEST_ARTIFACT;
    if (!is_image && manifest->artifact_type.size == 0) {
        bool says_image = is_one_of(manifest->config.media_type, config_types);
        manifest->artifact_type = says_image ? manifest->items[0].media_type : manifest->config.media_type;
    }
    return true;
}

static bool parse_artifact(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    manifest->kind = MANIFEST_ARTIFACT;
    return read_items(arena, json_member(root, "blobs"), MANIFEST_LAYERS_MAX, "blob", manifest, err);
}

/* The shape and the media type must agree: a reader that trusts the other one would see another image. */
static bool parse_by_shape(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    struct view type = manifest->media_type;
    bool has_children = json_is_present(json_member(root, "manifests"));
    bool has_layers = json_is_present(json_member(root, "layers")) || json_is_present(json_member(root, "config"));
    bool has_blobs = json_is_present(json_member(root, "blobs"));
    if (has_children + has_layers + has_blobs > 1)
        return error_set(err, ERROR_INVALID, "it is ambiguous: it has members of more than one kind of manifest");
    if (is_one_of(type, index_types) ? has_layers || has_blobs : is_one_of(type, manifest_types) && !has_layers)
        return error_set(err, ERROR_INVALID, "its media type \"%.*s\" contradicts its members", VIEW_PRINT(type));
    if (view_is(type, ARTIFACT_MANIFEST_TYPE) && !has_children && !has_layers)
        return parse_artifact(arena, root, manifest, err);
    if (type.size > 0 && !is_one_of(type, index_types) && !is_one_of(type, manifest_types))
        return error_set(err, ERROR_UNSUPPORTED, "its media type \"%.*s\" is not known", VIEW_PRINT(type));
    if (has_children || is_one_of(type, index_types))
        return parse_index(arena, root, manifest, err);
    if (has_layers)
        return parse_image(arena, root, manifest, err);
    return error_set(err, ERROR_INVALID, "it is neither an image manifest nor an index");
}

static bool parse_root(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    static const char *const maps[] = {"annotations", NULL};
    if (json_type(root) != JSON_OBJECT)
        return error_set(err, ERROR_INVALID, "it is not a JSON object");
    if (!json_check_unique_names_except(root, maps, "it", err) ||
        !read_media_type(arena, root, "mediaType", &manifest->media_type, err) ||
        !read_media_type(arena, root, "artifactType", &manifest->artifact_type, err))
        return false;
    if (schema1_is(root, manifest->media_type))
        return schema1_parse(arena, root, manifest, err);
    struct json version = json_member(root, "schemaVersion");
    int64_t number = 0;
    if (json_is_present(version) && (!json_integer(version, &number) || number != 2))
        return error_set(err, ERROR_UNSUPPORTED, "its schemaVersion is not 2");
    return parse_by_shape(arena, root, manifest, err);
}

bool manifest_parse(struct arena *arena, struct view document, const struct digest *digest, struct manifest *manifest,
    struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct json root;
    struct manifest parsed = {.digest = *digest};
    if (!json_parse(parser, document, MANIFEST_BYTES_MAX, "manifest", &root, err))
        return false;
    if (!parse_root(arena, root, &parsed, err))
        return error_wrap(err, "manifest %s", digest->text);
    *manifest = parsed;
    return true;
}
