/* SPDX-License-Identifier: Apache-2.0 */
#include "api/project_json.h"

#include "api/api.h"
#include "api/body.h"
#include "api/list_parameters.h"
#include "api/team_limit.h"

struct view project_name(struct arena *arena, const struct project_row *project)
{
    return arena_format(arena, "%.*s:%.*s", VIEW_PRINT(project->repository), VIEW_PRINT(project->tag));
}

static void write_tags(struct json_writer *writer, struct view tags)
{
    json_key(writer, "tags");
    json_begin_array(writer);
    for (struct view rest = tags; rest.size > 0;) {
        struct view value = view_cut(&rest, '\n');
        struct view key = view_cut(&value, ':');
        json_begin_object(writer);
        json_pair(writer, "key", key);
        json_pair(writer, "value", value);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static void write_settings(struct json_writer *writer, const struct project_settings *settings)
{
    json_key(writer, "settings");
    json_begin_object(writer);
    json_key(writer, "recurring_tests");
    json_begin_object(writer);
    json_pair(writer, "frequency", settings->frequency);
    json_end_object(writer);
    json_key(writer, "pull_requests");
    json_begin_object(writer);
    json_end_object(writer);
    json_end_object(writer);
    write_tags(writer, settings->tags);
    json_pair_lines(writer, "business_criticality", settings->criticality);
    json_pair_lines(writer, "environment", settings->environment);
    json_pair_lines(writer, "lifecycle", settings->lifecycle);
}

static void write_attributes(
    const struct request *request, struct json_writer *writer, const struct project_row *project)
{
    json_pair(writer, "name", project_name(request->arena, project));
    json_pair_text(writer, "type", project_type(project));
    json_pair(writer, "origin", project->integration_type);
    json_pair_time(writer, "created", project->created_ms);
    json_pair_text(writer, "status", project->settings.is_active ? "active" : "inactive");
    json_pair_text(writer, "target_file", "");
    json_pair(writer, "target_reference", project->tag);
    json_pair_boolean(writer, "read_only", false);
    write_settings(writer, &project->settings);
    json_pair_time(writer, "tag_looked_up_at", project->looked_ms);
    json_pair_or_null(writer, "tag_looked_up_by", project->looked_by);
    json_pair_time(writer, "next_look_up_at", project->next_look_ms);
    if (project->platform.size > 0) {
        json_key(writer, "build_args");
        json_begin_object(writer);
        json_pair(writer, "platform", project->platform);
        json_end_object(writer);
    }
}

/* `attributes` are written into "data" if it is not NULL. */
static void write_relation(const struct request *request, struct json_writer *writer, const char *name,
    const char *place, const char *id, const struct project_row *attributes)
{
    json_key(writer, name);
    json_begin_object(writer);
    json_key(writer, "data");
    json_begin_object(writer);
    json_pair_text(
        writer, "type", view_is(view_text(name), "owner") || view_is(view_text(name), "importer") ? "user" : name);
    json_pair_text(writer, "id", id);
    if (attributes != NULL) {
        json_key(writer, "attributes");
        json_begin_object(writer);
        json_pair(writer, "display_name", attributes->repository);
        json_pair_null(writer, "url");
        json_end_object(writer);
    }
    json_end_object(writer);
    json_key(writer, "links");
    json_begin_object(writer);
    json_pair(writer, "related",
        arena_format(request->arena, "/rest/orgs%s%.*s%s%s", "/", VIEW_PRINT(request_path_value(request, "org_id")),
            place, place[0] == '\0' ? "" : id));
    json_end_object(writer);
    json_end_object(writer);
}

static void write_relationships(const struct request *request, struct json_writer *writer,
    const struct project_row *project, const struct project_options *options)
{
    const char *organization = arena_text(request->arena, request_path_value(request, "org_id"));
    json_end_object(writer);
    json_key(writer, "relationships");
    json_begin_object(writer);
    write_relation(request, writer, "organization", "", organization, NULL);
    write_relation(
        request, writer, "target", "/targets/", project->target_uuid.text, options->expands_target ? project : NULL);
    if (project->settings.owner.text[0] != '\0')
        write_relation(request, writer, "owner", "/users/", project->settings.owner.text, NULL);
    if (project->importer.text[0] != '\0')
        write_relation(request, writer, "importer", "/users/", project->importer.text, NULL);
    team_write_relationship(writer, &project->team);
    json_end_object(writer);
}

/* Of our severities the published shape has four: what is negligible counts as low, and unknown as no severity at all. */
static bool write_meta(const struct request *request, struct json_writer *writer, const struct project_row *project,
    const struct project_options *options, struct error *err)
{
    struct project_counts counts;
    if (!options->has_issue_counts && !options->has_dependency_total)
        return true;
    if (!store_count_project(request->api->store, request->session.account.organization, project, &counts, err))
        return false;
    json_key(writer, "meta");
    json_begin_object(writer);
    if (options->has_issue_counts) {
        json_key(writer, "latest_issue_counts");
        json_begin_object(writer);
        json_pair_integer(writer, "critical", counts.by_severity[SEVERITY_CRITICAL]);
        json_pair_integer(writer, "high", counts.by_severity[SEVERITY_HIGH]);
        json_pair_integer(writer, "medium", counts.by_severity[SEVERITY_MEDIUM]);
        json_pair_integer(writer, "low", counts.by_severity[SEVERITY_LOW] + counts.by_severity[SEVERITY_NEGLIGIBLE]);
        if (counts.scanned_ms != 0)
            json_pair_time(writer, "updated_at", counts.scanned_ms);
        json_end_object(writer);
    }
    if (options->has_dependency_total) {
        json_key(writer, "latest_dependency_total");
        json_begin_object(writer);
        json_pair_integer(writer, "total", counts.packages);
        if (counts.scanned_ms != 0)
            json_pair_time(writer, "updated_at", counts.scanned_ms);
        json_end_object(writer);
    }
    json_end_object(writer);
    return true;
}

bool project_write(const struct request *request, struct json_writer *writer, const struct project_row *project,
    const struct project_options *options, struct error *err)
{
    jsonapi_begin_resource(writer, "project", view_text(project->uuid.text));
    write_attributes(request, writer, project);
    write_relationships(request, writer, project, options);
    if (!write_meta(request, writer, project, options, err))
        return false;
    json_end_object(writer);
    return true;
}

/* A list of words; null empties it. */
static bool read_words(const struct request *request, struct response *response, struct json attributes,
    const char *name, const char *words, struct view *lines)
{
    struct json member = json_member(attributes, name);
    const char *pointer = arena_format(request->arena, "/data/attributes/%s", name).data;
    AUTO_BUFFER text;
    buffer_init(&text, 4096);
    if (json_type(member) == JSON_MISSING)
        return true;
    if (json_type(member) != JSON_ARRAY && json_type(member) != JSON_NULL)
        return body_complain(response, pointer, view_text("this must be a list"));
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct view word = json_string(i.value);
        if (!word_is_among(word, words))
            return body_complain(
                response, pointer, arena_format(request->arena, "each item must be one of: %s", words));
        buffer_append_text(&text, text.size > 0 ? "\n" : "");
        buffer_append(&text, word);
        if (text.is_full)
            return body_complain(response, pointer, view_text("the list is too long"));
    }
    *lines = arena_copy(request->arena, buffer_view(&text));
    return true;
}

/* The published form of a tag. */
static bool is_tag_text(struct view text, const char *more)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!is_plain && strchr(more, c) == NULL)
            return false;
    }
    return text.size > 0 && text.size <= PROJECT_VALUE_BYTES_MAX && memchr(text.data, '\0', text.size) == NULL;
}

