/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/record_writer.h"

#include "base/memory.h"
#include "base/pack.h"
#include "package/control_file.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    PACKAGE_COST = 2048, /* bytes that a package takes in the parent until it is reported, beside its text */
    OWNED_COST = 32, /* of an owned path while it is sorted, which takes its memory twice */
    KEEP_LEVEL = 1, /* databases shrink to a fifth even so */
    KEEP_WINDOW_LOG = 20, /* what decompressing takes, in the other child */
    KEEP_PIECE_BYTES = 128 * 1024,
};

static bool write_packed(struct record_writer *writer, enum record_frame type, struct error *err)
{
    return buffer_check(&writer->packed, "frame", err) &&
           frame_write(writer->out, type, buffer_view(&writer->packed), err);
}

static void pack_gap(struct buffer *packed, enum gap_kind kind, struct view path, const char *reason)
{
    buffer_clear(packed);
    pack_text(packed, view_text(gap_kind_name(kind)));
    pack_text(packed, path);
    pack_display_text(packed, view_text(reason), ERROR_MESSAGE_MAX / 2);
}

bool record_writer_gap(
    struct record_writer *writer, enum gap_kind kind, struct view path, const char *reason, struct error *err)
{
    pack_gap(&writer->packed, kind, path, reason);
    return record_writer_detail(writer, RECORD_GAP, RECORD_DETAIL_COST, err);
}

bool record_writer_afford(struct record_writer *writer, uint64_t cost, bool *is_affordable, struct error *err)
{
    *is_affordable = !writer->is_full && writer->cost + cost <= RECORD_COST_MAX;
    if (*is_affordable)
        writer->cost += cost;
    if (*is_affordable || writer->is_full)
        return true;
    writer->is_full = true;
    pack_gap(
        &writer->packed, GAP_LIMIT_REACHED, writer->path, "the layer has more packages, links and paths than are kept");
    return write_packed(writer, RECORD_GAP, err);
}

bool record_writer_detail(struct record_writer *writer, enum record_frame type, uint64_t cost, struct error *err)
{
    bool is_affordable;
    if (!record_writer_afford(writer, cost + writer->packed.size, &is_affordable, err))
        return false;
    return !is_affordable || write_packed(writer, type, err);
}

static struct record_writer *writer_of(struct analysis *analysis)
{
    return (struct record_writer *)((char *)analysis - offsetof(struct record_writer, analysis));
}

/* The callbacks of an analysis have no result: the first failure is kept and reported when the analyzer returns. */
static void keep_failure(struct record_writer *writer, bool is_written, const struct error *err)
{
    if (!is_written && !writer->has_failed) {
        writer->has_failed = true;
        writer->err = *err;
    }
}

/* A text of the file at hand, which is told if it is cut. */
static void pack_field(struct record_writer *writer, struct view text, bool is_license)
{
    bool *has_cut = is_license ? &writer->has_cut_licenses : &writer->has_cut;
    *has_cut = *has_cut || text.size > ANALYSIS_TEXT_BYTES_MAX;
    pack_display_text(&writer->packed, text, ANALYSIS_TEXT_BYTES_MAX);
}

static void pack_package_for_display(
    struct record_writer *writer, const struct package *package, const struct installation *installation)
{
    const struct view fields[] = {package->name, package->version, package->arch, package->source_name,
        package->source_version, package->epoch, package->release, package->source_rpm, package->modularity,
        package->vendor, installation->inner_path, installation->licenses, installation->commit};
    pack_text(&writer->packed, view_text(package_type_name(package->type)));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_field(writer, fields[i], fields[i].data == installation->licenses.data);
    buffer_append_u32(&writer->packed, (installation->is_third_party ? (uint32_t)RECORD_THIRD_PARTY : 0) |
                                           (installation->is_development ? (uint32_t)RECORD_DEVELOPMENT : 0));
}

static void on_package(
    struct analysis *analysis, const struct package *package, const struct installation *installation)
{
    static const struct installation nothing = {.is_third_party = false};
    struct error err;
    struct record_writer *writer = writer_of(analysis);
    buffer_clear(&writer->packed);
    pack_package_for_display(writer, package, installation == NULL ? &nothing : installation);
    keep_failure(writer, record_writer_detail(writer, RECORD_PACKAGE, PACKAGE_COST, &err), &err);
}

