/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's "Image Manifest Version 2, Schema 1"; signatures are JSON Web Signatures in libtrust's "pretty" form. */
#include "image/schema1.h"

#include "http/sign.h"

#define SIGNATURES_MAX 16
#define PROTECTED_BYTES_MAX 4096
#define HISTORY_TEXT_MAX (64u * 1024)
#define SCHEMA1_TYPE "application/vnd.docker.distribution.manifest.v1+"

/* A gzipped tar without entries: what builders wrote for steps that changed no file. */
#define EMPTY_LAYER "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"

bool schema1_is(struct json root, struct view media_type)
{
    int64_t version = 0;
    return view_starts_with(media_type, SCHEMA1_TYPE) || json_is_present(json_member(root, "fsLayers")) ||
           (json_integer(json_member(root, "schemaVersion"), &version) && version == 1);
}

/* One step of the history, as the config will have it. */
struct step {
    struct view created;
    struct view created_by;
    bool is_throwaway;
};

/* What the newest step tells of the image. */
struct facts {
    struct view created;
    struct view os;
    struct view architecture;
    struct view variant;
};

/* ["/bin/sh","-c","apt-get …"] in one line, as the history of a config has it. */
static struct view join_command(struct arena *arena, struct json command)
{
    AUTO_BUFFER text;
    buffer_init(&text, HISTORY_TEXT_MAX);
    for (struct json_iterator i = json_each(command); json_next(&i);) {
        if (text.size > 0)
            buffer_append_byte(&text, ' ');
        buffer_append(&text, json_string(i.value));
    }
    struct error ignored; /* a command that is too long for a history is left out of it */
    return buffer_check(&text, "command", &ignored) ? arena_copy(arena, buffer_view(&text)) : view_text("");
}

/* `facts` NULL: an older step. */
static bool read_step(struct arena *arena, struct json entry, struct step *step, struct facts *facts, struct error *err)
{
    static const char *const maps[] = {"annotations", "exposedports", "labels", "volumes", NULL};
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct view text = json_member_string(entry, "v1Compatibility");
    if (!json_parse(document, text, MANIFEST_BYTES_MAX, "v1Compatibility", &root, err) ||
        !json_check_unique_names_except(root, maps, "v1Compatibility", err))
        return false;
    step->created = arena_copy(arena, json_member_string(root, "created"));
    step->created_by = join_command(arena, json_member(json_member(root, "container_config"), "Cmd"));
    step->is_throwaway = json_boolean(json_member(root, "throwaway"));
    if (facts == NULL)
        return true;
    facts->created = step->created;
    facts->os = arena_copy(arena, json_member_string(root, "os"));
    facts->architecture = arena_copy(arena, json_member_string(root, "architecture"));
    facts->variant = arena_copy(arena, json_member_string(root, "variant"));
    return true;
}

/* The config that a builder of today would have written, without the digests of unpacked layers, which nobody knows. */
static bool write_config(
    const struct facts *facts, const struct step *steps, size_t count, struct buffer *text, struct error *err)
{
    struct json_writer writer;
    json_writer_init(&writer, text);
    json_begin_object(&writer);
    json_pair(&writer, "architecture", facts->architecture);
    json_pair_optional(&writer, "variant", facts->variant);
    json_pair(&writer, "os", facts->os);
    json_pair_optional(&writer, "created", facts->created);
    json_key(&writer, "history");
    json_begin_array(&writer);
    for (size_t i = count; i-- > 0;) {
        json_begin_object(&writer);
        json_pair_optional(&writer, "created", steps[i].created);
        json_pair_optional(&writer, "created_by", steps[i].created_by);
        if (steps[i].is_throwaway)
            json_pair_boolean(&writer, "empty_layer", true);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return buffer_check(text, "config made of the history", err);
}

static bool make_config(struct arena *arena, const struct facts *facts, const struct step *steps, size_t count,
    struct descriptor *config, struct error *err)
{
    AUTO_BUFFER text;
    buffer_init(&text, CONFIG_BYTES_MAX);
    if (!write_config(facts, steps, count, &text, err))
        return false;
    config->data = arena_copy(arena, buffer_view(&text));
    config->size = config->data.size;
    config->media_type = view_text("application/vnd.docker.container.image.v1+json");
    digest_of(config->data, &config->digest);
    return true;
}

/* fsLayers[i] belongs to history[i], the newest first. */
static bool read_layers(
    struct arena *arena, struct json layers, struct step *steps, struct manifest *manifest, struct error *err)
{
    size_t count = json_count(layers), i = 0;
    manifest->items = ARENA_ARRAY(arena, struct descriptor, count);
    struct digest *digests = ARENA_ARRAY(arena, struct digest, count);
    for (struct json_iterator each = json_each(layers); json_next(&each); i++) {
        if (!digest_parse(json_member_string(each.value, "blobSum"), &digests[i], err))
            return error_wrap(err, "layer %zu", i);
        steps[i].is_throwaway = steps[i].is_throwaway || view_is(digest_view(&digests[i]), EMPTY_LAYER);
    }
    while (i-- > 0) {
        if (steps[i].is_throwaway)
            continue;
        manifest->items[manifest->count++] = (struct descriptor){.digest = digests[i],
            .size = DESCRIPTOR_SIZE_UNKNOWN,
            .media_type = view_text("application/vnd.docker.image.rootfs.diff.tar.gzip")};
    }
    return true;
}

static bool check_shape(struct json root, const struct manifest *manifest, struct error *err)
{
    static const char *const others[] = {"manifests", "layers", "config", "blobs"};
    int64_t version = 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (json_is_present(json_member(root, others[i])))
            return error_set(err, ERROR_INVALID, "it is ambiguous: it has members of more than one kind of manifest");
    }
    if (manifest->media_type.size > 0 && !view_starts_with(manifest->media_type, SCHEMA1_TYPE))
        return error_set(
            err, ERROR_INVALID, "its media type \"%.*s\" contradicts its members", VIEW_PRINT(manifest->media_type));
    if (!json_integer(json_member(root, "schemaVersion"), &version) || version != 1)
        return error_set(err, ERROR_INVALID, "it has layers of schema 1, but its schemaVersion is not 1");
    struct json layers = json_member(root, "fsLayers");
    if (json_type(layers) != JSON_ARRAY || json_type(json_member(root, "history")) != JSON_ARRAY)
        return error_set(err, ERROR_INVALID, "its layers or its history are not an array");
    size_t count = json_count(layers);
    if (count > MANIFEST_LAYERS_MAX)
        return error_set(
            err, ERROR_LIMIT, "%zu layers are more than the %d that are accepted", count, MANIFEST_LAYERS_MAX);
    if (count == 0 || json_count(json_member(root, "history")) != count)
        return error_set(err, ERROR_INVALID, "it has %zu layers, but a history of %zu steps", count,
            json_count(json_member(root, "history")));
    return true;
}

