/* SPDX-License-Identifier: Apache-2.0 */
/* Crates, as cargo-auditable writes them: a section with a zlib stream of JSON. Crates that only built the program are left
   out. */
#include "package/listing.h"
#include "package/recogniser.h"

#include <libdeflate.h>

/* Largest JSON that is read. A program with 1,000 crates has 100 KiB. */
#define JSON_OUTPUT_MAX (8u << 20)

static bool inflate(struct view compressed, struct buffer *json, struct error *err)
{
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;
    size_t size = 0;
    for (size_t room = 64u << 10; room <= JSON_OUTPUT_MAX && result == LIBDEFLATE_INSUFFICIENT_SPACE; room *= 2) {
        char *bytes = buffer_reserve(json, room);
        result = decompressor == NULL || bytes == NULL ? LIBDEFLATE_BAD_DATA
                                                       : libdeflate_zlib_decompress_ex(decompressor, compressed.data,
                                                             compressed.size, bytes, room, NULL, &size);
    }
    libdeflate_free_decompressor(decompressor);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return error_set(
            err, ERROR_LIMIT, "the list of crates has more than the %u bytes that are read", JSON_OUTPUT_MAX);
    if (result != LIBDEFLATE_SUCCESS)
        return error_set(err, ERROR_INVALID, "the list of crates is no zlib stream");
    buffer_advance(json, size);
    return true;
}

static void list_crates(struct listing *listing, struct json root)
{
    struct json_iterator i = json_each(json_member(root, "packages"));
    while (json_next(&i)) {
        struct view name = json_member_string(i.value, "name");
        if (!view_is(json_member_string(i.value, "kind"), "build"))
            listing_add(listing, name, json_member_string(i.value, "version"), NULL);
    }
}

static bool recognise(
    const struct executable *executable, struct view path, struct arena *arena, struct analysis *analysis)
{
    (void)path;
    struct view section = executable_section(executable, ".dep-v0");
    if (section.size == 0)
        return false;
    AUTO_BUFFER text;
    AUTO_JSON *document = json_document_new();
    struct json root;
    struct error err;
    buffer_init(&text, JSON_OUTPUT_MAX);
    if (!inflate(section, &text, &err) ||
        !json_parse(document, buffer_view(&text), JSON_OUTPUT_MAX, "list of crates", &root, &err)) {
        analysis->gap(analysis, err.code == ERROR_LIMIT ? GAP_LIMIT_REACHED : GAP_BROKEN_DATABASE, err.message);
        return false;
    }
    struct listing listing;
    listing_init(&listing, arena, analysis, PACKAGE_CARGO);
    list_crates(&listing, root);
    listing_finish(&listing);
    return true;
}

const struct recogniser recogniser_rust = {"rust", recognise};
