/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/feed_artifact.h"

#include "layer/input.h"
#include "layer/output.h"

enum place_kind { PLACE_FOLDER, PLACE_ARCHIVE, PLACE_REGISTRY };

/* `*rest` is the path, or the reference. */
static enum place_kind kind_of(struct view place, struct view *rest)
{
    bool is_path = view_starts_with(place, "/") || view_starts_with(place, "./") || view_starts_with(place, "../") ||
                   view_find(place, '/') == place.size;
    bool is_archive = view_starts_with(place, "oci-archive:");
    bool is_folder = view_starts_with(place, "oci:");
    *rest = is_archive || is_folder ? view_from(place, view_find(place, ':') + 1) : place;
    if (is_archive || (!is_folder && is_path && view_ends_with(place, ".tar")))
        return PLACE_ARCHIVE;
    return is_folder || is_path ? PLACE_FOLDER : PLACE_REGISTRY;
}

void feed_artifact_done(struct feed_artifact *artifact)
{
    blob_sink_cleanup(&artifact->sink);
    blob_source_close(artifact->source);
    registry_target_done(&artifact->registry);
}

bool feed_artifact_create(struct arena *arena, const struct command_call *call, struct view place,
    struct feed_artifact *artifact, struct error *err)
{
    struct view rest;
    enum place_kind kind = kind_of(place, &rest);
    if (kind == PLACE_ARCHIVE)
        return archive_writer_open(arena_text(arena, rest), &artifact->sink, err);
    if (kind == PLACE_FOLDER)
        return layout_writer_open(arena_text(arena, rest), &artifact->sink, err);
    return registry_target_open(arena, call, rest, &artifact->registry, err) &&
           registry_blob_sink(artifact->registry.registry, &artifact->registry.reference, &artifact->sink, err);
}

bool feed_artifact_open(struct arena *arena, const struct command_call *call, struct sandbox *sandbox,
    struct view place, struct feed_artifact *artifact, struct error *err)
{
    struct view rest;
    enum place_kind kind = kind_of(place, &rest);
    if (kind == PLACE_ARCHIVE)
        return oci_archive_open(sandbox, arena_text(arena, rest), view_text(""), &artifact->source, err);
    if (kind == PLACE_FOLDER)
        return layout_open(arena_text(arena, rest), view_text(""), &artifact->source, err);
    return registry_target_open(arena, call, rest, &artifact->registry, err) &&
           registry_blob_source(artifact->registry.registry, &artifact->registry.reference, &artifact->source, err);
}
