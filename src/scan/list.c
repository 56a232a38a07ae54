/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/list.h"

#include "base/pack.h"

#include <stdio.h>

enum list_frame {
    LIST_FRAME_DISTRO = 1, /* the texts of a distribution */
    LIST_FRAME_PACKAGE, /* the texts of a package, its ecosystem, its place, its licences */
    LIST_FRAME_GAP, /* kind, place, reason */
};

enum {
    PACKAGE_TEXTS = 10,
    DISTRO_TEXTS = 7,
    DEADLINE_MS = 2 * 60 * 1000,
    HELD_MAX = 256 << 20,
    FRAME_TEXT_MAX = 64 * 1024, /* bytes of one text of a list */
};

/* -- the child's side -- */

struct list_writer {
    struct list_reader reader; /* first: handed out as such */
    struct frame_writer *out;
    struct buffer packed;
    uint64_t package_count;
    uint64_t gap_count;
};

static void pack_limited(struct buffer *packed, struct view text)
{
    pack_text(packed, text.size <= FRAME_TEXT_MAX && view_is_utf8(text) ? text : view_text(""));
}

static bool write_frame(struct list_writer *writer, enum list_frame type, struct error *err)
{
    return buffer_check(&writer->packed, "frame", err) &&
           frame_write(writer->out, type, buffer_view(&writer->packed), err);
}

static void package_texts(struct package *package, struct view *texts[PACKAGE_TEXTS])
{
    struct view *all[PACKAGE_TEXTS] = {&package->name, &package->version, &package->arch, &package->source_name,
        &package->source_version, &package->epoch, &package->release, &package->source_rpm, &package->modularity,
        &package->ecosystem};
    memcpy(texts, all, sizeof(all));
}

static void distro_texts(struct distro *distro, struct view *texts[DISTRO_TEXTS])
{
    struct view *all[DISTRO_TEXTS] = {&distro->id, &distro->version_id, &distro->version_codename, &distro->name,
        &distro->pretty_name, &distro->cpe_name, &distro->apk_branch};
    memcpy(texts, all, sizeof(all));
}

static bool write_gap_of(
    struct list_writer *writer, enum gap_kind kind, struct view place, struct view reason, struct error *err)
{
    if (writer->gap_count++ >= LIST_GAPS_MAX)
        return true;
    buffer_clear(&writer->packed);
    pack_text(&writer->packed, view_text(gap_kind_name(kind)));
    pack_limited(&writer->packed, place);
    pack_limited(&writer->packed, reason);
    return write_frame(writer, LIST_FRAME_GAP, err);
}

static bool write_gap(struct list_reader *reader, struct view place, struct view reason, struct error *err)
{
    return write_gap_of((struct list_writer *)reader, GAP_UNREADABLE_FILE, place, reason, err);
}

static bool write_package(struct list_reader *reader, const struct list_entry *entry, struct error *err)
{
    struct list_writer *writer = (struct list_writer *)reader;
    struct package copy = entry->package;
    struct view *texts[PACKAGE_TEXTS];
    if (++writer->package_count > LIST_PACKAGES_MAX)
        return error_set(err, ERROR_LIMIT, "the list has more than %d packages", LIST_PACKAGES_MAX);
    buffer_clear(&writer->packed);
    pack_text(&writer->packed, view_text(package_type_name(copy.type)));
    package_texts(&copy, texts);
    for (size_t i = 0; i < PACKAGE_TEXTS; i++)
        pack_limited(&writer->packed, *texts[i]);
    pack_limited(&writer->packed, entry->place);
    pack_display_text(&writer->packed, entry->licenses, ANALYSIS_TEXT_BYTES_MAX);
    return write_frame(writer, LIST_FRAME_PACKAGE, err) &&
           (entry->licenses.size <= ANALYSIS_TEXT_BYTES_MAX || writer->gap_count >= LIST_GAPS_MAX ||
               write_gap_of(
                   writer, GAP_TEXT_CUT, entry->place, view_text("licences of more than 16384 bytes were cut"), err));
}

static bool write_distro(struct list_reader *reader, const struct distro *distro, struct error *err)
{
    struct list_writer *writer = (struct list_writer *)reader;
    struct distro copy = *distro;
    struct view *texts[DISTRO_TEXTS];
    buffer_clear(&writer->packed);
    distro_texts(&copy, texts);
    for (size_t i = 0; i < DISTRO_TEXTS; i++)
        pack_limited(&writer->packed, *texts[i]);
    return write_frame(writer, LIST_FRAME_DISTRO, err);
}

static bool write_more_gaps(struct list_writer *writer, struct error *err)
{
    char reason[100];
    if (writer->gap_count <= LIST_GAPS_MAX)
        return true;
    snprintf(reason, sizeof(reason), "%llu more entries cannot be read",
        (unsigned long long)(writer->gap_count - LIST_GAPS_MAX));
    writer->gap_count = 0;
    return write_gap(&writer->reader, view_text(""), view_text(reason), err);
}

