/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/policy_call.h"
#include "cli/policy_file.h"
#include "job/plan_repository.h"

static const struct option options[] = {
    POLICY_OPTIONS,
    {"policy", "FILE", "a policy that is not saved, instead of the integration's", false},
    OPTIONS_END,
};

struct explained {
    const struct command_call *call;
    struct arena *arena;
    const struct selection_input *input;
    const struct observed_tag *tag;
    size_t index; /* of the tag */
};

/* Each selector by itself, with all tags of the repository before it: so a window shows its own verdict. */
static void print_selector(const struct explained *explained, const struct selector *selector, int depth)
{
    AUTO_BUFFER text;
    size_t count = explained->input->repository->tag_count;
    struct selection *selections = ARENA_ARRAY(explained->arena, struct selection, count);
    selector_select(selector, explained->input, explained->arena, selections);
    const struct selection *selection = &selections[explained->index];
    buffer_init(&text, 16 * 1024);
    buffer_append_format(
        &text, "%*s%s  %s", depth * 2, "", selection->is_selected ? "yes" : "no ", selector->kind->type);
    if (selector->name.size > 0) {
        buffer_append_text(&text, " \"");
        text_append_printable(&text, selector->name);
        buffer_append_byte(&text, '"');
    }
    if (selector->child_count == 0) {
        buffer_append_format(&text, ": %s", selection_reason_text(selection->reason));
        if (selection->clock != CLOCK_NONE)
            buffer_append_format(&text, " (by the time %s)", selection_clock_name(selection->clock));
    }
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, call_output(explained->call));
    for (size_t i = 0; i < selector->child_count; i++)
        print_selector(explained, selector->children[i], depth + 1);
}

static void print_time(const struct command_call *call, const char *what, int64_t time_ms)
{
    char time[TIME_TEXT_SIZE];
    time_format(time_ms, time);
    fprintf(call_output(call), "%s: %s\n", what, time_ms == 0 ? "unknown" : time);
}

static void print_tag(const struct explained *explained, const struct planned *planned)
{
    const struct observed_tag *tag = explained->tag;
    print_time(explained->call, "pushed", tag->pushed_ms);
    print_time(explained->call, "first observed", tag->first_observed_ms);
    if (tag->is_of_first_listing)
        fprintf(call_output(explained->call), "it was there at the first complete listing\n");
    if (tag->is_baseline)
        fprintf(call_output(explained->call), "it is of the policy's baseline\n");
    for (size_t i = 0; i < planned->step_count; i++) {
        if (planned->steps[i].observed == tag)
            fprintf(call_output(explained->call), "the next run: %s\n", plan_action_text(planned->steps[i].action));
    }
}

static bool read_policy(
    const struct command_call *call, struct policy_call *policy, struct planner *planner, struct error *err)
{
    struct import_policy_row row;
    struct view document;
    if (call_has_option(call, "policy")) {
        planner->baseline = (struct baseline_rule){.posted_ms = planner->now_ms};
        return policy_file_read(policy->arena, call_option_text(call, "policy"), &planner->policy, &document, err);
    }
    if (!store_find_import_policy(
            policy->store, policy->arena, policy->account.organization, &policy->integration.uuid, &row, err))
        return false;
    planner->baseline = (struct baseline_rule){row.baseline_run != 0, row.posted_ms};
    return import_policy_parse_text(policy->arena, row.document, &planner->policy, err);
}

static bool explain(struct command_call *call, struct policy_call *policy, struct planner *planner, struct error *err)
{
    struct view tag = call_argument(call, 0);
    struct view repository = view_cut(&tag, ':');
    struct planned planned = {.steps = NULL};
    struct repository_row row = {.name = repository};
    if (tag.size == 0)
        return error_set(err, ERROR_USAGE, "name the image as repository:tag, without the registry");
    if (!read_policy(call, policy, planner, err) || !store_find_repository(policy->store, policy->account.organization,
                                                        policy->integration.id, repository, &row.id, err))
        return false;
    if (row.id == 0)
        return error_set(err, ERROR_NOT_FOUND,
            "no listing of \"%.*s\" showed repository \"%.*s\": sync it first, and look at the integration's path and "
            "filters",
            VIEW_PRINT(policy->integration.name), VIEW_PRINT(repository));
    if (!planner_read(planner, policy->arena, &row, false, &planned, err))
        return false;
    const struct observed_repository observed = {repository, planned.state.tags, planned.state.tag_count};
    const struct selection_input input = {&observed, planner->now_ms};
    for (size_t i = 0; i < observed.tag_count; i++) {
        const struct explained explained = {call, policy->arena, &input, &observed.tags[i], i};
        if (!view_equal(observed.tags[i].name, tag))
            continue;
        fprintf(call_output(call), "%s: %s\n", planned.selections[i].is_selected ? "selected" : "not selected",
            selection_reason_text(planned.selections[i].reason));
        print_tag(&explained, &planned);
        print_selector(&explained, planner->policy.selector, 0);
        return true;
    }
    return error_set(err, ERROR_NOT_FOUND, "the last listing of \"%.*s\" has no tag \"%.*s\"", VIEW_PRINT(repository),
        VIEW_PRINT(tag));
}

static void planner_done(struct planner *planner)
{
    import_policy_release(&planner->policy);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    CLEANUP(planner_done) struct planner planner = {.store = NULL};
    if (!policy_call_open(call, &policy, err))
        return -1;
    planner_init(&planner, policy.store, policy.account.organization, policy.integration.id, true);
    return explain(call, &policy, &planner, err) ? 0 : -1;
}

const struct command command_import_policy_explain = {
    .name = "import-policy explain",
    .arguments = "IMAGE",
    .summary = "Say why an image is imported or not",
    .details =
        "IMAGE is repository:tag. Prints what the last listing knows of it, what the next run would do, and the verdict of\n"
        "each selector taken by itself, with the clock that decided. Inside And, a window sees what the others left, so\n"
        "the first line and the window's own verdict may differ. Nothing is listed or changed.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
