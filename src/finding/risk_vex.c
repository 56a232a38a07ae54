/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/risk_vex.h"

#include "base/clock.h"

static struct view last_part(struct view name)
{
    size_t slash = view_find_last(name, '/');
    return slash < name.size ? view_from(name, slash + 1) : name;
}

/* An image by its package URL (purl-spec, "oci" and "docker"), or by its reference. */
static bool read_image(struct arena *arena, const struct vex_subject *subject, struct accepted_risk *risk)
{
    struct purl purl;
    struct error ignored; /* then it is no package URL */
    struct view text = subject->purl.size > 0 ? subject->purl : subject->name;
    if (!view_starts_with(text, "pkg:"))
        return false;
    if (!purl_parse(arena, text, &purl, &ignored) || (!view_is(purl.type, "oci") && !view_is(purl.type, "docker")))
        return false;
    struct view place = purl_qualifier(&purl, "repository_url");
    struct view tag = purl_qualifier(&purl, "tag");
    if (tag.size == 0 && !view_starts_with(purl.version, "sha256:"))
        tag = purl.version;
    if (place.size == 0)
        place = arena_format(arena, "*/%.*s%s%.*s", VIEW_PRINT(purl.name_space), purl.name_space.size > 0 ? "/" : "",
            VIEW_PRINT(purl.name));
    else if (!view_equal(last_part(place), purl.name))
        place = arena_format(arena, "%.*s/%.*s", VIEW_PRINT(place), VIEW_PRINT(purl.name));
    risk->image = place;
    risk->tag = tag;
    return place.size <= ACCEPTED_TEXT_BYTES_MAX && tag.size <= ACCEPTED_TEXT_BYTES_MAX;
}

static bool read_package(struct arena *arena, const struct vex_subject *subject, struct accepted_risk *risk)
{
    struct purl purl;
    struct error ignored; /* then it is no package URL */
    struct package package = {0};
    struct distro distro = {0};
    if (subject->purl.size == 0 || subject->range.size > 0 || !purl_parse(arena, subject->purl, &purl, &ignored) ||
        view_is(purl.type, "oci") || view_is(purl.type, "docker"))
        return false;
    purl_read(arena, &purl, &package, &distro);
    risk->package = arena_copy(arena, package.name);
    risk->version = arena_copy(arena, purl.version);
    return risk->package.size > 0 && risk->package.size <= ACCEPTED_TEXT_BYTES_MAX &&
           risk->version.size <= ACCEPTED_TEXT_BYTES_MAX;
}

static bool is_empty(const struct vex_subject *subject)
{
    return subject->name.size + subject->purl.size + subject->cpe.size + subject->sha256.size == 0;
}

bool risk_from_vex(
    struct arena *arena, const struct vex_header *header, const struct vex_claim *claim, struct accepted_risk *risk)
{
    struct view ids = claim->ids;
    struct view why = claim->statement.size > 0 ? claim->statement : claim->justification;
    *risk = (struct accepted_risk){.reason = ACCEPT_REASON_RISK_NOT_RELEVANT, .kind = ACCEPT_NOT_VULNERABLE};
    if (!vex_status_suppresses(claim->status))
        return false;
    risk->vulnerability = arena_copy(arena, view_cut(&ids, '\n'));
    risk->name = arena_copy(arena, view_slice(header->id, 0, ACCEPTED_NAME_BYTES_MAX));
    risk->description = arena_format(arena, "%s%s%.*s%s%.*s", vex_status_name(claim->status), why.size > 0 ? ": " : "",
        VIEW_PRINT(why), header->author.size > 0 ? "; says " : "", VIEW_PRINT(header->author));
    if (risk->vulnerability.size == 0 || risk->vulnerability.size > ACCEPTED_TEXT_BYTES_MAX ||
        risk->description.size > ACCEPTED_DESCRIPTION_BYTES_MAX || !view_is_utf8(risk->name))
        return false;
    if (is_empty(&claim->component))
        return read_image(arena, &claim->product, risk) || read_package(arena, &claim->product, risk);
    return read_image(arena, &claim->product, risk) && read_package(arena, &claim->component, risk);
}

bool risk_is_same(const struct accepted_risk *a, const struct accepted_risk *b)
{
    return view_equal_ignoring_case(a->vulnerability, b->vulnerability) && view_equal(a->package, b->package) &&
           view_equal(a->version, b->version) && view_equal(a->path, b->path) && view_equal(a->rule, b->rule) &&
           view_equal(a->integration, b->integration) && view_equal(a->image, b->image) &&
           view_equal(a->repository, b->repository) && view_equal(a->tag, b->tag) &&
           memcmp(a->has_stage, b->has_stage, sizeof(a->has_stage)) == 0;
}

static bool has_wildcard(struct view text)
{
    return view_find(text, '*') < text.size;
}

struct view risk_product(struct arena *arena, const struct accepted_risk *risk)
{
    if (risk->image.size == 0 || has_wildcard(risk->image))
        return view_text("");
    bool has_tag = risk->tag.size > 0 && !has_wildcard(risk->tag);
    return arena_format(arena, "pkg:oci/%.*s?repository_url=%.*s%s%.*s", VIEW_PRINT(last_part(risk->image)),
        VIEW_PRINT(risk->image), has_tag ? "&tag=" : "", VIEW_PRINT(has_tag ? risk->tag : view_text("")));
}

static void write_ids(struct json_writer *writer, const char *name, const struct view *ids, size_t count)
{
    json_key(writer, name);
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++) {
        json_begin_object(writer);
        json_pair(writer, "@id", ids[i]);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_products(
    struct view product, const struct view *packages, size_t package_count, struct json_writer *writer)
{
    if (product.size == 0) {
        write_ids(writer, "products", packages, package_count);
        return;
    }
    json_key(writer, "products");
    json_begin_array(writer);
    json_begin_object(writer);
    json_pair(writer, "@id", product);
    if (package_count > 0)
        write_ids(writer, "subcomponents", packages, package_count);
    json_end_object(writer);
    json_end_array(writer);
}

static struct view describe(struct arena *arena, const struct accepted_risk *risk)
{
    char expires[TIME_TEXT_SIZE] = "";
    if (risk->expires_ms > 0)
        time_format(risk->expires_ms, expires);
    return arena_format(arena, "%s%s%.*s%s%s%s", accept_reason_text(risk->reason),
        risk->description.size > 0 ? ": " : "", VIEW_PRINT(risk->description), risk->expires_ms > 0 ? "; until " : "",
        expires, risk->until_fixed ? "; until a fix is available" : "");
}

bool risk_write_statement(struct arena *arena, const struct accepted_risk *risk, const struct view *packages,
    size_t package_count, struct json_writer *writer)
{
    char created[TIME_TEXT_SIZE];
    struct view product = risk_product(arena, risk);
    bool is_absent = risk->kind == ACCEPT_NOT_VULNERABLE;
    if (risk->vulnerability.size == 0 || (product.size == 0 && package_count == 0))
        return false;
    json_begin_object(writer);
    json_key(writer, "vulnerability");
    json_begin_object(writer);
    json_pair(writer, "name", risk->vulnerability);
    json_end_object(writer);
    if (risk->created_ms > 0) {
        time_format(risk->created_ms, created);
        json_pair_text(writer, "timestamp", created);
    }
    write_products(product, packages, package_count, writer);
    json_pair_text(writer, "status", vex_status_name(is_absent ? VEX_NOT_AFFECTED : VEX_AFFECTED));
    json_pair(writer, is_absent ? "impact_statement" : "action_statement", describe(arena, risk));
    json_end_object(writer);
    return true;
}
