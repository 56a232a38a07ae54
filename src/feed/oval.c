/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/oval.h"

#include "base/clock.h"
#include "base/map.h"

#include <string.h>

enum { CRITERIA_DEPTH_MAX = 32 };

/* A test that a definition refers to, and the conditions that hold around it. */
struct criterion {
    struct view test;
    struct view architecture;
    struct view module;
};

struct definition {
    struct view id; /* of the advisory if there is one, else OVAL's own */
    struct view title;
    struct view severity;
    struct view date;
    struct view platform;
    struct erratum_ids cves;
    struct criterion_list {
        struct criterion *items;
        size_t count;
        size_t capacity;
    } criteria;
};

/* What a test refers to, and what a state says. */
struct test {
    struct view object;
    struct view state;
};

struct state {
    struct view operation;
    struct view version;
};

struct oval {
    const struct oval_reading *reading;
    struct arena *arena;
    struct definition_list {
        struct definition *items;
        size_t count;
        size_t capacity;
    } definitions;
    struct map tests; /* id → struct test */
    struct map objects; /* id → struct view: the package */
    struct map states; /* id → struct state */
    struct definition *definition; /* that is open */
    struct test *test;
    struct state *state;
    struct view *object;
    struct criterion around[CRITERIA_DEPTH_MAX]; /* the conditions of each level */
    size_t level;
};

static bool is_patch(const struct oval *oval)
{
    return oval->reading->errata != NULL;
}

static void add_id(struct oval *oval, struct xml_stream *xml, struct view id)
{
    if (oval->definition->cves.count == ERRATA_IDS_MAX)
        xml_stream_stop(xml, ERROR_LIMIT, "a definition has too many references");
    else
        *(struct view *)ARENA_PUSH(oval->arena, &oval->definition->cves) = id;
}

static void open_criteria(struct oval *oval, struct xml_stream *xml)
{
    if (++oval->level == CRITERIA_DEPTH_MAX)
        xml_stream_stop(xml, ERROR_LIMIT, "criteria are nested too deeply");
    else
        oval->around[oval->level] = oval->around[oval->level - 1];
}

/* "Oracle Linux arch is x86_64", "Module nodejs:18 is enabled": conditions of what stands beside and below. */
static void add_condition(struct oval *oval, struct view comment)
{
    static const char arch[] = " arch is ", module[] = "Module ", enabled[] = " is enabled";
    struct criterion *around = &oval->around[oval->level];
    size_t at = view_find_text(comment, view_text(arch));
    if (at < comment.size)
        around->architecture = view_trim(view_from(comment, at + strlen(arch)));
    else if (view_starts_with(comment, module) && view_ends_with(comment, enabled))
        around->module = view_slice(comment, strlen(module), comment.size - strlen(module) - strlen(enabled));
}

static void add_criterion(struct oval *oval, struct xml_stream *xml, const char **attributes)
{
    struct definition *definition = oval->definition;
    struct view test = xml_stream_attribute(oval->arena, attributes, "test_ref");
    if (definition->criteria.count == OVAL_TESTS_MAX) {
        xml_stream_stop(xml, ERROR_LIMIT, "a definition has too many tests");
    } else if (test.size > 0) {
        if (is_patch(oval))
            add_condition(oval, xml_stream_attribute(oval->arena, attributes, "comment"));
        struct criterion *criterion = ARENA_PUSH(oval->arena, &definition->criteria);
        *criterion = oval->around[oval->level];
        criterion->test = test;
    }
}

static void open_in_definition(struct oval *oval, struct xml_stream *xml, const char *name, const char **attributes)
{
    struct definition *definition = oval->definition;
    if (strcmp(name, "reference") == 0) {
        struct view id = xml_stream_attribute(oval->arena, attributes, "ref_id");
        if (view_starts_with(id, "CVE-"))
            add_id(oval, xml, id);
        else if (is_patch(oval) && view_starts_with(id, oval->reading->errata->id_prefix))
            definition->id = id;
    } else if (strcmp(name, "issued") == 0) {
        struct view day = xml_stream_attribute(oval->arena, attributes, "date");
        definition->date = arena_format(oval->arena, "%.*sT00:00:00Z", VIEW_PRINT(day));
    } else if (strcmp(name, "criteria") == 0) {
        open_criteria(oval, xml);
    } else if (strcmp(name, "criterion") == 0) {
        add_criterion(oval, xml, attributes);
    }
}

