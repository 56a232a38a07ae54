/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/errata.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/text.h"
#include "feed/oval.h"
#include "feed/updateinfo.h"

enum { TITLE_BYTES_MAX = 500, ARCHITECTURES_MAX = 32 };

/* Builds of a version for several architectures are one element. */
static void add_architecture(struct arena *arena, struct affected *affected, struct view architecture)
{
    for (size_t i = 0; i < affected->architecture_count; i++) {
        if (view_equal(affected->architectures[i], architecture))
            return;
    }
    if (affected->architectures == NULL)
        affected->architectures = ARENA_ARRAY(arena, struct view, ARCHITECTURES_MAX);
    if (affected->architecture_count < ARCHITECTURES_MAX)
        affected->architectures[affected->architecture_count++] = architecture;
}

static void fill_element(struct arena *arena, const struct erratum_fix *fix, struct view introduced,
    struct view ecosystem, struct affected *affected)
{
    struct range *range = ARENA_NEW(arena, struct range);
    *affected = (struct affected){
        .ecosystem = ecosystem, .name = fix->name, .module = fix->module, .ranges = range, .range_count = 1};
    range->type = RANGE_ECOSYSTEM;
    range->events = ARENA_ARRAY(arena, struct range_event, 2);
    range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, introduced};
    range->events[range->event_count++] = (struct range_event){EVENT_FIXED, fix->version};
}

static const char *add_fix(struct arena *arena, const struct errata_reading *reading, const struct erratum *erratum,
    const struct erratum_fix *fix, struct map *elements, struct advisory *advisory)
{
    struct view ecosystem = reading->ecosystem(arena, erratum, fix);
    if (fix->name.size == 0 || fix->version.size == 0)
        return "a package lacks its name or version";
    if (ecosystem.size == 0)
        return "its release cannot be told";
    struct map_entry *entry =
        map_entry(elements, arena_format(arena, "%.*s\n%.*s\n%.*s\n%.*s", VIEW_PRINT(ecosystem), VIEW_PRINT(fix->name),
                                VIEW_PRINT(fix->version), VIEW_PRINT(fix->module)));
    if (entry->value == NULL) {
        entry->value = &advisory->affected[advisory->affected_count++];
        fill_element(arena, fix, reading->introduced(arena, erratum, fix), ecosystem, entry->value);
    }
    if (!reading->ignores_architectures && fix->architecture.size > 0)
        add_architecture(arena, entry->value, fix->architecture);
    return NULL;
}

bool erratum_write(
    struct arena *arena, const struct errata_reading *reading, const struct erratum *erratum, struct error *err)
{
    struct feed_sink *sink = reading->sink;
    struct error ignored;
    const char *reason = NULL;
    struct map elements;
    struct advisory advisory = {
        .id = erratum->id,
        .summary = text_cut(erratum->title, TITLE_BYTES_MAX),
        .upstream = erratum->vulnerabilities.items,
        .upstream_count = erratum->vulnerabilities.count,
        .severity_word = erratum->severity,
        .affected = ARENA_ARRAY(arena, struct affected, erratum->fixes.count),
    };
    if (!erratum->is_security || erratum->fixes.count == 0 || erratum->vulnerabilities.count == 0)
        return true;
    if (!view_starts_with(erratum->id, reading->id_prefix))
        return sink->gap(sink, erratum->id, view_text("this is not the id of an update"), err);
    map_init(&elements, arena);
    if (!time_parse(erratum->date, &advisory.published_ms, &ignored))
        advisory.published_ms = 0;
    advisory.modified_ms = advisory.published_ms;
    for (size_t i = 0; i < erratum->fixes.count && reason == NULL; i++)
        reason = add_fix(arena, reading, erratum, &erratum->fixes.items[i], &elements, &advisory);
    return reason == NULL ? sink->advisory(sink, &advisory, err) : sink->gap(sink, erratum->id, view_text(reason), err);
}

bool errata_read(const struct errata_reading *reading, struct source *input, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    const struct oval_reading oval_reading = {.errata = reading, .sink = reading->sink};
    struct updateinfo *updateinfo = updateinfo_new(reading);
    struct oval *oval = oval_new(arena, &oval_reading);
    const struct xml_stream_handler handlers[] = {updateinfo_handler(updateinfo), oval_handler(oval)};
    bool is_read = xml_stream_read(handlers, 2, input, err) && oval_write(oval, err);
    if (!is_read && updateinfo_error(updateinfo)->code != ERROR_NONE)
        *err = *updateinfo_error(updateinfo);
    updateinfo_free(updateinfo);
    return is_read;
}
