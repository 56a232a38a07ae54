/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/scan.h"

#include "base/fault.h"
#include "base/spool.h"
#include "layer/tree.h"
#include "sandbox/probe.h"
#include "scan/suppress.h"
#include "scan/together.h"

#include <assert.h>

/* Files that analyzers hold whole may take this much beyond the child's usual memory, in bytes. */
#define HELD_BYTES_MAX (256u << 20)

/* A layer that needs longer than this is a gap. */
#define LAYER_DEADLINE_MS (10 * 60 * 1000)

/* Counts compressed bytes on their way to the child. */
struct counting_source {
    struct source source;
    struct source *below; /* borrowed */
    struct scan_progress *progress;
    bool has_failed;
};

static bool counting_read(struct source *source, void *bytes, size_t size, size_t *got, struct error *err)
{
    struct counting_source *counting = (struct counting_source *)source;
    counting->has_failed = !source_read(counting->below, bytes, size, got, err);
    if (counting->has_failed)
        return false;
    if (counting->progress != NULL && counting->progress->bytes != NULL && *got > 0)
        counting->progress->bytes(counting->progress, *got);
    return true;
}

static void counting_close(struct source *source)
{
    (void)source; /* lives on the stack of its only user */
}

static const struct source_type counting_type = {"progress", counting_read, counting_close};

static bool collect_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct spool *stored = context;
    return record_append(&stored->bytes, type, payload, err) && spool_settle(stored, "layer record", err);
}

/* Parses one stream in the sandbox into the stored form of a layer record. `*is_slow`: it failed because the child took too
   long; the input had no failure of its own. */
static bool make_record(const struct scan_context *context, const char *task, struct source *input,
    struct spool *stored, bool *is_slow, struct error *err)
{
    char probe[PROBE_PARAMETERS_SIZE];
    struct counting_source counting = {{&counting_type}, input, context->progress, false};
    struct sandbox_run run = {
        .task = task,
        .parameters = probe_parameters(probe),
        .input = &counting.source,
        .held_bytes_max = HELD_BYTES_MAX,
        .deadline_ms = context->layer_deadline_ms > 0 ? context->layer_deadline_ms : LAYER_DEADLINE_MS,
        .cancel = context->cancel,
        .frame = collect_frame,
        .context = stored,
    };
    record_begin(&stored->bytes);
    bool is_made = sandbox_run(context->sandbox, &run, err);
    *is_slow = !is_made && err->code == ERROR_TIMEOUT && !counting.has_failed;
    return is_made;
}

/* Hands the bytes of `stored` to the arena, and reads them. */
static bool adopt_record(
    struct arena *arena, struct spool *stored, struct view *kept, struct layer_record *record, struct error *err)
{
    return spool_take(stored, arena, kept, err) && record_decode(arena, *kept, record, err);
}

/* A record in the cache counts only if today's analyzers made it. A damaged one is as good as none: it is made again. */
static bool read_cached(const struct scan_context *context, struct arena *arena, const struct digest *blob,
    struct layer_record *record, bool *is_found, struct error *err)
{
    struct view stored, made_by;
    struct error ignored;
    *is_found = false;
    if (context->cache == NULL)
        return true;
    if (!context->cache->get(context->cache, arena, blob, &stored, err))
        return false;
    *is_found = stored.size > 0 && record_made_by(stored, &made_by, &ignored) &&
                view_equal(made_by, record_analyzers(arena)) && record_decode(arena, stored, record, &ignored);
    return true;
}

/* Whether a failure lies in the layer itself, so that trying again gives the same: then it is a gap, else an error. */
static bool is_gap(enum error_code code, enum gap_kind *kind)
{
    switch (code) {
    case ERROR_INVALID:
    case ERROR_CORRUPT:
    case ERROR_UNSUPPORTED:
    case ERROR_NOT_FOUND:
        *kind = GAP_UNREADABLE_LAYER;
        return true;
    case ERROR_LIMIT:
        *kind = GAP_LIMIT_REACHED;
        return true;
    case ERROR_CRASHED:
        *kind = GAP_CHILD_CRASHED;
        return true;
    case ERROR_NONE:
    case ERROR_DENIED:
    case ERROR_UNREACHABLE:
    case ERROR_TIMEOUT:
    case ERROR_RATE_LIMITED:
    case ERROR_SERVER:
    case ERROR_IO:
    case ERROR_CONFLICT:
    case ERROR_REFUSED:
    case ERROR_CANCELLED:
    case ERROR_USAGE:
    case ERROR_COUNT:
        return false;
    }
    return false;
}