static bool run_task(struct view parameters, struct source *input, struct frame_writer *out, struct error *err)
{
    AUTO_BUFFER content;
    bool is_sbom = view_is(parameters, "sbom");
    struct list_writer writer = {.reader = {write_package, write_distro, write_gap}, .out = out};
    buffer_init(&content, is_sbom ? SBOM_BYTES_MAX : LIST_BYTES_MAX);
    buffer_init(&writer.packed, FRAME_BYTES_MAX);
    bool is_done = source_read_all(input, &content, "list of packages", err) &&
                   (is_sbom ? list_read_sbom(&writer.reader, buffer_view(&content), err)
                            : list_read_purls(&writer.reader, buffer_view(&content), err)) &&
                   write_more_gaps(&writer, err);
    buffer_done(&writer.packed);
    return is_done;
}

const struct sandbox_task list_task = {"list", run_task};

/* -- the parent's side -- */

struct list_inventory {
    struct arena *arena;
    struct inventory *inventory;
    size_t capacity;
};

/* Every text that the child sends is checked again. */
static bool take_texts(
    struct arena *arena, struct unpack *unpack, struct view *const *texts, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct view text = unpack_text(unpack);
        if (text.size > FRAME_TEXT_MAX || !view_is_utf8(text))
            return error_set(err, ERROR_CRASHED, "the child sent a text that is none");
        *texts[i] = arena_copy(arena, text);
    }
    return true;
}

static bool take_package(struct list_inventory *list, struct unpack *unpack, struct error *err)
{
    struct inventory *inventory = list->inventory;
    struct inventory_package taken = {.analyzer = "list"};
    struct view *texts[PACKAGE_TEXTS];
    struct view *const more[] = {&taken.path, &taken.licenses};
    struct view type = unpack_text(unpack);
    if (inventory->package_count == LIST_PACKAGES_MAX || !package_type_parse(type, &taken.package.type))
        return error_set(err, ERROR_CRASHED, "the child sent a package that is none");
    package_texts(&taken.package, texts);
    if (!take_texts(list->arena, unpack, texts, PACKAGE_TEXTS, err) || !take_texts(list->arena, unpack, more, 2, err))
        return false;
    *(struct inventory_package *)arena_push(
        list->arena, (void **)&inventory->packages, &inventory->package_count, &list->capacity, sizeof(taken)) = taken;
    return true;
}

static bool take_distro(struct list_inventory *list, struct unpack *unpack, struct error *err)
{
    struct view *texts[DISTRO_TEXTS];
    distro_texts(&list->inventory->distro, texts);
    list->inventory->distro.is_known = true;
    return take_texts(list->arena, unpack, texts, DISTRO_TEXTS, err);
}

static bool take_gap(struct list_inventory *list, struct unpack *unpack, struct error *err)
{
    struct view place, reason;
    struct view *const texts[] = {&place, &reason};
    struct view name = unpack_text(unpack);
    enum gap_kind kind = GAP_UNREADABLE_FILE;
    if (!gap_kind_parse(name, &kind) || (kind != GAP_UNREADABLE_FILE && kind != GAP_TEXT_CUT))
        return error_set(err, ERROR_CRASHED, "the child sent a gap that is none");
    if (list->inventory->gaps.count > LIST_GAPS_MAX || !take_texts(list->arena, unpack, texts, 2, err))
        return error_set(err, ERROR_CRASHED, "the child sent gaps that are none");
    gap_add(list->arena, &list->inventory->gaps, kind, place, arena_text(list->arena, reason));
    return true;
}

static bool take_frame(void *context, uint32_t type, struct view payload, struct error *err)
{
    struct list_inventory *list = context;
    struct unpack unpack = unpack_begin(payload);
    bool is_taken = type == LIST_FRAME_PACKAGE  ? take_package(list, &unpack, err)
                    : type == LIST_FRAME_DISTRO ? take_distro(list, &unpack, err)
                    : type == LIST_FRAME_GAP    ? take_gap(list, &unpack, err)
                                                : error_set(err, ERROR_CRASHED, "the child sent an unknown frame");
    return is_taken && (unpack_is_done(&unpack) || error_set(err, ERROR_CRASHED, "the child sent a damaged frame"));
}

bool scan_list(const struct scan_context *context, enum list_format format, struct source *input, struct arena *arena,
    struct scan_image *image, struct error *err)
{
    *image = (struct scan_image){.layers_fetched = 0};
    struct list_inventory list = {.arena = arena, .inventory = &image->inventory};
    struct sandbox_run run = {
        .task = list_task.name,
        .parameters = view_text(format == LIST_SBOM ? "sbom" : "purls"),
        .input = input,
        .held_bytes_max = HELD_MAX,
        .deadline_ms = DEADLINE_MS,
        .cancel = context->cancel,
        .frame = take_frame,
        .context = &list,
    };
    if (!sandbox_run(context->sandbox, &run, err))
        return false;
    inventory_sort(&image->inventory);
    if (image->inventory.package_count == 0)
        gap_add(arena, &image->inventory.gaps, GAP_NO_PACKAGE_DATABASE, view_text(""), "the list names no package");
    return true;
}
