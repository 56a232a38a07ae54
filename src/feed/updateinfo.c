/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/updateinfo.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct updateinfo {
    const struct errata_reading *reading;
    struct arena *arena; /* of one update */
    struct erratum update;
    struct view module; /* of the collection that is open */
    bool is_open; /* in an update */
    size_t update_count;
    struct error failure; /* of the sink */
};

struct updateinfo *updateinfo_new(const struct errata_reading *reading)
{
    struct updateinfo *updateinfo = memory_alloc(sizeof(*updateinfo));
    *updateinfo = (struct updateinfo){.reading = reading, .arena = arena_new()};
    return updateinfo;
}

void updateinfo_free(struct updateinfo *updateinfo)
{
    if (updateinfo == NULL)
        return;
    arena_free(updateinfo->arena);
    free(updateinfo);
}

const struct error *updateinfo_error(const struct updateinfo *updateinfo)
{
    return &updateinfo->failure;
}

/* "2024-01-02 03:04" and the like: the day is enough. */
static struct view time_of_day(struct arena *arena, struct view date)
{
    return date.size < 10 ? view_text("") : arena_format(arena, "%.*sT00:00:00Z", 10, date.data);
}

static void add_package(struct updateinfo *updateinfo, struct xml_stream *xml, const char **attributes)
{
    struct arena *arena = updateinfo->arena;
    struct view epoch = xml_stream_attribute(arena, attributes, "epoch");
    struct view version = xml_stream_attribute(arena, attributes, "version");
    struct view release = xml_stream_attribute(arena, attributes, "release");
    struct view architecture = xml_stream_attribute(arena, attributes, "arch");
    bool has_epoch = epoch.size > 0 && !view_is(epoch, "0");
    if (view_is(architecture, "src"))
        return;
    if (updateinfo->update.fixes.count == ERRATA_FIXES_MAX) {
        xml_stream_stop(xml, ERROR_LIMIT, "an update has too many packages");
        return;
    }
    struct erratum_fix *fix = ARENA_PUSH(arena, &updateinfo->update.fixes);
    *fix = (struct erratum_fix){.name = xml_stream_attribute(arena, attributes, "name"),
        .architecture = architecture,
        .module = updateinfo->module};
    if (version.size > 0 && release.size > 0)
        fix->version = arena_format(arena, "%.*s%s%.*s-%.*s", VIEW_PRINT(has_epoch ? epoch : view_text("")),
            has_epoch ? ":" : "", VIEW_PRINT(version), VIEW_PRINT(release));
    if (fix->module.size == 0 && view_find_text(release, view_text(".module")) < release.size)
        fix->module = view_text(MODULE_UNNAMED);
}

static void add_reference(struct updateinfo *updateinfo, struct xml_stream *xml, const char **attributes)
{
    struct view id = xml_stream_attribute(updateinfo->arena, attributes, "id");
    struct erratum_ids *ids = &updateinfo->update.vulnerabilities;
    if (!view_starts_with(id, "CVE-"))
        return;
    if (ids->count == ERRATA_IDS_MAX)
        xml_stream_stop(xml, ERROR_LIMIT, "an update has too many references");
    else
        *(struct view *)ARENA_PUSH(updateinfo->arena, ids) = id;
}

static void open_update(struct updateinfo *updateinfo, struct xml_stream *xml, const char **attributes)
{
    arena_reset(updateinfo->arena);
    updateinfo->update = (struct erratum){.is_security = false};
    updateinfo->update.is_security = view_is(xml_stream_attribute(updateinfo->arena, attributes, "type"), "security");
    updateinfo->module = view_text("");
    updateinfo->is_open = true;
    if (++updateinfo->update_count > ERRATA_UPDATES_MAX)
        xml_stream_stop(xml, ERROR_LIMIT, "there are too many updates");
}

static void open_element(void *context, struct xml_stream *xml, const char *name, const char **attributes)
{
    struct updateinfo *updateinfo = context;
    struct arena *arena = updateinfo->arena;
    if (strcmp(name, "update") == 0)
        open_update(updateinfo, xml, attributes);
    else if (!updateinfo->is_open)
        return;
    else if (strcmp(name, "issued") == 0)
        updateinfo->update.date = time_of_day(arena, xml_stream_attribute(arena, attributes, "date"));
    else if (strcmp(name, "reference") == 0)
        add_reference(updateinfo, xml, attributes);
    else if (strcmp(name, "collection") == 0)
        updateinfo->module = view_text("");
    else if (strcmp(name, "module") == 0)
        updateinfo->module =
            arena_format(arena, "%.*s:%.*s", VIEW_PRINT(xml_stream_attribute(arena, attributes, "name")),
                VIEW_PRINT(xml_stream_attribute(arena, attributes, "stream")));
    else if (strcmp(name, "package") == 0)
        add_package(updateinfo, xml, attributes);
}

static void close_element(void *context, struct xml_stream *xml, const char *name, struct view text)
{
    struct updateinfo *updateinfo = context;
    struct erratum *update = &updateinfo->update;
    if (!updateinfo->is_open)
        return;
    if (strcmp(name, "id") == 0 && update->id.size == 0)
        update->id = arena_copy(updateinfo->arena, text);
    else if (strcmp(name, "title") == 0 && update->title.size == 0)
        update->title = arena_copy(updateinfo->arena, text);
    else if (strcmp(name, "severity") == 0)
        update->severity = arena_copy(updateinfo->arena, text);
    else if (strcmp(name, "update") == 0) {
        updateinfo->is_open = false;
        if (!erratum_write(updateinfo->arena, updateinfo->reading, update, &updateinfo->failure))
            xml_stream_stop(xml, updateinfo->failure.code, "the update was not taken");
    }
}

struct xml_stream_handler updateinfo_handler(struct updateinfo *updateinfo)
{
    return (struct xml_stream_handler){"updates", open_element, close_element, updateinfo};
}