static bool fetch_layer(const struct scan_context *context, struct blob_source *source, struct arena *arena,
    const struct descriptor *layer, struct layer_record *record, bool *is_slow, struct error *err)
{
    AUTO_SOURCE *content = NULL;
    AUTO_SPOOL stored;
    struct view kept;
    *is_slow = false;
    spool_init(&stored, context->spool_folder, RECORD_BYTES_MAX);
    if (!image_open_layer(source, layer, &content, err) ||
        !make_record(context, layer_task.name, content, &stored, is_slow, err) ||
        !adopt_record(arena, &stored, &kept, record, err))
        return false;
    if (context->cache != NULL && !context->cache->put(context->cache, &layer->digest, kept, err))
        return false;
    fault_point(FAULT_SCAN_AFTER_LAYER_RECORD);
    return true;
}

static void add_layer_gap(struct arena *arena, struct layer_record *record, const struct descriptor *layer,
    enum gap_kind kind, const char *reason)
{
    *record = (struct layer_record){0};
    gap_add(arena, &record->gaps, kind, digest_view(&layer->digest), reason);
}

/* What was met in the layer as a whole is told of its digest. */
static void name_gaps(const struct descriptor *layer, struct layer_record *record)
{
    for (size_t i = 0; i < record->gaps.count; i++) {
        if (record->gaps.items[i].path.size == 0)
            record->gaps.items[i].path = digest_view(&layer->digest);
    }
}

static bool read_layer(const struct scan_context *context, struct blob_source *source, struct arena *arena,
    struct scan_image *image, size_t index, struct layer_record *record, struct error *err)
{
    const struct manifest *manifest = &image->choice.manifest;
    const struct descriptor *layer = &manifest->items[index];
    enum gap_kind kind;
    bool is_cached;
    if (layer->is_encrypted) {
        add_layer_gap(arena, record, layer, GAP_ENCRYPTED_LAYER, "the layer is encrypted");
        return true;
    }
    if (!read_cached(context, arena, &layer->digest, record, &is_cached, err))
        return false;
    if (context->progress != NULL && context->progress->layer != NULL)
        context->progress->layer(context->progress, index, manifest->count, layer, is_cached);
    bool is_slow = false;
    if (is_cached || fetch_layer(context, source, arena, layer, record, &is_slow, err)) {
        *(is_cached ? &image->layers_cached : &image->layers_fetched) += 1;
        name_gaps(layer, record);
        return true;
    }
    if (is_slow)
        kind = GAP_TIMEOUT;
    else if (layer->is_foreign && (err->code == ERROR_NOT_FOUND || err->code == ERROR_DENIED))
        kind = GAP_FOREIGN_LAYER; /* registries need not hold it */
    else if (!is_gap(err->code, &kind))
        return error_wrap(err, "layer %zu of %zu (%s)", index + 1, manifest->count, layer->digest.text);
    const char *known = kind == GAP_FOREIGN_LAYER ? "its makers do not let registries hand it out; " : "";
    add_layer_gap(arena, record, layer, kind, arena_format(arena, "%s%s", known, err->message).data);
    return true;
}

/* The inventory of these layers, with databases that several of them make up. */
static bool merge(const struct scan_context *context, struct arena *arena, struct layer_record *records, size_t count,
    bool wants_lock_files, struct inventory *inventory, struct error *err)
{
    struct together_list together;
    struct gap_list gaps = {0};
    if (!together_read(context, arena, records, count, &together, &gaps, err))
        return false;
    struct inventory_input input = {records, count, &together, wants_lock_files};
    inventory_build(arena, &input, inventory);
    for (size_t i = 0; i < gaps.count; i++)
        *(struct gap *)ARENA_PUSH(arena, &inventory->gaps) = gaps.items[i];
    return true;
}

/* The platform that an index names is the one that a runtime chooses by; the config often lacks the variant. */
static void take_platform(const struct platform *named, struct platform *platform)
{
    bool is_same = view_equal(named->os, platform->os) && view_equal(named->architecture, platform->architecture);
    struct view variant = is_same && named->variant.size == 0 ? platform->variant : named->variant;
    if (named->os.size > 0)
        *platform = (struct platform){named->os, named->architecture, variant};
}

