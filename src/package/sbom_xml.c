/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml.h"
#include "package/sbom.h"

struct reader {
    struct xml_visitor base;
    struct arena *arena;
    sbom_take *take;
    void *context;
    struct error *err;
    struct view path[XML_DEPTH_MAX]; /* names of the open elements */
    struct view property[XML_DEPTH_MAX]; /* their attributes "name" */
    struct sbom_component components[XML_DEPTH_MAX]; /* of those that are components */
    bool is_bill;
    bool has_failed;
};

static void on_open(struct xml_visitor *visitor, size_t depth, struct view name, const char *const *attributes)
{
    struct reader *reader = (struct reader *)visitor;
    struct sbom_component *component = &reader->components[depth - 1];
    struct view type = xml_attribute(attributes, "type");
    reader->path[depth - 1] = arena_copy(reader->arena, name);
    reader->property[depth - 1] = arena_copy(reader->arena, xml_attribute(attributes, "name"));
    *component = (struct sbom_component){.place = arena_copy(reader->arena, xml_attribute(attributes, "bom-ref"))};
    component->is_system = view_is(type, "operating-system");
    component->is_software = view_is(type, "library") || view_is(type, "application") || view_is(type, "framework");
    if (depth == 1)
        reader->is_bill = view_is(name, "bom");
}

/* The component that an element some levels above is; NULL if that is none, or stands for the whole. */
static struct sbom_component *component_above(struct reader *reader, size_t depth, size_t levels)
{
    if (depth <= levels + 1 || !view_is(reader->path[depth - 1 - levels], "component") ||
        !view_is(reader->path[depth - 2 - levels], "components") || !view_is(reader->path[1], "components"))
        return NULL;
    return &reader->components[depth - 1 - levels];
}

static void take_property(struct sbom_component *component, struct view name, struct view value)
{
    static const struct view prefix = VIEW_LITERAL("aquasecurity:trivy:");
    if (!view_starts_with(name, prefix.data))
        return;
    name = view_from(name, prefix.size);
    struct view *place = view_is(name, "SrcName")      ? &component->source_name
                         : view_is(name, "SrcVersion") ? &component->source_version
                         : view_is(name, "SrcRelease") ? &component->source_release
                         : view_is(name, "SrcEpoch")   ? &component->source_epoch
                                                       : NULL;
    if (place != NULL)
        *place = value;
}

/* A member of a component: its own text, or one of its lists. */
static void take_member(struct reader *reader, size_t depth, struct view name, struct view text)
{
    struct arena *arena = reader->arena;
    struct sbom_component *above = NULL;
    bool is_license = view_is(name, "id") || view_is(name, "name");
    if (view_is(name, "purl") && (above = component_above(reader, depth, 1)) != NULL)
        above->purl = arena_copy(arena, text);
    else if (view_is(name, "version") && (above = component_above(reader, depth, 1)) != NULL)
        above->version = arena_copy(arena, text);
    else if (view_is(name, "name") && (above = component_above(reader, depth, 1)) != NULL)
        above->name = arena_copy(arena, text);
    else if (view_is(name, "property") && (above = component_above(reader, depth, 2)) != NULL)
        take_property(above, reader->property[depth - 1], arena_copy(arena, text));
    else if (view_is(name, "expression") && (above = component_above(reader, depth, 2)) != NULL)
        listing_add_license(arena, &above->licenses, arena_copy(arena, text));
    else if (is_license && depth > 2 && view_is(reader->path[depth - 2], "license") &&
             (above = component_above(reader, depth, 3)) != NULL)
        listing_add_license(arena, &above->licenses, arena_copy(arena, text));
}

static void on_close(struct xml_visitor *visitor, size_t depth, struct view name, struct view text)
{
    struct reader *reader = (struct reader *)visitor;
    if (!reader->is_bill || reader->has_failed)
        return;
    const struct sbom_component *closed = component_above(reader, depth, 0);
    if (closed != NULL)
        reader->has_failed = !reader->take(reader->context, closed, reader->err);
    else
        take_member(reader, depth, name, text);
}

bool sbom_read_xml(
    struct arena *arena, struct view content, sbom_take *take, void *context, bool *is_bill, struct error *err)
{
    struct error failure = {.code = ERROR_NONE};
    struct reader *reader = ARENA_NEW(arena, struct reader);
    reader->base = (struct xml_visitor){on_open, on_close};
    reader->arena = arena;
    reader->take = take;
    reader->context = context;
    reader->err = &failure;
    if (!xml_read(content, &reader->base, err))
        return false;
    *is_bill = reader->is_bill;
    if (reader->has_failed)
        *err = failure;
    return !reader->has_failed;
}