static void on_fact(struct analysis *analysis, const char *name, struct view value)
{
    struct error err;
    struct record_writer *writer = writer_of(analysis);
    buffer_clear(&writer->packed);
    pack_text(&writer->packed, view_text(name));
    pack_field(writer, value, strcmp(name, CONTROL_LICENSE_FACT) == 0);
    keep_failure(writer, record_writer_detail(writer, RECORD_FACT, RECORD_DETAIL_COST, &err), &err);
}

/* Tells the owner if it is another one than before. */
static bool add_owner(struct record_writer *writer, struct view owner, struct error *err)
{
    if (writer->has_owner && view_equal(owner, buffer_view(&writer->owner)))
        return true;
    buffer_clear(&writer->packed);
    pack_field(writer, owner, false);
    if (!record_writer_detail(writer, RECORD_OWNER, RECORD_DETAIL_COST, err))
        return false;
    if (writer->is_full)
        return true;
    buffer_clear(&writer->owner);
    buffer_append(&writer->owner, view_slice(owner, 0, ANALYSIS_TEXT_BYTES_MAX));
    writer->has_owner = true;
    writer->owner_count++;
    return true;
}

static bool add_owned(struct record_writer *writer, struct view owner, struct view path, struct error *err)
{
    bool is_affordable;
    if (!add_owner(writer, owner, err) || !record_writer_afford(writer, OWNED_COST, &is_affordable, err))
        return false;
    if (!is_affordable)
        return true;
    if (writer->owned.count == writer->owned.capacity) {
        writer->owned.capacity = writer->owned.capacity == 0 ? 1024 : writer->owned.capacity * 2;
        writer->owned.items =
            memory_resize(writer->owned.items, writer->owned.capacity * sizeof(writer->owned.items[0]));
    }
    writer->owned.items[writer->owned.count++] = (struct owned_path){view_hash(path), writer->owner_count - 1};
    return true;
}

static void on_owned(struct analysis *analysis, struct view owner, struct view path)
{
    struct error err;
    struct record_writer *writer = writer_of(analysis);
    while (path.size > 0 && (path.data[0] == '/' || view_starts_with(path, "./")))
        path = view_from(path, path.data[0] == '/' ? 1 : 2);
    if (path.size == 0 || view_is(path, "."))
        return;
    keep_failure(writer, add_owned(writer, owner, path, &err), &err);
}

static void on_gap(struct analysis *analysis, enum gap_kind kind, const char *reason)
{
    struct error err;
    struct record_writer *writer = writer_of(analysis);
    keep_failure(writer, record_writer_gap(writer, kind, writer->path, reason, &err), &err);
}

static int compare_owned(const void *left, const void *right)
{
    const struct owned_path *a = left;
    const struct owned_path *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->owner > b->owner) - (a->owner < b->owner);
}

static bool write_owned(struct record_writer *writer, struct error *err)
{
    if (writer->owned.count > 0)
        qsort(writer->owned.items, writer->owned.count, sizeof(writer->owned.items[0]), compare_owned);
    for (size_t done = 0; done < writer->owned.count;) {
        buffer_clear(&writer->packed);
        for (; done < writer->owned.count && writer->packed.size + RECORD_OWNED_SIZE <= FRAME_BYTES_MAX; done++) {
            buffer_append_u64(&writer->packed, writer->owned.items[done].hash);
            buffer_append_u32(&writer->packed, writer->owned.items[done].owner);
        }
        if (!write_packed(writer, RECORD_OWNED, err))
            return false;
    }
    return true;
}

bool record_writer_finish(struct record_writer *writer, uint64_t entries, uint64_t bytes, struct error *err)
{
    if (!write_owned(writer, err))
        return false;
    buffer_clear(&writer->packed);
    buffer_append_u64(&writer->packed, entries);
    buffer_append_u64(&writer->packed, bytes);
    return write_packed(writer, RECORD_TOTALS, err);
}