bool scan_inventory(const struct scan_context *context, struct blob_source *source, struct arena *arena,
    const struct image_choice *choice, struct scan_image *image, struct error *err)
{
    struct scan_image scanned = {.choice = *choice};
    if (!image_read_config(source, arena, &choice->manifest.config, &scanned.config, err))
        return error_wrap(err, "image config");
    if (!image_check_config(&choice->manifest, &scanned.config, err))
        return false;
    take_platform(&choice->platform, &scanned.config.platform);
    struct layer_record *records = ARENA_ARRAY(arena, struct layer_record, choice->manifest.count);
    for (size_t i = 0; i < choice->manifest.count; i++) {
        if (!cancel_check(context->cancel, err) || !read_layer(context, source, arena, &scanned, i, &records[i], err))
            return false;
    }
    if (!merge(context, arena, records, choice->manifest.count, context->lock_files == LOCK_FILES_YES,
            &scanned.inventory, err))
        return false;
    *image = scanned;
    return true;
}

static enum tree_answer is_wanted(struct view path, uint64_t size, uint32_t mode)
{
    if (analyzer_for(path) != NULL)
        return TREE_ALWAYS;
    const struct analyzer_file file = {path, size, mode};
    return analyzer_to_look(&file) != NULL ? TREE_LOOK : TREE_NEVER;
}

static bool is_head_wanted(struct view path, uint64_t size, uint32_t mode, struct view head)
{
    const struct analyzer_file file = {path, size, mode};
    return analyzer_to_look(&file)->wants_head(head);
}

static_assert(TREE_HEAD_BYTES == ANALYZER_HEAD_BYTES, "directories and archives show the same bytes");

static const struct tree_filter tree_filter = {is_wanted, is_head_wanted};

bool scan_directory(const struct scan_context *context, const char *directory, struct arena *arena,
    struct scan_image *image, struct error *err)
{
    AUTO_SOURCE *stream = NULL;
    AUTO_SPOOL stored;
    struct view kept;
    bool is_slow;
    struct layer_record *record = ARENA_NEW(arena, struct layer_record);
    spool_init(&stored, context->spool_folder, RECORD_BYTES_MAX);
    if (!tree_open(directory, &tree_filter, HELD_BYTES_MAX, context->cancel, &stream, err) ||
        !make_record(context, tree_task.name, stream, &stored, &is_slow, err) ||
        !adopt_record(arena, &stored, &kept, record, err))
        return error_wrap(err, "dir:%s", directory);
    *image = (struct scan_image){.layers_fetched = 0};
    return merge(context, arena, record, 1, context->lock_files != LOCK_FILES_NO, &image->inventory, err);
}

bool scan_match(const struct lookup *lookup, const struct feed_state *feeds, size_t feed_count, struct arena *arena,
    int64_t now_ms, struct scan_image *image, struct error *err)
{
    struct inventory *inventory = &image->inventory;
    struct finding_list *findings = ARENA_ARRAY(arena, struct finding_list, inventory->package_count);
    scan_cover_gaps(arena, feeds, feed_count, now_ms, inventory);
    for (size_t i = 0; i < inventory->package_count; i++) {
        const struct package *package = &inventory->packages[i].package;
        if (package->version.size == 0) {
            gap_add(arena, &inventory->gaps, GAP_VERSION_UNKNOWN, package->name, "the record has no version");
            continue;
        }
        if (!scan_is_covered(feeds, feed_count, package->ecosystem))
            continue; /* told by a gap of the ecosystem */
        if (!match_package(arena, lookup, package, now_ms, &findings[i], err))
            return error_wrap(err, "package \"%.*s\"", VIEW_PRINT(package->name));
        if (findings[i].is_undecidable)
            gap_add(arena, &inventory->gaps, GAP_FEED_RECORD, findings[i].undecidable,
                arena_format(arena, "its versions cannot be compared with \"%.*s\" of package \"%.*s\"",
                    VIEW_PRINT(package->version), VIEW_PRINT(package->name))
                    .data);
    }
    image->findings = findings;
    return lookup == NULL || scan_suppress(lookup, arena, image, err);
}
