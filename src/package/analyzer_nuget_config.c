/* SPDX-License-Identifier: Apache-2.0 */
/* packages.config: what a project of the older form takes from NuGet, <package id="" version="" developmentDependency="true"/>. */
#include "base/xml.h"
#include "package/listing.h"

struct reader {
    struct xml_visitor base;
    struct listing listing;
};

static bool wants(struct view path)
{
    return listing_is_file(path, view_text("packages.config"));
}

static void on_open(struct xml_visitor *visitor, size_t depth, struct view name, const char *const *attributes)
{
    struct reader *reader = (struct reader *)visitor;
    struct arena *arena = reader->listing.arena;
    if (depth != 2 || !view_is(name, "package"))
        return;
    struct installation installation = {.is_development = view_equal_ignoring_case(
                                            xml_attribute(attributes, "developmentDependency"), view_text("true"))};
    listing_add(&reader->listing, arena_copy(arena, xml_attribute(attributes, "id")),
        arena_copy(arena, xml_attribute(attributes, "version")), &installation);
}

static void on_close(struct xml_visitor *visitor, size_t depth, struct view name, struct view text)
{
    (void)visitor;
    (void)depth;
    (void)name;
    (void)text;
}

static bool read(struct view path, struct view content, struct analysis *analysis, struct error *err)
{
    (void)path;
    AUTO_ARENA *arena = arena_new();
    struct reader reader = {.base = {on_open, on_close}};
    listing_init(&reader.listing, arena, analysis, PACKAGE_NUGET);
    bool is_read = content.size == 0 || xml_read(content, &reader.base, err);
    listing_finish(&reader.listing);
    return is_read;
}

const struct analyzer analyzer_nuget_config = {
    .name = "nuget_config",
    .version = 1,
    .bytes_max = LISTING_BYTES_MAX,
    .is_lock_file = true,
    .wants = wants,
    .read = read,
};
