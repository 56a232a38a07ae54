/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_request_call.h"

enum { REQUESTS_MAX = 100, SECONDS_DEFAULT = 3600 };

static const struct option options[] = {
    {"data", "DIR", "folder of the server's state (default: $TIDEWAITER_DATA, else ~/.local/state/tidewaiter)", false},
    {"timeout", "SECONDS", "how long --wait waits for each image (default: 3600)", false},
    {"wait", NULL, "show each state, and wait for the end", false},
    OPTIONS_END,
};

static bool add(struct workspace *workspace, struct view text, struct uuid *uuid, struct error *err)
{
    struct reference reference;
    struct integration integration;
    bool found, is_new;
    int64_t organization = workspace->account.organization;
    if (!reference_parse(workspace->arena, text, &reference, err) ||
        !store_find_covering_integration(workspace->store, workspace->arena, organization, reference.host,
            reference.repository, &integration, &found, err))
        return false;
    if (!found)
        return error_set(err, ERROR_NOT_FOUND,
            "no integration covers \"%.*s/%.*s\": tidewaiter integration add NAME --url https://%.*s",
            VIEW_PRINT(reference.host), VIEW_PRINT(reference.repository), VIEW_PRINT(reference.host));
    const struct scan_request_new given = {
        .integration = &integration,
        .reference = &reference,
        .who = workspace->account.user_name,
        .requester = view_text(workspace->account.user_uuid.text),
    };
    return store_new_scan_request(workspace->store, organization, &given, uuid, &is_new, err);
}

static bool read_seconds(const struct command_call *call, int64_t *seconds, struct error *err)
{
    *seconds = SECONDS_DEFAULT;
    return !call_has_option(call, "timeout") ||
           (view_to_integer(call_option(call, "timeout"), seconds) && *seconds > 0) ||
           error_set(err, ERROR_USAGE, "--timeout is a number of seconds from 1 on");
}

/* -1 with an error, else how many did not end well. */
static int wait_for_all(const struct command_call *call, struct workspace *workspace, const struct uuid *uuids,
    int count, int64_t seconds, struct error *err)
{
    int failed = 0;
    const struct scan_request_waiting waiting = {workspace, call_output(call), seconds};
    for (int i = 0; i < count; i++) {
        struct scan_request request;
        if (!scan_request_wait(&waiting, workspace->arena, &uuids[i], &request, err))
            return -1;
        failed += request.state != SCAN_REQUEST_DONE;
    }
    return failed;
}

static int run(struct command_call *call, struct error *err)
{
    AUTO_WORKSPACE workspace = {.store = NULL};
    struct uuid uuids[REQUESTS_MAX];
    int64_t seconds;
    int count = 0;
    if (!read_seconds(call, &seconds, err) || !workspace_open(call, false, &workspace, err))
        return -1;
    for (; count < REQUESTS_MAX && call_argument(call, count).size > 0; count++) {
        if (!add(&workspace, call_argument(call, count), &uuids[count], err))
            return -1;
    }
    if (call_has_option(call, "wait")) {
        int failed = wait_for_all(call, &workspace, uuids, count, seconds, err);
        return failed > 0 ? 2 : failed;
    }
    for (int i = 0; i < count; i++) {
        struct scan_request request;
        if (!store_find_scan_request(
                workspace.store, workspace.arena, workspace.account.organization, &uuids[i], &request, err))
            return -1;
        scan_request_print(call_output(call), &request);
    }
    return 0;
}

const struct command command_scan_request_add = {
    .name = "scan-request add",
    .arguments = "IMAGE…",
    .summary = "Have single images of connected registries scanned at once",
    .details =
        "IMAGE is [HOST/]REPOSITORY[:TAG][@DIGEST]; without a tag it is \"latest\", without a host Docker Hub. The running\n"
        "server scans it ahead of all other work, and the result is a project like any other that was imported by hand.\n"
        "The registry must be connected: no other host is ever asked. Exit status with --wait: 0 if all were scanned, 2 if\n"
        "one was not.",
    .options = options,
    .arguments_min = 1,
    .arguments_max = REQUESTS_MAX,
    .run = run,
};