bool record_writer_file(
    struct record_writer *writer, const struct analyzer *analyzer, struct view path, struct error *err)
{
    writer->path = path;
    writer->has_owner = writer->has_cut = writer->has_cut_licenses = false;
    buffer_clear(&writer->packed);
    pack_text(&writer->packed, view_text(analyzer->name));
    pack_text(&writer->packed, path);
    return record_writer_detail(writer, RECORD_FILE, RECORD_DETAIL_COST, err);
}

bool record_writer_check(struct record_writer *writer, bool is_read, const struct error *why, struct error *err)
{
    enum gap_kind kind = !is_read && why->code == ERROR_LIMIT ? GAP_LIMIT_REACHED : GAP_BROKEN_DATABASE;
    if (!is_read && !record_writer_gap(writer, kind, writer->path, why->message, err))
        return false;
    if (writer->has_cut &&
        !record_writer_gap(writer, GAP_LIMIT_REACHED, writer->path, "a text of more than 16384 bytes was cut", err))
        return false;
    if (writer->has_cut_licenses &&
        !record_writer_gap(writer, GAP_TEXT_CUT, writer->path, "licences of more than 16384 bytes were cut", err))
        return false;
    if (writer->has_failed)
        *err = writer->err;
    return !writer->has_failed;
}

/* One piece of a kept file; false in `is_kept` if the record has no room for it. */
static bool write_piece(struct record_writer *writer, bool *is_kept, struct error *err)
{
    *is_kept = writer->packed.size <= RECORD_KEPT_BYTES_MAX - writer->kept;
    if (*is_kept && !record_writer_afford(writer, RECORD_DETAIL_COST, is_kept, err))
        return false;
    if (!*is_kept)
        return true;
    writer->kept += writer->packed.size;
    return write_packed(writer, RECORD_KEPT_PIECE, err);
}

/* The content as one zstd frame, piece by piece as it is made. */
static bool write_pieces(
    struct record_writer *writer, ZSTD_CCtx *context, struct view content, bool *is_kept, struct error *err)
{
    ZSTD_inBuffer input = {content.data, content.size, 0};
    *is_kept = true;
    for (size_t left = 1; *is_kept && left > 0;) {
        buffer_clear(&writer->packed);
        ZSTD_outBuffer output = {buffer_reserve(&writer->packed, KEEP_PIECE_BYTES), KEEP_PIECE_BYTES, 0};
        left = ZSTD_compressStream2(context, &output, &input, ZSTD_e_end);
        if (ZSTD_isError(left))
            memory_exhausted(0);
        buffer_advance(&writer->packed, output.pos);
        if (output.pos > 0 && !write_piece(writer, is_kept, err))
            return false;
    }
    return true;
}

bool record_writer_keep(struct record_writer *writer, struct view content, struct error *err)
{
    bool is_kept;
    buffer_clear(&writer->packed);
    buffer_append_u64(&writer->packed, content.size);
    if (content.size == 0)
        return true;
    if (!record_writer_detail(writer, RECORD_KEPT, RECORD_DETAIL_COST, err))
        return false;
    if (writer->is_full)
        return true;
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL || ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, KEEP_LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, KEEP_WINDOW_LOG)))
        memory_exhausted(0);
    bool is_written = write_pieces(writer, context, content, &is_kept, err);
    ZSTD_freeCCtx(context);
    if (!is_written || is_kept)
        return is_written;
    buffer_clear(&writer->packed);
    return write_packed(writer, RECORD_KEPT_CUT, err);
}

void record_writer_init(struct record_writer *writer, struct frame_writer *out)
{
    *writer = (struct record_writer){
        .analysis = {.package = on_package, .fact = on_fact, .owned = on_owned, .gap = on_gap},
        .out = out,
    };
    buffer_init(&writer->packed, FRAME_BYTES_MAX);
    buffer_init(&writer->owner, ANALYSIS_TEXT_BYTES_MAX);
}

void record_writer_done(struct record_writer *writer)
{
    buffer_done(&writer->packed);
    buffer_done(&writer->owner);
    free(writer->owned.items);
}