static bool read_tags(
    const struct request *request, struct response *response, struct json attributes, struct view *lines)
{
    struct json member = json_member(attributes, "tags");
    size_t count = 0;
    AUTO_BUFFER text;
    buffer_init(&text, PROJECT_VALUES_MAX * (2 * PROJECT_VALUE_BYTES_MAX + 2));
    if (json_type(member) == JSON_MISSING)
        return true;
    if (json_type(member) != JSON_ARRAY && json_type(member) != JSON_NULL)
        return body_complain(response, "/data/attributes/tags", view_text("this must be a list"));
    for (struct json_iterator i = json_each(member); json_next(&i);) {
        struct view key = json_member_string(i.value, "key"), value = json_member_string(i.value, "value");
        if (++count > PROJECT_VALUES_MAX)
            return body_complain(response, "/data/attributes/tags",
                arena_format(request->arena, "a project has at most %d tags", PROJECT_VALUES_MAX));
        if (!is_tag_text(key, "") || !is_tag_text(value, ":/?#@&+=%.~"))
            return body_complain(response, arena_format(request->arena, "/data/attributes/tags/%zu", count - 1).data,
                view_text(
                    "a tag has a \"key\" of letters, digits, _ and -, and a \"value\" that may have :/?#@&+=%.~ too"));
        buffer_append_format(&text, "%s%.*s:%.*s", text.size > 0 ? "\n" : "", VIEW_PRINT(key), VIEW_PRINT(value));
    }
    *lines = arena_copy(request->arena, buffer_view(&text));
    return true;
}

