/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/policy_call.h"
#include "store/import_jobs.h"

#include <time.h>

static const struct option options[] = {
    POLICY_OPTIONS,
    {"detach", NULL, "do not wait for the result", false},
    {"wait", "SECONDS", "how long to wait for the result (default: 600)", false},
    OPTIONS_END,
};

enum { WAIT_SECONDS_DEFAULT = 600, LOOK_EVERY_MS = 200, NAMES_MAX = 100 };

static void print_item(FILE *out, const struct import_item *item)
{
    AUTO_BUFFER text;
    buffer_init(&text, 16 * 1024);
    text_append_printable(&text, item->status);
    buffer_append_text(&text, "  ");
    text_append_printable(&text, item->name);
    if (item->imported > 1)
        buffer_append_format(&text, "  (%lld tags)", (long long)item->imported);
    if (item->message.size > 0) {
        buffer_append_text(&text, "  ");
        text_append_printable(&text, item->message);
    }
    buffer_append_byte(&text, '\n');
    fwrite(text.data, 1, text.size, out);
}

static bool wait_for_end(const struct command_call *call, struct policy_call *policy, const struct uuid *uuid,
    struct import_job *job, struct error *err)
{
    int64_t seconds = WAIT_SECONDS_DEFAULT;
    if (call_has_option(call, "wait") && !view_to_integer(call_option(call, "wait"), &seconds))
        return error_set(err, ERROR_USAGE, "--wait is a number of seconds");
    for (int64_t waited_ms = 0; waited_ms <= seconds * 1000; waited_ms += LOOK_EVERY_MS) {
        if (!store_find_import_job(policy->store, policy->arena, policy->account.organization, uuid, job, err))
            return false;
        if (!view_is(job->state, "pending"))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    }
    return error_set(err, ERROR_TIMEOUT, "no result after %lld s; a running server does imports: tidewaiter serve",
        (long long)seconds);
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_POLICY_CALL policy = {.store = NULL};
    struct view names[NAMES_MAX];
    struct uuid uuid;
    struct import_job job;
    struct import_item *items;
    size_t count = 0;
    while (count < NAMES_MAX && call_argument(call, (int)count).size > 0) {
        names[count] = call_argument(call, (int)count);
        count++;
    }
    if (!policy_call_open(call, &policy, err))
        return -1;
    const struct import_job_new given = {
        .integration = &policy.integration.uuid,
        .names = names,
        .count = count,
        .who = policy.account.user_name,
        .importer = view_text(policy.account.user_uuid.text),
    };
    if (!store_new_import_job(policy.store, policy.account.organization, &given, &uuid, err))
        return -1;
    if (call_has_option(call, "detach")) {
        fprintf(call_output(call), "queued: import job %s\n", uuid.text);
        return 0;
    }
    if (!wait_for_end(call, &policy, &uuid, &job, err) ||
        !store_list_import_items(policy.store, policy.arena, policy.account.organization, &uuid, &items, &count, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        print_item(call_output(call), &items[i]);
    return job.failed > 0 ? 2 : 0;
}

const struct command command_project_import = {
    .name = "project import",
    .arguments = "IMAGE…",
    .summary = "Import images by name, whatever the import policy says",
    .details =
        "IMAGE is repository:tag, or repository for all of its tags. The running server asks the registry and scans at\n"
        "once. A project that was deleted comes back with its history; sync never prunes what was imported by hand. Exit\n"
        "status 2 if one of the images could not be imported.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = NAMES_MAX,
    .run = run,
};
