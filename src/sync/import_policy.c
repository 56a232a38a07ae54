/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/import_policy.h"

#include "sync/reader.h"

struct regex *reader_regex(struct selector_reader *reader, const char *member, struct view text)
{
    struct error err;
    struct regex *regex;
    if (text.size == 0 || reader->policy->regex_count == sizeof(reader->policy->regexes) / sizeof(struct regex *))
        return NULL;
    if (!regex_compile(text, &regex, &err)) {
        document_complain(
            &reader->document, member, "\"%s\" is not a regular expression in RE2 syntax: %s", member, err.message);
        return NULL;
    }
    reader->policy->regexes[reader->policy->regex_count++] = regex;
    return regex;
}

static struct selector *read_selector(struct selector_reader *reader, struct json document);

static struct selector *read_member(struct selector_reader *reader, struct view below, struct json value)
{
    struct view outer = reader->document.pointer;
    reader->document.pointer = arena_format(reader->document.arena, "%.*s/%.*s", VIEW_PRINT(outer), VIEW_PRINT(below));
    struct selector *selector = read_selector(reader, value);
    reader->document.pointer = outer;
    return selector;
}

static void read_children(struct selector_reader *reader, struct json document, struct selector *selector)
{
    struct json list = json_member(document, "sub_policies");
    const struct selector_kind *kind = selector->kind;
    size_t count = json_count(list);
    if (kind->children_max == 0) {
        if (count > 0)
            document_complain(
                &reader->document, "sub_policies", "a policy of type \"%s\" has no sub-policies", kind->type);
        return;
    }
    if (json_type(list) != JSON_ARRAY || count < kind->children_min) {
        bool is_there = json_type(list) != JSON_MISSING;
        document_complain(&reader->document, is_there ? "sub_policies" : NULL,
            "a policy of type \"%s\" needs at least one policy in \"sub_policies\"", kind->type);
        return;
    }
    if (count > kind->children_max) {
        document_complain(&reader->document, "sub_policies", "a policy of type \"%s\" has at most %zu sub-policies",
            kind->type, kind->children_max);
        return;
    }
    selector->children = ARENA_ARRAY(reader->document.arena, struct selector *, count);
    reader->depth++;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct selector *child = read_member(
            reader, arena_format(reader->document.arena, "sub_policies/%zu", selector->child_count), i.value);
        if (child == NULL)
            break;
        selector->children[selector->child_count++] = child;
        selector->has_window = selector->has_window || child->has_window;
    }
    reader->depth--;
}

static void read_parameters(struct selector_reader *reader, struct json document, struct selector *selector)
{
    const struct selector_kind *kind = selector->kind;
    struct json parameters = json_member(document, "policy");
    struct view outer = reader->document.pointer;
    if (json_type(parameters) != JSON_MISSING && json_type(parameters) != JSON_OBJECT) {
        document_complain(&reader->document, "policy", "\"policy\" must be an object");
        return;
    }
    if (kind->read == NULL) {
        if (json_count(parameters) > 0)
            document_complain(&reader->document, "policy", "a policy of type \"%s\" has no parameters", kind->type);
        return;
    }
    if (json_type(parameters) == JSON_MISSING) {
        document_complain(
            &reader->document, NULL, "a policy of type \"%s\" needs its parameters in \"policy\"", kind->type);
        return;
    }
    reader->document.pointer = arena_format(reader->document.arena, "%.*s/policy", VIEW_PRINT(outer));
    kind->read(reader, parameters, selector);
    reader->document.pointer = outer;
}

static void complain_about_type(struct selector_reader *reader, struct json document)
{
    struct json type = json_member(document, "type");
    struct view known = view_text("");
    if (json_type(type) != JSON_STRING) {
        document_complain(
            &reader->document, json_type(type) == JSON_MISSING ? NULL : "type", "\"type\" must be a string");
        return;
    }
    for (size_t i = 0; i < selector_kind_count; i++)
        known = arena_format(
            reader->document.arena, "%.*s%s%s", VIEW_PRINT(known), i == 0 ? "" : ", ", selector_kinds[i]->type);
    document_complain(&reader->document, "type", "there is no policy type \"%.*s\"; there are: %.*s",
        VIEW_PRINT(view_slice(json_string(type), 0, SELECTOR_NAME_BYTES_MAX)), VIEW_PRINT(known));
}

