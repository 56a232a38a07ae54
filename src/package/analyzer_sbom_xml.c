/* SPDX-License-Identifier: Apache-2.0 */
/* CycloneDX as XML. As of its JSON form, only components with a package URL count, and none of a distribution's own. */
#include "base/xml.h"
#include "package/sbom.h"

struct component {
    struct view purl;
    struct view licenses;
};

struct reader {
    struct xml_visitor base;
    struct listing listing;
    struct view path[XML_DEPTH_MAX]; /* names of the open elements */
    struct component components[XML_DEPTH_MAX]; /* of those that are components */
    bool is_bill;
};

static bool wants(struct view path)
{
    return view_ends_with(path, ".cdx.xml") || listing_is_file(path, view_text("bom.xml"));
}

static void on_open(struct xml_visitor *visitor, size_t depth, struct view name, const char *const *attributes)
{
    struct reader *reader = (struct reader *)visitor;
    (void)attributes;
    reader->path[depth - 1] = arena_copy(reader->listing.arena, name);
    reader->components[depth - 1] = (struct component){0};
    if (depth == 1)
        reader->is_bill = view_is(name, "bom");
}

/* The component that an element some levels above is; NULL if that is none, or stands for the whole. */
static struct component *component_above(struct reader *reader, size_t depth, size_t levels)
{
    if (depth <= levels + 1 || !view_is(reader->path[depth - 1 - levels], "component") ||
        !view_is(reader->path[depth - 2 - levels], "components") || !view_is(reader->path[1], "components"))
        return NULL;
    return &reader->components[depth - 1 - levels];
}

static void on_close(struct xml_visitor *visitor, size_t depth, struct view name, struct view text)
{
    struct reader *reader = (struct reader *)visitor;
    struct arena *arena = reader->listing.arena;
    bool is_license = view_is(name, "id") || view_is(name, "name");
    struct component *above = NULL;
    if (!reader->is_bill)
        return;
    if (view_is(name, "purl") && (above = component_above(reader, depth, 1)) != NULL)
        above->purl = arena_copy(arena, text);
    else if (view_is(name, "expression") && (above = component_above(reader, depth, 2)) != NULL)
        listing_add_license(arena, &above->licenses, arena_copy(arena, text));
    else if (is_license && depth > 2 && view_is(reader->path[depth - 2], "license") &&
             (above = component_above(reader, depth, 3)) != NULL)
        listing_add_license(arena, &above->licenses, arena_copy(arena, text));
    else if ((above = component_above(reader, depth, 0)) != NULL)
        sbom_add(&reader->listing, above->purl, above->licenses);
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct reader *reader = ARENA_NEW(arena, struct reader);
    reader->base = (struct xml_visitor){on_open, on_close};
    listing_init(&reader->listing, arena, analysis, PACKAGE_GENERIC);
    bool is_read = content.size == 0 || xml_read(content, &reader->base, err);
    listing_finish(&reader->listing);
    return is_read;
}

const struct analyzer analyzer_sbom_xml = {
    .name = "sbom_xml",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .wants = wants,
    .read = read,
};