static void open_definition(struct oval *oval, struct xml_stream *xml, const char **attributes)
{
    if (oval->definitions.count == OVAL_DEFINITIONS_MAX) {
        xml_stream_stop(xml, ERROR_LIMIT, "there are too many definitions");
        return;
    }
    oval->definition = ARENA_PUSH(oval->arena, &oval->definitions);
    oval->definition->id = xml_stream_attribute(oval->arena, attributes, "id");
    oval->level = 0;
    oval->around[0] = (struct criterion){.test = view_text("")};
}

static void open_element(void *context, struct xml_stream *xml, const char *name, const char **attributes)
{
    struct oval *oval = context;
    if (strcmp(name, "definition") == 0) {
        open_definition(oval, xml, attributes);
    } else if (oval->definition != NULL) {
        open_in_definition(oval, xml, name, attributes);
    } else if (strcmp(name, "rpminfo_test") == 0) {
        oval->test = ARENA_NEW(oval->arena, struct test);
        map_set(&oval->tests, xml_stream_attribute(oval->arena, attributes, "id"), oval->test);
    } else if (strcmp(name, "rpminfo_object") == 0) {
        oval->object = ARENA_NEW(oval->arena, struct view);
        map_set(&oval->objects, xml_stream_attribute(oval->arena, attributes, "id"), oval->object);
    } else if (strcmp(name, "rpminfo_state") == 0) {
        oval->state = ARENA_NEW(oval->arena, struct state);
        map_set(&oval->states, xml_stream_attribute(oval->arena, attributes, "id"), oval->state);
    } else if (oval->test != NULL && strcmp(name, "object") == 0) {
        oval->test->object = xml_stream_attribute(oval->arena, attributes, "object_ref");
    } else if (oval->test != NULL && strcmp(name, "state") == 0) {
        oval->test->state = xml_stream_attribute(oval->arena, attributes, "state_ref");
    } else if (oval->state != NULL && strcmp(name, "evr") == 0) {
        oval->state->operation = xml_stream_attribute(oval->arena, attributes, "operation");
    }
}

static void close_in_definition(struct oval *oval, const char *name, struct view text)
{
    struct definition *definition = oval->definition;
    if (strcmp(name, "definition") == 0)
        oval->definition = NULL;
    else if (strcmp(name, "criteria") == 0)
        oval->level--;
    else if (strcmp(name, "advisory_id") == 0 && text.size > 0 && !is_patch(oval))
        definition->id = arena_format(oval->arena, "%s%.*s", oval->reading->id_prefix, VIEW_PRINT(text));
    else if (strcmp(name, "title") == 0)
        definition->title = arena_copy(oval->arena, text);
    else if (strcmp(name, "severity") == 0)
        definition->severity = arena_copy(oval->arena, text);
    else if (strcmp(name, "advisory_date") == 0)
        definition->date = arena_copy(oval->arena, text);
    else if (strcmp(name, "platform") == 0)
        definition->platform = arena_copy(oval->arena, text);
}

static void close_element(void *context, struct xml_stream *xml, const char *name, struct view text)
{
    struct oval *oval = context;
    (void)xml;
    if (oval->definition != NULL)
        close_in_definition(oval, name, text);
    else if (strcmp(name, "rpminfo_test") == 0)
        oval->test = NULL;
    else if (strcmp(name, "rpminfo_object") == 0)
        oval->object = NULL;
    else if (strcmp(name, "rpminfo_state") == 0)
        oval->state = NULL;
    else if (oval->object != NULL && strcmp(name, "name") == 0)
        *oval->object = arena_copy(oval->arena, text);
    else if (oval->state != NULL && strcmp(name, "evr") == 0)
        oval->state->version = arena_copy(oval->arena, text);
}

/* -- definitions -- */

static bool event_of(struct view operation, enum event_kind *kind)
{
    static const struct {
        const char *operation;
        enum event_kind kind;
    } rows[] = {{"less than", EVENT_FIXED}, {"less than or equal", EVENT_LAST_AFFECTED},
        {"greater than or equal", EVENT_INTRODUCED}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (view_is(operation, rows[i].operation)) {
            *kind = rows[i].kind;
            return true;
        }
    }
    return false;
}