/* NULL if there is no telling what the document means, or if the tree is too large. */
static struct selector *read_selector(struct selector_reader *reader, struct json document)
{
    const struct selector_kind *kind = selector_kind_named(json_member_string(document, "type"));
    reader->node_count++;
    if (json_type(document) != JSON_OBJECT)
        document_complain(&reader->document, NULL, "a policy must be an object");
    else if (reader->depth >= SELECTOR_DEPTH_MAX)
        document_complain(&reader->document, NULL, "policies are nested deeper than %d levels", SELECTOR_DEPTH_MAX);
    else if (reader->node_count > SELECTOR_NODES_MAX)
        document_complain(&reader->document, NULL, "the policy has more than %d parts", SELECTOR_NODES_MAX);
    else if (kind == NULL)
        complain_about_type(reader, document);
    else {
        struct selector *selector = ARENA_NEW(reader->document.arena, struct selector);
        selector->kind = kind;
        selector->has_window = kind->is_window;
        selector->name = document_text(&reader->document, document, "name", false, SELECTOR_NAME_BYTES_MAX);
        read_parameters(reader, document, selector);
        read_children(reader, document, selector);
        return selector;
    }
    return NULL;
}

/* A member with a default, which null gives back in a PATCH. */
static bool wants_member(struct json document, const char *name, bool is_patch, bool *is_reset)
{
    enum json_type type = json_type(json_member(document, name));
    *is_reset = is_patch && type == JSON_NULL;
    return type != JSON_MISSING;
}

struct number_member {
    const char *name;
    int64_t min, max, otherwise;
};

static void read_number(struct selector_reader *reader, struct json document, const struct number_member *member,
    bool is_patch, int64_t *value)
{
    bool is_reset;
    if (wants_member(document, member->name, is_patch, &is_reset))
        *value = is_reset ? member->otherwise
                          : document_integer(&reader->document, document, member->name, member->min, member->max);
}

static void read_flag(
    struct selector_reader *reader, struct json document, const char *name, bool is_patch, bool otherwise, bool *value)
{
    bool is_reset;
    struct json flag = json_member(document, name);
    if (!wants_member(document, name, is_patch, &is_reset))
        return;
    if (!is_reset && json_type(flag) != JSON_BOOLEAN)
        document_complain(&reader->document, name, "\"%s\" must be true or false", name);
    *value = is_reset ? otherwise : json_boolean(flag);
}

static void read_options(struct selector_reader *reader, struct json document, bool is_patch)
{
    static const struct number_member schedule = {
        "schedule_frequency_hours", SCHEDULE_HOURS_MIN, SCHEDULE_HOURS_MAX, SCHEDULE_HOURS_DEFAULT};
    static const struct number_member cap = {"max_images_per_run", 1, POLICY_IMPORTS_MAX, POLICY_IMPORTS_DEFAULT};
    struct import_policy *policy = reader->policy;
    bool continues = !policy->waits_when_capped, is_reset;
    read_number(reader, document, &schedule, is_patch, &policy->schedule_frequency_hours);
    read_number(reader, document, &cap, is_patch, &policy->imports_max);
    read_flag(reader, document, "delete_images", is_patch, false, &policy->delete_images);
    read_flag(reader, document, "continue_at_once", is_patch, true, &continues);
    policy->waits_when_capped = !continues;
    if (wants_member(document, "run_as", is_patch, &is_reset))
        policy->run_as = is_reset ? view_text("")
                                  : document_text(&reader->document, document, "run_as", true, POLICY_RUN_AS_BYTES_MAX);
}

static bool begin(struct selector_reader *reader, struct json document)
{
    if (json_type(document) == JSON_OBJECT)
        return true;
    document_complain(&reader->document, NULL, "the import policy must be an object");
    return false;
}

