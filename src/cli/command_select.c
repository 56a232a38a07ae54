/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/lines.h"
#include "sync/import_policy.h"

enum { QUESTION_BYTES_MAX = 64 * 1024 * 1024 };

static bool read_time(struct json object, const char *member, int64_t *time_ms, struct error *err)
{
    struct view text = json_member_string(object, member);
    *time_ms = 0;
    return text.size == 0 || time_parse(text, time_ms, err) || error_wrap(err, "\"%s\"", member);
}

static bool read_running(struct arena *arena, struct json list, struct observed_tag *tag, struct error *err)
{
    struct running_image *running = ARENA_ARRAY(arena, struct running_image, json_count(list));
    tag->running = running;
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        struct running_image *one = &running[tag->running_count++];
        one->provider = json_member_string(i.value, "provider");
        if (!read_time(i.value, "seen_at", &one->seen_ms, err))
            return false;
    }
    return true;
}

static bool read_tag(struct arena *arena, struct json given, struct observed_tag *tag, struct error *err)
{
    *tag = (struct observed_tag){
        .name = json_member_string(given, "name"),
        .digest = json_member_string(given, "digest"),
        .is_of_first_listing = json_boolean(json_member(given, "is_of_first_listing")),
        .is_baseline = json_boolean(json_member(given, "is_baseline")),
    };
    if (tag->name.size == 0)
        return error_set(err, ERROR_INVALID, "a tag has no \"name\"");
    return read_time(given, "pushed_at", &tag->pushed_ms, err) &&
           read_time(given, "first_observed_at", &tag->first_observed_ms, err) &&
           read_running(arena, json_member(given, "running"), tag, err);
}

static void print_selection(
    struct json_writer *writer, const struct observed_tag *tag, const struct selection *selection)
{
    json_begin_object(writer);
    json_pair(writer, "tag", tag->name);
    json_pair_boolean(writer, "is_selected", selection->is_selected);
    json_pair_text(writer, "reason", selection_reason_code(selection->reason));
    json_pair_text(writer, "clock", selection_clock_name(selection->clock));
    json_end_object(writer);
}

static bool select_tags(struct arena *arena, const struct import_policy *policy, struct json given, int64_t now_ms,
    struct json_writer *writer, struct error *err)
{
    struct json list = json_member(given, "tags");
    size_t count = 0;
    struct observed_tag *tags = ARENA_ARRAY(arena, struct observed_tag, json_count(list));
    struct observed_repository repository = {.name = json_member_string(given, "name"), .tags = tags};
    for (struct json_iterator i = json_each(list); json_next(&i);) {
        if (!read_tag(arena, i.value, &tags[count++], err))
            return error_wrap(err, "repository \"%.*s\"", VIEW_PRINT(repository.name));
    }
    repository.tag_count = count;
    struct selection_input input = {&repository, now_ms};
    struct selection *selections = ARENA_ARRAY(arena, struct selection, count);
    selector_select(policy->selector, &input, arena, selections);
    json_begin_object(writer);
    json_pair(writer, "repository", repository.name);
    json_key(writer, "tags");
    json_begin_array(writer);
    for (size_t i = 0; i < count; i++)
        print_selection(writer, &tags[i], &selections[i]);
    json_end_array(writer);
    json_end_object(writer);
    return true;
}

static void print_problems(const struct document_problems *problems, struct json_writer *writer)
{
    json_key(writer, "errors");
    json_begin_array(writer);
    for (size_t i = 0; i < problems->count; i++) {
        json_begin_object(writer);
        json_pair(writer, "pointer", problems->items[i].pointer);
        json_pair(writer, "detail", problems->items[i].detail);
        json_end_object(writer);
    }
    json_end_array(writer);
}

static bool answer(struct arena *arena, struct json_document *document, struct view line, struct json_writer *writer,
    struct error *err)
{
    AUTO_IMPORT_POLICY policy = {.selector = NULL};
    struct document_problems problems;
    struct json root;
    int64_t now_ms;
    if (!json_parse(document, line, QUESTION_BYTES_MAX, "line", &root, err) || !read_time(root, "now", &now_ms, err))
        return false;
    if (now_ms == 0)
        now_ms = clock_system()->wall_ms(clock_system());
    json_begin_object(writer);
    if (import_policy_parse(arena, json_member(root, "policy"), "/policy", &policy, &problems)) {
        json_key(writer, "repositories");
        json_begin_array(writer);
        for (struct json_iterator i = json_each(json_member(root, "repositories")); json_next(&i);) {
            if (!select_tags(arena, &policy, i.value, now_ms, writer, err))
                return false;
        }
        json_end_array(writer);
    } else {
        print_problems(&problems, writer);
    }
    json_end_object(writer);
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ARENA *arena = arena_new();
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER line;
    AUTO_BUFFER output;
    size_t line_number = 0;
    enum line_result result;
    buffer_init(&line, QUESTION_BYTES_MAX);
    buffer_init(&output, 4 * (size_t)QUESTION_BYTES_MAX);
    while ((result = line_read(stdin, &line, err)) == LINE_READ) {
        struct json_writer writer;
        arena_reset(arena);
        buffer_clear(&output);
        json_writer_init(&writer, &output);
        line_number++;
        if (!answer(arena, document, buffer_view(&line), &writer, err)) {
            error_wrap(err, "line %zu", line_number);
            return -1;
        }
        fprintf(call_output(call), "%.*s\n", VIEW_PRINT(buffer_view(&output)));
    }
    return result == LINE_END ? 0 : -1;
}

const struct command command_select = {
    .name = "select",
    .arguments = "",
    .summary = "Tell which tags an import policy selects",
    .details =
        "Reads one JSON object a line from standard input, {\"policy\": POLICY, \"now\": TIME, \"repositories\":\n"
        "[{\"name\", \"tags\": [{\"name\", \"digest\", \"pushed_at\", \"first_observed_at\", \"is_of_first_listing\",\n"
        "\"is_baseline\", \"running\": [{\"provider\", \"seen_at\"}]}]}]}, and prints one line for each: every tag with\n"
        "the reason and the clock that decided, or \"errors\", each with the JSON pointer of the wrong member. No\n"
        "registry is asked and nothing is stored: for trying a policy out on made-up tags.",
    .is_plumbing = true,
    .run = run,
};