/* One element for each package; what several tests say of one bounds the same range. */
static const char *add_test(
    struct oval *oval, const struct definition *definition, struct advisory *advisory, struct view id)
{
    const struct test *test = map_get(&oval->tests, id);
    const struct view *package = test == NULL ? NULL : map_get(&oval->objects, test->object);
    const struct state *state = test == NULL ? NULL : map_get(&oval->states, test->state);
    enum event_kind kind;
    if (package == NULL || state == NULL || package->size == 0 || state->version.size == 0)
        return "it refers to a test, an object or a state that is not there";
    if (!event_of(state->operation, &kind))
        return "the operation of a state is not known";
    struct view ecosystem = oval->reading->ecosystem(oval->arena, state->version);
    if (ecosystem.size == 0)
        return "its release cannot be told";
    struct affected *affected = NULL;
    for (size_t i = 0; i < advisory->affected_count && affected == NULL; i++) {
        if (view_equal(advisory->affected[i].name, *package) && view_equal(advisory->affected[i].ecosystem, ecosystem))
            affected = &advisory->affected[i];
    }
    if (affected == NULL) {
        struct range *range = ARENA_NEW(oval->arena, struct range);
        affected = &advisory->affected[advisory->affected_count++];
        *affected = (struct affected){.ecosystem = ecosystem, .name = *package, .ranges = range, .range_count = 1};
        range->type = RANGE_ECOSYSTEM;
        range->events = ARENA_ARRAY(oval->arena, struct range_event, definition->criteria.count + 1);
        range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    }
    struct range *range = affected->ranges;
    if (kind == EVENT_INTRODUCED)
        range->events[0].version = state->version;
    else
        range->events[range->event_count++] = (struct range_event){kind, state->version};
    return NULL;
}

static bool write_vulnerability(struct oval *oval, const struct definition *definition, struct error *err)
{
    struct feed_sink *sink = oval->reading->sink;
    struct error ignored;
    const char *reason = definition->criteria.count == 0 ? "it names no test" : NULL;
    struct advisory advisory = {
        .id = definition->id,
        .summary = definition->title,
        .upstream = definition->cves.items,
        .upstream_count = definition->cves.count,
        .severity_word = definition->severity,
        .affected = ARENA_ARRAY(oval->arena, struct affected, definition->criteria.count),
    };
    if (definition->id.size == 0)
        reason = "it has no id";
    if (!time_parse(definition->date, &advisory.published_ms, &ignored))
        advisory.published_ms = 0;
    advisory.modified_ms = advisory.published_ms;
    for (size_t i = 0; i < definition->criteria.count && reason == NULL; i++)
        reason = add_test(oval, definition, &advisory, definition->criteria.items[i].test);
    return reason == NULL ? sink->advisory(sink, &advisory, err)
                          : sink->gap(sink, definition->id, view_text(reason), err);
}

/* Builds that are earlier than the version of a state. */
static void add_fix(struct oval *oval, const struct criterion *criterion, struct erratum *erratum)
{
    const struct test *test = map_get(&oval->tests, criterion->test);
    const struct view *package = test == NULL ? NULL : map_get(&oval->objects, test->object);
    const struct state *state = test == NULL ? NULL : map_get(&oval->states, test->state);
    if (package == NULL || state == NULL || !view_is(state->operation, "less than"))
        return;
    struct erratum_fix *fix = ARENA_PUSH(oval->arena, &erratum->fixes);
    *fix = (struct erratum_fix){.name = *package,
        .version = state->version,
        .module = criterion->module,
        .architecture = criterion->architecture};
    if (view_starts_with(fix->version, "0:"))
        fix->version = view_from(fix->version, 2);
    if (fix->module.size == 0 && view_find_text(fix->version, view_text(".module")) < fix->version.size)
        fix->module = view_text(MODULE_UNNAMED);
}

static bool write_patch(struct oval *oval, const struct definition *definition, struct error *err)
{
    struct erratum erratum = {
        .id = definition->id,
        .title = definition->title,
        .severity = definition->severity,
        .date = definition->date,
        .platform = definition->platform,
        .is_security = true,
        .vulnerabilities = definition->cves,
    };
    for (size_t i = 0; i < definition->criteria.count; i++)
        add_fix(oval, &definition->criteria.items[i], &erratum);
    return erratum_write(oval->arena, oval->reading->errata, &erratum, err);
}

struct oval *oval_new(struct arena *arena, const struct oval_reading *reading)
{
    struct oval *oval = ARENA_NEW(arena, struct oval);
    oval->reading = reading;
    oval->arena = arena;
    map_init(&oval->tests, arena);
    map_init(&oval->objects, arena);
    map_init(&oval->states, arena);
    return oval;
}

struct xml_stream_handler oval_handler(struct oval *oval)
{
    return (struct xml_stream_handler){"oval_definitions", open_element, close_element, oval};
}

bool oval_write(struct oval *oval, struct error *err)
{
    for (size_t i = 0; i < oval->definitions.count; i++) {
        const struct definition *definition = &oval->definitions.items[i];
        if (is_patch(oval) ? !write_patch(oval, definition, err) : !write_vulnerability(oval, definition, err))
            return false;
    }
    return true;
}
