/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/oval.h"

#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"

#include <expat.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct text_list {
    struct view *items;
    size_t count;
    size_t capacity;
};

struct definition {
    struct view id; /* of the advisory if there is one, else OVAL's own */
    struct view title;
    struct view severity;
    struct view date;
    struct text_list cves;
    struct text_list tests;
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

struct document {
    const struct oval_reading *reading;
    struct arena *arena;
    XML_Parser parser;
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
    struct buffer text; /* of the element that is open */
    size_t depth;
    bool has_root;
    struct error failure; /* code ERROR_NONE = none */
};

static void stop(struct document *document, enum error_code code, const char *reason)
{
    if (document->failure.code == ERROR_NONE)
        error_set(&document->failure, code, "%s", reason);
    XML_StopParser(document->parser, XML_FALSE);
}

/* Without the prefix of its namespace. */
static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

static struct view attribute(struct document *document, const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], name) == 0 && strlen(attributes[i + 1]) <= OVAL_TEXT_BYTES_MAX)
            return arena_copy(document->arena, view_text(attributes[i + 1]));
    }
    return view_text("");
}

static void add_text(struct document *document, struct text_list *list, struct view text)
{
    if (list->count == OVAL_TESTS_MAX)
        stop(document, ERROR_LIMIT, "a definition has more than 1000 references");
    else if (text.size > 0)
        *(struct view *)ARENA_PUSH(document->arena, list) = text;
}

static void open_in_definition(struct document *document, const char *name, const char **attributes)
{
    struct definition *definition = document->definition;
    if (strcmp(name, "reference") == 0) {
        struct view id = attribute(document, attributes, "ref_id");
        if (view_starts_with(id, "CVE-"))
            add_text(document, &definition->cves, id);
    } else if (strcmp(name, "criterion") == 0) {
        add_text(document, &definition->tests, attribute(document, attributes, "test_ref"));
    }
}

static void open_element(void *context, const char *full_name, const char **attributes)
{
    struct document *document = context;
    const char *name = local_name(full_name);
    buffer_clear(&document->text);
    if (document->depth++ == 0)
        document->has_root = strcmp(name, "oval_definitions") == 0;
    if (document->depth > OVAL_DEPTH_MAX)
        stop(document, ERROR_LIMIT, "elements are nested too deeply");
    if (!document->has_root)
        stop(document, ERROR_CORRUPT, "this is no document of OVAL definitions");
    if (strcmp(name, "definition") == 0) {
        if (document->definitions.count == OVAL_DEFINITIONS_MAX)
            stop(document, ERROR_LIMIT, "there are too many definitions");
        document->definition = ARENA_PUSH(document->arena, &document->definitions);
        document->definition->id = attribute(document, attributes, "id");
    } else if (document->definition != NULL) {
        open_in_definition(document, name, attributes);
    } else if (strcmp(name, "rpminfo_test") == 0) {
        document->test = ARENA_NEW(document->arena, struct test);
        map_set(&document->tests, attribute(document, attributes, "id"), document->test);
    } else if (strcmp(name, "rpminfo_object") == 0) {
        document->object = ARENA_NEW(document->arena, struct view);
        map_set(&document->objects, attribute(document, attributes, "id"), document->object);
    } else if (strcmp(name, "rpminfo_state") == 0) {
        document->state = ARENA_NEW(document->arena, struct state);
        map_set(&document->states, attribute(document, attributes, "id"), document->state);
    } else if (document->test != NULL && strcmp(name, "object") == 0) {
        document->test->object = attribute(document, attributes, "object_ref");
    } else if (document->test != NULL && strcmp(name, "state") == 0) {
        document->test->state = attribute(document, attributes, "state_ref");
    } else if (document->state != NULL && strcmp(name, "evr") == 0) {
        document->state->operation = attribute(document, attributes, "operation");
    }
}

static void close_in_definition(struct document *document, const char *name, struct view text)
{
    struct definition *definition = document->definition;
    if (strcmp(name, "definition") == 0)
        document->definition = NULL;
    else if (strcmp(name, "advisory_id") == 0 && text.size > 0)
        definition->id = arena_format(document->arena, "%s%.*s", document->reading->id_prefix, VIEW_PRINT(text));
    else if (strcmp(name, "title") == 0)
        definition->title = arena_copy(document->arena, text);
    else if (strcmp(name, "severity") == 0)
        definition->severity = arena_copy(document->arena, text);
    else if (strcmp(name, "advisory_date") == 0)
        definition->date = arena_copy(document->arena, text);
}

static void close_element(void *context, const char *full_name)
{
    struct document *document = context;
    const char *name = local_name(full_name);
    struct view text = view_trim(buffer_view(&document->text));
    document->depth--;
    if (document->definition != NULL)
        close_in_definition(document, name, text);
    else if (strcmp(name, "rpminfo_test") == 0)
        document->test = NULL;
    else if (strcmp(name, "rpminfo_object") == 0)
        document->object = NULL;
    else if (strcmp(name, "rpminfo_state") == 0)
        document->state = NULL;
    else if (document->object != NULL && strcmp(name, "name") == 0)
        *document->object = arena_copy(document->arena, text);
    else if (document->state != NULL && strcmp(name, "evr") == 0)
        document->state->version = arena_copy(document->arena, text);
    buffer_clear(&document->text);
}

