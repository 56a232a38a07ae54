/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests, indexes and image configs: size-limited JSON from strangers, read in the parent process (OCI image spec
   1.1 manifest.md, image-index.md, config.md; Docker manifest v2 schema 2). A document that has both `manifests` and
   `layers`, names that differ only in case, or a mediaType that contradicts its shape is refused, since another reader
   could see another image. Pure. */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"

#include <stdint.h>

#define MANIFEST_BYTES_MAX (8u * 1024 * 1024)
#define CONFIG_BYTES_MAX (8u * 1024 * 1024)
#define MANIFEST_LAYERS_MAX 500
#define INDEX_CHILDREN_MAX 1000
#define INDEX_DEPTH_MAX 3

/* "linux/arm64/v8"; empty parts are unknown. */
struct platform {
    struct view os;
    struct view architecture;
    struct view variant;
};

/* Accepts os/architecture[/variant], and the names that Linux and Debian have for an architecture: aarch64 is arm64,
   x86_64 is amd64, armhf is arm/v7. */
bool platform_parse(struct arena *arena, struct view text, struct platform *platform, struct error *err) MUST_CHECK;
struct view platform_format(struct arena *arena, const struct platform *platform);

/* Whether `actual` satisfies `wanted`: equal os and architecture, and equal variant where both give one (arm64 means v8,
   arm means v7 where absent). */
bool platform_matches(const struct platform *actual, const struct platform *wanted);

/* Of layers in manifests that do not tell sizes. */
#define DESCRIPTOR_SIZE_UNKNOWN UINT64_MAX

struct descriptor {
    struct view media_type;
    struct digest digest;
    uint64_t size;
    struct view data; /* the content itself, of the config that schema 1 is read into; empty: it is fetched */
    struct view artifact_type;
    struct platform platform; /* in indexes */
    bool is_attestation; /* BuildKit attestation child: unknown/unknown or its annotation */
    struct view reference_name; /* annotation org.opencontainers.image.ref.name, in layouts */
    bool is_foreign; /* layer: "foreign" or "nondistributable" media type */
    bool is_encrypted; /* layer: media type ends in "+encrypted" */
};

enum manifest_kind {
    MANIFEST_IMAGE, /* the config is an image config, and not all layers are JSON documents */
    MANIFEST_INDEX, /* children */
    MANIFEST_ARTIFACT, /* Helm chart, signature, SBOM, …: "not an image", never "clean" */
};

struct manifest {
    enum manifest_kind kind;
    struct digest digest; /* of the document */
    struct view media_type;
    struct view artifact_type; /* artifacts: artifactType, else the config's media type, else the first layer's */
    struct descriptor config; /* images */
    struct descriptor *items; /* layers from the bottom up, or children of an index */
    size_t count;
};

/* Parses a document whose digest was verified (`digest`). Of Docker's schema 1 that is the payload: see schema1.h. */
bool manifest_parse(struct arena *arena, struct view document, const struct digest *digest, struct manifest *manifest,
    struct error *err) MUST_CHECK;

/* A variable of the environment or a label. */
struct image_setting {
    struct view name;
    struct view value;
};

struct image_config {
    struct digest digest;
    struct platform platform;
    int64_t created_ms; /* 0 = unknown (absent, year 0001, 1970) */
    struct view *diff_ids;
    size_t diff_id_count; /* 0 for schema 1, which has none */
    size_t layer_count; /* diff_id_count; for schema 1 the layers of its history */
    struct view *layer_commands; /* created_by for each layer, empty where history does not map */
    size_t base_layer_count; /* lowest layers that the history shows to be another image's; 0 = it does not tell */

    /* How containers run, and how the image was made: read as written, at most as long as the config. */
    struct view user; /* "app", "1000:1000"; empty = root */
    struct image_setting *environment;
    size_t environment_count;
    struct image_setting *labels;
    size_t label_count;
    struct view *exposed_ports; /* "8080/tcp" */
    size_t exposed_port_count;
    struct view *instructions; /* created_by of every step of the history, also of those without a layer */
    size_t instruction_count;
};

bool image_config_parse(struct arena *arena, struct view document, const struct digest *digest,
    struct image_config *config, struct error *err) MUST_CHECK;

/* ERROR_INVALID unless the config of the image `manifest` has exactly one diff_id a layer, if it has any. */
bool image_check_config(
    const struct manifest *manifest, const struct image_config *config, struct error *err) MUST_CHECK;

#endif