static bool read_word(const struct request *request, struct response *response, struct json attributes,
    const char *name, const char *words, struct view *word)
{
    struct json member = json_member(attributes, name);
    if (json_type(member) == JSON_MISSING)
        return true;
    if (!word_is_among(json_string(member), words))
        return body_complain(response, arena_format(request->arena, "/data/attributes/%s", name).data,
            arena_format(request->arena, "\"%s\" must be one of: %s", name, words));
    *word = arena_copy(request->arena, json_string(member));
    return true;
}

/* {"owner": {"data": {"type": "user", "id": UUID or null}}}; whether there is such a user, the store knows. */
static bool read_owner(struct response *response, struct json relationships, struct project_settings *settings)
{
    struct json owner = json_member(relationships, "owner");
    struct json data = json_member(owner, "data");
    struct json id = json_member(data, "id");
    if (json_type(owner) == JSON_MISSING)
        return true;
    if (json_type(id) == JSON_NULL || json_type(data) == JSON_NULL) {
        settings->owner.text[0] = '\0';
        return true;
    }
    return (view_is(json_member_string(data, "type"), "user") && uuid_parse(json_string(id), &settings->owner)) ||
           body_complain(response, "/data/relationships/owner/data",
               view_text("the owner must have the type \"user\" and a UUID or null as id"));
}

bool project_read_settings(const struct request *request, struct response *response, struct project_settings *settings)
{
    static const struct body_shape shape = {
        .type = "project",
        .attributes = "business_criticality environment lifecycle status tags test_frequency",
        .relationships = "owner",
        .id_name = "project_id",
    };
    AUTO_JSON *document = json_document_new();
    struct json data;
    struct view status = view_text(settings->is_active ? "active" : "inactive");
    if (!body_read(request, response, document, &shape, &data))
        return false;
    struct json attributes = json_member(data, "attributes");
    if (!read_words(
            request, response, attributes, "business_criticality", PROJECT_CRITICALITY_WORDS, &settings->criticality) ||
        !read_words(request, response, attributes, "environment", PROJECT_ENVIRONMENT_WORDS, &settings->environment) ||
        !read_words(request, response, attributes, "lifecycle", PROJECT_LIFECYCLE_WORDS, &settings->lifecycle) ||
        !read_tags(request, response, attributes, &settings->tags) ||
        !read_word(request, response, attributes, "test_frequency", "daily weekly never", &settings->frequency) ||
        !read_word(request, response, attributes, "status", "active inactive", &status) ||
        !read_owner(response, json_member(data, "relationships"), settings))
        return false;
    settings->is_active = view_is(status, "active");
    return true;
}