/* Longer texts are descriptions, which nothing reads. */
static void take_text(void *context, const char *bytes, int size)
{
    struct document *document = context;
    if (document->text.size + (size_t)size <= OVAL_TEXT_BYTES_MAX)
        buffer_append(&document->text, view_of(bytes, (size_t)size));
}

static bool parse(struct document *document, struct source *input, struct error *err)
{
    for (bool is_end = false; !is_end;) {
        size_t got;
        void *block = XML_GetBuffer(document->parser, BLOCK_BYTES);
        if (block == NULL)
            memory_exhausted(BLOCK_BYTES);
        if (!source_read(input, block, BLOCK_BYTES, &got, err))
            return false;
        is_end = got == 0;
        if (XML_ParseBuffer(document->parser, (int)got, is_end) == XML_STATUS_OK)
            continue;
        if (document->failure.code != ERROR_NONE) {
            *err = document->failure;
            return false;
        }
        return error_set(err, ERROR_CORRUPT, "line %lu: %s", XML_GetCurrentLineNumber(document->parser),
            XML_ErrorString(XML_GetErrorCode(document->parser)));
    }
    return true;
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
static const char *add_test(struct document *document, struct advisory *advisory, struct view id)
{
    const struct test *test = map_get(&document->tests, id);
    const struct view *package = test == NULL ? NULL : map_get(&document->objects, test->object);
    const struct state *state = test == NULL ? NULL : map_get(&document->states, test->state);
    enum event_kind kind;
    if (package == NULL || state == NULL || package->size == 0 || state->version.size == 0)
        return "it refers to a test, an object or a state that is not there";
    if (!event_of(state->operation, &kind))
        return "the operation of a state is not known";
    struct view ecosystem = document->reading->ecosystem(document->arena, state->version);
    if (ecosystem.size == 0)
        return "its release cannot be told";
    struct affected *affected = NULL;
    for (size_t i = 0; i < advisory->affected_count && affected == NULL; i++) {
        if (view_equal(advisory->affected[i].name, *package) && view_equal(advisory->affected[i].ecosystem, ecosystem))
            affected = &advisory->affected[i];
    }
    if (affected == NULL) {
        struct range *range = ARENA_NEW(document->arena, struct range);
        affected = &advisory->affected[advisory->affected_count++];
        *affected = (struct affected){.ecosystem = ecosystem, .name = *package, .ranges = range, .range_count = 1};
        range->type = RANGE_ECOSYSTEM;
        range->events = ARENA_ARRAY(document->arena, struct range_event, OVAL_TESTS_MAX + 1);
        range->events[range->event_count++] = (struct range_event){EVENT_INTRODUCED, view_text("0")};
    }
    struct range *range = affected->ranges;
    if (kind == EVENT_INTRODUCED)
        range->events[0].version = state->version;
    else
        range->events[range->event_count++] = (struct range_event){kind, state->version};
    return NULL;
}

static bool write_definition(struct document *document, const struct definition *definition, struct error *err)
{
    struct feed_sink *sink = document->reading->sink;
    struct error ignored;
    const char *reason = definition->tests.count == 0 ? "it names no test" : NULL;
    struct advisory advisory = {
        .id = definition->id,
        .summary = definition->title,
        .upstream = definition->cves.items,
        .upstream_count = definition->cves.count,
        .severity_word = definition->severity,
        .affected = ARENA_ARRAY(document->arena, struct affected, definition->tests.count),
    };
    if (definition->id.size == 0)
        reason = "it has no id";
    if (!time_parse(definition->date, &advisory.published_ms, &ignored))
        advisory.published_ms = 0;
    advisory.modified_ms = advisory.published_ms;
    for (size_t i = 0; i < definition->tests.count && reason == NULL; i++)
        reason = add_test(document, &advisory, definition->tests.items[i]);
    return reason == NULL ? sink->advisory(sink, &advisory, err)
                          : sink->gap(sink, definition->id, view_text(reason), err);
}

bool oval_read(const struct oval_reading *reading, struct source *input, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    struct document document = {.reading = reading, .arena = arena, .parser = XML_ParserCreate(NULL)};
    if (document.parser == NULL)
        memory_exhausted(0);
    map_init(&document.tests, arena);
    map_init(&document.objects, arena);
    map_init(&document.states, arena);
    buffer_init(&document.text, OVAL_TEXT_BYTES_MAX);
    XML_SetUserData(document.parser, &document);
    XML_SetElementHandler(document.parser, open_element, close_element);
    XML_SetCharacterDataHandler(document.parser, take_text);
    bool is_read = parse(&document, input, err);
    for (size_t i = 0; i < document.definitions.count && is_read; i++)
        is_read = write_definition(&document, &document.definitions.items[i], err);
    XML_ParserFree(document.parser);
    buffer_done(&document.text);
    return is_read;
}
