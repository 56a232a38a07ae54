/* SPDX-License-Identifier: Apache-2.0 */
/* VEX documents: a claim names a vulnerability and a product, within the limits, packs and unpacks as itself, and may be
   compared with any package.
   Fuzzes: src/finding/vex.c src/finding/vex_csaf.c src/finding/vex_match.c src/finding/vex_openvex.c
   src/advisory/csaf.c src/version/vers.c */
#include "tests/fuzz/fuzz.h"

#include "base/pack.h"
#include "finding/vex.h"

static const struct distro distro = {.id = VIEW_LITERAL("debian"), .version_id = VIEW_LITERAL("12"), .is_known = true};
static const struct package package = {.type = PACKAGE_DEB,
    .name = VIEW_LITERAL("a"),
    .version = VIEW_LITERAL("1.0-1"),
    .source_name = VIEW_LITERAL("a"),
    .source_version = VIEW_LITERAL("1.0-1"),
    .ecosystem = VIEW_LITERAL("Debian:12")};

static bool on_header(struct vex_reader *reader, const struct vex_header *header, struct error *err)
{
    (void)reader;
    (void)err;
    FUZZ_CHECK(header->id.size <= VEX_TEXT_MAX && header->author.size <= VEX_TEXT_MAX);
    return true;
}

static bool on_claim(struct vex_reader *reader, const struct vex_claim *claim, struct error *err)
{
    (void)reader;
    AUTO_ARENA *arena = arena_new();
    const struct vex_image image = {.repository = VIEW_LITERAL("r.example/a"), .tag = VIEW_LITERAL("1")};
    FUZZ_CHECK(claim->status < VEX_STATUS_COUNT && claim->ids.size > 0 && claim->ids.size <= VEX_TEXT_MAX);
    FUZZ_CHECK(claim->product.purl.size <= VEX_TEXT_MAX && claim->statement.size <= VEX_TEXT_MAX);
    AUTO_BUFFER packed;
    buffer_init(&packed, 16 * VEX_TEXT_MAX);
    vex_claim_pack(claim, &packed);
    struct unpack unpack = unpack_begin(buffer_view(&packed));
    struct vex_claim again;
    FUZZ_CHECK(vex_claim_unpack(arena, &unpack, &again, err) && unpack_is_done(&unpack));
    FUZZ_CHECK(view_equal(again.ids, claim->ids) && view_equal(again.component.name, claim->component.name));
    FUZZ_CHECK(again.time_ms == claim->time_ms && again.number == claim->number && again.status == claim->status);
    (void)vex_is_package(arena, &claim->product, &package, &distro);
    (void)vex_is_image(arena, &claim->product, &image);
    (void)vex_is_distro(&claim->product, &distro);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    struct vex_reader reader = {on_header, on_claim};
    struct error err = {.code = ERROR_NONE};
    struct json root;
    bool is_read = json_parse(document, view_of(data, size), VEX_BYTES_MAX, "document", &root, &err) &&
                   vex_read(arena, root, &reader, &err);
    FUZZ_CHECK(is_read || err.code != ERROR_NONE);
    return 0;
}
