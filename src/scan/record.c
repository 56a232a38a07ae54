/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/record.h"

#include "base/pack.h"
#include "base/path.h"
#include "sandbox/frame.h"

enum { ANALYZERS_TEXT_MAX = 4096, HASH_SIZE = sizeof(uint64_t) };

bool record_has(const struct record_hashes *hashes, struct view path)
{
    uint64_t wanted = view_hash(path);
    for (size_t i = 0; i < hashes->count; i++) {
        struct view piece = hashes->pieces[i];
        size_t low = 0;
        size_t high = piece.size / HASH_SIZE;
        if (read_u64(piece.data + piece.size - HASH_SIZE) < wanted)
            continue;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            uint64_t hash = read_u64(piece.data + middle * HASH_SIZE);
            if (hash == wanted)
                return true;
            if (hash < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        return false;
    }
    return false;
}

static uint64_t owned_hash(struct view piece, size_t position)
{
    return read_u64(piece.data + position * RECORD_OWNED_SIZE);
}

const struct record_owner *record_owner_find(
    const struct layer_record *record, struct view path, record_owner_accepts *accepts, void *context)
{
    uint64_t wanted = view_hash(path);
    for (size_t i = 0; i < record->owned.count; i++) {
        struct view piece = record->owned.pieces[i];
        size_t count = piece.size / RECORD_OWNED_SIZE;
        size_t low = 0;
        for (size_t high = count; low < high;) {
            size_t middle = low + (high - low) / 2;
            if (owned_hash(piece, middle) < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < count && owned_hash(piece, low) == wanted; low++) {
            uint32_t position = read_u32(piece.data + low * RECORD_OWNED_SIZE + sizeof(uint64_t));
            const struct record_owner *owner = position < record->owner_count ? &record->owners[position] : NULL;
            if (owner != NULL && accepts(context, owner))
                return owner;
        }
        if (low < count)
            return NULL; /* later pieces have greater hashes */
    }
    return NULL;
}

static void analyzers_text(struct buffer *text)
{
    buffer_init(text, ANALYZERS_TEXT_MAX);
    for (size_t i = 0; i < analyzer_count; i++)
        buffer_append_format(text, "%s%s=%u", i == 0 ? "" : " ", analyzers[i]->name, analyzers[i]->version);
}

struct view record_analyzers(struct arena *arena)
{
    AUTO_BUFFER text;
    analyzers_text(&text);
    return arena_copy(arena, buffer_view(&text));
}

void record_begin(struct buffer *stored)
{
    AUTO_BUFFER text;
    AUTO_BUFFER payload;
    analyzers_text(&text);
    buffer_init(&payload, ANALYZERS_TEXT_MAX + 64);
    buffer_append_u32(&payload, RECORD_FORMAT);
    pack_text(&payload, buffer_view(&text));
    buffer_append_u32(stored, RECORD_HEADER);
    pack_text(stored, buffer_view(&payload));
}

bool record_append(struct buffer *stored, uint32_t type, struct view payload, struct error *err)
{
    if (type <= RECORD_HEADER || type >= RECORD_FRAME_COUNT)
        return error_set(err, ERROR_INVALID, "layer record has a frame of unknown type %u", type);
    buffer_append_u32(stored, type);
    pack_text(stored, payload);
    return buffer_check(stored, "layer record", err);
}

static bool unpack_package(struct unpack *unpack, struct record_package *packed)
{
    *packed = (struct record_package){.package = {0}};
    struct package *package = &packed->package;
    struct installation *installation = &packed->installation;
    bool is_known = package_type_parse(unpack_text(unpack), &package->type);
    struct view *const fields[] = {&package->name, &package->version, &package->arch, &package->source_name,
        &package->source_version, &package->epoch, &package->release, &package->source_rpm, &package->modularity,
        &package->vendor, &installation->inner_path, &installation->licenses, &installation->commit};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        *fields[i] = unpack_text(unpack);
        if (!view_is_utf8(*fields[i]))
            return false;
    }
    uint32_t flags = unpack_u32(unpack);
    installation->is_third_party = (flags & RECORD_THIRD_PARTY) != 0;
    installation->is_development = (flags & RECORD_DEVELOPMENT) != 0;
    return is_known && package->name.size > 0 && (flags & ~(uint32_t)RECORD_INSTALLATION_FLAGS) == 0;
}

/* Lists that grow while frames are read; copied into the record at the end. */
struct decoder {
    struct arena *arena;
    struct layer_record *record;
    struct {
        struct record_file *items;
        size_t count, capacity;
    } files;
    struct {
        struct record_package *items;
        size_t count, capacity;
    } packages;
    struct {
        struct record_owner *items;
        size_t count, capacity;
    } owners;
    struct {
        struct record_fact *items;
        size_t count, capacity;
    } facts;
    struct view_list {
        struct view *items;
        size_t count, capacity;
    } kept, whiteouts, opaques, paths, directories, owned;
    struct {
        struct record_link *items;
        size_t count, capacity;
    } links;
    bool has_totals;
};

static bool is_clean_path(struct arena *arena, struct view path)
{
    struct error ignored;
    struct view clean;
    return path.size > 0 && path_clean(arena, path, &clean, &ignored) && view_equal(clean, path);
}

/* Ends the list of the file at hand: its packages and facts are the ones gathered since it began. */
static void finish_file(struct decoder *decoder)
{
    if (decoder->files.count == 0)
        return;
    struct record_file *file = &decoder->files.items[decoder->files.count - 1];
    file->packages = decoder->packages.items;
    file->package_count = decoder->packages.count;
    file->facts = decoder->facts.items;
    file->fact_count = decoder->facts.count;
    file->kept = decoder->kept.items;
    file->kept_count = decoder->kept.count;
    decoder->kept = (struct view_list){0};
    decoder->packages.items = NULL;
    decoder->packages.count = decoder->packages.capacity = 0;
    decoder->facts.items = NULL;
    decoder->facts.count = decoder->facts.capacity = 0;
}

static bool decode_file(struct decoder *decoder, struct unpack *unpack)
{
    finish_file(decoder);
    struct record_file file = {.analyzer = analyzer_named(unpack_text(unpack)), .path = unpack_text(unpack)};
    if (file.analyzer == NULL || !is_clean_path(decoder->arena, file.path))
        return false;
    *(struct record_file *)ARENA_PUSH(decoder->arena, &decoder->files) = file;
    return true;
}

static bool decode_fact(struct decoder *decoder, struct unpack *unpack)
{
    struct record_fact fact = {unpack_text(unpack), unpack_text(unpack)};
    if (decoder->files.count == 0 || !view_is_utf8(fact.name) || !view_is_utf8(fact.value))
        return false;
    *(struct record_fact *)ARENA_PUSH(decoder->arena, &decoder->facts) = fact;
    return true;
}

static bool decode_package(struct decoder *decoder, struct unpack *unpack)
{
    struct record_package package;
    if (decoder->files.count == 0 || !unpack_package(unpack, &package))
        return false;
    *(struct record_package *)ARENA_PUSH(decoder->arena, &decoder->packages) = package;
    return true;
}

static bool decode_owner(struct decoder *decoder, struct unpack *unpack)
{
    struct view name = unpack_text(unpack);
    if (decoder->files.count == 0 || !view_is_utf8(name))
        return false;
    *(struct record_owner *)ARENA_PUSH(decoder->arena, &decoder->owners) =
        (struct record_owner){name, decoder->files.count - 1};
    return true;
}

static bool decode_kept(struct decoder *decoder, struct unpack *unpack)
{
    uint64_t size = unpack_u64(unpack);
    if (decoder->files.count == 0 || size == 0)
        return false;
    struct record_file *file = &decoder->files.items[decoder->files.count - 1];
    bool is_first = file->kept_size == 0;
    file->kept_size = size;
    return is_first && size <= file->analyzer->bytes_max;
}

static bool decode_kept_piece(struct decoder *decoder, struct unpack *unpack)
{
    struct view piece = unpack_bytes(unpack, unpack->rest.size);
    if (decoder->files.count == 0 || decoder->files.items[decoder->files.count - 1].kept_size == 0)
        return false;
    *(struct view *)ARENA_PUSH(decoder->arena, &decoder->kept) = piece;
    return piece.size > 0;
}

/* What was kept of the last file is of no use. */
static bool decode_kept_cut(struct decoder *decoder)
{
    decoder->kept.count = 0;
    return decoder->files.count > 0 && decoder->files.items[decoder->files.count - 1].kept_size > 0;
}

static bool decode_link(struct decoder *decoder, struct unpack *unpack)
{
    struct record_link link;
    uint32_t is_hard = unpack_u32(unpack);
    link.path = unpack_text(unpack);
    link.target = unpack_text(unpack);
    link.is_hard = is_hard == 1;
    if (is_hard > 1 || !is_clean_path(decoder->arena, link.path) || link.target.size > PATH_BYTES_MAX)
        return false;
    *(struct record_link *)ARENA_PUSH(decoder->arena, &decoder->links) = link;
    return true;
}

static bool decode_path(struct decoder *decoder, struct unpack *unpack, struct view_list *list, bool may_be_root)
{
    struct view path = unpack_text(unpack);
    if (!is_clean_path(decoder->arena, path) && !(may_be_root && path.size == 0))
        return false;
    *(struct view *)ARENA_PUSH(decoder->arena, list) = path;
    return true;
}

/* A piece is sorted in itself and after the piece before it. */
static bool decode_hashes(struct decoder *decoder, struct unpack *unpack, struct view_list *list)
{
    struct view piece = unpack_bytes(unpack, unpack->rest.size);
    if (piece.size == 0 || piece.size % HASH_SIZE != 0)
        return false;
    struct view before = list->count == 0 ? view_of(NULL, 0) : list->items[list->count - 1];
    for (size_t i = 0; i < piece.size; i += HASH_SIZE) {
        if (i == 0 ? before.size > 0 && read_u64(before.data + before.size - HASH_SIZE) >= read_u64(piece.data)
                   : read_u64(piece.data + i - HASH_SIZE) >= read_u64(piece.data + i))
            return false;
    }
    *(struct view *)ARENA_PUSH(decoder->arena, list) = piece;
    return true;
}

/* As decode_hashes; one path may have several owners, all of them told before. */
static bool decode_owned(struct decoder *decoder, struct unpack *unpack)
{
    struct view piece = unpack_bytes(unpack, unpack->rest.size);
    size_t count = piece.size / RECORD_OWNED_SIZE;
    if (piece.size == 0 || piece.size % RECORD_OWNED_SIZE != 0)
        return false;
    uint64_t before = 0;
    if (decoder->owned.count > 0) {
        struct view last = decoder->owned.items[decoder->owned.count - 1];
        before = owned_hash(last, last.size / RECORD_OWNED_SIZE - 1);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = owned_hash(piece, i);
        if (hash < before || read_u32(piece.data + i * RECORD_OWNED_SIZE + sizeof(hash)) >= decoder->owners.count)
            return false;
        before = hash;
    }
    *(struct view *)ARENA_PUSH(decoder->arena, &decoder->owned) = piece;
    return true;
}

static bool decode_gap(struct decoder *decoder, struct unpack *unpack)
{
    enum gap_kind kind;
    struct view name = unpack_text(unpack);
    struct view path = unpack_text(unpack);
    struct view reason = unpack_text(unpack);
    if (!gap_kind_parse(name, &kind) || reason.size > ERROR_MESSAGE_MAX || path.size > PATH_BYTES_MAX)
        return false;
    gap_add(decoder->arena, &decoder->record->gaps, kind, path, arena_text(decoder->arena, reason));
    return true;
}

static bool decode_frame(struct decoder *decoder, enum record_frame type, struct view payload)
{
    struct unpack unpack = unpack_begin(payload);
    bool is_good = false;
    switch (type) {
    case RECORD_HEADER:
    case RECORD_FRAME_COUNT:
        break;
    case RECORD_FILE:
        is_good = decode_file(decoder, &unpack);
        break;
    case RECORD_PACKAGE:
        is_good = decode_package(decoder, &unpack);
        break;
    case RECORD_FACT:
        is_good = decode_fact(decoder, &unpack);
        break;
    case RECORD_WHITEOUT:
        is_good = decode_path(decoder, &unpack, &decoder->whiteouts, false);
        break;
    case RECORD_OPAQUE:
        is_good = decode_path(decoder, &unpack, &decoder->opaques, true);
        break;
    case RECORD_LINK:
        is_good = decode_link(decoder, &unpack);
        break;
    case RECORD_PATHS:
        is_good = decode_hashes(decoder, &unpack, &decoder->paths);
        break;
    case RECORD_DIRECTORIES:
        is_good = decode_hashes(decoder, &unpack, &decoder->directories);
        break;
    case RECORD_OWNED:
        is_good = decode_owned(decoder, &unpack);
        break;
    case RECORD_OWNER:
        is_good = decode_owner(decoder, &unpack);
        break;
    case RECORD_KEPT:
        is_good = decode_kept(decoder, &unpack);
        break;
    case RECORD_KEPT_PIECE:
        is_good = decode_kept_piece(decoder, &unpack);
        break;
    case RECORD_KEPT_CUT:
        is_good = decode_kept_cut(decoder);
        break;
    case RECORD_GAP:
        is_good = decode_gap(decoder, &unpack);
        break;
    case RECORD_TOTALS:
        is_good = !decoder->has_totals;
        decoder->has_totals = true;
        decoder->record->entries = unpack_u64(&unpack);
        decoder->record->bytes = unpack_u64(&unpack);
        break;
    }
    return is_good && unpack_is_done(&unpack);
}

static bool decode_header(struct unpack *unpack, struct view *made_by, struct error *err)
{
    uint32_t type = unpack_u32(unpack);
    struct unpack header = unpack_begin(unpack_text(unpack));
    uint32_t format = unpack_u32(&header);
    *made_by = unpack_text(&header);
    if (unpack->is_broken || type != RECORD_HEADER || !unpack_is_done(&header))
        return error_set(err, ERROR_INVALID, "layer record is damaged at its start");
    if (format != RECORD_FORMAT)
        return error_set(err, ERROR_INVALID, "layer record has format %u, expected %d", format, RECORD_FORMAT);
    return true;
}

bool record_made_by(struct view stored, struct view *made_by, struct error *err)
{
    struct unpack unpack = unpack_begin(stored);
    return decode_header(&unpack, made_by, err);
}

bool record_decode(struct arena *arena, struct view stored, struct layer_record *record, struct error *err)
{
    struct view made_by;
    struct unpack unpack = unpack_begin(stored);
    struct layer_record decoded = {0};
    struct decoder decoder = {.arena = arena, .record = &decoded};
    if (!decode_header(&unpack, &made_by, err))
        return false;
    while (unpack.rest.size > 0) {
        uint32_t type = unpack_u32(&unpack);
        struct view payload = unpack_text(&unpack);
        if (unpack.is_broken || decoder.has_totals || type >= RECORD_FRAME_COUNT || payload.size > FRAME_BYTES_MAX ||
            !decode_frame(&decoder, (enum record_frame)type, payload))
            return error_set(err, ERROR_INVALID, "layer record is damaged %zu bytes before its end", unpack.rest.size);
    }
    if (!decoder.has_totals)
        return error_set(err, ERROR_INVALID, "layer record ends early");
    finish_file(&decoder);
    decoded.files = decoder.files.items;
    decoded.file_count = decoder.files.count;
    decoded.whiteouts = decoder.whiteouts.items;
    decoded.whiteout_count = decoder.whiteouts.count;
    decoded.opaques = decoder.opaques.items;
    decoded.opaque_count = decoder.opaques.count;
    decoded.links = decoder.links.items;
    decoded.link_count = decoder.links.count;
    decoded.paths = (struct record_hashes){decoder.paths.items, decoder.paths.count};
    decoded.directories = (struct record_hashes){decoder.directories.items, decoder.directories.count};
    decoded.owners = decoder.owners.items;
    decoded.owner_count = decoder.owners.count;
    decoded.owned = (struct record_ownership){decoder.owned.items, decoder.owned.count};
    *record = decoded;
    return true;
}
