/* SPDX-License-Identifier: Apache-2.0 */
#include "image/blob_source.h"

#include "base/map.h"

/* What one choice may put into the caller's arena: an index may name 1,000 manifests of 8 MiB. */
#define CHOICE_BYTES_MAX (32u * 1024 * 1024)
#define PLATFORMS_SHOWN_MAX 20

static const char *const child_types[] = {
    "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
    "", /* some builders leave it out */
};

/* `size` is that of the descriptor, or UINT64_MAX. */
static bool read_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest, uint64_t size,
    struct manifest *manifest, struct error *err)
{
    static const struct digest none;
    const struct digest *expected = digest == NULL ? &none : digest;
    AUTO_ARENA *scratch = arena_new();
    struct view document;
    struct digest found;
    if (!source->type->manifest(source, scratch, expected, &document, &found, err))
        return false;
    if (digest_is_set(expected)) {
        if (!digest_verify(document, expected, "manifest", err))
            return false;
        found = *expected;
    }
    if (size != UINT64_MAX && document.size != size)
        return error_set(err, ERROR_CORRUPT, "manifest %s has %zu bytes, but its descriptor tells of %llu", found.text,
            document.size, (unsigned long long)size);
    return manifest_parse(arena, document, &found, manifest, err);
}

bool image_read_manifest(struct blob_source *source, struct arena *arena, const struct digest *digest,
    struct manifest *manifest, struct error *err)
{
    return read_manifest(source, arena, digest, UINT64_MAX, manifest, err);
}

bool image_read_config(struct blob_source *source, struct arena *arena, const struct descriptor *descriptor,
    struct image_config *config, struct error *err)
{
    if (descriptor->size > CONFIG_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "image config %s has %llu bytes, more than the %u that are accepted",
            descriptor->digest.text, (unsigned long long)descriptor->size, CONFIG_BYTES_MAX);
    if (descriptor->data.size > 0)
        return image_config_parse(arena, descriptor->data, &descriptor->digest, config, err);
    struct source *content = NULL;
    if (!source->type->open(source, descriptor, &content, err))
        return error_wrap(err, "image config %s", descriptor->digest.text);
    AUTO_SOURCE *verified = source_verify(content, &descriptor->digest, descriptor->size);
    AUTO_BUFFER document;
    buffer_init(&document, CONFIG_BYTES_MAX);
    if (!source_read_all(verified, &document, "image config", err))
        return error_wrap(err, "image config %s", descriptor->digest.text);
    return image_config_parse(arena, buffer_view(&document), &descriptor->digest, config, err);
}

bool image_open_layer(
    struct blob_source *source, const struct descriptor *descriptor, struct source **content, struct error *err)
{
    struct source *raw = NULL;
    if (!source->type->open(source, descriptor, &raw, err))
        return error_wrap(err, "layer %s", descriptor->digest.text);
    *content = source_verify(raw, &descriptor->digest, descriptor->size);
    return true;
}

struct choosing {
    struct blob_source *source;
    struct arena *arena;
    const struct platform *wanted;
    struct map seen; /* digests of children: indexes name some twice */
    struct {
        struct image_choice *items;
        size_t count;
        size_t capacity;
    } choices;
    struct {
        struct view *items;
        size_t count;
        size_t capacity;
    } others; /* platforms that were not wanted */
    size_t arena_size_max;
    size_t missing;
    bool has_artifact;
};

static bool platform_is_known(const struct platform *platform)
{
    return platform->os.size > 0 && !view_is(platform->os, "unknown");
}

static bool is_wanted(struct choosing *choosing, const struct platform *platform)
{
    if (choosing->wanted == NULL || platform_matches(platform, choosing->wanted))
        return true;
    *(struct view *)ARENA_PUSH(choosing->arena, &choosing->others) = platform_format(choosing->arena, platform);
    return false;
}

/* Takes an image unless its platform, known from the index or else from its config, is not wanted. */
static bool take_image(
    struct choosing *choosing, const struct manifest *manifest, const struct platform *platform, struct error *err)
{
    if (!platform_is_known(platform) && choosing->wanted != NULL) {
        struct image_config config;
        if (!image_read_config(choosing->source, choosing->arena, &manifest->config, &config, err))
            return false;
        if (!is_wanted(choosing, &config.platform))
            return true;
    }
    struct image_choice *choice = ARENA_PUSH(choosing->arena, &choosing->choices);
    choice->manifest = *manifest;
    if (platform_is_known(platform))
        choice->platform = *platform;
    return true;
}

static bool is_child_type(struct view media_type)
{
    for (size_t i = 0; i < sizeof(child_types) / sizeof(child_types[0]); i++) {
        if (view_is(media_type, child_types[i]))
            return true;
    }
    return false;
}