bool schema1_parse(struct arena *arena, struct json root, struct manifest *manifest, struct error *err)
{
    struct facts facts = {0};
    size_t count = 0;
    manifest->kind = MANIFEST_IMAGE;
    if (!check_shape(root, manifest, err))
        return false;
    struct step *steps = ARENA_ARRAY(arena, struct step, json_count(json_member(root, "history")));
    for (struct json_iterator i = json_each(json_member(root, "history")); json_next(&i); count++) {
        if (!read_step(arena, i.value, &steps[count], count == 0 ? &facts : NULL, err))
            return error_wrap(err, "step %zu of its history", count);
    }
    if (facts.architecture.size == 0)
        facts.architecture = arena_copy(arena, json_member_string(root, "architecture"));
    return read_layers(arena, json_member(root, "fsLayers"), steps, manifest, err) &&
           make_config(arena, &facts, steps, count, &manifest->config, err);
}

/* Where the payload of one signature ends in the document, and what follows it. */
static bool read_protected(
    struct arena *arena, struct json signature, int64_t *length, struct view *tail, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct view bytes;
    struct view text = json_member_string(signature, "protected");
    if (text.size > PROTECTED_BYTES_MAX || !base64_parse(arena, text, &bytes))
        return error_set(err, ERROR_INVALID, "its protected part is not base64");
    return json_parse(document, bytes, PROTECTED_BYTES_MAX, "protected part", &root, err) &&
           ((json_integer(json_member(root, "formatLength"), length) && *length >= 0 &&
                base64_parse(arena, json_member_string(root, "formatTail"), tail)) ||
               error_set(err, ERROR_INVALID, "its protected part does not tell what was signed"));
}

static bool find_payload(
    struct arena *arena, struct view document, struct json signatures, struct view *payload, struct error *err)
{
    int64_t length = -1;
    struct view tail = {0};
    size_t count = 0;
    for (struct json_iterator i = json_each(signatures); json_next(&i); count++) {
        int64_t other_length;
        struct view other_tail;
        if (count == SIGNATURES_MAX)
            return error_set(err, ERROR_LIMIT, "it has more than %d signatures", SIGNATURES_MAX);
        if (!read_protected(arena, i.value, &other_length, &other_tail, err))
            return error_wrap(err, "signature %zu", count);
        if (count > 0 && (other_length != length || !view_equal(other_tail, tail)))
            return error_set(err, ERROR_INVALID, "its signatures are about different contents");
        length = other_length;
        tail = other_tail;
    }
    if ((uint64_t)length > document.size)
        return error_set(err, ERROR_INVALID, "more was signed than there is");
    char *text = arena_alloc(arena, (size_t)length + tail.size + 1);
    memcpy(text, document.data, (size_t)length);
    if (tail.size > 0)
        memcpy(text + length, tail.data, tail.size);
    *payload = view_of(text, (size_t)length + tail.size);
    return true;
}

bool schema1_payload(struct arena *arena, struct view document, struct view *payload, struct error *err)
{
    AUTO_JSON *parser = json_document_new();
    struct json root;
    struct error ignored; /* what cannot be read is refused by who reads it */
    *payload = document;
    if (view_find_text(document, view_text("\"fsLayers\"")) == document.size ||
        !json_parse(parser, document, MANIFEST_BYTES_MAX, "manifest", &root, &ignored))
        return true;
    struct json signatures = json_member(root, "signatures");
    if (!schema1_is(root, json_member_string(root, "mediaType")) || json_count(signatures) == 0)
        return true;
    return find_payload(arena, document, signatures, payload, err) || error_wrap(err, "signed manifest of schema 1");
}
