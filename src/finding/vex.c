/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/vex.h"

#include "base/pack.h"

static const char *const names[VEX_STATUS_COUNT] = {
    [VEX_NOT_AFFECTED] = "not_affected",
    [VEX_AFFECTED] = "affected",
    [VEX_FIXED] = "fixed",
    [VEX_UNDER_INVESTIGATION] = "under_investigation",
};

const char *vex_status_name(enum vex_status status)
{
    return names[status];
}

bool vex_status_parse(struct view name, enum vex_status *status)
{
    for (int i = 0; i < VEX_STATUS_COUNT; i++) {
        if (view_is(name, names[i])) {
            *status = (enum vex_status)i;
            return true;
        }
    }
    return false;
}

bool vex_status_suppresses(enum vex_status status)
{
    return status == VEX_NOT_AFFECTED || status == VEX_FIXED;
}

struct view vex_text(struct view text)
{
    size_t size = text.size < VEX_TEXT_MAX ? text.size : VEX_TEXT_MAX;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return view_slice(text, 0, size);
}

bool vex_read(struct arena *arena, struct json root, struct vex_reader *reader, struct error *err)
{
    if (json_is_present(json_member(json_member(root, "document"), "csaf_version")))
        return vex_read_csaf(arena, root, reader, err);
    struct json context = json_member(root, "@context");
    struct view name = json_string(context);
    for (struct json_iterator i = json_each(context); name.size == 0 && json_next(&i);)
        name = json_string(i.value);
    if (view_starts_with(name, "https://openvex.dev/ns"))
        return vex_read_openvex(arena, root, reader, err);
    return error_set(err, ERROR_UNSUPPORTED,
        "it is neither OpenVEX (\"@context\": \"https://openvex.dev/ns…\") nor CSAF 2.0 (\"csaf_version\")");
}

enum { CLAIM_TEXTS = 13 };

static void claim_texts(struct vex_claim *claim, struct view *texts[CLAIM_TEXTS])
{
    struct view *all[CLAIM_TEXTS] = {&claim->ids, &claim->justification, &claim->statement, &claim->product.name,
        &claim->product.purl, &claim->product.range, &claim->product.cpe, &claim->product.sha256,
        &claim->component.name, &claim->component.purl, &claim->component.range, &claim->component.cpe,
        &claim->component.sha256};
    memcpy(texts, all, sizeof(all));
}

void vex_claim_pack(const struct vex_claim *claim, struct buffer *packed)
{
    struct vex_claim copy = *claim;
    struct view *texts[CLAIM_TEXTS];
    claim_texts(&copy, texts);
    for (size_t i = 0; i < CLAIM_TEXTS; i++)
        pack_short_text(packed, *texts[i]);
    pack_number(packed, (uint64_t)claim->status);
    pack_signed(packed, claim->time_ms);
    pack_number(packed, claim->number);
}

bool vex_claim_unpack(struct arena *arena, struct unpack *packed, struct vex_claim *claim, struct error *err)
{
    struct view *texts[CLAIM_TEXTS];
    *claim = (struct vex_claim){.time_ms = 0};
    claim_texts(claim, texts);
    for (size_t i = 0; i < CLAIM_TEXTS; i++) {
        struct view text = unpack_short_text(packed);
        if (text.size > VEX_TEXT_MAX || !view_is_utf8(text))
            return error_set(err, ERROR_CORRUPT, "a text of a packed VEX claim is none");
        *texts[i] = text.size == 0 ? view_text("") : arena_copy(arena, text);
    }
    uint64_t status = unpack_number(packed);
    claim->time_ms = unpack_signed(packed, 0);
    claim->number = unpack_number(packed);
    if (packed->is_broken || status >= VEX_STATUS_COUNT)
        return error_set(err, ERROR_CORRUPT, "a packed VEX claim is damaged");
    claim->status = (enum vex_status)status;
    return true;
}

struct view vex_id_key(struct arena *arena, struct view id)
{
    char *raised = arena_text(arena, id);
    for (size_t i = 0; i < id.size; i++) {
        if (raised[i] >= 'a' && raised[i] <= 'z')
            raised[i] = (char)(raised[i] - 'a' + 'A');
    }
    return view_of(raised, id.size);
}

struct collecting {
    struct vex_reader reader; /* first: handed out as such */
    struct arena *arena;
    struct vex_header header;
    struct {
        struct vex_claim *items;
        size_t count, capacity;
    } claims;
};

static bool collect_header(struct vex_reader *reader, const struct vex_header *header, struct error *err)
{
    (void)err;
    ((struct collecting *)reader)->header = *header;
    return true;
}

static bool collect_claim(struct vex_reader *reader, const struct vex_claim *claim, struct error *err)
{
    struct collecting *collecting = (struct collecting *)reader;
    (void)err;
    struct vex_claim *kept = ARENA_PUSH(collecting->arena, &collecting->claims);
    *kept = *claim;
    kept->ids = arena_copy(collecting->arena, claim->ids); /* a reader may put the next ones in their place */
    return true;
}

bool vex_read_all(struct arena *arena, struct json root, struct vex_statements *statements, struct error *err)
{
    struct collecting collecting = {.reader = {collect_header, collect_claim}, .arena = arena};
    if (!vex_read(arena, root, &collecting.reader, err))
        return false;
    *statements = (struct vex_statements){collecting.header, collecting.claims.items, collecting.claims.count};
    return true;
}
