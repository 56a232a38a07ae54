/* SPDX-License-Identifier: Apache-2.0 */
#include "finding/risk_entity.h"

enum { CONTEXTS_MAX = 8 };

enum entity_type {
#define RISK_ENTITY(constant, name, place) ENTITY_##constant,
#include "finding/risk_entities.def"
#undef RISK_ENTITY
    ENTITY_TYPE_COUNT
};

enum entity_place { PLACE_ENTITY = 1, PLACE_CONTEXT = 2, PLACE_BOTH = PLACE_ENTITY | PLACE_CONTEXT };

static const struct {
    const char *name;
    enum entity_place place;
} types[ENTITY_TYPE_COUNT] = {
#define RISK_ENTITY(constant, name, place) [ENTITY_##constant] = {name, PLACE_##place},
#include "finding/risk_entities.def"
#undef RISK_ENTITY
};

/* ENTITY_TYPE_COUNT if there is none. */
static enum entity_type read_type(
    struct document_reader *reader, struct json object, const char *member, enum entity_place place)
{
    struct view names = view_text("");
    struct view name = document_text(reader, object, member, true, ACCEPTED_TEXT_BYTES_MAX);
    for (int i = 0; i < ENTITY_TYPE_COUNT; i++) {
        if ((types[i].place & place) == 0)
            continue;
        if (view_is(name, types[i].name))
            return (enum entity_type)i;
        names = arena_format(reader->arena, "%.*s%s%s", VIEW_PRINT(names), names.size > 0 ? ", " : "", types[i].name);
    }
    if (name.size > 0)
        document_complain(
            reader, member, "there is no %s \"%.*s\"; there are: %.*s", member, VIEW_PRINT(name), VIEW_PRINT(names));
    return ENTITY_TYPE_COUNT;
}

/* Two contexts that say the same kind of thing would leave open which one counts. */
static void set(struct document_reader *reader, const char *member, struct view *scope, struct view value)
{
    if (scope->size > 0)
        document_complain(reader, member, "\"%.*s\" was given before: \"%.*s\"", VIEW_PRINT(value), VIEW_PRINT(*scope));
    else if (value.size == 0)
        document_complain(reader, member, "a part of the value is empty");
    else
        *scope = value;
}

/* "registry:5000/team/app:1.2": the tag is what follows the last colon behind the last slash. */
static struct view cut_tag(struct view *name)
{
    for (size_t i = name->size; i > 0 && name->data[i - 1] != '/'; i--) {
        if (name->data[i - 1] == ':') {
            struct view tag = view_from(*name, i);
            name->size = i - 1;
            return tag;
        }
    }
    return view_text("");
}

/* The pattern goes around the whole: its start is at the name, its end at the tag if there is one. */
static void set_image(struct document_reader *reader, const char *member, enum entity_type type, struct view value,
    struct accepted_risk *risk)
{
    bool is_open_before = type == ENTITY_IMAGE_SUFFIX || type == ENTITY_IMAGE_NAME_CONTAINS;
    bool is_open_behind = type == ENTITY_IMAGE_PREFIX || type == ENTITY_IMAGE_NAME_CONTAINS;
    struct view name = value;
    if (view_find(value, '@') < value.size) {
        document_complain(reader, member, "\"%.*s\" must be a name of images, not a digest", VIEW_PRINT(value));
        return;
    }
    struct view tag = cut_tag(&name);
    bool has_tag = tag.size > 0;
    if (name.size > 0)
        set(reader, member, &risk->image,
            arena_format(reader->arena, "%s%.*s%s", is_open_before && name.data[0] != '*' ? "*" : "", VIEW_PRINT(name),
                is_open_behind && !has_tag && !view_ends_with(name, "*") ? "*" : ""));
    if (has_tag)
        set(reader, member, &risk->tag,
            arena_format(
                reader->arena, "%.*s%s", VIEW_PRINT(tag), is_open_behind && !view_ends_with(tag, "*") ? "*" : ""));
}

/* "NAME@VERSION"; the last "@" counts, since names begin with one ("@babel/core@7.1"). */
static bool split_version(
    struct document_reader *reader, const char *member, struct view value, struct view *name, struct view *version)
{
    size_t at = value.size;
    while (at > 0 && value.data[at - 1] != '@')
        at--;
    if (at < 2) {
        document_complain(reader, member, "\"%.*s\" must be NAME@VERSION", VIEW_PRINT(value));
        return false;
    }
    *name = view_slice(value, 0, at - 1);
    *version = view_from(value, at);
    return true;
}

static void set_scope(struct document_reader *reader, const char *member, enum entity_type type, struct view value,
    struct accepted_risk *risk)
{
    struct view name = value;
    struct view version = view_text("");
    bool has_version = type == ENTITY_PACKAGE_NAME_VERSION || type == ENTITY_PACKAGE_PATH_VERSION;
    if (value.size == 0 || (has_version && !split_version(reader, member, value, &name, &version)))
        return;
    switch (type) {
    case ENTITY_VULNERABILITY:
        set(reader, member, &risk->vulnerability, value);
        break;
    case ENTITY_POLICY_RULE:
        set(reader, member, &risk->rule, value);
        break;
    case ENTITY_PACKAGE:
    case ENTITY_PACKAGE_NAME:
    case ENTITY_PACKAGE_NAME_VERSION:
        set(reader, member, &risk->package, name);
        break;
    case ENTITY_PACKAGE_PATH:
    case ENTITY_PACKAGE_PATH_VERSION:
        set(reader, member, &risk->path, name);
        break;
    case ENTITY_PACKAGE_VERSION:
        set(reader, member, &risk->version, value);
        break;
    case ENTITY_IMAGE_NAME:
    case ENTITY_IMAGE_PREFIX:
    case ENTITY_IMAGE_SUFFIX:
    case ENTITY_IMAGE_NAME_CONTAINS:
        set_image(reader, member, type, value, risk);
        break;
    case ENTITY_HOST_NAME:
    case ENTITY_HOST_NAME_CONTAINS:
        document_complain(reader, member, "hosts are not scanned here: name images, with \"imageName\" or its like");
        break;
    case ENTITY_TYPE_COUNT:
        break;
    }
    if (has_version)
        set(reader, member, &risk->version, version);
}