bool import_policy_parse(struct arena *arena, struct json document, const char *pointer, struct import_policy *policy,
    struct document_problems *problems)
{
    *problems = (struct document_problems){.count = 0};
    struct selector_reader reader = {{arena, problems, view_text(pointer)}, policy, 0, 0};
    *policy = (struct import_policy){
        .schedule_frequency_hours = SCHEDULE_HOURS_DEFAULT, .imports_max = POLICY_IMPORTS_DEFAULT};
    if (!begin(&reader, document))
        return false;
    policy->name = document_text(&reader.document, document, "name", true, SELECTOR_NAME_BYTES_MAX);
    read_options(&reader, document, false);
    struct json tree = json_member(document, "import_policy");
    if (json_type(tree) == JSON_MISSING)
        document_complain(&reader.document, NULL, "\"import_policy\" is missing");
    else
        policy->selector = read_member(&reader, view_text("import_policy"), tree);
    return problems->count == 0;
}

bool import_policy_patch(struct arena *arena, const struct import_policy *stored, struct json patch,
    const char *pointer, struct import_policy *policy, struct document_problems *problems)
{
    *problems = (struct document_problems){.count = 0};
    struct selector_reader reader = {{arena, problems, view_text(pointer)}, policy, 0, 0};
    *policy = (struct import_policy){.name = stored->name,
        .schedule_frequency_hours = stored->schedule_frequency_hours,
        .delete_images = stored->delete_images,
        .imports_max = stored->imports_max,
        .waits_when_capped = stored->waits_when_capped,
        .run_as = stored->run_as,
        .selector = stored->selector};
    if (!begin(&reader, patch))
        return false;
    if (json_type(json_member(patch, "name")) != JSON_MISSING)
        policy->name = document_text(&reader.document, patch, "name", true, SELECTOR_NAME_BYTES_MAX);
    read_options(&reader, patch, true);
    if (json_type(json_member(patch, "import_policy")) != JSON_MISSING)
        policy->selector = read_member(&reader, view_text("import_policy"), json_member(patch, "import_policy"));
    return problems->count == 0;
}

bool import_policy_parse_text(struct arena *arena, struct view text, struct import_policy *policy, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    struct document_problems problems;
    struct json root;
    *policy = (struct import_policy){.selector = NULL};
    if (!json_parse(document, text, JSON_BYTES_MAX, "import policy", &root, err))
        return false;
    if (import_policy_parse(arena, root, "", policy, &problems))
        return true;
    return document_refuse(&problems, "import policy", err);
}

void import_policy_release(struct import_policy *policy)
{
    for (size_t i = 0; i < policy->regex_count; i++)
        regex_free(policy->regexes[i]);
    policy->regex_count = 0;
}

static void write_selector(const struct selector *selector, bool needs_name, struct json_writer *writer)
{
    json_begin_object(writer);
    if (selector->name.size > 0 || needs_name)
        json_pair(writer, "name", selector->name.size > 0 ? selector->name : view_text(selector->kind->type));
    json_pair_text(writer, "type", selector->kind->type);
    if (selector->kind->write != NULL) {
        json_key(writer, "policy");
        json_begin_object(writer);
        selector->kind->write(selector, writer);
        json_end_object(writer);
    }
    if (selector->child_count > 0) {
        json_key(writer, "sub_policies");
        json_begin_array(writer);
        for (size_t i = 0; i < selector->child_count; i++)
            write_selector(selector->children[i], false, writer);
        json_end_array(writer);
    }
    json_end_object(writer);
}

void import_policy_write(const struct import_policy *policy, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair(writer, "name", policy->name);
    json_key(writer, "import_policy");
    write_selector(policy->selector, true, writer);
    json_pair_integer(writer, "schedule_frequency_hours", policy->schedule_frequency_hours);
    json_pair_boolean(writer, "delete_images", policy->delete_images);
    /* Beyond the published members, only what is not as published. */
    if (policy->imports_max != POLICY_IMPORTS_DEFAULT)
        json_pair_integer(writer, "max_images_per_run", policy->imports_max);
    if (policy->waits_when_capped)
        json_pair_boolean(writer, "continue_at_once", false);
    json_pair_optional(writer, "run_as", policy->run_as);
    json_end_object(writer);
}
