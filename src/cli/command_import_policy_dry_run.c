/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cli/policy_call.h"
#include "cli/policy_file.h"

#include <time.h>

static const struct option options[] = {
    POLICY_OPTIONS,
    {"wait", "SECONDS", "how long to wait for the result (default: 600)", false},
    OPTIONS_END,
};

enum { WAIT_SECONDS_DEFAULT = 600, LOOK_EVERY_MS = 200, RESULT_BYTES_MAX = 256 * 1024 * 1024 };

static bool wait_for_end(
    const struct command_call *call, struct policy_call *policy, struct dry_run *dry_run, struct error *err)
{
    int64_t seconds = WAIT_SECONDS_DEFAULT;
    if (call_has_option(call, "wait") && !view_to_integer(call_option(call, "wait"), &seconds))
        return error_set(err, ERROR_USAGE, "--wait is a number of seconds");
    for (int64_t waited_ms = 0; waited_ms <= seconds * 1000; waited_ms += LOOK_EVERY_MS) {
        struct uuid uuid = dry_run->uuid;
        if (!store_find_dry_run(policy->store, policy->arena, policy->account.organization, &policy->integration.uuid,
                &uuid, dry_run, err))
            return false;
        if (view_is(dry_run->status, "failed"))
            return error_set(err, ERROR_SERVER, "the dry run failed: %.*s", VIEW_PRINT(dry_run->error));
        if (view_is(dry_run->status, "completed"))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT, "no result after %lld s; a running server does dry runs: tidewaiter serve",
        (long long)seconds);
}

static bool print_part(const struct command_call *call, struct policy_call *policy, const struct dry_run *dry_run,
    enum dry_run_part part, const char *verb, struct error *err)
{
    AUTO_JSON *document = json_document_new();
    AUTO_BUFFER text;
    struct json_writer writer;
    struct json root;
    buffer_init(&text, RESULT_BYTES_MAX);
    json_writer_init(&writer, &text);
    json_begin_array(&writer);
    if (!store_write_dry_run_part(policy->store, dry_run->id, part, &writer, err))
        return false;
    json_end_array(&writer);
    if (!buffer_check(&text, "result", err) ||
        !json_parse(document, buffer_view(&text), RESULT_BYTES_MAX, "result", &root, err))
        return false;
    for (struct json_iterator i = json_each(root); json_next(&i);) {
        for (struct json_iterator j = json_each(json_member(i.value, "tags")); json_next(&j);)
            fprintf(call_output(call), "%s  %.*s:%.*s  (%.*s)\n", verb,
                VIEW_PRINT(json_member_string(i.value, "repository")), VIEW_PRINT(json_member_string(j.value, "tag")),
                VIEW_PRINT(json_member_string(j.value, "reason")));
    }
    return true;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    AUTO_IMPORT_POLICY parsed = {.selector = NULL};
    struct view document;
    struct dry_run dry_run;
    if (!policy_call_open(call, &policy, err) ||
        !policy_file_read(policy.arena, arena_text(policy.arena, call_argument(call, 0)), &parsed, &document, err) ||
        !store_new_dry_run(policy.store, policy.arena, policy.account.organization, &policy.integration.uuid,
            &(struct dry_run_new){document, policy.account.user_name}, &dry_run, err) ||
        !wait_for_end(call, &policy, &dry_run, err) ||
        !print_part(call, &policy, &dry_run, DRY_RUN_IMPORT, "import", err) ||
        !print_part(call, &policy, &dry_run, DRY_RUN_DELETE, "delete", err))
        return -1;
    fprintf(call_output(call), "%.*s\n", VIEW_PRINT(dry_run.summary));
    return 0;
}

const struct command command_import_policy_dry_run = {
    .name = "import-policy dry-run",
    .arguments = "FILE",
    .summary = "Show what a policy would import and delete now",
    .details =
        "FILE as for \"import-policy set\". The registry is listed by the running server, nothing is changed, and every\n"
        "image is printed with its reason; the last line counts.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