static void read_contexts(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    static const char *const known[] = {"contextType", "contextValue", NULL};
    struct json list = json_member(document, "context");
    struct view outer = reader->pointer;
    size_t i = 0;
    if ((json_type(list) == JSON_ARRAY && json_count(list) == 0) ||
        !document_list(reader, document, "context", false, CONTEXTS_MAX))
        return;
    for (struct json_iterator item = json_each(list); json_next(&item); i++) {
        reader->pointer = outer;
        reader->pointer = document_item_pointer(reader, "context", i);
        if (!document_is_object(reader, item.value, "a context"))
            continue;
        document_check_members(reader, item.value, known);
        enum entity_type type = read_type(reader, item.value, "contextType", PLACE_CONTEXT);
        set_scope(reader, "contextValue", type,
            document_text(reader, item.value, "contextValue", true, ACCEPTED_TEXT_BYTES_MAX), risk);
    }
    reader->pointer = outer;
}

bool risk_entity_read(struct document_reader *reader, struct json document, struct accepted_risk *risk)
{
    if (json_type(json_member(document, "entityType")) == JSON_MISSING &&
        json_type(json_member(document, "entityValue")) == JSON_MISSING &&
        json_type(json_member(document, "context")) == JSON_MISSING)
        return false;
    enum entity_type type = read_type(reader, document, "entityType", PLACE_ENTITY);
    set_scope(reader, "entityValue", type,
        document_text(reader, document, "entityValue", true, ACCEPTED_TEXT_BYTES_MAX), risk);
    read_contexts(reader, document, risk);
    return true;
}

/* The type of a pattern of images, and the value without its asterisks. */
static enum entity_type image_type(const struct accepted_risk *risk, struct arena *arena, struct view *value)
{
    struct view name = risk->image;
    struct view tag = risk->tag;
    bool is_open_before = view_starts_with(name, "*");
    struct view *end = tag.size > 0 ? &tag : &name;
    bool is_open_behind = view_ends_with(*end, "*");
    if (is_open_before)
        name = view_from(name, 1);
    if (is_open_behind)
        end->size--;
    *value =
        tag.size > 0 || risk->tag.size > 0 ? arena_format(arena, "%.*s:%.*s", VIEW_PRINT(name), VIEW_PRINT(tag)) : name;
    if (is_open_before)
        return is_open_behind ? ENTITY_IMAGE_NAME_CONTAINS : ENTITY_IMAGE_SUFFIX;
    return is_open_behind ? ENTITY_IMAGE_PREFIX : ENTITY_IMAGE_NAME;
}

static void write_context(struct json_writer *writer, enum entity_type type, struct view value)
{
    if (value.size == 0)
        return;
    json_begin_object(writer);
    json_pair_text(writer, "contextType", types[type].name);
    json_pair(writer, "contextValue", value);
    json_end_object(writer);
}

/* Package and version as one context where both are given, as somebody would write it. */
static void write_package(
    struct arena *arena, const struct accepted_risk *risk, bool is_entity, struct json_writer *writer)
{
    bool has_both = !is_entity && risk->package.size > 0 && risk->version.size > 0;
    if (has_both)
        write_context(writer, ENTITY_PACKAGE_NAME_VERSION,
            arena_format(arena, "%.*s@%.*s", VIEW_PRINT(risk->package), VIEW_PRINT(risk->version)));
    if (!has_both && !is_entity)
        write_context(writer, ENTITY_PACKAGE_NAME, risk->package);
    if (!has_both)
        write_context(writer, ENTITY_PACKAGE_VERSION, risk->version);
    write_context(writer, ENTITY_PACKAGE_PATH, risk->path);
}

void risk_entity_write(struct arena *arena, const struct accepted_risk *risk, struct json_writer *writer)
{
    struct view image = view_text("");
    enum entity_type of_image = ENTITY_TYPE_COUNT;
    enum entity_type type = ENTITY_TYPE_COUNT;
    if (risk->image.size > 0)
        of_image = image_type(risk, arena, &image);
    if (risk->vulnerability.size > 0)
        type = ENTITY_VULNERABILITY;
    else if (risk->rule.size > 0)
        type = ENTITY_POLICY_RULE;
    else if (risk->package.size > 0)
        type = ENTITY_PACKAGE;
    else if (of_image != ENTITY_TYPE_COUNT && risk->path.size == 0)
        type = of_image;
    if (type == ENTITY_TYPE_COUNT)
        return;
    bool is_image = type == of_image;
    json_pair_text(writer, "entityType", types[type].name);
    json_pair(writer, "entityValue",
        is_image                       ? image
        : type == ENTITY_VULNERABILITY ? risk->vulnerability
        : type == ENTITY_POLICY_RULE   ? risk->rule
                                       : risk->package);
    json_key(writer, "context");
    json_begin_array(writer);
    write_package(arena, risk, type == ENTITY_PACKAGE, writer);
    if (!is_image && of_image != ENTITY_TYPE_COUNT)
        write_context(writer, of_image, image);
    json_end_array(writer);
}
