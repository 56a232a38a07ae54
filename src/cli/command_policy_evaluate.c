/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/account_call.h"
#include "store/evaluations.h"
#include "store/images.h"

enum { ROWS_MAX = 100, VIOLATIONS_MAX = 1000, OUTPUT_BYTES_MAX = 64 << 20 };

static const struct option options[] = {
    DATA_OPTION,
    {"format", "FORMAT", "table or json (default: table)", false},
    ORGANIZATION_OPTION,
    {"policy", "NAME", "only this policy, whatever its stages", false},
    OPTIONS_END,
};

static void print_rules(struct arena *arena, const struct bundle_result *bundle, struct buffer *out)
{
    for (size_t i = 0; i < bundle->bundle->rule_count; i++) {
        const struct rule_result *rule = &bundle->rules[i];
        struct view text = rule_result_text(arena, rule);
        buffer_append_format(out, "    %-14s %.*s%s%.*s\n", evaluation_outcome_name(rule->outcome),
            VIEW_PRINT(policy_rule_text(arena, rule->rule)), text.size > 0 ? ": " : "", VIEW_PRINT(text));
    }
}

static void print_evaluation(
    struct arena *arena, const struct image_row *image, const struct row_evaluation *result, struct buffer *out)
{
    const struct evaluation *evaluation = result->evaluation;
    buffer_append_format(out, "%.*s %.*s: %s\n", VIEW_PRINT(image->reference), VIEW_PRINT(image->platform),
        evaluation_outcome_name(evaluation->outcome));
    if (result->accepted != NULL)
        buffer_append_format(out, "  the image is accepted: %s\n", accept_reason_text(result->accepted->reason));
    for (size_t i = 0; i < evaluation->policy_count; i++) {
        const struct policy_result *policy = &evaluation->policies[i];
        buffer_append_format(
            out, "  policy \"%.*s\": %s\n", VIEW_PRINT(policy->policy->name), evaluation_outcome_name(policy->outcome));
        for (size_t j = 0; j < policy->policy->bundle_count; j++)
            print_rules(arena, &policy->bundles[j], out);
    }
}

static void write_evaluation(
    const struct image_row *image, const struct row_evaluation *result, struct json_writer *writer)
{
    json_begin_object(writer);
    json_pair_text(writer, "id", image->uuid.text);
    json_pair(writer, "reference", image->reference);
    json_pair(writer, "platform", image->platform);
    json_pair_text(writer, "verdict", evaluation_outcome_name(result->evaluation->outcome));
    json_pair_boolean(writer, "accepted", result->accepted != NULL);
    json_key(writer, "evaluation");
    evaluation_write(result->evaluation, VIOLATIONS_MAX, writer);
    json_end_object(writer);
}

/* The exit status of `scan`: 1 failed, 2 could not tell; the worst counts. */
static int status_of(enum evaluation_outcome outcome)
{
    return outcome == OUTCOME_FAILED ? 1 : outcome == OUTCOME_COULD_NOT_TELL ? 2 : 0;
}

static int worse(int a, int b)
{
    return a == 1 || b == 1 ? 1 : a > b ? a : b;
}

static int evaluate(
    const struct command_call *call, struct account_call *account, bool is_json, struct buffer *out, struct error *err)
{
    struct image_row *images;
    struct json_writer writer;
    size_t count;
    int status = 0;
    if (!store_resolve_images(account->store, account->arena, account->organization.id, call_argument(call, 0),
            ROWS_MAX, &images, &count, err))
        return -1;
    json_writer_init(&writer, out);
    if (is_json)
        json_begin_array(&writer);
    for (size_t i = 0; i < count; i++) {
        struct row_evaluation result;
        if (!store_read_evaluation(account->store, account->arena, account->organization.id, &images[i].uuid,
                call_option(call, "policy"), &result, err))
            return -1;
        status = worse(status, status_of(result.evaluation->outcome));
        if (is_json)
            write_evaluation(&images[i], &result, &writer);
        else
            print_evaluation(account->arena, &images[i], &result, out);
    }
    if (is_json) {
        json_end_array(&writer);
        buffer_append_byte(out, '\n');
    }
    return status;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_ACCOUNT_CALL account = {.arena = NULL};
    AUTO_BUFFER out;
    AUTO_BUFFER shown;
    struct view format = call_option(call, "format");
    bool is_json = view_is(format, "json");
    buffer_init(&out, OUTPUT_BYTES_MAX);
    buffer_init(&shown, 4u * OUTPUT_BYTES_MAX);
    if (!is_json && format.size > 0 && !view_is(format, "table"))
        return error_set(err, ERROR_USAGE, "--format is table or json") ? 0 : -1;
    if (!account_call_open(call, &account, err))
        return -1;
    int status = evaluate(call, &account, is_json, &out, err);
    if (status < 0 || !buffer_check(&out, "evaluation", err))
        return -1;
    if (is_json)
        buffer_append(&shown, buffer_view(&out));
    for (struct view rest = buffer_view(&out); rest.size > 0 && !is_json;) {
        text_append_printable(&shown, view_cut(&rest, '\n'));
        buffer_append_byte(&shown, '\n');
    }
    fprintf(call_output(call), "%.*s", VIEW_PRINT(buffer_view(&shown)));
    return status;
}

const struct command command_policy_evaluate = {
    .name = "policy evaluate",
    .arguments = "IMAGE",
    .summary = "Say rule by rule what the policies say of a stored image",
    .details =
        "IMAGE is a reference, a digest or the id of a row of the image list. Nothing is fetched: this is the answer by\n"
        "what is stored now. The exit status is 0, 1 if a policy failed, 2 if it could not tell.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