/* Whether an entry of an index is left out unread: readers ignore media types that they do not know (OCI image spec 1.1,
   image-index.md), and attestations are no images. An attestation that claims a real platform is read all the same,
   since a runtime would run it. */
static bool is_passed_over(struct choosing *choosing, const struct descriptor *child)
{
    if (!is_child_type(child->media_type) || (child->is_attestation && !platform_is_known(&child->platform))) {
        choosing->has_artifact = true;
        return true;
    }
    return platform_is_known(&child->platform) && !is_wanted(choosing, &child->platform);
}

static bool walk_index(struct choosing *choosing, const struct manifest *index, unsigned depth, struct error *err);

static bool walk_child(struct choosing *choosing, const struct descriptor *child, unsigned depth, struct error *err)
{
    struct manifest manifest;
    struct view key = arena_copy(choosing->arena, digest_view(&child->digest));
    if (!map_set(&choosing->seen, key, choosing))
        return true;
    if (choosing->seen.count > INDEX_CHILDREN_MAX || arena_size(choosing->arena) > choosing->arena_size_max)
        return error_set(err, ERROR_LIMIT, "the index and those in it name more than %d manifests, or more than %u MiB",
            INDEX_CHILDREN_MAX, CHOICE_BYTES_MAX / 1024 / 1024);
    if (is_passed_over(choosing, child))
        return true;
    if (!read_manifest(choosing->source, choosing->arena, &child->digest, child->size, &manifest, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return false;
        choosing->missing++;
        return true;
    }
    if (manifest.kind == MANIFEST_INDEX)
        return walk_index(choosing, &manifest, depth + 1, err);
    if (manifest.kind == MANIFEST_IMAGE)
        return take_image(choosing, &manifest, &child->platform, err);
    choosing->has_artifact = true;
    return true;
}

static bool walk_index(struct choosing *choosing, const struct manifest *index, unsigned depth, struct error *err)
{
    if (depth > INDEX_DEPTH_MAX)
        return error_set(err, ERROR_LIMIT, "indexes are nested deeper than %d", INDEX_DEPTH_MAX);
    for (size_t i = 0; i < index->count; i++) {
        if (!walk_child(choosing, &index->items[i], depth, err))
            return error_wrap(err, "index %s", index->digest.text);
    }
    return true;
}

/* Why nothing was chosen. */
static bool nothing_chosen(const struct choosing *choosing, struct error *err)
{
    if (choosing->others.count > 0) {
        AUTO_BUFFER names;
        buffer_init(&names, 600);
        for (size_t i = 0; i < choosing->others.count && i < PLATFORMS_SHOWN_MAX; i++) {
            buffer_append_text(&names, i == 0 ? "" : ", ");
            buffer_append(&names, choosing->others.items[i]);
        }
        struct view wanted = platform_format(choosing->arena, choosing->wanted);
        return error_set(err, ERROR_NOT_FOUND, "there is no image for platform %.*s, but for %.*s%s",
            VIEW_PRINT(wanted), VIEW_PRINT(buffer_view(&names)),
            choosing->others.count > PLATFORMS_SHOWN_MAX ? " and more" : "");
    }
    if (choosing->missing > 0)
        return error_set(err, ERROR_NOT_FOUND, "the %s lacks all %zu images of the index", choosing->source->type->name,
            choosing->missing);
    if (choosing->has_artifact)
        return error_set(err, ERROR_UNSUPPORTED, "not an image: the index holds only other artifacts");
    return error_set(err, ERROR_NOT_FOUND, "the index is empty");
}

bool image_choose(struct blob_source *source, struct arena *arena, const struct manifest *root,
    const struct platform *wanted, struct image_choice **choices, size_t *count, size_t *missing, struct error *err)
{
    static const struct platform unknown;
    struct choosing choosing = {.source = source, .arena = arena, .wanted = wanted};
    choosing.arena_size_max = arena_size(arena) + CHOICE_BYTES_MAX;
    map_init(&choosing.seen, arena);
    if (root->kind == MANIFEST_ARTIFACT)
        return error_set(
            err, ERROR_UNSUPPORTED, "not an image but an artifact of type \"%.*s\"", VIEW_PRINT(root->artifact_type));
    bool is_walked =
        root->kind == MANIFEST_INDEX ? walk_index(&choosing, root, 1, err) : take_image(&choosing, root, &unknown, err);
    if (!is_walked)
        return false;
    if (choosing.choices.count == 0)
        return nothing_chosen(&choosing, err);
    *choices = choosing.choices.items;
    *count = choosing.choices.count;
    *missing = choosing.missing;
    return true;
}
